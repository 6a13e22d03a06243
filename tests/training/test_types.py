"""What a type checker knows of a run, and the ways to write a game that it accepts.

`nox -s types` reads this file with the checks that other tests switch off; an `assert_type` fails
there, not here.
"""

# pyright: reportArgumentType=true, reportCallIssue=true, reportAttributeAccessIssue=true

from pathlib import Path
from typing import Any, TypedDict, assert_type

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax

import gantheory as gt
from gantheory import data, games, metrics, networks
from gantheory.games import Turn

ONE = jnp.ones(())


class Unannotated(games.Game):
    turns = (Turn(("x",)),)

    def losses(self, players, batch):
        return {"x": players["x"] ** 2}


class Weighted(games.Game):
    weight: jax.Array
    turns = (Turn(("x",)),)

    def losses(self, players, batch):
        return {"x": self.weight * players["x"] ** 2}


class Annotated(games.Game):
    weight: jax.Array
    turns: tuple[Turn, ...] = (Turn(("x",)),)

    def losses(self, players, batch):
        return {"x": self.weight * players["x"] ** 2}


class Asked(games.Game):
    weight: jax.Array
    turns: tuple[Turn, ...] = eqx.field(static=True)

    def losses(self, players, batch):
        return {"x": self.weight * players["x"] ** 2}


def test_turns_may_be_written_in_any_way():
    turns = (Turn(("x",)),)
    for game in (Unannotated(), Weighted(ONE), Annotated(ONE), Asked(ONE, turns)):
        assert_type(game.turns, tuple[Turn, ...])
        assert game.turns == turns
        assert game.entries({"x": 2 * ONE}, None) == {"x": 4}
    assert Annotated(ONE, turns=(*turns, *turns)).turns == (*turns, *turns)


class Pair(TypedDict):
    x: networks.Linear
    y: networks.MLP


class Pull(games.Game):
    turns = (Turn(("x",)),)

    def losses(self, players, batch):
        return {"x": jnp.sum(players["x"].weight ** 2)}


def test_a_result_holds_the_players_that_the_run_began_with(key, tmp_path: Path):
    sgd = gt.Optimiser(optax.sgd, learning_rate=0.1)
    names = ("x",)
    trainer = gt.Trainer(Pull(), jax.random.normal, optimisers=dict.fromkeys(names, sgd))
    players: Pair = {
        "x": networks.Linear(1, 1, key=key),
        "y": networks.MLP(1, "scalar", width=2, depth=1, activation=jnp.tanh, key=key),
    }
    state = trainer.init(players, key=key)
    result = trainer.train(state, 2)
    assert_type(result, gt.Result[Pair, dict[str, jax.Array]])
    assert_type(result.players["x"], networks.Linear)
    assert_type(result.players["y"], networks.MLP)
    gt.save_state(tmp_path / "state", result.state)
    assert_type(gt.load_state(tmp_path / "state", like=state), gt.TrainState[Pair])
    loaded = gt.load_player(tmp_path / "state", "x", like=players["x"])
    assert_type(loaded, networks.Linear)
    assert isinstance(loaded, networks.Linear)

    def run(key: jax.Array) -> gt.Result[Pair, dict[str, jax.Array]]:
        return trainer.train(trainer.init(players, key=key), 2)

    results = gt.fit_ensemble(run, jax.random.split(key, 2), progress=False)
    assert_type(results.players["x"], networks.Linear)
    assert results.players["x"].weight.shape == (2, 1, 1)


def test_a_history_holds_what_the_record_keeps(key):
    def weight(state, batch, entries) -> jax.Array:
        return state.players["x"].weight

    sgd = {"x": gt.Optimiser(optax.sgd, learning_rate=0.1)}
    once = gt.Trainer(Pull(), jax.random.normal, optimisers=sgd, record=gt.Every(2, weight))
    state = once.init({"x": networks.Linear(1, 1, key=key)}, key=key)
    assert_type(once.train(state, 2).history, jax.Array)
    assert once.train(state, 2).history.shape == (1, 1, 1)
    both = gt.Trainer(
        Pull(),
        jax.random.normal,
        optimisers=sgd,
        record={"losses": gt.Every(1), "weights": gt.Every(2, weight)},
    )
    history = both.fit(state, 2, progress=False).history
    assert_type(history, dict[str, Any])
    assert set(history) == {"losses", "weights"}


def test_arrays_of_numpy_are_data_and_are_measured():
    source = data.Dataset(np.ones((3, 1), np.float32), data.Uniform(1), 4, labels=np.arange(3))
    assert source.classes == 3
    points = np.asarray([[0.0], [1.0], [3.0]])
    distances = metrics.nearest_distances(points, points + 0.5)
    assert_type(distances, jax.Array)
    assert metrics.wasserstein_samples_1d(points[:, 0], points[:, 0] + 0.5) == 0.5
    metrics.frechet_distance(points, points)
