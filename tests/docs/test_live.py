"""The mathematics of the live page, run by Node, against gantheory: it cannot drift from the
package.

Both sides compute in double precision, from the same players and the same draws.
"""

import json
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats
from support import live_page
from support.live_page import EVERY_GAME, OBJECTIVES, RULES, WEIGHTS

from gantheory import metrics
from gantheory.games import DISCRIMINATOR

SHOWN_SEED, LOOSE_SEED = 4, 2
PLAYED = {  # every loss, penalty and optimiser, and repeated moves of the discriminator
    "minimax": ("none", "descent", "descent", 1),
    "nonsaturating": ("r1", "adam", "adam", 1),
    "least_squares": ("one", "descent", "adam", 2),
    "wasserstein": ("clip", "adam_no_momentum", "adam", 3),
    "hinge": ("r1_r2", "adam", "descent", 1),
    "relativistic": ("r1_r2", "adam_no_momentum", "adam_no_momentum", 1),
}
SHARES = [0.001, 0.02, 0.3, 0.5, 0.77, 0.999]
POINTS = sorted(np.random.default_rng(0).normal(3, 2, 200).tolist())
LAWS = {
    "normal": stats.norm(4, 1.25),
    "uniform": stats.uniform(2, 4),
    "humps": stats.Mixture(
        [stats.Normal(mu=2.5, sigma=0.5), stats.Normal(mu=5.5, sigma=0.5)], weights=[0.5, 0.5]
    ),
}


@pytest.fixture(scope="module")
def by_the_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What the page's own scripts make of the fixture; double precision is on while it is used."""
    with jax.enable_x64(True):
        fixture = {
            "tanh": np.linspace(-25, 25, 1_001).tolist(),
            "gradients": live_page.gradients_fixture(1),
            "runs": [live_page.run_fixture(1, loss, played) for loss, played in PLAYED.items()],
            "laws": {"shares": SHARES, "points": POINTS, "seed": 3, "count": 20_000},
        }
        yield live_page.by_node(fixture, tmp_path_factory.mktemp("live") / "fixture.json")


@pytest.fixture(scope="module")
def gradients_by_the_package(by_the_page) -> list[dict[str, Any]]:
    return live_page.gradients_by_the_package(1)


def test_the_page_and_the_test_know_the_same_names(by_the_page) -> None:
    names = by_the_page["names"]
    assert set(names["losses"]) == set(OBJECTIVES)
    assert set(names["penalties"]) == set(WEIGHTS)
    assert set(names["rules"]) == set(RULES)
    assert {rule for _, *rules, _ in PLAYED.values() for rule in rules} == set(RULES)
    assert {penalty for penalty, *_ in PLAYED.values()} == set(WEIGHTS)


@pytest.mark.parametrize(
    "index",
    range(len(EVERY_GAME)),
    ids=lambda index: "-".join(map(str, EVERY_GAME[index].values())),
)
def test_losses_and_gradients_are_those_of_the_package(
    index: int, by_the_page, gradients_by_the_package
) -> None:
    live_page.assert_same_gradients(
        by_the_page["gradients"][index], gradients_by_the_package[index]
    )


def test_a_penalty_changes_the_gradient(by_the_page) -> None:
    live_page.assert_penalties_change_the_gradient(by_the_page["gradients"])


@pytest.mark.slow
@pytest.mark.parametrize("loss", PLAYED)
def test_ten_steps_are_those_of_the_package(loss: str, by_the_page) -> None:
    got = by_the_page["runs"][list(PLAYED).index(loss)]
    live_page.assert_same_run(1, loss, PLAYED[loss], got)
    if PLAYED[loss][0] == "clip":
        assert np.max(np.abs(got["players"][DISCRIMINATOR])) == pytest.approx(WEIGHTS["clip"])


def test_its_tanh_is_exact_to_double_precision(by_the_page) -> None:
    grid = np.linspace(-25, 25, 1_001)
    np.testing.assert_allclose(by_the_page["tanh"], np.tanh(grid), rtol=0, atol=5e-15)


@pytest.mark.parametrize("name", LAWS)
def test_its_laws_are_those_of_scipy(name: str, by_the_page) -> None:
    got, law = by_the_page["laws"][name], LAWS[name]
    mean, deviation = (
        (law.mean(), law.standard_deviation())
        if name == "humps"
        else (law.mean(), law.std())
    )  # fmt: skip
    assert got["mean"] == pytest.approx(float(mean), rel=1e-12)
    assert got["sd"] == pytest.approx(float(deviation), rel=1e-12)
    quantile = law.icdf if name == "humps" else law.ppf
    np.testing.assert_allclose(got["quantiles"], quantile(np.array(SHARES)), rtol=0, atol=2e-5)
    np.testing.assert_allclose(got["densities"], law.pdf(np.array(POINTS)), rtol=0, atol=1e-12)
    wanted = metrics.wasserstein_1d(
        jnp.asarray(POINTS), lambda u: jnp.asarray(quantile(np.asarray(u)))
    )
    assert got["wasserstein"] == pytest.approx(float(wanted), abs=1e-5)


@pytest.mark.parametrize("name", LAWS)
def test_its_samples_follow_their_law(name: str, by_the_page) -> None:
    """Kolmogorov's statistic of 20,000 draws stays below its 99.9 % quantile; the seed is fixed."""
    sample = by_the_page["laws"][name]["sample"]
    assert stats.kstest(sample, LAWS[name].cdf).pvalue > 1e-3


@pytest.fixture(scope="module")
def presets() -> dict[str, Any]:
    """The first two presets, played by the page's own scripts."""
    wish = {"seeds": [SHOWN_SEED, LOOSE_SEED], "steps": 8_000, "every": 100, "freed": 200}
    return live_page.run_node("live_presets.mjs", json.dumps(wish))


@pytest.mark.slow
def test_the_first_preset_stays_stuck_at_its_seed(presets) -> None:
    """With another seed it comes loose: it is the seed that holds it, and the page says so."""
    shown, loose = presets["runs"]
    assert presets["seed"] == SHOWN_SEED
    assert min(shown["stuck"]) > 3.5
    assert min(loose["stuck"]) < 3.5


@pytest.mark.slow
def test_the_second_preset_starts_from_the_stored_state(presets) -> None:
    """Twice the same, from where the lead ended, although the first preset has played on since."""
    for run in presets["runs"]:
        one, other = run["freed"]
        assert one == other
        assert one["w1"][0] == run["stuck"][0]
        assert one["w1"][-1] < 1.5


@pytest.mark.slow
def test_the_arrows_on_the_samples_grow_with_the_click(presets) -> None:
    for run in presets["runs"]:
        before, after = np.asarray(run["push"]), np.asarray(run["freed"][0]["push"])
        assert np.all(before > 0), "to the right, where the data are"
        assert np.all(after > 30 * before)
