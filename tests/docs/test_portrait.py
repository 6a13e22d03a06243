"""The portrait whose start a reader moves: its script, run by Node, against gantheory."""

import json
import re
from functools import cache
from typing import Any

import jax
import numpy as np
import pytest
from experiments.dynamics import dirac, spectra
from experiments.dynamics.dirac import IN_TURN, TOGETHER
from support.live_page import run_node
from tools.pages.fences import SITE

from gantheory import dynamics

ORDERS = {"in turn": IN_TURN, "together": TOGETHER}
NAMES = ("minimax", "non-saturating", "clipped WGAN", "WGAN-GP", "R1", "critical R1")
GAMES = {name: spectra._player_rows()[name][0] for name in NAMES}
# on both sides of the kink of WGAN-GP at ψ = 0, upon it, and beyond the bound of the clipped game
STARTS = ((1.0, -1.0), (-0.4, 0.9), (0.8, 0.0), (0.0, -0.3), (1.7, 1.7), (0.0, 0.0))
STEPS, RATE = 200, 0.2
PATHS = {
    "stays at the equilibrium": [[0, 0], [0, 0]],
    "reaches the equilibrium, to a thousandth, in 2 steps": [[1, 0], [0.1, 0], [1e-4, 0]],
    "leaves the frame": [[1, 0], [0, 2]],
    "ends 0.50 from the equilibrium, nearer than it began": [[1, 0], [3, 3], [0.3, -0.4]],
    "ends 1.02 from the equilibrium, about as far as it began": [[1, 0], [0, 1.02]],
    "ends 1.50 from the equilibrium, farther than it began": [[1, 0], [0, 1.5]],
}
MOST_BYTES = 7_000


@cache
def by_the_page() -> dict[str, Any]:
    """Every start's play for a while, behind it the page's own for all its steps."""
    plays = [
        play
        for game in GAMES
        for order in ORDERS
        for play in (
            *((game, order, start, STEPS) for start in STARTS),
            (game, order, (1, -1), 500),
        )
    ]
    return run_node("portrait_plays.mjs", json.dumps({"plays": plays, "paths": [*PATHS.values()]}))


def plays_by_the_page(game: str, order: str) -> list[np.ndarray]:
    first = (list(GAMES).index(game) * len(ORDERS) + list(ORDERS).index(order)) * (len(STARTS) + 1)
    return [np.array(play) for play in by_the_page()["plays"][first : first + len(STARTS) + 1]]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("game", GAMES)
def test_a_play_is_that_of_the_package(game: str, order: str) -> None:
    for start, got in zip(STARTS, plays_by_the_page(game, order), strict=False):
        with jax.enable_x64(True):
            play = dynamics.gradient_play(
                GAMES[game](ORDERS[order]),
                dirac.make_players(*start),
                dirac.point_mass(),
                step_size=RATE,
                steps=STEPS,
            )
            wanted = np.asarray(play.history[:, ::-1])
        assert tuple(got[0]) == start
        np.testing.assert_allclose(got[1:], wanted, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("game", GAMES)
def test_it_begins_with_the_portrait_of_the_page(game: str, order: str) -> None:
    drawn = np.asarray(spectra.plane(game)[order])
    np.testing.assert_allclose(plays_by_the_page(game, order)[-1], drawn, rtol=1e-9, atol=1e-9)


def test_its_games_and_its_settings_are_those_of_the_portraits() -> None:
    page = (SITE / "theory" / "dynamics.md").read_text("utf-8")
    shown = re.search(r"^shown = \((.*)\)$", page, re.MULTILINE)
    assert shown
    assert by_the_page()["games"] == re.findall(r'"([^"]+)"', shown[1]) == list(GAMES)
    script = (SITE / "javascripts" / "portrait.js").read_text("utf-8")
    [settings] = re.findall(r"const RATE = (.*?);", script)
    assert settings == "0.2, STEPS = 500, EDGE = 1.75, REACH = 1.7, HOME = [1, -1]"
    assert r"500 steps of $\eta = 0.2$ from $\theta = 1$, $\psi = -1$" in page
    assert "xlim=(-1.75, 1.75), ylim=(-1.75, 1.75)" in page


def test_it_says_what_became_of_a_play() -> None:
    assert by_the_page()["verdicts"] == list(PATHS)


def test_the_script_is_small() -> None:
    assert len((SITE / "javascripts" / "portrait.js").read_bytes()) < MOST_BYTES
