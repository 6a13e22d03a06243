"""What the entrants share: a run of a game with the trainer, after which the average of the
generator draws the samples. A method need not use any of it."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from experiments.benchmark.tasks import Task
from gantheory import Every, Optimiser, Trainer, data, games, networks
from gantheory.games import DISCRIMINATOR, GENERATOR
from gantheory.shapes import Key

Sampler = Callable[[Key, int], Float[Array, " count size"]]
Generator = Callable[[Float[Array, " latents"]], Float[Array, " size"]]

WIDTH, DEPTH, BATCH = 64, 3, 128
LEARNING_RATE, DECAY = 1e-3, 0.995
FIRST_LAYER_GAIN = 3.0
NOISE_LIMIT = 3**0.5  # uniform on ±√3 has mean 0 and variance 1
LATENTS_OF_IMAGES = 16


def plain(game: games.Game, task: Task, moves: int, key: Key) -> Sampler:
    """A game as it is built, with the same perceptrons for all: the untuned entrants."""
    player_key, run_key = jax.random.split(key)
    players = perceptrons(task, player_key)
    generator = trained(game, players, task, moves, run_key, BATCH, LEARNING_RATE)
    return drawing(generator, task)


def drawing(generator: Generator, task: Task) -> Sampler:
    """The sampler of a generator."""
    noise = latents(task)
    return lambda key, count: jax.vmap(generator)(noise(key, count))


def trained(
    game: games.Game,
    players: games.Players,
    task: Task,
    moves: int,
    key: Key,
    batch: int,
    learning_rate: float,
) -> Generator:
    """Adam without momentum, whose rate stays for half of the moves and then falls to zero along a
    cosine, and an averaged generator."""
    times = game.turns[0].times
    trainer = Trainer(
        game,
        data.Synthetic(task.real, latents(task), batch),
        optimisers={
            GENERATOR: Optimiser(_fading_adam, learning_rate=learning_rate, steps=moves),
            DISCRIMINATOR: Optimiser(
                _fading_adam, learning_rate=learning_rate, steps=moves * times
            ),
        },
        ema={GENERATOR: DECAY},
        record=Every(moves),
    )
    return trainer.train(trainer.init(players, key=key), moves).ema[GENERATOR]


def perceptrons(task: Task, key: Key) -> games.Players:
    """Two perceptrons with three hidden layers of 64 units."""
    generator_key, discriminator_key = jax.random.split(key)
    settings = {"width": WIDTH, "depth": DEPTH, "activation": jax.nn.relu}
    settings["first_layer_gain"] = FIRST_LAYER_GAIN if task.size == 2 else 1.0
    return {
        GENERATOR: networks.MLP(latents(task).size, task.size, **settings, key=generator_key),
        DISCRIMINATOR: networks.MLP(task.size, "scalar", **settings, key=discriminator_key),
    }


def latents(task: Task) -> data.Uniform:
    """Centred uniform noise of variance 1: two numbers for the plane, sixteen for an image."""
    size = 2 if task.size == 2 else LATENTS_OF_IMAGES
    return data.Uniform(size, -NOISE_LIMIT, NOISE_LIMIT)


def _fading_adam(learning_rate: Array, steps: int) -> optax.GradientTransformation:
    half = steps // 2
    fading = optax.cosine_decay_schedule(learning_rate, steps - half)
    schedule = optax.join_schedules([lambda _: jnp.asarray(learning_rate), fading], [half])
    return optax.adam(schedule, b1=0.0, b2=0.99)
