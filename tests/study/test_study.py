"""Spaces as data, trials that are the same after a kill, failures as results, scores by budget."""

import itertools
import math
import os
import signal
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gantheory import games, study
from gantheory.training import ensemble

SPACE = {
    "rate": study.LogUniform(1e-3, 1e-1),
    "shift": study.Uniform(-1.0, 1.0),
    "moves": study.Choice((1, 5)),
}


def program(subject: str, fixed: dict[str, int | bool]) -> study.Run:
    """A run whose outcome tells its settings; a large shift makes it fail."""
    del subject

    def run(key: jax.Array, numbers: dict[str, jax.Array]) -> dict[str, jax.Array]:
        noise = jax.random.normal(key)
        score = jnp.log10(numbers["rate"]) + fixed["moves"] + 0.01 * noise
        return {"score": jnp.where(numbers["shift"] > 0.8, jnp.nan, score), "noise": noise}

    return run


def trials(count: int, phase: str = "wide") -> list[study.Trial]:
    return study.random_trials("toy", SPACE, phase=phase, count=count, key=jax.random.key(1))


def run(those: list[study.Trial], path: Path) -> list[study.Row]:
    return study.run_trials(
        program, those, key=jax.random.key(2), table=study.Table(path), progress=False
    )


def test_ranges_are_drawn_evenly_on_their_own_scale() -> None:
    keys = jax.random.split(jax.random.key(0), 300)
    for ranged, scale, low, high in (
        (study.Uniform(2.0, 6.0), lambda x: x, 2.0, 6.0),
        (study.LogUniform(1e-4, 1e-1), math.log, math.log(1e-4), math.log(1e-1)),
    ):
        values = np.asarray([(scale(ranged.sample(key)) - low) / (high - low) for key in keys])
        assert values.min() >= 0
        assert values.max() <= 1
        assert abs(values.mean() - 0.5) < 4 / math.sqrt(12 * len(keys))
    chosen = [study.Choice((1, 5)).sample(key) for key in keys]
    assert 100 < chosen.count(5) < 200


def test_a_further_hyperparameter_changes_no_other() -> None:
    key = jax.random.key(3)
    longer = {"first": study.Uniform(0.0, 1.0), **SPACE}
    drawn = study.sample_setting(longer, key)
    assert {name: drawn[name] for name in SPACE} == study.sample_setting(SPACE, key)


def test_a_longer_search_begins_with_the_shorter_one() -> None:
    assert trials(9)[:4] == trials(4)
    assert trials(4)[0].setting != trials(4, "narrow")[0].setting


def test_the_published_spaces_name_models_that_can_be_built() -> None:
    for spaces in (study.WIDE, study.NARROW, study.DEFAULTS):
        assert set(spaces) == set(study.WIDE)
        assert set(spaces) - {"vae"} <= set(games.OBJECTIVES)
    for model, default in study.DEFAULTS.items():
        assert set(default) == set(study.WIDE[model]) == set(study.NARROW[model])
        for name, ranged in study.WIDE[model].items():
            if isinstance(ranged, study.Choice):
                assert default[name] in ranged.values
            else:
                assert ranged.low <= default[name] <= ranged.high


def test_narrow_ranges_lie_within_the_wide_ones() -> None:
    for model, space in study.NARROW.items():
        for name, ranged in space.items():
            wide = study.WIDE[model][name]
            ends = ranged.values if isinstance(ranged, study.Choice) else (ranged.low, ranged.high)
            for end in ends:
                if isinstance(wide, study.Choice):
                    assert end in wide.values
                else:
                    assert wide.low <= end <= wide.high


def test_rows_hold_setting_status_and_outcomes(tmp_path: Path) -> None:
    those = trials(12)
    rows = run(those, tmp_path / "table.sqlite")
    assert [row["number"] for row in rows] == list(range(12))
    for trial, row in zip(those, rows, strict=True):
        assert {name: row[name] for name in SPACE} == dict(trial.setting)
        noise = float(jax.random.normal(trial.key(jax.random.key(2))))
        assert row["noise"] == pytest.approx(noise, rel=1e-5)
        assert float(row["seconds"]) > 0


def test_a_failure_is_a_result(tmp_path: Path) -> None:
    rows = run(trials(30), tmp_path / "table.sqlite")
    for row in rows:
        failed = float(row["shift"]) > 0.8
        assert row["status"] == ("failed" if failed else "completed")
        assert math.isnan(float(row["score"])) == failed
    assert any(row["status"] == "failed" for row in rows)
    best = study.best_row(rows, "score")
    assert float(best["score"]) == min(
        float(row["score"]) for row in rows if row["status"] == "completed"
    )


def test_a_study_that_was_killed_goes_on_and_is_the_same_study(tmp_path: Path) -> None:
    whole = run(trials(10), tmp_path / "whole.sqlite")
    run(trials(4), tmp_path / "pieces.sqlite")
    made = []

    def counting(subject: str, fixed: dict[str, int | bool]) -> study.Run:
        made.append(fixed)
        return program(subject, fixed)

    table = study.Table(tmp_path / "pieces.sqlite")
    before = list(table.rows)
    rows = study.run_trials(
        counting, trials(10), key=jax.random.key(2), table=table, progress=False
    )
    assert table.rows[: len(before)] == before
    assert made
    for one, other in zip(whole, rows, strict=True):
        assert one["score"] == pytest.approx(other["score"], rel=1e-5, nan_ok=True)
    made.clear()
    study.run_trials(counting, trials(10), key=jax.random.key(2), table=table, progress=False)
    assert not made  # nothing left to run


def test_trials_with_other_real_settings_run_in_a_program_of_their_own(tmp_path: Path) -> None:
    """They were one group, which dropped what the first of them had not, or knew no such name."""

    def sums(subject: str, fixed: dict[str, int | bool]) -> study.Run:
        del subject, fixed
        return lambda key, numbers: {"total": jnp.sum(jnp.stack(list(numbers.values())))}

    settings = [{"rate": 0.25}, {"rate": 0.25, "decay": 0.5}, {"rate": 1.0}]
    some = [study.Trial("toy", "wide", n, setting) for n, setting in enumerate(settings)]
    for order in (some, some[::-1]):
        rows = study.run_trials(
            sums,
            order,
            key=jax.random.key(0),
            table=study.Table(tmp_path / f"{order[0].number}.sqlite"),
            progress=False,
        )
        assert {row["number"]: row["total"] for row in rows} == {0: 0.25, 1: 0.75, 2: 1.0}


def test_ctrl_c_stops_a_study_which_then_goes_on(tmp_path: Path) -> None:
    """The runs under way end and have their rows; nothing else is begun."""
    before = signal.getsignal(signal.SIGINT)
    begun = []

    def press(subject: str, fixed: dict[str, int | bool]) -> study.Run:
        begun.append(subject)
        if len(begun) == 2:
            os.kill(os.getpid(), signal.SIGINT)
        return program(subject, fixed)

    table = study.Table(tmp_path / "runs.sqlite")
    those = [
        study.Trial(subject, "wide", 0, {"rate": 0.1, "shift": 0.0, "moves": 1})
        for subject in ("first", "second", "third")
    ]

    def go_on() -> list[study.Row]:
        return study.run_trials(press, those, key=jax.random.key(2), table=table, progress=False)

    with pytest.raises(KeyboardInterrupt):
        go_on()
    assert [row["subject"] for row in table.rows] == ["first", "second"]
    assert signal.getsignal(signal.SIGINT) is before
    assert [row["subject"] for row in go_on()] == ["first", "second", "third"]
    assert begun == ["first", "second", "third"]


def test_runs_that_ended_before_ctrl_c_have_their_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ensemble, "_cores", lambda: 1)
    monkeypatch.setattr(ensemble, "RUNS_AT_ONCE", 1)
    table = study.Table(tmp_path / "runs.sqlite")

    def press(value: jax.Array) -> None:
        if value == 0.25:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.5)  # the main thread takes the signal before this run ends

    def body(key: jax.Array, numbers: dict[str, jax.Array]) -> dict[str, jax.Array]:
        del key
        jax.debug.callback(press, numbers["rate"])
        return {"score": numbers["rate"]}

    those = [study.Trial("toy", "wide", number, {"rate": number / 8}) for number in range(16)]
    with (
        pytest.warns(UserWarning, match="interrupted: .* of 16 runs"),
        pytest.raises(KeyboardInterrupt),
    ):
        study.run_trials(lambda *_: body, those, key=jax.random.key(2), table=table, progress=False)
    numbers = [row["number"] for row in table.rows]
    assert numbers == list(range(len(numbers)))
    assert 3 <= len(numbers) < 16


def test_a_table_of_another_study_is_refused(tmp_path: Path) -> None:
    run(trials(3), tmp_path / "table.sqlite")
    others = study.random_trials("toy", SPACE, phase="wide", count=3, key=jax.random.key(7))
    with pytest.raises(ValueError, match="it belongs to another study"):
        run(others, tmp_path / "table.sqlite")


@pytest.mark.parametrize(("subject", "phase"), [("007", "01"), ("1e3", "NaN"), ("", "-0")])
def test_trials_whose_names_look_like_numbers_are_run_once(
    tmp_path: Path, subject: str, phase: str
) -> None:
    those = study.random_trials(subject, SPACE, phase=phase, count=2, key=jax.random.key(1))
    once = run(those, tmp_path / "table.sqlite")
    assert run(those, tmp_path / "table.sqlite") == once
    assert len(study.Table(tmp_path / "table.sqlite").rows) == 2


def test_a_run_made_elsewhere_meanwhile_keeps_its_row_and_the_later_process_is_told(
    tmp_path: Path,
) -> None:
    path = tmp_path / "runs.sqlite"
    others = {"phase": "wide", "rate": 0.5, "status": "completed", "score": 7.0}

    def elsewhere(subject: str, number: int) -> None:
        study.Table(path).add_missing([{"subject": subject, "number": number, **others}])

    def body(key: jax.Array, numbers: dict[str, jax.Array]) -> dict[str, jax.Array]:
        del key
        elsewhere("first", 1)  # while the runs of the first group are under way
        elsewhere("second", 0)
        return {"score": numbers["rate"]}

    those = [
        study.Trial(name, "wide", n, {"rate": 0.5}) for name in ("first", "second") for n in (0, 1)
    ]
    with pytest.warns(UserWarning, match="another process has made runs of first/wide number 0"):
        rows = study.run_trials(
            lambda *_: body, those, key=jax.random.key(2), table=study.Table(path), progress=False
        )
    assert [row["score"] for row in rows] == [0.5, 7.0, 7.0, 0.5]


def test_names_of_columns_are_not_taken_twice(tmp_path: Path) -> None:
    for name in ("status", "subject", "Seconds"):
        with pytest.raises(ValueError, match="which is a column of every row"):
            study.Trial("toy", "wide", 0, {name: 0.5})
    with pytest.raises(ValueError, match=r"setting\['rate'\] must be a number, got NaN"):
        study.Trial("toy", "wide", 0, {"rate": math.nan})
    trial = study.Trial("toy", "wide", 0, {"rate": 0.5})
    for name in ("rate", "seconds"):
        with pytest.raises(ValueError, match=f"a run must not return '{name}'"):
            study.run_trials(
                lambda *_: lambda key, numbers: {name: numbers["rate"]},  # noqa: B023
                [trial],
                key=jax.random.key(0),
                table=study.Table(tmp_path / "runs.sqlite"),
                progress=False,
            )


def test_the_expected_best_is_the_mean_over_all_subsets() -> None:
    scores = [3.0, 1.0, 4.0, 1.5, 9.0, 2.6]
    curve = study.expected_best(
        jnp.asarray(scores), failed_as=99.0, resamples=50, coverage=0.8, key=jax.random.key(0)
    )
    for size, expected in zip(curve.trials.tolist(), curve.expected, strict=True):
        least = [min(subset) for subset in itertools.combinations(scores, size)]
        assert float(expected) == pytest.approx(np.mean(least), rel=1e-4)
    assert bool(jnp.all(curve.low <= curve.high))


def test_scores_may_be_those_of_numpy_and_lie_in_a_row(without_hook: None) -> None:
    options = {"failed_as": 9.0, "resamples": 5, "coverage": 0.8, "key": jax.random.key(0)}
    curve = study.expected_best(np.asarray([3.0, 1.0]), **options)
    np.testing.assert_allclose(curve.expected, [2, 1], rtol=1e-5)
    with pytest.raises(ValueError, match=r"scores must have one axis, .* got shape \(2, 1\)"):
        study.expected_best(jnp.ones((2, 1)), **options)


def test_failures_count_as_the_worst() -> None:
    scores = jnp.asarray([1.0, jnp.nan, jnp.inf, 2.0])
    curve = study.expected_best(
        scores, failed_as=10.0, resamples=20, coverage=0.5, key=jax.random.key(0)
    )
    assert float(curve.expected[0]) == pytest.approx((1 + 10 + 10 + 2) / 4)
    assert float(curve.expected[-1]) == pytest.approx(1.0, rel=1e-5)


def test_the_band_covers_what_new_trials_give() -> None:
    """The band of 20 exponential scores holds the expected minimum 1/k as often as it says."""
    inside = []
    for number in range(60):
        score_key, key = jax.random.split(jax.random.key(number))
        curve = study.expected_best(
            jax.random.exponential(score_key, (20,)),
            failed_as=9.0,
            resamples=200,
            coverage=0.8,
            key=key,
        )
        inside.append(float(curve.low[1]) <= 0.5 <= float(curve.high[1]))
    assert 0.6 < np.mean(inside) < 0.95


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: study.Uniform(1.0, 1.0), "low < high"),
        (lambda: study.LogUniform(0.0, 1.0), "0 < low < high"),
        (lambda: study.Choice(()), "values must hold at least one value"),
        (lambda: study.sample_setting({}, jax.random.key(0)), "space must give at least one"),
        (lambda: trials(0), "count must be an? .* of at least 1"),
        (lambda: study.best_row([], "score"), "rows must hold at least one completed run"),
        (
            lambda: study.random_trials(
                "toy", SPACE, phase="wide", count=2, key=jax.random.key(0), default={"rate": 0.1}
            ),
            "default must have the names of the space",
        ),
        (lambda: run([*trials(2), *trials(1)], Path("none.sqlite")), "trials must be distinct"),
    ],
)
def test_what_makes_no_sense_is_refused(make, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("count", [50, 1_000])
def test_equal_scores_leave_that_score_at_every_budget(count: int) -> None:
    scores = jnp.full(count, 7.0)
    settings = {"failed_as": 9.0, "resamples": 2, "coverage": 0.9}
    found = study.expected_best(scores, key=jax.random.key(0), **settings)
    np.testing.assert_allclose(found.expected, 7.0, rtol=2e-5)
