"""Relativistic pairing with penalties that loosen, between networks that see their input in random
waves: the recipe that was looked for on the grid of 100.

In the plane a perceptron is slow to tell a hundred narrow modes from a smear. Sines and cosines of
random projections let the discriminator resolve a mode, and the generator jump between two. The
penalty's weight falls from one that blurs the modes, so that fakes far away are pulled, to one that
leaves them sharp.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from experiments.benchmark.playing import Generator, Sampler, drawing, perceptrons, trained
from experiments.benchmark.tasks import TASKS, Mixture, Task
from gantheory import data, games, networks
from gantheory.games import DISCRIMINATOR, GENERATOR
from gantheory.shapes import Key, Scalar

Bands = tuple[tuple[int, float, float], ...]
"""How many waves each band has, their frequency and their amplitude."""


@dataclass(frozen=True)
class Settings:
    """What was looked for on the grid of 100; frequencies and weights are for its mode's width."""

    discriminator_bands: Bands = ((64, 20.0, 1.0),)
    generator_bands: Bands = ((64, 10.0, 1.0), (128, 30.0, 0.5))
    discriminator_width: int = 128
    generator_width: int = 192
    depth: int = 2
    batch: int = 256
    learning_rate: float = 2e-3
    learning_rate_of_images: float = 1e-3
    first_weight: float = 5e-4
    last_weight: float = 1e-5
    loosened: float = 0.8
    first_weight_of_images: float = 1.0
    last_weight_of_images: float = 0.1


SETTINGS = Settings()
FOUND_ON = TASKS["grid-100"]


def enter(task: Task, moves: int, key: Key) -> Sampler:
    """Play so many moves of the generator."""
    return drawing(played(task, moves, key), task)


def played(task: Task, moves: int, key: Key) -> Generator:
    """The averaged generator after so many moves."""
    player_key, run_key = jax.random.split(key)
    if isinstance(task, Mixture):
        area = finer(task) ** 2
        weights = SETTINGS.first_weight / area, SETTINGS.last_weight / area
        players, rate = waving(task, player_key), SETTINGS.learning_rate
    else:
        weights = SETTINGS.first_weight_of_images, SETTINGS.last_weight_of_images
        players, rate = perceptrons(task, player_key), SETTINGS.learning_rate_of_images
    game = Loosening(jnp.asarray(weights), SETTINGS.loosened * moves, jnp.asarray(weights[0]))
    return trained(game, players, task, moves, run_key, SETTINGS.batch, rate)


def finer(task: Mixture) -> float:
    """How many times narrower its modes are than those for which the settings were found: a network
    needs frequencies as many times higher, and the penalty squares them."""
    return (FOUND_ON.spread / FOUND_ON.unit) / (task.spread / task.unit)


class Loosening(games.Game[data.Batch]):
    """The relativistic game whose penalties' weight falls geometrically, and then stays."""

    ends: Float[Array, "2"]
    steps: float = eqx.field(static=True)
    weight: Scalar
    turns = games.ALTERNATING

    def losses(self, players: games.Players, batch: data.Batch) -> Mapping:
        game = games.relativistic_r1_r2(r1_weight=self.weight, r2_weight=self.weight)
        return game.losses(players, batch)

    def at(self, step: Array) -> "Loosening":
        first, last = self.ends
        gone = jnp.minimum(step / self.steps, 1.0)
        return eqx.tree_at(lambda game: game.weight, self, first * (last / first) ** gone)


class Waves(eqx.Module):
    """A perceptron of the input and of its sines and cosines along random directions; with a
    `skip`, the input is added to its output."""

    frequencies: Float[Array, "waves size"]
    amplitudes: Float[Array, " waves"]
    perceptron: networks.MLP
    skip: bool = eqx.field(static=True)

    def __call__(self, x: Float[Array, " size"]) -> Array:
        frequencies, amplitudes = jax.lax.stop_gradient((self.frequencies, self.amplitudes))
        phases = frequencies @ x  # the waves stay as they were drawn
        seen = jnp.concatenate([x, amplitudes * jnp.sin(phases), amplitudes * jnp.cos(phases)])
        return self.perceptron(seen) + x if self.skip else self.perceptron(seen)


def waving(task: Mixture, key: Key) -> games.Players:
    """Both players in random waves; the generator begins near the identity of its noise."""
    moving_key, judging_key = jax.random.split(key)
    scale = finer(task)
    generator = partial(_waves, task.size, SETTINGS.generator_bands, SETTINGS.generator_width)
    discriminator = partial(
        _waves, "scalar", SETTINGS.discriminator_bands, SETTINGS.discriminator_width
    )
    return {
        GENERATOR: generator(scale, jax.nn.relu, 1.0, moving_key, skip=True),
        DISCRIMINATOR: discriminator(scale, _leaky, 3.0, judging_key, skip=False),
    }


def _waves(
    out_size: int | Literal["scalar"],
    bands: Bands,
    width: int,
    scale: float,
    activation: Callable[[Array], Array],
    gain: float,
    key: Key,
    *,
    skip: bool,
) -> Waves:
    wave_key, perceptron_key = jax.random.split(key)
    counts, *columns = zip(*bands, strict=True)
    frequency, amplitude = (np.repeat(np.asarray(column, np.float32), counts) for column in columns)
    perceptron = networks.MLP(
        2 + 2 * len(frequency),
        out_size,
        width=width,
        depth=SETTINGS.depth,
        activation=activation,
        first_layer_gain=gain,
        key=perceptron_key,
    )
    directions = jax.random.normal(wave_key, (len(frequency), 2))
    frequencies = jnp.asarray(scale * frequency[:, None]) * directions
    return Waves(frequencies, jnp.asarray(amplitude), perceptron, skip)


def _leaky(x: Array) -> Array:
    return jax.nn.leaky_relu(x, 0.2)
