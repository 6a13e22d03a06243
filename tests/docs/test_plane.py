"""The player's panels of the plane: the text that the script reads, refusals, and the frame drawn
without a script."""

import html
import json
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tools.drawing import Panel, Plane, Series
from tools.drawing.plane_text import (
    DIGITS,
    LEVELS,
    UNITS,
    frame_paths,
    heat_text,
    level_paths,
    read_samples,
    samples_text,
)
from tools.drawing.player import player_html

RANDOM = np.random.default_rng(0)
PLANE = Plane(
    title="Minimax",
    window=(-2.0, 2.0),
    heat=RANDOM.uniform(size=(2, 3, 3)),
    heat_label="D",
    data=np.array([[0.0, 0.0], [5.0, 0.0]]),
    samples=np.array([[[0.0, 0.0], [1.0, -1.0]], [[0.5, 0.5], [-1.0, 1.0]]]),
    arrows=np.array([[[1.0, 0.0], [0.0, 1.0]], [[9.0, 0.0], [0.5, 0.0]]]),
    arrow_label="arrow",
    arrow_scale=0.5,
    longest=1.0,
)
WORDS: dict[str, Any] = {"steps": [0, 1000], "alt": "Dots move.", "caption": "Drag."}


def data(text: str) -> dict[str, Any]:
    found = re.search(r"<template data-search-exclude>(.*?)</template>", text)
    assert found
    return json.loads(html.unescape(found[1]))


def moving_paths(text: str) -> list[str]:
    return re.findall(r'<path[^>]* data-moves[^>]* d="([^"]*)"', text)


def test_heat_comes_back_to_half_a_level() -> None:
    heat = RANDOM.uniform(size=(5, 5))
    heat[0, 0], heat[4, 4] = 0.0, 1.0
    text = heat_text(heat)
    levels = np.array([DIGITS.index(digit) for digit in text]).reshape(5, 5)[::-1]
    np.testing.assert_array_less(np.abs(levels / (LEVELS - 1) - heat), 0.5 / (LEVELS - 1) + 1e-12)


def test_the_levels_cover_every_cell_once() -> None:
    covered = np.zeros((6, 6), int)
    levels = RANDOM.integers(LEVELS, size=(6, 6))
    text = "".join(DIGITS[level] for level in levels.ravel())
    for level, path in enumerate(level_paths(text)):
        for column, row, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", path):
            cells = (int(row), slice(int(column), int(column) + int(length)))
            assert np.all(levels[cells] == level)
            covered[cells] += 1
    assert np.all(covered == 1)


def test_samples_come_back_to_a_unit() -> None:
    places = RANDOM.uniform(size=(50, 2))
    arrows = RANDOM.uniform(-0.15, 0.15, size=(50, 2))
    x, y, across, down, cut = np.array(read_samples(samples_text(places, arrows, 0.25))).T
    assert not np.any(cut)
    found = np.array([x + 0.5, UNITS - y - 0.5]).T / UNITS
    np.testing.assert_allclose(found, places, atol=0.51 / UNITS)
    np.testing.assert_allclose(np.array([across, -down]).T / UNITS, arrows, atol=0.51 / UNITS)


@pytest.mark.parametrize("angle", [0.0, 0.7, np.pi / 2, np.pi, 4.0])
def test_a_long_arrow_is_cut_and_keeps_its_direction(angle: float) -> None:
    direction = np.array([np.cos(angle), np.sin(angle)])
    text = samples_text(np.full((1, 2), 0.5), 1e30 * direction[None, :], 0.25)
    [(_, _, across, down, cut)] = read_samples(text)
    assert cut
    np.testing.assert_allclose(
        np.array([across, -down]) / UNITS, 0.25 * direction, atol=0.51 / UNITS
    )


@pytest.mark.parametrize(
    ("place", "arrow"),
    [([1.0, 0.5], [0.0, 0.0]), ([0.5, -0.01], [0.0, 0.0]), ([0.5, 0.5], [np.nan, 0.0])],
)
def test_what_cannot_be_placed_is_left_out(place: list[float], arrow: list[float]) -> None:
    places, arrows = np.array([place, [0.1, 0.1]]), np.array([arrow, [0.0, 0.0]])
    text = samples_text(places, arrows, 0.25)
    assert len(text) == 2 * 9
    assert len(read_samples(text)) == 1


def test_a_head_is_in_proportion_and_symmetric() -> None:
    [arrows] = [
        frame_paths("0", samples_text(np.full((1, 2), 0.5), np.array([[0.1, 0.0]]), 0.5))[-3]
    ]
    assert arrows == "M2048 2047l410 0m-103 61l103 -61l-103 -62"


def test_the_last_frame_is_drawn_and_all_frames_are_sent() -> None:
    text = player_html(panels=[PLANE], **WORDS)
    [sent] = data(text)["panels"]
    assert sent["kind"] == "plane"
    assert [len(heat) for heat in sent["heat"]] == [9, 9]
    assert moving_paths(text) == frame_paths(sent["heat"][-1], sent["samples"][-1])
    assert moving_paths(text) != frame_paths(sent["heat"][0], sent["samples"][0])
    cut = [[sample[-1] for sample in read_samples(frame)] for frame in sent["samples"]]
    assert cut == [[False, False], [True, False]]
    assert text.count("gt-dots") == 4  # two paths, two keys
    assert "arrow, × 0.5" in text
    assert "longer than 2: cut" in text


def test_another_frame_may_be_drawn() -> None:
    text = player_html(panels=[PLANE], **WORDS, still=0)
    [sent] = data(text)["panels"]
    assert moving_paths(text) == frame_paths(sent["heat"][0], sent["samples"][0])


def test_data_outside_of_the_window_are_left_out() -> None:
    inside = replace(PLANE, data=np.zeros((1, 2)))
    assert player_html(panels=[PLANE], **WORDS) == player_html(panels=[inside], **WORDS)


def test_planes_and_curves_share_a_player() -> None:
    x = np.arange(3.0)
    series = Series("D", "discriminator", x, np.array([x, x[::-1]]))
    panel = Panel("Curve", "x", "y", (0.0, 2.0), (0.0, 2.0), (series,))
    text = player_html(panels=[panel, PLANE], **WORDS)
    assert [one["kind"] for one in data(text)["panels"]] == ["curves", "plane"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"window": (1.0, 1.0)}, "window of plane 'Minimax': expected low < high"),
        ({"arrow_scale": 0.0}, "arrow_scale of plane 'Minimax': expected a positive number"),
        (
            {"longest": 1.1},
            "longest of plane 'Minimax': expected a positive length, at most a quarter",
        ),
        ({"heat": np.full((2, 3, 3), 1.01)}, r"heat of .*: expected values in \[0, 1\], got"),
        ({"heat": np.full((2, 3, 3), np.nan)}, r"heat of .*: expected values in \[0, 1\], got"),
        ({"heat": np.zeros((2, 3, 4))}, r"heat of .*: expected \(frames, n, n\), got \(2, 3, 4\)"),
        ({"data": np.zeros(2)}, r"data of .*: expected \(m, 2\), got \(2,\)"),
        ({"samples": np.zeros((3, 2, 2))}, r"samples of .*: expected \(2, k, 2\), got \(3, 2, 2\)"),
        ({"arrows": np.zeros((2, 3, 2))}, "arrows of .*: expected .* the shape of samples, got"),
    ],
)
def test_what_cannot_be_drawn_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(PLANE, **change)


def test_frames_and_steps_must_agree() -> None:
    with pytest.raises(ValueError, match=r"plane 'Minimax': expected 3 frames, .* got 2"):
        player_html(panels=[PLANE], **{**WORDS, "steps": [0, 1, 2]})


def test_titles_are_escaped() -> None:
    assert "a &lt; b" in player_html(panels=[replace(PLANE, title="a < b")], **WORDS)
