"""The self-checks of the notebook turn away the wrong answers that people give, with a hint, and
take right ones in any form."""

import contextlib
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from jax.scipy.special import ndtri
from jax.scipy.stats import norm
from tools.pages import notebook_checks as checks

from gantheory import losses, networks

soft = jax.nn.softplus
sigmoid = jax.nn.sigmoid
mean = jnp.mean
stop = jax.lax.stop_gradient
right_d = losses.logistic_discriminator_loss
right_g = losses.nonsaturating_generator_loss

RIGHT_MAPS = {
    "by ppf": lambda u: 4.0 + 1.25 * norm.ppf(u),
    "ppf with location and scale": lambda u: norm.ppf(u, 4.0, 1.25),
    "by erfinv": lambda u: 4.0 + 1.25 * 2**0.5 * jax.scipy.special.erfinv(2 * u - 1),
}
WRONG_MAPS = {
    "mirrored": lambda u: 4.0 + 1.25 * ndtri(1 - u),
    "minus": lambda u: 4.0 - 1.25 * ndtri(u),
    "variance": lambda u: 4.0 + 1.25**2 * ndtri(u),
    "variance as the scale of ppf": lambda u: norm.ppf(u, 4.0, 1.25**2),
    "cdf": lambda u: 4.0 + 1.25 * norm.cdf(u),
    "pdf": lambda u: 4.0 + 1.25 * norm.pdf(u),
    "unit": ndtri,
    "no shift": lambda u: 1.25 * ndtri(u),
    "no stretch": lambda u: 4.0 + ndtri(u),
    "shifted before stretched": lambda u: 1.25 * (4.0 + ndtri(u)),
    "uniform of the same moments": lambda u: 4.0 + 1.25 * 12**0.5 * (u - 0.5),
    "erfinv without its root": lambda u: 4.0 + 1.25 * jax.scipy.special.erfinv(2 * u - 1),
    "fresh normal numbers": lambda u: 4.0 + 1.25 * jax.random.normal(jax.random.key(0), u.shape),
    "mean and scale exchanged": lambda u: norm.ppf(u, 1.25, 4.0),
}

RIGHT_DISCRIMINATORS = {
    "softplus": lambda r, f: mean(soft(-r)) + mean(soft(f)),
    "log_sigmoid": lambda r, f: -mean(jax.nn.log_sigmoid(r)) - mean(jax.nn.log_sigmoid(-f)),
    "one mean": lambda r, f: mean(soft(-r) + soft(f)),
    "logaddexp": lambda r, f: mean(jnp.logaddexp(0.0, -r)) + mean(jnp.logaddexp(0.0, f)),
    "by hand": lambda r, f: mean(jnp.log1p(jnp.exp(-r))) + mean(jnp.log1p(jnp.exp(f))),
    "log of sigma": lambda r, f: -mean(jnp.log(sigmoid(r))) - mean(jnp.log(1 - sigmoid(f))),
    "optax": lambda r, f: (
        mean(optax.sigmoid_binary_cross_entropy(r, jnp.ones_like(r)))
        + mean(optax.sigmoid_binary_cross_entropy(f, jnp.zeros_like(f)))
    ),
    "twice the mean over both": lambda r, f: 2 * mean(jnp.concatenate([soft(-r), soft(f)])),
    "the library's": right_d,
}
WRONG_DISCRIMINATORS = {
    "both signs inside": lambda r, f: mean(soft(r)) + mean(soft(-f)),
    "real sign inside": lambda r, f: mean(soft(r)) + mean(soft(f)),
    "fake sign inside": lambda r, f: mean(soft(-r)) + mean(soft(-f)),
    "maximised": lambda r, f: -right_d(r, f),
    "real term subtracted": lambda r, f: -mean(soft(-r)) + mean(soft(f)),
    "fake term subtracted": lambda r, f: mean(soft(-r)) - mean(soft(f)),
    "arguments exchanged": lambda r, f: right_d(f, r),
    "sums": lambda r, f: jnp.sum(soft(-r)) + jnp.sum(soft(f)),
    "one sum": lambda r, f: jnp.sum(soft(-r)) + mean(soft(f)),
    "no mean": lambda r, f: soft(-r) + soft(f),
    "no fake term": lambda r, f: mean(soft(-r)),
    "no real term": lambda r, f: mean(soft(f)),
    "halved": lambda r, f: right_d(r, f) / 2,
    "mean over both": lambda r, f: mean(jnp.concatenate([soft(-r), soft(f)])),
    "base 2": lambda r, f: right_d(r, f) / jnp.log(2.0),
    "base 10": lambda r, f: right_d(r, f) / jnp.log(10.0),
    "sigma twice": lambda r, f: right_d(sigmoid(r), sigmoid(f)),
    "no logarithm": lambda r, f: -mean(sigmoid(r)) - mean(1 - sigmoid(f)),
    "log of the mean": lambda r, f: -jnp.log(mean(sigmoid(r))) - jnp.log(mean(1 - sigmoid(f))),
    "tanh for sigma": lambda r, f: mean(soft(-2 * r)) + mean(soft(2 * f)),
    "least squares": losses.least_squares_discriminator_loss,
    "hinge": losses.hinge_discriminator_loss,
    "Wasserstein": losses.wasserstein_critic_loss,
    "relativistic": losses.relativistic_discriminator_loss,
    "real detached": lambda r, f: right_d(stop(r), f),
    "fake detached": lambda r, f: right_d(r, stop(f)),
    "all detached": lambda r, f: stop(right_d(r, f)),
    "real used twice": lambda r, f: mean(soft(-r)) + mean(soft(r)),
    "max instead of mean": lambda r, f: jnp.max(soft(-r)) + jnp.max(soft(f)),
}

RIGHT_GENERATORS = {
    "softplus": lambda f: mean(soft(-f)),
    "log_sigmoid": lambda f: -mean(jax.nn.log_sigmoid(f)),
    "logaddexp": lambda f: jnp.logaddexp(0.0, -f).mean(),
    "log of sigma": lambda f: -mean(jnp.log(sigmoid(f))),
    "sum over length": lambda f: jnp.sum(soft(-f)) / f.shape[0],
    "optax": lambda f: mean(optax.sigmoid_binary_cross_entropy(f, jnp.ones_like(f))),
    "the library's": right_g,
}
WRONG_GENERATORS = {
    "softplus(+h)": lambda f: mean(soft(f)),
    "minimax": losses.minimax_generator_loss,
    "maximised": lambda f: -right_g(f),
    "plus log(1 - D) of the wrong sign": lambda f: mean(jax.nn.log_sigmoid(f)),
    "sum": lambda f: jnp.sum(soft(-f)),
    "no mean": lambda f: soft(-f),
    "base 2": lambda f: right_g(f) / jnp.log(2.0),
    "base 10": lambda f: right_g(f) / jnp.log(10.0),
    "sigma twice": lambda f: right_g(sigmoid(f)),
    "no logarithm": lambda f: -mean(sigmoid(f)),
    "1 - D": lambda f: mean(1 - sigmoid(f)),
    "Wasserstein": losses.wasserstein_generator_loss,
    "least squares": losses.least_squares_generator_loss,
    "log of the mean": lambda f: -jnp.log(mean(sigmoid(f))),
    "loss of the mean logit": lambda f: soft(-mean(f)),
    "halved": lambda f: right_g(f) / 2,
    "detached": lambda f: right_g(stop(f)),
    "numpy": lambda f: jnp.asarray(np.mean(np.logaddexp(0.0, -np.asarray(stop(f))))),
    "entropy": lambda f: mean(sigmoid(f) * soft(-f)),
    "median": lambda f: jnp.median(soft(-f)),
}


def drawn(
    generator: tuple[Any, Any] = (1, 1),
    discriminator: tuple[Any, Any] = (1, "scalar"),
    width: int = 32,
    keys: Callable[[jax.Array], Any] = jax.random.split,
) -> Callable[[jax.Array], dict[str, networks.MLP]]:
    mlp = partial(networks.MLP, width=width, depth=2, activation=jnp.tanh)

    def make_players(key: jax.Array) -> dict[str, networks.MLP]:
        one, other = keys(key)
        return {
            "generator": mlp(*generator, key=one),
            "discriminator": mlp(*discriminator, key=other),
        }

    return make_players


WRONG_PLAYERS = {
    "logits with an axis": drawn(discriminator=(1, 1)),
    "a generator of scalars": drawn(generator=(1, "scalar")),
    "two outputs": drawn(generator=(1, 2)),
    "one key for both": drawn(keys=lambda key: (key, key)),
    "a fixed key": drawn(keys=lambda _: jax.random.split(jax.random.key(0))),
    "names exchanged": lambda key: dict(
        zip(("discriminator", "generator"), drawn()(key).values(), strict=True)
    ),
    "a tuple": lambda key: tuple(drawn()(key).values()),
    "other names": lambda key: dict(zip(("G", "D"), drawn()(key).values(), strict=True)),
    "another width": drawn(width=16),
}

OPTIMISER = optax.adam(1e-3, b1=0.5)


def d_objective(
    d: Any, g: Any, real: jax.Array, noise: jax.Array, loss: Any = right_d
) -> jax.Array:
    return loss(jax.vmap(d)(real), jax.vmap(d)(jax.vmap(g)(noise)))


def g_objective(g: Any, d: Any, noise: jax.Array, loss: Any = right_g) -> jax.Array:
    return loss(jax.vmap(d)(jax.vmap(g)(noise)))


def move(network: Any, gradient: Any, memory: Any) -> tuple[Any, Any]:
    with jax.numpy_dtype_promotion("standard"):
        update, memory = OPTIMISER.update(gradient, memory)
    return optax.apply_updates(network, update), memory


def played(
    *,
    d_loss: Any = right_d,
    g_loss: Any = right_g,
    d_scale: float = 1.0,
    g_scale: float = 1.0,
    simultaneous: bool = False,
    generator_first: bool = False,
    noise_of: tuple[int, int] = (0, 1),
    d_memory_of: str = "discriminator",
    g_memory_of: str = "generator",
    keep: tuple[str, ...] = ("discriminator", "generator"),
    remember: tuple[str, ...] = ("discriminator", "generator"),
    exchange_losses: bool = False,
    losses_after: bool = False,
    real_as_noise: bool = False,
) -> Callable[..., Any]:
    """A step with one mistake of the many that can be made."""

    def step(players: Any, memories: Any, real: jax.Array, noise: Any) -> Any:
        new, memory, value = dict(players), dict(memories), {}

        def discriminator_moves() -> None:
            other, on = new["generator"], (noise[noise_of[0]] if not real_as_noise else real)
            value["discriminator"], slope = jax.value_and_grad(d_objective)(
                players["discriminator"], other, real if not real_as_noise else noise[0], on, d_loss
            )
            slope = jax.tree.map(lambda leaf: d_scale * leaf, slope)
            new["discriminator"], memory["discriminator"] = move(
                players["discriminator"], slope, memories[d_memory_of]
            )

        def generator_moves() -> None:
            other = players["discriminator"] if simultaneous else new["discriminator"]
            value["generator"], slope = jax.value_and_grad(g_objective)(
                players["generator"], other, noise[noise_of[1]], g_loss
            )
            slope = jax.tree.map(lambda leaf: g_scale * leaf, slope)
            new["generator"], memory["generator"] = move(
                players["generator"], slope, memories[g_memory_of]
            )

        turns = [discriminator_moves, generator_moves]
        for turn in reversed(turns) if generator_first else turns:
            turn()
        if losses_after:
            value["generator"] = g_objective(new["generator"], new["discriminator"], noise[1])
        if exchange_losses:
            value = dict(zip(value, reversed(value.values()), strict=True))
        kept = {name: new[name] if name in keep else players[name] for name in players}
        told = {name: memory[name] if name in remember else memories[name] for name in players}
        return kept, told, value

    return step


def crossed(players: Any, memories: Any, real: jax.Array, noise: Any) -> Any:
    """The generator's gradient, taken in the discriminator's parameters, moves the
    discriminator."""
    d, g = players["discriminator"], players["generator"]
    d_value, slope = jax.value_and_grad(lambda d: g_objective(g, d, noise[0]))(d)
    d, d_memory = move(d, slope, memories["discriminator"])
    g_value, slope = jax.value_and_grad(g_objective)(g, d, noise[1])
    g, g_memory = move(g, slope, memories["generator"])
    return (
        {"generator": g, "discriminator": d},
        {"generator": g_memory, "discriminator": d_memory},
        {"generator": g_value, "discriminator": d_value},
    )


def zero_sum(players: Any, memories: Any, real: jax.Array, noise: Any) -> Any:
    """The generator descends the discriminator's loss."""
    d, g = players["discriminator"], players["generator"]
    d_value, slope = jax.value_and_grad(d_objective)(d, g, real, noise[0])
    d, d_memory = move(d, slope, memories["discriminator"])
    g_value, slope = jax.value_and_grad(lambda g: d_objective(d, g, real, noise[1]))(g)
    g, g_memory = move(g, slope, memories["generator"])
    return (
        {"generator": g, "discriminator": d},
        {"generator": g_memory, "discriminator": d_memory},
        {"generator": g_value, "discriminator": d_value},
    )


WRONG_STEPS = {
    "simultaneous": played(simultaneous=True),
    "generator first": played(generator_first=True),
    "discriminator uphill": played(d_scale=-1.0),
    "generator uphill": played(g_scale=-1.0),
    "discriminator frozen": played(d_scale=0.0),
    "generator detached": played(g_loss=lambda f: right_g(stop(f))),
    "generator not returned": played(keep=("discriminator",)),
    "discriminator not returned": played(keep=("generator",)),
    "no memory": played(remember=()),
    "generator's memory lost": played(remember=("discriminator",)),
    "memories exchanged": played(d_memory_of="generator", g_memory_of="discriminator"),
    "one noise for both": played(noise_of=(0, 0)),
    "noises exchanged": played(noise_of=(1, 0)),
    "minimax generator": played(g_loss=losses.minimax_generator_loss),
    "sum of the batch": played(d_loss=lambda r, f: 64 * right_d(r, f)),
    "losses exchanged": played(exchange_losses=True),
    "losses after the move": played(losses_after=True),
    "real and noise exchanged": played(real_as_noise=True),
    "gradient into the wrong player": crossed,
    "generator descends the discriminator's loss": zero_sum,
    "nothing returned": lambda *_: None,
    "only the players": lambda *given: played()(*given)[0],
}

WRONG = {
    (check.__name__, name): (check, answer)
    for check, answers in (
        (checks.check_map, WRONG_MAPS),
        (checks.check_discriminator_loss, WRONG_DISCRIMINATORS),
        (checks.check_generator_loss, WRONG_GENERATORS),
        (checks.check_players, WRONG_PLAYERS),
    )
    for name, answer in answers.items()
}
RIGHT = {
    (check.__name__, name): (check, answer)
    for check, answers in (
        (checks.check_map, RIGHT_MAPS),
        (checks.check_discriminator_loss, RIGHT_DISCRIMINATORS),
        (checks.check_generator_loss, RIGHT_GENERATORS),
        (checks.check_players, {"as asked": drawn()}),
    )
    for name, answer in answers.items()
}


def check_step(step: Callable[..., Any]) -> None:
    checks.check_step(jax.jit(step), drawn()(jax.random.key(0)), OPTIMISER)


WRONG |= {("check_step", name): (check_step, step) for name, step in WRONG_STEPS.items()}
RIGHT |= {("check_step", "as asked"): (check_step, played())}


def hint(check: Callable[[Any], None], answer: Any) -> str | None:
    """What the check says of an answer; None where it takes it."""
    try:
        check(answer)
    except AssertionError as refused:
        return str(refused)
    return None


@pytest.mark.parametrize("which", RIGHT, ids=" ".join)
def test_a_right_answer_is_taken_in_any_form(which: tuple[str, str]) -> None:
    assert hint(*RIGHT[which]) is None


@pytest.mark.slow
def test_wrong_answers_are_turned_away_with_a_hint() -> None:
    said = {which: hint(*given) for which, given in WRONG.items()}
    taken = [which for which, words in said.items() if words is None]
    assert len(WRONG) >= 40
    assert len(taken) <= 0.05 * len(WRONG), taken
    assert all(len(words.split()) > 4 for words in said.values() if words is not None)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (WRONG_DISCRIMINATORS["arguments exchanged"], "exchanged"),
        (WRONG_DISCRIMINATORS["fake sign inside"], r"softplus\(\+h\)"),
        (WRONG_DISCRIMINATORS["base 2"], "base 2"),
        (WRONG_DISCRIMINATORS["real detached"], "gradient"),
        (WRONG_DISCRIMINATORS["no mean"], "mean over the batch"),
    ],
)
def test_a_known_mistake_is_called_by_its_name(answer: Callable[..., Any], words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        checks.check_discriminator_loss(answer)


def test_a_form_that_overflows_is_taken_with_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    with contextlib.suppress(FloatingPointError):
        checks.check_generator_loss(RIGHT_GENERATORS["log of sigma"])
    assert "overflows" in capsys.readouterr().out
