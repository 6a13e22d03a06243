"""What the penalties cost: the time of the moves with and without them, on this machine."""

import time
from collections.abc import Callable
from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp

from experiments.penalty_strength.lazy import FiniteR1, Lazy
from gantheory import games, networks
from gantheory.data import Batch
from gantheory.games import DISCRIMINATOR, GENERATOR

SIZE, WIDTH, DEPTH, BATCH, REPEATS = 64, 128, 2, 128, 20


def seconds() -> dict[str, float]:
    """The least time of the generator's gradient, and of the discriminator's for every penalty."""
    keys = jax.random.split(jax.random.key(0), 4)
    network = {"width": WIDTH, "depth": DEPTH, "activation": jax.nn.silu}
    players = {
        GENERATOR: networks.MLP(SIZE, SIZE, **network, key=keys[0]),
        DISCRIMINATOR: networks.MLP(SIZE, "scalar", **network, key=keys[1]),
    }
    real, latent = jax.random.normal(keys[2], (2, BATCH, SIZE))
    batch = Batch(real=real, latent=latent, key=keys[3])
    both = games.relativistic_r1_r2()
    step = jnp.asarray(0.01)
    differences = tuple(
        games.WeightedPenalty(name, FiniteR1(step, side), 1.0)
        for side, name in enumerate(("r1", "r2"))
    )
    played = {
        "none": replace(both, penalties=()),
        "R1 + R2": both,
        "differences": replace(both, penalties=differences),
    }

    calls: dict[str, Callable[[], object]] = {
        "generator": lambda: _move(played["none"], players, batch, jnp.asarray(0), GENERATOR),
        **{
            name: lambda game=game: _move(game, players, batch, jnp.asarray(0), DISCRIMINATOR)
            for name, game in played.items()
        },
        **{
            f"lazy, {word}": lambda step=step: _move(
                Lazy(both, 16), players, batch, jnp.asarray(step), DISCRIMINATOR
            )
            for step, word in enumerate(("due", "not due"))
        },
    }
    for call in calls.values():
        jax.block_until_ready(call())
    taken = dict.fromkeys(calls, float("inf"))
    for _ in range(REPEATS):  # in turn, so that a busy second slows all of them
        for name, call in calls.items():
            start = time.perf_counter()
            jax.block_until_ready(call())
            taken[name] = min(taken[name], time.perf_counter() - start)
    return taken


@eqx.filter_jit
def _move(
    game: games.Game, players: games.Players, batch: Batch, step: jax.Array, name: str
) -> object:
    return game.at(step).gradient(players, name, batch)[0]
