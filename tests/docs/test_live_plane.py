"""The mathematics of the live page in the plane, run by Node, against gantheory."""

import json
import re
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats
from support import live_page
from support.live_page import EVERY_GAME
from tools.pages.fences import SITE

from gantheory import data, metrics, networks
from gantheory.data import Batch
from gantheory.games import DISCRIMINATOR, GENERATOR

SCRIPTS = SITE / "javascripts" / "live"
MOST_BYTES = 56_000
PLAYED = {
    "wasserstein": ("one", "adam", "descent", 2),
    "relativistic": ("r1_r2", "adam", "adam", 1),
}
PUSHED = ("minimax", "relativistic", "wasserstein")
POINTS = np.random.default_rng(0).normal(0, 1, (60, 2))
WIDE = np.random.default_rng(2).normal(0, 2, 800)
REFERENCE = np.random.default_rng(1).normal(0.3, 1, (60, 2))
MIXTURE = {"sd": 0.2, "places": [0.0, 0.0, 1.0, 0.5, -1.0, 0.2]}
SAMPLES = 20_000
ARROWS = 16
STEPS = {"collapse": 2_000, "recipe": 1_000, "stuck": 1_000, "freed": 500}
EVERY = 50


def settings(loss: str) -> dict[str, Any]:
    rule = {"rule": "adam", "rate": 0.005, "moves": 1}
    return {
        "loss": loss,
        "penalty": "none",
        "weight": 0,
        "data": "ring",
        "places": [],
        "average": False,
        DISCRIMINATOR: rule,
        GENERATOR: rule,
    }


@pytest.fixture(scope="module")
def by_the_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What the page's own scripts make of the fixture; double precision is on while it is used."""
    with jax.enable_x64(True):
        fixture = {
            "gradients": live_page.gradients_fixture(2),
            "runs": [live_page.run_fixture(2, loss, played) for loss, played in PLAYED.items()],
            "places": {
                "seed": 3,
                "count": SAMPLES,
                "mixture": MIXTURE,
                "points": POINTS.ravel().tolist(),
                "reference": REFERENCE.ravel().tolist(),
                "minCount": 2,
            },
            "pushes": [
                {"settings": settings(loss), "seed": 5, "count": ARROWS, "wide": WIDE.tolist()}
                for loss in PUSHED
            ],
        }
        yield live_page.by_node(fixture, tmp_path_factory.mktemp("plane") / "fixture.json")


@pytest.fixture(scope="module")
def gradients_by_the_package(by_the_page) -> list[dict[str, Any]]:
    return live_page.gradients_by_the_package(2)


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
    live_page.assert_same_run(2, loss, PLAYED[loss], got)


def perceptron(numbers: list[float]) -> networks.MLP:
    """The page's discriminator, from its flat parameters."""
    shape = networks.MLP(2, "scalar", width=24, depth=2, activation=jnp.tanh, key=jax.random.key(0))
    leaves, tree = jax.tree.flatten(shape)
    at, filled = 0, []
    for leaf in leaves:
        if isinstance(leaf, jax.Array):
            filled.append(jnp.reshape(jnp.asarray(numbers[at : at + leaf.size]), leaf.shape))
            at += leaf.size
        else:
            filled.append(leaf)
    assert at == len(numbers)
    return jax.tree.unflatten(tree, filled)


@pytest.mark.parametrize("loss", PUSHED)
def test_the_arrows_are_minus_the_gradient_in_the_samples(loss: str, by_the_page) -> None:
    got = by_the_page["pushes"][PUSHED.index(loss)]
    game = live_page.game_of(loss=loss, penalty="none", weight=0.0)
    fakes, real = (jnp.reshape(jnp.asarray(got[name]), (-1, 2)) for name in ("points", "real"))
    both = {
        GENERATOR: lambda sample: sample,
        DISCRIMINATOR: perceptron(got["players"]["discriminator"]),
    }

    def generator_loss(samples: jax.Array) -> jax.Array:
        batch = Batch(real=real, latent=samples, key=jax.random.key(0))
        return game.entries(both, batch)[GENERATOR]

    wanted = -ARROWS * jax.grad(generator_loss)(fakes)
    live_page.assert_close(np.reshape(got["push"], (-1, 2)), wanted, 1e-10)
    assert np.max(np.abs(wanted)) > 1e-3


def test_what_the_window_cuts_off_is_counted(by_the_page) -> None:
    far = np.abs(WIDE.reshape(-1, 2)).max(axis=1) > 2.5
    assert 0.1 < far.mean() < 0.9
    for got in by_the_page["pushes"]:
        assert got["outside"] == pytest.approx(far.mean())


def test_the_ring_and_the_grid_are_those_of_the_package(by_the_page) -> None:
    for name, mixture in {
        "ring": data.ring_of_normals(8, 1.5, 0.1),
        "grid": data.grid_of_normals(3, 1.3, 0.1),
    }.items():
        got = by_the_page["places"]["data"][name]
        np.testing.assert_allclose(
            np.reshape(got["places"], (-1, 2)), mixture.centres, rtol=0, atol=1e-12
        )
        assert got["sd"] == float(mixture.standard_deviation)


@pytest.mark.parametrize("name", ["ring", "grid", "moons", "spiral"])
def test_samples_follow_their_mixture(name: str, by_the_page) -> None:
    """Kolmogorov's statistic of both coordinates stays below its 99.9 % quantile."""
    one = by_the_page["places"]["data"][name]
    places = np.reshape(one["places"], (-1, 2))
    samples = np.reshape(by_the_page["places"]["samples"][name], (-1, 2))
    assert samples.shape == (SAMPLES, 2)
    for axis in (0, 1):
        cdf = stats.norm(places[:, axis], one["sd"]).cdf
        found = stats.kstest(samples[:, axis], lambda x, cdf=cdf: cdf(x[:, None]).mean(axis=1))
        assert found.pvalue > 1e-3


def test_its_measures_are_those_of_the_package(by_the_page) -> None:
    got = by_the_page["places"]
    modes = metrics.mode_coverage(
        jnp.asarray(POINTS),
        jnp.reshape(jnp.asarray(MIXTURE["places"]), (-1, 2)),
        radius=3 * MIXTURE["sd"],
        min_count=2,
    )
    assert got["coverage"]["counts"] == modes.counts.tolist()
    assert got["coverage"]["found"] == int(modes.found)
    assert got["coverage"]["share"] == pytest.approx(float(modes.share_on_modes))
    angles = np.pi * np.arange(16) / 16
    wanted = metrics.sliced_wasserstein(
        jnp.asarray(POINTS), jnp.asarray(REFERENCE), jnp.stack([np.cos(angles), np.sin(angles)], 1)
    )
    assert got["slicedWasserstein"] == pytest.approx(float(wanted), rel=1e-10)


@pytest.fixture(scope="module")
def played() -> dict[str, Any]:
    """The presets, played by the page's own scripts."""
    return live_page.run_node(
        "live_plane_presets.mjs", json.dumps({"steps": STEPS, "every": EVERY})
    )


def test_a_run_is_a_function_of_its_seed(played) -> None:
    assert played["once"] == played["again"]
    assert played["once"] != played["other"]


@pytest.mark.slow
def test_the_presets_do_what_the_page_says(played) -> None:
    """At the seed that is set; other seeds and gantheory's own runs are on the page."""
    seen = {name: run["seen"] for name, run in played["presets"].items()}
    assert max(one["found"] for one in seen["collapse"]) <= 3
    assert seen["recipe"][500 // EVERY - 1]["found"] == 8
    assert seen["recipe"][-1]["found"] == 8
    assert max(one["found"] for one in seen["stuck"]) == 0
    assert max(one["found"] for one in seen["freed"]) >= 2


@pytest.mark.slow
def test_the_arrows_appear_with_the_other_loss(played) -> None:
    stuck, freed = (np.asarray(played["presets"][name]["arrows"]) for name in ("stuck", "freed"))
    assert np.median(freed) > 100 * np.median(stuck)


def test_the_page_needs_little_script() -> None:
    """Bytes as they are served, but for comments."""
    loader = (SCRIPTS / "load.js").read_text(encoding="utf-8")
    found = re.findall(r"(mathematics|machine|gan-plane)\W+\[([^]]*)\]", loader)
    lists = {name: re.findall(r'"([a-z-]+)"', words) for name, words in found}
    names = [*lists["mathematics"], *lists["machine"], *lists["gan-plane"], "load"]
    assert "plane-element" in names
    served = "\n".join((SCRIPTS / f"{name}.js").read_text(encoding="utf-8") for name in names)
    script = re.sub(r"/\*.*?\*/\n?|(?<=\s)// [^\n]*", "", served, flags=re.DOTALL)
    assert len(script.encode()) < MOST_BYTES
