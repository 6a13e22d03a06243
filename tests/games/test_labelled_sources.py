"""A creative game needs labels: the type checker refuses other sources, and so does the run.

Each `pyright: ignore` below is an expectation: `nox -s types` fails where the error is not found.
"""

# pyright: reportArgumentType=true, reportUnnecessaryTypeIgnoreComment=true

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
import pytest

from gantheory import Optimiser, Trainer, data, deviations, games, networks
from gantheory.data import Batch, Dataset, OnMesh, Synthetic
from gantheory.games import DISCRIMINATOR, GENERATOR, STYLE
from gantheory.shapes import Key, Labels

KEY = jax.random.key(0)
LATENT = data.Normal(jnp.zeros(2), jnp.ones(2))
SAMPLES = jnp.eye(3, 2)
MESH = jax.make_mesh((1,), ("batch",), devices=jax.devices()[:1])

UNLABELLED = Dataset(SAMPLES, LATENT, 4)
LABELLED = Dataset(SAMPLES, LATENT, 4, labels=jnp.arange(3))
SYNTHETIC = Synthetic(LATENT, LATENT, 4)
SPREAD = OnMesh(UNLABELLED, MESH)


def own(key: Key) -> Batch[None]:
    return Batch(real=SAMPLES, latent=SAMPLES, key=key)


def own_labelled(key: Key) -> Batch[Labels]:
    return Batch(real=SAMPLES, latent=SAMPLES, key=key, label=jnp.arange(3))


PLAIN = games.nonsaturating()
CAN = games.can(PLAIN, weight=1.0)
BY_NAME = games.can(PLAIN, weight=1.0, style_player="discriminator")
HOLISTIC = games.can_holistic(PLAIN, weight=1.0)
COMPOSED = games.CreativeGame(PLAIN, deviations.entropy_deviation, weight=1.0)
APART = games.can(PLAIN, weight=1.0, style_player=STYLE)

LINE = networks.Linear(2, 2, key=KEY)
JUDGE = networks.TwoHeaded(LINE, 2, 3, activation=jnp.tanh, key=KEY)
PLAYERS = {GENERATOR: LINE, DISCRIMINATOR: JUDGE}
THREE = {
    GENERATOR: LINE,
    DISCRIMINATOR: networks.Linear(2, "scalar", key=KEY),
    STYLE: networks.Linear(2, 3, key=KEY),
}
SGD = {name: Optimiser(optax.sgd, learning_rate=0.1) for name in PLAYERS}


def refused() -> list[Trainer]:
    return [
        Trainer(CAN, UNLABELLED, optimisers=SGD),  # pyright: ignore[reportArgumentType]
        Trainer(CAN, SYNTHETIC, optimisers=SGD),  # pyright: ignore[reportArgumentType]
        Trainer(CAN, SPREAD, optimisers=SGD),  # pyright: ignore[reportArgumentType]
        Trainer(CAN, own, optimisers=SGD),  # pyright: ignore[reportArgumentType]
        Trainer(BY_NAME, UNLABELLED, optimisers=SGD),  # pyright: ignore[reportArgumentType]
        Trainer(HOLISTIC, UNLABELLED, optimisers=SGD),  # pyright: ignore[reportArgumentType]
        Trainer(COMPOSED, UNLABELLED, optimisers=SGD),  # pyright: ignore[reportArgumentType]
    ]


def accepted() -> list[tuple[Trainer, dict]]:
    """Labels that a game does not need are no error."""
    return [
        (Trainer(CAN, LABELLED, optimisers=SGD), PLAYERS),
        (Trainer(CAN, OnMesh(LABELLED, MESH), optimisers=SGD), PLAYERS),
        (Trainer(CAN, own_labelled, optimisers=SGD), PLAYERS),
        (Trainer(COMPOSED, LABELLED, optimisers=SGD), PLAYERS),
        (Trainer(APART, UNLABELLED, optimisers=SGD), THREE),
        (Trainer(APART, LABELLED, optimisers=SGD), THREE),
        (Trainer(PLAIN, UNLABELLED, optimisers=SGD), THREE),
        (Trainer(PLAIN, LABELLED, optimisers=SGD), THREE),
    ]


@pytest.mark.parametrize("trainer", refused())
def test_a_source_without_labels_is_refused(trainer: Trainer) -> None:
    with pytest.raises(ValueError, match="source must give labels"):
        trainer.train(trainer.init(PLAYERS, key=KEY), 1)


@pytest.mark.parametrize(("trainer", "players"), accepted())
def test_other_sources_are_accepted(trainer: Trainer, players: dict) -> None:
    state = trainer.init(players, key=KEY)
    history = eqx.filter_eval_shape(trainer.train, state, 1).history
    assert history[GENERATOR].shape == (1,)
