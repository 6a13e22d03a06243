"""Every public loss, one row for each: its exact value, and what it promises beyond its formula."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

import mpmath

from gantheory import losses
from gantheory.divergences import F_DIVERGENCES
from gantheory.testing.losses import Loss, Player

mpmath.mp.dps = 50
Exact = Any  # a number of mpmath
Function = Callable[[float], Exact]


@cache
def softplus(logit: float) -> Exact:
    """log(1 + e^h), exactly for our purposes."""
    h = mpmath.mpf(logit)
    return mpmath.log1p(mpmath.exp(-abs(h))) + max(h, mpmath.mpf(0))


@cache
def sigmoid(logit: float) -> Exact:
    h = mpmath.mpf(logit)
    return 1 / (1 + mpmath.exp(-h)) if h >= 0 else mpmath.exp(h) / (1 + mpmath.exp(h))


def relu(number: float) -> Exact:
    return max(mpmath.mpf(number), mpmath.mpf(0))


def half_square(number: float) -> Exact:
    return mpmath.mpf(number) ** 2 / 2


@dataclass(frozen=True)
class Row:
    """A loss, its exact value at a pair of logits, and its promises.

    Attributes:
        loss: The loss.
        player: Whose loss it is.
        value: The exact value, as a function of the loss's arguments.
        slopes: For each logit the exact slope where the other one is zero; the loss is held to them
            and to its value over the whole range of every type.
        paired: As `gantheory.testing.check_loss` has it; so are the next two.
        monotone: It never falls when a logit moves away from where the player wants it.
        finite: Value and gradient are finite far out.
    """

    loss: Loss
    player: Player
    value: Callable[..., Exact]
    slopes: Mapping[str, Function] = field(default_factory=dict)
    paired: bool = False
    monotone: bool = True
    finite: bool = True

    @property
    def sides(self) -> list[str]:
        """The names of the logits."""
        return list(inspect.signature(self.loss).parameters)


SIMPLE = {
    "minimax_generator_loss": Row(
        losses.minimax_generator_loss,
        "generator",
        value=lambda fake_logits: -softplus(fake_logits),
        slopes={"fake_logits": lambda h: -sigmoid(h)},
    ),
    "nonsaturating_generator_loss": Row(
        losses.nonsaturating_generator_loss,
        "generator",
        value=lambda fake_logits: softplus(-fake_logits),
        slopes={"fake_logits": lambda h: -sigmoid(-h)},
    ),
    "logistic_discriminator_loss": Row(
        losses.logistic_discriminator_loss,
        "discriminator",
        value=lambda real_logits, fake_logits: softplus(-real_logits) + softplus(fake_logits),
        slopes={"real_logits": lambda h: -sigmoid(-h), "fake_logits": sigmoid},
    ),
    "wasserstein_generator_loss": Row(
        losses.wasserstein_generator_loss,
        "generator",
        value=lambda fake_logits: -mpmath.mpf(fake_logits),
        slopes={"fake_logits": lambda h: mpmath.mpf(-1)},
    ),
    "wasserstein_critic_loss": Row(
        losses.wasserstein_critic_loss,
        "discriminator",
        value=lambda real_logits, fake_logits: mpmath.mpf(fake_logits) - mpmath.mpf(real_logits),
        slopes={"real_logits": lambda h: mpmath.mpf(-1), "fake_logits": lambda h: mpmath.mpf(1)},
    ),
    "least_squares_generator_loss": Row(
        losses.least_squares_generator_loss,
        "generator",
        value=lambda fake_logits: half_square(mpmath.mpf(fake_logits) - 1),
        monotone=False,
    ),
    "least_squares_discriminator_loss": Row(
        losses.least_squares_discriminator_loss,
        "discriminator",
        value=lambda real_logits, fake_logits: (
            half_square(mpmath.mpf(real_logits) - 1) + half_square(fake_logits)
        ),
        monotone=False,
    ),
    "hinge_generator_loss": Row(
        losses.hinge_generator_loss,
        "generator",
        value=lambda fake_logits: -mpmath.mpf(fake_logits),
        slopes={"fake_logits": lambda h: mpmath.mpf(-1)},
    ),
    "hinge_discriminator_loss": Row(
        losses.hinge_discriminator_loss,
        "discriminator",
        value=lambda real_logits, fake_logits: (
            relu(1 - mpmath.mpf(real_logits)) + relu(1 + mpmath.mpf(fake_logits))
        ),
        slopes={
            "real_logits": lambda h: mpmath.mpf(-1 if h < 1 else 0),
            "fake_logits": lambda h: mpmath.mpf(1 if h > -1 else 0),
        },
    ),
    "relativistic_generator_loss": Row(
        losses.relativistic_generator_loss,
        "generator",
        value=lambda real_logits, fake_logits: softplus(mpmath.mpf(real_logits) - fake_logits),
        slopes={"real_logits": sigmoid, "fake_logits": lambda h: -sigmoid(-h)},
        paired=True,
    ),
    "relativistic_discriminator_loss": Row(
        losses.relativistic_discriminator_loss,
        "discriminator",
        value=lambda real_logits, fake_logits: softplus(mpmath.mpf(fake_logits) - real_logits),
        slopes={"real_logits": lambda h: -sigmoid(-h), "fake_logits": sigmoid},
        paired=True,
    ),
}

LOG_TWO = mpmath.log(2)
OUTPUT: dict[str, Function] = {
    "kl": mpmath.mpf,
    "reverse_kl": lambda v: -mpmath.exp(-v),
    "pearson_chi2": mpmath.mpf,
    "squared_hellinger": lambda v: 1 - mpmath.exp(-v),
    "jensen_shannon": lambda v: LOG_TWO - softplus(-v),
    "gan": lambda v: -softplus(-v),
}
"""The output activations g_f."""
CONJUGATE: dict[str, Function] = {
    "kl": lambda t: mpmath.exp(t - 1),
    "reverse_kl": lambda t: -1 - mpmath.log(-t),
    "pearson_chi2": lambda t: t**2 / 4 + t,
    "squared_hellinger": lambda t: t / (1 - t),
    "jensen_shannon": lambda t: -mpmath.log(2 - mpmath.exp(t)),
    "gan": lambda t: -mpmath.log(1 - mpmath.exp(t)),
}
"""The conjugates f*; the library simplifies f*(g_f(v))."""
NOT_FINITE = {
    "f_gan_generator_loss": {"kl", "squared_hellinger"},
    "f_gan_critic_loss": {"kl", "reverse_kl", "squared_hellinger"},
}
"""Where an activation or a conjugate is an exponential."""


def f_gan_rows(divergence: str) -> dict[str, Row]:
    """The two losses of one f-divergence."""

    def bound(fake_logits: float) -> Exact:
        return CONJUGATE[divergence](OUTPUT[divergence](fake_logits))

    functions: dict[str, tuple[Loss, Player, Callable[..., Exact]]] = {
        "f_gan_generator_loss": (
            losses.f_gan_generator_loss,
            "generator",
            lambda fake_logits: -bound(fake_logits),
        ),
        "f_gan_critic_loss": (
            losses.f_gan_critic_loss,
            "discriminator",
            lambda real_logits, fake_logits: bound(fake_logits) - OUTPUT[divergence](real_logits),
        ),
    }
    return {
        f"{name}: {divergence}": Row(
            partial(loss, F_DIVERGENCES[divergence]),
            player,
            value,
            monotone=divergence != "pearson_chi2",
            finite=divergence not in NOT_FINITE[name],
        )
        for name, (loss, player, value) in functions.items()
    }


ROWS: dict[str, Row] = dict(SIMPLE)
for divergence in F_DIVERGENCES:
    ROWS |= f_gan_rows(divergence)
