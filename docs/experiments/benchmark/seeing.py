"""Whether a discriminator can tell a hundred modes from a smear at all: the generator stands still
and draws uniformly on a square."""

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array
from tools.results.cache import cached

from experiments.benchmark import playing
from experiments.benchmark.methods import fourier
from experiments.benchmark.tasks import TASKS
from gantheory import Every, Optimiser, Trainer, data, games, networks
from gantheory.games import DISCRIMINATOR, GENERATOR


@cached
def loss_against_a_smear(moves: int) -> dict[str, Array]:
    """The relativistic loss of both kinds of discriminator, without its penalties, at each tenth
    move."""
    task, key = TASKS["grid-100"], jax.random.key(0)
    identity = networks.Linear(2, 2, key=key)
    identity = eqx.tree_at(lambda one: (one.weight, one.bias), identity, (jnp.eye(2), jnp.zeros(2)))
    weight = fourier.SETTINGS.first_weight
    trainer = Trainer(
        games.relativistic_r1_r2(
            r1_weight=weight, r2_weight=weight, turns=(games.Turn((DISCRIMINATOR,)),)
        ),
        data.Synthetic(task.real, playing.latents(task), playing.BATCH),
        optimisers={
            DISCRIMINATOR: Optimiser(
                optax.adam, learning_rate=playing.LEARNING_RATE, b1=0.0, b2=0.99
            )
        },
        record=Every(10),
    )
    kinds = {"perceptron": playing.perceptrons, "in waves": fourier.waving}
    losses = {}
    for kind, make in kinds.items():
        players = {**make(task, key), GENERATOR: identity}
        history = eqx.filter_jit(trainer.train)(trainer.init(players, key=key), moves).history
        losses[kind] = history[DISCRIMINATOR] - weight * (history["r1"] + history["r2"])
    return losses
