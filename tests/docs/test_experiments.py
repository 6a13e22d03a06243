"""Every row of every heavy experiment is traced through the library of today, so that a change of
it cannot break one unseen.

Nothing is computed: shapes and types have to fit together from the data to the last metric.
`test_study.py` does the same for the study's programs, whose rows are searches.
"""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from types import ModuleType
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import pytest
from experiments import averaging, beside_regression, uniform_to_normal
from experiments.benchmark import benchmark
from experiments.can_portraits import (
    can,
    can_emoji,
    can_larger,
    can_walk,
    playing,
    style_judge,
)
from experiments.critic import critic, one_sided, tangent
from experiments.dynamics import trained_ways
from experiments.loss_gallery import objectives
from experiments.penalty_strength import penalty_strength
from experiments.study import bed, study_real
from experiments.which_map import finished_map, which_map
from support.beds import untaught_bed
from tools.results import tables

TRACED_HERE = {
    "averaging": averaging,
    "benchmark": benchmark,
    "beside_regression": beside_regression,
    "can": can,
    "can_emoji": can_emoji,
    "can_larger": can_larger,
    "can_walk": can_walk,
    "critic": critic,
    "objectives": objectives,
    "one_sided": one_sided,
    "penalty_strength": penalty_strength,
    "study_real": study_real,
    "tangent": tangent,
    "trained_ways": trained_ways,
    "uniform_to_normal": uniform_to_normal,
    "which_map": which_map,
    "finished_map": finished_map,
}
TRACED_IN_TEST_STUDY = {"study", "study_convolutional"}
MEASURED_IN_TEST_ACCURACY = {"accuracy"}


def rows(module: ModuleType) -> Callable[[Any], Any]:
    return pytest.mark.parametrize("name", module.ROWS)


def traced(module: ModuleType, name: str) -> dict[str, Any]:
    """The shapes of a row; what the table compares must have one entry per seed."""
    row = eqx.filter_eval_shape(partial(module.run_row, name))
    for metric in set(row) & set(module.FLOORS):
        assert len(row[metric].shape) == 1, metric
    assert set(row) & set(module.FLOORS)
    return row


def test_every_experiment_with_rows_is_traced() -> None:
    folder = tables.ROOT / "docs" / "experiments"
    found = set()
    for path in folder.rglob("*.py"):
        if "\nROWS" in path.read_text(encoding="utf-8"):
            name = ".".join(("experiments", *path.relative_to(folder).with_suffix("").parts))
            assert hasattr(import_module(name), "ROWS")
            found.add(path.stem)
    assert found == set(TRACED_HERE) | TRACED_IN_TEST_STUDY | MEASURED_IN_TEST_ACCURACY


@rows(objectives)
def test_an_objective_can_be_played_and_measured(name: str) -> None:
    task, _ = objectives.ROWS[name]
    seeds = (objectives.TASKS[task].seeds,)
    row = traced(objectives, name)
    assert {row[metric].shape for metric in set(row) & set(objectives.FLOORS)} == {seeds}


# the other rows differ from these in numbers alone
@pytest.mark.parametrize("name", ["plain/nonsaturating", "plain/minimax", "recipe"])
def test_the_line_is_learnt_from_every_seed(name: str) -> None:
    row = traced(uniform_to_normal, name)
    assert {shape.shape for shape in row.values()} == {(uniform_to_normal.ROWS[name].seeds,)}


@rows(averaging)
def test_every_decay_of_an_average_can_be_measured(name: str) -> None:
    row = traced(averaging, name)
    assert {metric: row[metric].shape for metric in row} == dict.fromkeys(
        averaging.MEASURED, (averaging.SEEDS,)
    )


@pytest.mark.parametrize("objective", beside_regression.WEIGHTS)
def test_a_regression_with_an_adversary_can_be_trained(objective: str) -> None:
    weight, *_ = beside_regression.WEIGHTS[objective]
    row = traced(beside_regression, f"{objective}/{weight:g}")
    seeds = (beside_regression.SEEDS,)
    assert {row[metric].shape for metric in beside_regression.FLOORS} == {seeds}
    assert row["curves"].shape[1:] == (2, beside_regression.POINTS)


@rows(benchmark)
def test_every_method_can_play_every_task_of_the_benchmark(name: str) -> None:
    row = traced(benchmark, name)
    assert {row[metric].shape for metric in set(row) - {"drawn"}} == {(benchmark.SEEDS,)}


@rows(trained_ways)
def test_a_trained_gan_can_be_played_in_every_way(name: str) -> None:
    row = traced(trained_ways, name)
    assert set(row) == set(trained_ways.FLOORS)
    assert {row[case].shape for case in trained_ways.CASES} == {(1,)}


@pytest.mark.parametrize("name", ["fixed/gp 1", "fixed/smooth 1", "fixed/spectral 3"])
def test_a_critic_of_a_fixed_pair_can_be_trained(name: str) -> None:
    row = traced(critic, name)
    assert {shape.shape for shape in row.values()} == {(critic.SEEDS,)}
    assert set(row) == {f"{what} {pair}" for what in ("ratio", "cosine") for pair in critic.PAIRS}


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (critic, "run/gp"),
        (critic, "run/clip"),
        (critic, "run/iterated"),
        (one_sided, "run"),
    ],
)
def test_a_critic_can_be_watched_along_a_run(module: ModuleType, name: str) -> None:
    curves = traced(module, name)["curves"]
    assert curves.shape == (critic.SEEDS, 3, critic.MOVES // critic.EVERY)


def test_a_discriminator_can_be_compared_with_its_kernel() -> None:
    assert set(traced(tangent, "16")) == set(tangent.FLOORS)


# the other rows differ from these in numbers alone
@pytest.mark.parametrize(
    ("module", "name"),
    [(which_map, "drawn/0.3"), (which_map, "turned/0.3"), (finished_map, "0.3")],
)
def test_the_maps_of_all_seeds_can_be_measured(module: ModuleType, name: str) -> None:
    row = traced(module, name)
    assert {row[metric].shape for metric in which_map.FLOORS} == {(which_map.SEEDS,)}
    assert row["maps"].shape == (1, which_map.SEEDS, which_map.DRAWN)


# the other rows differ from these in numbers alone
@pytest.mark.parametrize("name", ["normal/lazy", "ring/differences", "ring/R1", "ring/WGAN-GP"])
def test_every_weight_of_a_penalty_can_be_measured(name: str) -> None:
    row = traced(penalty_strength, name)
    assert {metric: row[metric].shape for metric in row} == dict.fromkeys(
        penalty_strength.FLOORS, (penalty_strength.SEEDS,)
    )


@rows(study_real)
def test_the_scores_of_real_images_can_be_measured(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study_real, "bed", untaught_bed)
    assert set(traced(study_real, name)) == set(study_real.FLOORS)


def test_the_classifiers_of_the_study_can_be_trained() -> None:
    images, labels = jnp.zeros((40, 64)), jnp.arange(40) % 10
    lesson = (images, labels)
    judged = eqx.filter_eval_shape(
        lambda: bed._with_judge(images, images, lesson, lesson, classes=10)
    )
    assert judged.accuracy.shape == ()


@pytest.fixture
def blank_drawings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blank drawings of every collection, and judges that have learnt nothing."""
    styles = {"avatars": 16, "distinct-emoji": 3, "emoji": 8}

    def split(collection: style_judge.Collection) -> style_judge.Split:
        count, side = 2 * playing.SAMPLES + 1, collection.side
        with jax.ensure_compile_time_eval():  # labels are data, also while a row is traced
            some = style_judge.Drawings(
                jnp.zeros((count, side, side, style_judge.CHANNELS)),
                jnp.arange(count) % styles[collection.name],
            )
        return style_judge.Split(some, some, some, some)

    def untaught_judge(name: str, side: int) -> style_judge.Judge:
        return style_judge._fresh(style_judge.Collection(name, side), jax.random.key(0))

    for module in (playing, style_judge):
        monkeypatch.setattr(module, "split", split)
    for module in (can, playing, style_judge):
        monkeypatch.setattr(module, "styles_of", lambda collection: styles[collection.name])
    monkeypatch.setattr(playing, "clusters", lambda collection: split(collection).games.labels)
    monkeypatch.setattr(playing, "train_judge", untaught_judge)
    for module in (can_larger, playing):  # a number, which needs a judge and not its trace
        monkeypatch.setattr(module, "accuracy", lambda _: 0.5)
    monkeypatch.setattr(playing, "packed", lambda images: images)


KINDS = {(row.deviation, row.weight > 0, row.seed == 0): name for name, row in can.ROWS.items()}
"""Of the rows that differ in numbers only, one."""


@pytest.mark.usefixtures("blank_drawings")
@pytest.mark.parametrize("name", KINDS.values())
def test_a_creative_network_can_be_played_and_measured(name: str) -> None:
    row = traced(can, name)
    assert row["styles"].shape == (1, 16)
    assert ("samples" in row) == (can.ROWS[name].seed == 0 and name != "real")


@pytest.mark.usefixtures("blank_drawings")
@rows(can_larger)
def test_a_larger_creative_network_can_be_played_and_measured(name: str) -> None:
    row = traced(can_larger, name)
    assert ("frechet" in row) == (name not in can_larger.EMOJI)


@pytest.mark.usefixtures("blank_drawings")
@pytest.mark.parametrize("name", list(can_emoji.ROWS)[:5])  # the others are of other seeds
def test_a_creative_network_of_emoji_can_be_played_and_measured(name: str) -> None:
    row = traced(can_emoji, name)
    assert row["styles"].shape == (1, 3)


@pytest.mark.usefixtures("blank_drawings")
@pytest.mark.parametrize("name", list(can_walk.ROWS)[:2])  # the others differ in numbers only
def test_a_creative_walk_can_be_played_and_measured(name: str) -> None:
    row = traced(can_walk, name)
    assert ("walk" in row) == (name != "real")


@pytest.mark.usefixtures("blank_drawings")
@pytest.mark.filterwarnings("ignore:(?s).*JAX-transformed callable")  # a jitted judge, called once
def test_the_judge_of_styles_can_be_trained() -> None:
    judge = eqx.filter_eval_shape(style_judge.train_judge.__wrapped__)
    assert judge.temperature.shape == ()
