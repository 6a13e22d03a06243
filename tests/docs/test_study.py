"""The study's experiments: every model of every bed can be played, and the two tables of results
tell the same story."""

import json
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from experiments.study import study as experiment
from experiments.study import study_convolutional
from support.beds import untaught_bed
from tools.results import tables as results

from gantheory import networks, study

REAL = jax.ShapeDtypeStruct((), jnp.float32)


def numbers_of(model: str) -> dict[str, jax.ShapeDtypeStruct]:
    space = experiment.space(f"triangles/{model}", study.WIDE)
    return {name: REAL for name, ranged in space.items() if not isinstance(ranged, study.Choice)}


def traced(name: str, moves: int, *, judged: bool) -> dict[str, jax.ShapeDtypeStruct]:
    """Traced, not run: shapes and types fit together."""
    subject, model = experiment.ROWS[name]
    run = partial(experiment._run, subject, model, moves, judged, False, untaught_bed(subject))  # noqa: FBT003
    return jax.eval_shape(run, jax.random.key(0), numbers_of(model))


@pytest.mark.parametrize("name", experiment.ROWS)
def test_every_row_can_be_played_and_measured(name: str) -> None:
    outcomes = traced(name, 1, judged=True)
    of_triangles = {"off", *(f"precision_{delta}" for delta in experiment.DELTAS)}
    missing = set() if name.startswith("triangles") else of_triangles
    assert set(outcomes) == set(experiment.FLOORS) - missing | {"discriminator_moves_made"}
    assert all(outcome.shape == () for outcome in outcomes.values())


@pytest.mark.parametrize("model", experiment.MODELS)
def test_every_model_can_be_played_with_several_moves(model: str) -> None:
    outcomes = traced(f"digits/{model}", 5, judged=False)
    assert set(outcomes) == {"frechet", "last_frechet", "discriminator_moves_made"}


@pytest.mark.parametrize("model", experiment.MODELS)
def test_every_model_can_be_played_with_convolutions(model: str) -> None:
    side = study_convolutional.SIDE
    trunk = networks.ConvolutionalTrunk(
        side, 1, width=1, activation=jax.nn.relu, key=jax.random.key(0)
    )
    judge = study_convolutional.Judge(
        trunk,
        networks.Linear(trunk.features, 3, key=jax.random.key(1)),
        networks.Linear(3, 10, key=jax.random.key(2)),
    )
    images = jnp.zeros((100, side, side, 1))
    garments = study_convolutional.Bed(images, images, judge)
    outcomes = jax.eval_shape(
        lambda key, numbers: study_convolutional._run(model, 1, garments, key, numbers),
        jax.random.key(0),
        numbers_of(model),
    )
    assert {name: outcome.shape for name, outcome in outcomes.items()} == {"frechet": ()}


def test_a_missing_data_set_says_where_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setattr(study_convolutional, "FOLDER", tmp_path)
    with pytest.raises(SystemExit, match=r"Install Debian's dataset-fashion-mnist"):
        study_convolutional.fashion_mnist()


def test_the_table_of_all_runs_is_complete_and_agrees_with_the_summary() -> None:
    rows = study.read_csv(results.FOLDER / "study.csv")
    summary = json.loads((results.FOLDER / "study.json").read_text())["rows"]
    for name, (_, model) in experiment.ROWS.items():
        of_phase = {
            phase: [row for row in rows if row["subject"] == name and row["phase"] == phase]
            for phase in ("wide", "narrow", "repeated")
        }
        assert {phase: len(found) for phase, found in of_phase.items()} == {
            "wide": experiment.WIDE_TRIALS,
            "narrow": experiment.NARROW_TRIALS,
            "repeated": experiment.SEEDS,
        }
        default = {k: v for k, v in study.DEFAULTS[model].items() if k != experiment.BATCH_NORM}
        drawn = study.random_trials(
            name,
            experiment.space(name, study.WIDE),
            phase="wide",
            count=experiment.WIDE_TRIALS,
            key=jax.random.key(experiment.KEY),
            default=default,
        )
        for trial, row in zip(drawn, of_phase["wide"], strict=True):
            assert {key: row[key] for key in trial.setting} == dict(trial.setting)
        best = study.best_row(of_phase["wide"] + of_phase["narrow"], "frechet")
        for row in of_phase["repeated"]:
            assert all(row[key] == best[key] for key in experiment.space(name, study.WIDE))
        np.testing.assert_allclose(
            summary[name]["frechet"],
            [float(row["frechet"]) for row in of_phase["repeated"]],
            rtol=1e-4,
            atol=1e-4,
        )
