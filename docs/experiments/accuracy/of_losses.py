"""The losses, at logits from tiny to huge."""

from typing import Any

from experiments.accuracy.case import Case, Exact
from experiments.accuracy.formulas import mean, paired, size, softplus
from experiments.accuracy.points import logits
from gantheory import losses


def one_side(function: Exact, term: Exact, **more: Any) -> Case:
    return Case(function, lambda h: mean(map(term, h)), logits(3), **more)


def two_sides(function: Exact, real: Exact, fake: Exact, **more: Any) -> Case:
    return Case(
        function,
        lambda x, h: mean(map(real, x)) + mean(map(fake, h)),
        more.pop("points", logits(3, 2)),
        terms=lambda x, h: max(abs(f(v)) for f, row_ in ((real, x), (fake, h)) for v in row_),
        **more,
    )


LOSSES: dict[str, Case] = {
    "losses.minimax_generator_loss": one_side(
        losses.minimax_generator_loss, lambda h: -softplus(h)
    ),
    "losses.nonsaturating_generator_loss": one_side(
        losses.nonsaturating_generator_loss, lambda h: softplus(-h)
    ),
    "losses.logistic_discriminator_loss": two_sides(
        losses.logistic_discriminator_loss, lambda x: softplus(-x), softplus
    ),
    "losses.wasserstein_generator_loss": one_side(
        losses.wasserstein_generator_loss, lambda h: -h, terms=size
    ),
    "losses.wasserstein_critic_loss": two_sides(
        losses.wasserstein_critic_loss, lambda x: -x, lambda h: h
    ),
    "losses.hinge_generator_loss": one_side(losses.hinge_generator_loss, lambda h: -h, terms=size),
    "losses.hinge_discriminator_loss": two_sides(
        losses.hinge_discriminator_loss, lambda x: max(0, 1 - x), lambda h: max(0, 1 + h)
    ),
    "losses.least_squares_generator_loss": one_side(
        losses.least_squares_generator_loss, lambda h: (h - 1) ** 2 / 2
    ),
    "losses.least_squares_discriminator_loss": two_sides(
        losses.least_squares_discriminator_loss, lambda x: (x - 1) ** 2 / 2, lambda h: h * h / 2
    ),
    "losses.relativistic_generator_loss": Case(
        losses.relativistic_generator_loss,
        lambda x, h: paired(lambda a, b: softplus(a - b))(x, h) / 3,
        logits(3, 3),
    ),
    "losses.relativistic_discriminator_loss": Case(
        losses.relativistic_discriminator_loss,
        lambda x, h: paired(lambda a, b: softplus(b - a))(x, h) / 3,
        logits(3, 3),
    ),
}
