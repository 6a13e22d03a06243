"""The benchmark: every method plays, and real samples score what theory says."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from experiments.benchmark import benchmark, playing
from experiments.benchmark.methods import fourier, rejecting
from experiments.benchmark.tasks import LEAST_SHARE, NEIGHBOURS, TASKS, Mixture
from jaxtyping import Array
from tools.results import tables

MIXTURES = [name for name, task in TASKS.items() if isinstance(task, Mixture)]


@pytest.fixture(scope="module")
def floors() -> dict[str, dict[str, np.ndarray]]:
    """What real samples score, as the table has it."""
    rows = tables.read("benchmark")["rows"]
    return {
        task: {
            metric: np.asarray(rows[f"{task}/{benchmark.REAL}"][metric])
            for metric in set(rows[f"{task}/{benchmark.REAL}"]) & set(benchmark.FLOORS)
        }
        for task in TASKS
    }


@pytest.mark.parametrize("method", ["nonsaturating", "rejecting"])
def test_a_method_plays_a_few_moves_and_draws(method: str) -> None:
    enter = benchmark.METHODS[method]
    play = eqx.filter_jit(lambda key: enter(TASKS["ring-8"], 4, key)(key, 50))
    samples = play(jax.random.key(0))
    assert samples.shape == (50, 2)
    assert jnp.all(jnp.isfinite(samples))
    assert len(jnp.unique(samples, axis=0)) == 50


def test_where_a_generator_is_steepest_nothing_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    edge = 0.9 * playing.NOISE_LIMIT  # a twentieth of the noise is beyond it

    def generator(z: Array) -> Array:
        return jnp.where(z[0] > edge, 3.0, 1.0) * z

    monkeypatch.setattr(fourier, "played", lambda *_: generator)
    drawn = rejecting.enter(TASKS["ring-8"], 1, jax.random.key(0))(jax.random.key(1), 1_000)
    assert drawn.shape == (1_000, 2)
    assert 0.8 * edge < jnp.max(drawn[:, 0]) <= edge


def test_real_samples_are_scored_for_each_seed() -> None:
    found = benchmark.scored(TASKS["ring-8"], benchmark.REAL, moves=0, seeds=2)
    assert found["modes"].tolist() == [8, 8]
    assert found["share"][0] != found["share"][1]


@pytest.mark.parametrize("name", MIXTURES)
def test_real_samples_of_a_mixture_score_what_they_must(
    name: str, floors: dict[str, dict[str, np.ndarray]]
) -> None:
    task, floor = TASKS[name], floors[name]
    assert isinstance(task, Mixture)
    modes = len(task.target.centres)
    inside = 1 - math.exp(-9 / 2)  # of a normal distribution in the plane within three deviations
    deviation = math.sqrt(inside * (1 - inside) / task.samples)
    assert np.all(np.abs(floor["share"] - inside) < 5 * deviation)
    # 2n times the divergence is nearly chi-squared with modes - 1 degrees of freedom
    expected = (modes - 1) / (2 * task.samples * inside)
    deviation = expected * math.sqrt(2 / (modes - 1))
    assert np.all(np.abs(floor["kl"] - expected) < 5 * deviation)
    assert np.all(floor["modes"] == modes)
    assert np.all(floor["held"] == modes)


@pytest.mark.parametrize("name", ["triangles", "digits"])
def test_real_images_are_covered_as_they_must_be(
    name: str, floors: dict[str, dict[str, np.ndarray]]
) -> None:
    count = TASKS[name].samples
    ranks = np.arange(1, NEIGHBOURS + 1)
    expected = 1 - np.prod((count - ranks) / (2 * count - ranks))
    assert np.all(np.abs(floors[name]["coverage"] - expected) < 0.03)


def test_real_triangles_are_triangles(floors: dict[str, dict[str, np.ndarray]]) -> None:
    assert np.all(floors["triangles"]["near"] == 1)


@pytest.mark.parametrize("name", MIXTURES)
def test_one_point_holds_one_mode_and_too_few_samples_hold_none(name: str) -> None:
    task = TASKS[name]
    assert isinstance(task, Mixture)
    modes = len(task.target.centres)
    one = jnp.broadcast_to(task.target.centres[0] / task.unit, (task.samples, 2))
    found = task.score(one)
    assert (found["modes"], found["held"], found["share"]) == (1, 1, 1)
    assert jnp.isclose(found["kl"], math.log(modes))
    # an even mixture, but for one mode which gets a little less than its least share
    per_mode = task.samples // modes
    few = int(LEAST_SHARE * per_mode) - 1
    counts = jnp.full(modes, per_mode).at[0].set(few).at[1].add(per_mode - few)
    uneven = jnp.repeat(task.target.centres, counts, axis=0, total_repeat_length=task.samples)
    found = task.score(uneven / task.unit)
    assert (found["modes"], found["held"]) == (modes, modes - 1)


def test_the_unit_of_a_mixture_is_the_deviation_of_its_coordinates() -> None:
    for name in MIXTURES:
        drawn = TASKS[name].real(jax.random.key(0), 20_000)
        assert jnp.allclose(jnp.std(drawn, axis=0), 1, atol=0.02)
