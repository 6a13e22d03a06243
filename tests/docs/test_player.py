"""The player of training histories: refusals, geometry, and the data for its script."""

import base64
import html
import io
import json
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imread
from tools.drawing import Arrow, Panel, Pictures, Series
from tools.drawing.arrows import drawn_arrow
from tools.drawing.curves import WIDE, Frame, curve
from tools.drawing.described import Kind
from tools.drawing.player import player_html

LEFT, RIGHT, TOP, BOTTOM = WIDE.left, WIDE.right, WIDE.top, WIDE.bottom
X = np.array([0.0, 1.0, 2.0])
MOVING = Series("D", "discriminator", X, np.array([[0.0, 0.5, 1.0], [1.0, 0.5, 0.0]]))
STILL = Series("target", "real", X, np.array([0.0, 1.0, 0.0]), kind="area")
PANEL = Panel("Densities", "x", "density", (0.0, 2.0), (0.0, 1.0), (STILL, MOVING))
ARROW = Arrow("step", "ink", np.zeros((2, 2)), np.array([[2.0, 0.0], [0.0, 0.0]]))
WORDS: dict[str, Any] = {"steps": [0, 1000], "alt": "A curve turns over.", "caption": "Drag."}
FRAME = Frame((0.0, 2.0), (0.0, 1.0))


def data(text: str) -> dict[str, Any]:
    found = re.search(r"<template data-search-exclude>(.*?)</template>", text)
    assert found
    return json.loads(html.unescape(found[1]))


@pytest.mark.parametrize("missing", ["alt", "caption"])
def test_empty_words_are_refused(missing: str) -> None:
    with pytest.raises(ValueError, match=f"a figure needs {missing}"):
        player_html(panels=[PANEL], **{**WORDS, missing: ""})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"role": "pink"}, "role of series 'D': expected one of"),
        ({"kind": "pie"}, "kind of series 'D': expected one of"),
        ({"y": np.zeros(2)}, r"series 'D': expected x \(n,\) and y"),
        ({"x": np.zeros((3, 1))}, r"series 'D': expected x \(n,\) and y"),
    ],
)
def test_a_wrong_series_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(MOVING, **change)


def test_an_empty_range_is_refused() -> None:
    with pytest.raises(ValueError, match="y_range of panel 'Densities': expected low < high"):
        replace(PANEL, y_range=(1.0, 1.0))


def test_frames_and_steps_must_agree() -> None:
    with pytest.raises(
        ValueError, match="series 'D': expected 3 frames, one for each of steps, got 2"
    ):
        player_html(panels=[PANEL], **{**WORDS, "steps": [0, 1, 2]})


def test_something_must_move() -> None:
    with pytest.raises(ValueError, match="expected a series that moves"):
        player_html(panels=[replace(PANEL, series=(STILL,))], **WORDS)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"role": "pink"}, "role of arrow 'step': expected one of"),
        ({"starts": np.zeros((2, 3))}, r"arrow 'step': expected starts and ends \(frames, 2\)"),
        ({"ends": np.zeros((3, 2))}, r"arrow 'step': expected starts and ends \(frames, 2\)"),
        ({"ends": np.full((2, 2), np.nan)}, "arrow 'step': expected finite starts and ends"),
    ],
)
def test_a_wrong_arrow_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(ARROW, **change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"still": 2}, "still: expected the index of one of 2 frames, got 2"),
        ({"still": -3}, "still: expected the index of one of 2 frames, got -3"),
        ({"notes": ["one"]}, "notes: expected 2, one for each of steps, got 1"),
    ],
)
def test_a_frame_that_is_none_and_missing_notes_are_refused(
    change: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        player_html(panels=[PANEL], **WORDS, **change)


def test_an_arrow_must_have_a_frame_for_each_step() -> None:
    panel = replace(PANEL, series=(ARROW,))
    with pytest.raises(ValueError, match=r"arrow 'step': expected 3 frames, .* got 2"):
        player_html(panels=[panel], **{**WORDS, "steps": [0, 1, 2]})


def test_an_arrow_is_a_dot_a_shaft_and_a_head_in_proportion() -> None:
    dot = f"M{LEFT - 46} {BOTTOM}a46 46 0 1 0 92 0a46 46 0 1 0 -92 0z"
    shaft = f"M{LEFT} {BOTTOM}L{RIGHT} {BOTTOM}"
    long, nothing = drawn_arrow(FRAME, ARROW).frames
    assert long == f"{dot}{shaft}M{RIGHT} {BOTTOM}l-150 -75L{RIGHT - 150} {BOTTOM + 75}z"
    assert nothing == dot
    ends = np.array([[0.05, 0.0], [0.005, 0.0]])
    short, tiny = drawn_arrow(FRAME, replace(ARROW, ends=ends)).frames
    assert short == f"{dot}M{LEFT} {BOTTOM}L546 {BOTTOM}M546 {BOTTOM}l-38 -19L508 {BOTTOM + 19}z"
    assert tiny == f"{dot}M{LEFT} {BOTTOM}L478 {BOTTOM}"


def test_the_script_gets_an_arrow_as_paths() -> None:
    found = data(player_html(panels=[replace(PANEL, series=(STILL, ARROW))], **WORDS))
    frames = drawn_arrow(FRAME, ARROW).frames
    assert found["panels"] == [{"kind": "curves", "curves": [{"kind": "drawn", "frames": frames}]}]


def test_another_frame_may_be_the_still_one() -> None:
    panel = replace(PANEL, series=(MOVING, ARROW))
    notes = ["x = -1, non-saturating", "x = 0"]
    text = player_html(panels=[panel], **WORDS, still=0, notes=notes)
    first = curve(FRAME, "line", X, np.array([0.0, 0.5, 1.0])).path(0)
    assert f' data-moves d="{first}"' in text
    assert f' data-moves d="{drawn_arrow(FRAME, ARROW).frames[0]}"' in text
    assert ">x = −1, non-saturating</p>" in text
    assert data(text)["still"] == 0
    assert data(text)["notes"] == ["x = −1, non-saturating", "x = 0"]
    assert data(player_html(panels=[panel], **WORDS))["still"] == 1


def test_the_script_gets_what_moves() -> None:
    found = data(player_html(panels=[PANEL, PANEL], **WORDS))
    assert found["steps"] == [0, 1000]
    assert [panel["kind"] for panel in found["panels"]] == ["curves", "curves"]
    assert [len(panel["curves"]) for panel in found["panels"]] == [1, 1]
    assert found["panels"][0]["curves"][0] == {
        "kind": "line",
        "x": [LEFT, (LEFT + RIGHT) // 2, RIGHT],
        "frames": [[BOTTOM, (TOP + BOTTOM) // 2, TOP], [TOP, (TOP + BOTTOM) // 2, BOTTOM]],
        "base": BOTTOM,
        "width": (RIGHT - LEFT) // 2,
    }


def test_the_last_frame_is_drawn() -> None:
    text = player_html(panels=[PANEL], **WORDS)
    last = curve(FRAME, "line", X, np.array([1.0, 0.5, 0.0])).path(0)
    assert f' data-moves d="{last}"' in text
    assert text.count("data-moves") == 1


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("line", f"M{LEFT} {BOTTOM}L1995 {TOP}"),
        ("area", f"M{LEFT} {BOTTOM}L{LEFT} {BOTTOM}L1995 {TOP}L1995 {BOTTOM}Z"),
        ("bars", f"M-292 {BOTTOM}V{BOTTOM}H1232V{BOTTOM}ZM1233 {BOTTOM}V{TOP}H2757V{BOTTOM}Z"),
    ],
)
def test_paths_leave_out_what_is_not_finite(kind: Kind, path: str) -> None:
    assert curve(FRAME, kind, X, np.array([0.0, 1.0, np.nan])).path(0) == path


def test_a_gap_starts_a_new_line() -> None:
    assert (
        curve(FRAME, "line", X, np.array([0.0, np.nan, 1.0])).path(0)
        == f"M{LEFT} {BOTTOM}M{RIGHT} {TOP}"
    )


def test_values_far_outside_stay_near_the_frame() -> None:
    heights = curve(FRAME, "line", X, np.array([1e30, -1e30, 0.0])).frames[0]
    assert heights == [2 * TOP - BOTTOM, 2 * BOTTOM - TOP, BOTTOM]


def test_words_are_escaped() -> None:
    text = player_html(panels=[replace(PANEL, title="a < b", x_label="<x>")], **WORDS)
    assert "a &lt; b" in text
    assert "<x>" not in text


def test_a_player_may_count_something_else_than_steps() -> None:
    words = {**WORDS, "steps": [0.25, 1]}
    found = data(player_html(panels=[PANEL], **words, counter="λ ="))
    assert found["counter"] == "λ ="
    assert found["steps"] == [0.25, 1]


PICTURES = Pictures("Portraits", np.linspace(0, 1, 2 * 3 * 5 * 4).reshape(2, 3, 5, 4))


def test_pictures_come_as_they_are() -> None:
    """The script gets every frame, and without scripts the page has the last one."""
    text = player_html(panels=[PICTURES], **WORDS)
    (panel,) = data(text)["panels"]
    assert panel["kind"] == "pictures"
    heading = "data:image/png;base64,"
    for url, frame in zip(panel["pictures"], np.asarray(PICTURES.frames), strict=True):
        assert url.startswith(heading)
        seen = imread(io.BytesIO(base64.b64decode(url.removeprefix(heading))))
        np.testing.assert_allclose(seen, frame, atol=0.5 / 255 + 1e-6)
    assert f'data-moves="src" src="{panel["pictures"][-1]}"' in text


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        (np.zeros((2, 3, 5, 3)), r"expected \(frames, height, width, 4\), got \(2, 3, 5, 3\)"),
        (np.zeros((0, 3, 5, 4)), r"expected \(frames, height, width, 4\), got \(0, 3, 5, 4\)"),
        (np.full((2, 3, 5, 4), 2.0), r"expected values in \[0, 1\], got values in \[2, 2\]"),
        (np.full((2, 3, 5, 4), np.nan), r"expected values in \[0, 1\]"),
    ],
)
def test_wrong_pictures_are_refused(frames: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=f"frames of pictures 'Portraits': {message}"):
        Pictures("Portraits", frames)


def test_pictures_need_a_frame_for_each_step() -> None:
    with pytest.raises(ValueError, match="pictures 'Portraits': expected 3 frames, one for each"):
        player_html(panels=[PICTURES], **{**WORDS, "steps": [0, 1, 2]})
