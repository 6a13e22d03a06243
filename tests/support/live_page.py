"""What the tests of the live pages share: the same players, draws and games for gantheory and for
the page's own scripts, run by Node."""

import json
import operator
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.flatten_util import ravel_pytree
from support.helpers import draw_of
from tools.assets.fetch import tool

from gantheory import Optimiser, Trainer, data, games, networks
from gantheory.games import DISCRIMINATOR, GENERATOR

SCRIPTS = Path(__file__).resolve().parents[1] / "docs"
WIDTH, BATCH, STEPS, AVERAGE = 16, 32, 10, 0.995
RUN_KEY = 5

OBJECTIVES = {
    "minimax": "minimax",
    "nonsaturating": "nonsaturating",
    "least_squares": "least_squares",
    "wasserstein": "wgan",
    "hinge": "hinge",
    "relativistic": "relativistic_r1_r2",
}
WEIGHTS = {"none": 0.0, "r1": 0.7, "r1_r2": 0.7, "one": 3.0, "clip": 0.2}
RULES = {
    "descent": lambda rate: Optimiser(optax.sgd, learning_rate=rate),
    "adam": lambda rate: Optimiser(optax.adam, learning_rate=rate, b1=0.5),
    "adam_no_momentum": lambda rate: Optimiser(optax.adam, learning_rate=rate, b1=0.0, b2=0.99),
}
EVERY_GAME = [
    {"loss": loss, "penalty": penalty, "weight": weight}
    for loss in OBJECTIVES
    for penalty, weight in WEIGHTS.items()
]
Played = tuple[str, str, str, int]
"""A penalty, the two players' optimisers, and the discriminator's moves."""


def game_of(*, loss: str, penalty: str, weight: float, moves: int = 1) -> games.AdversarialGame:
    """The package's losses, penalties and projection, put together as the page does."""
    base = games.build(OBJECTIVES[loss])
    both = games.build("relativistic_r1_r2", r1_weight=weight, r2_weight=weight).penalties
    parts = {
        "none": {},
        "r1": {"penalties": both[:1]},
        "r1_r2": {"penalties": both},
        "one": {"penalties": games.build("wgan_gp", penalty_weight=weight).penalties},
        "clip": {"projection": games.build("wgan", clip_bound=0.2).projection},
    }[penalty]
    return games.AdversarialGame(
        generator_loss=base.generator_loss,
        discriminator_loss=base.discriminator_loss,
        turns=(games.Turn((DISCRIMINATOR,), times=moves), games.Turn((GENERATOR,))),
        **parts,
    )


@cache
def players(dimension: int) -> games.Players:
    keys = jax.random.split(jax.random.key(1))
    return {
        name: networks.MLP(
            dimension,
            size,
            width=WIDTH,
            depth=2,
            activation=jnp.tanh,
            first_layer_gain=3.0,
            key=key,
        )
        for name, size, key in zip(
            (GENERATOR, DISCRIMINATOR), (dimension, "scalar"), keys, strict=True
        )
    }


def source(dimension: int) -> data.Synthetic:
    noise = data.Uniform(dimension, -(3**0.5), 3**0.5)
    real = data.Normal(*(np.array(value[:dimension]) for value in ([0.5, -0.3], [1.5, 0.8])))
    return data.Synthetic(real=real, latent=noise, batch_size=BATCH)


def flat(player: Any) -> list[float]:
    return ravel_pytree(eqx.filter(player, eqx.is_inexact_array))[0].tolist()


def flat_players(dimension: int) -> dict[str, list[float]]:
    return {name: flat(player) for name, player in players(dimension).items()}


def as_numbers(batch: data.Batch) -> dict[str, list[float]]:
    """A batch, and the weights with which the one-centred penalty mixes real and fake."""
    mix = jax.random.uniform(batch.key, (BATCH,))
    return {
        "real": batch.real.ravel().tolist(),
        "latent": batch.latent.ravel().tolist(),
        "mix": mix.tolist(),
    }


def size(dimension: int) -> dict[str, int]:
    return {"dimension": dimension, "width": WIDTH, "batch": BATCH}


def gradients_fixture(dimension: int) -> dict[str, Any]:
    return {
        "size": size(dimension),
        "players": flat_players(dimension),
        "draw": as_numbers(source(dimension)(jax.random.key(2))),
        "games": EVERY_GAME,
    }


def gradients_by_the_package(dimension: int) -> list[dict[str, Any]]:
    """Losses and gradients of every game, operation by operation: compiling them all takes
    longer."""
    batch, both = source(dimension)(jax.random.key(2)), players(dimension)

    def of_one(settings: dict[str, Any], name: str) -> tuple[jax.Array, Any]:
        def own(player: Any) -> jax.Array:
            return game_of(**settings).entries({**both, name: player}, batch)[name]

        return eqx.filter_value_and_grad(own)(both[name])

    return [{name: of_one(settings, name) for name in both} for settings in EVERY_GAME]


def _draws_of_a_run(dimension: int, moves: int) -> list[dict[str, list[float]]]:
    places = [
        (step, turn, repeat)
        for step in range(STEPS)
        for turn, times in enumerate((moves, 1))
        for repeat in range(times)
    ]
    key = jax.random.key(RUN_KEY)

    def drawn_at(place: jax.Array) -> data.Batch:
        return draw_of(source(dimension), key, *place)

    drawn = jax.vmap(drawn_at)(jnp.array(places, jnp.uint32))
    rows = [jax.tree.map(operator.itemgetter(row), drawn) for row in range(len(places))]
    return [as_numbers(batch) for batch in rows]


def run_fixture(dimension: int, loss: str, played: Played) -> dict[str, Any]:
    penalty, discriminator_rule, generator_rule, moves = played
    return {
        "size": size(dimension),
        "steps": STEPS,
        "players": flat_players(dimension),
        "draws": _draws_of_a_run(dimension, moves),
        "settings": {
            "loss": loss,
            "penalty": penalty,
            "weight": WEIGHTS[penalty],
            DISCRIMINATOR: {"rule": discriminator_rule, "rate": 0.02, "moves": moves},
            GENERATOR: {"rule": generator_rule, "rate": 0.01},
        },
    }


def by_node(fixture: dict[str, Any], path: Path) -> dict[str, Any]:
    """What the page's own scripts make of a fixture."""
    path.write_text(json.dumps(fixture))
    return run_node("live_fixture.mjs", str(path))


def run_node(script: str, argument: str) -> dict[str, Any]:
    command = [tool("node"), str(SCRIPTS / script), argument]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def assert_close(got: Any, wanted: Any, relative: float) -> None:
    """Relative to the largest number of the vector."""
    got, wanted = np.asarray(got), np.asarray(wanted)
    assert np.max(np.abs(got - wanted)) <= relative * np.max(np.abs(wanted))


def assert_same_gradients(got: dict[str, Any], wanted: dict[str, Any]) -> None:
    for name, (loss, gradient) in wanted.items():
        np.testing.assert_allclose(got[name]["loss"], float(loss), rtol=1e-10)
        assert_close(got[name]["gradient"], flat(gradient), 1e-10)


def assert_penalties_change_the_gradient(got: list[dict[str, Any]]) -> None:
    """Else a comparison of gradients would not see a penalty that was left out."""
    for loss in OBJECTIVES:
        found = {
            settings["penalty"]: got[index][DISCRIMINATOR]["gradient"]
            for index, settings in enumerate(EVERY_GAME)
            if settings["loss"] == loss
        }
        for penalty in ("r1", "r1_r2", "one"):
            assert np.linalg.norm(np.subtract(found[penalty], found["none"])) > 1e-3
        assert np.linalg.norm(np.subtract(found["r1"], found["r1_r2"])) > 1e-3


def assert_same_run(dimension: int, loss: str, played: Played, got: dict[str, Any]) -> None:
    """Ten steps of both players, by gantheory and by the page."""
    penalty, discriminator_rule, generator_rule, moves = played
    trainer = Trainer(
        game_of(loss=loss, penalty=penalty, weight=WEIGHTS[penalty], moves=moves),
        source(dimension),
        optimisers={
            DISCRIMINATOR: RULES[discriminator_rule](0.02),
            GENERATOR: RULES[generator_rule](0.01),
        },
        ema={GENERATOR: AVERAGE},
    )
    state = trainer.init(players(dimension), key=jax.random.key(RUN_KEY))
    result = eqx.filter_jit(trainer.train)(state, STEPS)
    assert got["unused"] == 0
    for name, start in flat_players(dimension).items():
        wanted = np.asarray(flat(result.players[name]))
        assert_close(got["players"][name], wanted, 1e-8)
        assert np.max(np.abs(wanted - start)) > 1e-3, "the player moved"
    last_mover = float(result.history[GENERATOR][-1])
    np.testing.assert_allclose(got["losses"][GENERATOR], last_mover, rtol=1e-8)
    assert_close(got["averaged"], flat(result.ema[GENERATOR]), 1e-8)
