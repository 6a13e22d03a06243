"""The axes of one panel of the player."""

from collections.abc import Iterable
from html import escape

import numpy as np
from matplotlib.ticker import MaxNLocator

from _support.captions import attribute
from _support.curves import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Frame


def panel_svg(frame: Frame, name: str, x_label: str, y_label: str, paths: str) -> str:
    """Axes around `paths`, which an inner SVG cuts off at the frame."""
    box = f"{LEFT} {TOP} {RIGHT - LEFT} {BOTTOM - TOP}"
    return (
        f'<svg class="gt-svg" role="img" aria-label="{attribute(name)}" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f'<g class="gt-axes">{_grid(frame)}{_labels(x_label, y_label)}</g>'
        f'<svg x="{LEFT}" y="{TOP}" width="{RIGHT - LEFT}" height="{BOTTOM - TOP}" viewBox="{box}">{paths}</svg>'
        f'<path class="gt-frame" d="M{LEFT} {TOP}V{BOTTOM}H{RIGHT}"/></svg>'
    )


def _grid(frame: Frame) -> str:
    across = zip(_ticks(frame.x_range), frame.across(np.array(_ticks(frame.x_range))), strict=True)
    down = zip(_ticks(frame.y_range), frame.down(np.array(_ticks(frame.y_range))), strict=True)
    return "".join(_x_ticks(across)) + "".join(_y_ticks(down))


def _x_ticks(ticks: Iterable[tuple[float, float]]) -> Iterable[str]:
    for value, x in ticks:
        yield f'<path class="gt-tick" d="M{x:.0f} {BOTTOM}v40"/>'
        yield f'<text x="{x:.0f}" y="{BOTTOM + 160}" text-anchor="middle">{_number(value)}</text>'


def _y_ticks(ticks: Iterable[tuple[float, float]]) -> Iterable[str]:
    for value, y in ticks:
        yield f'<path class="gt-rule" d="M{LEFT} {y:.0f}H{RIGHT}"/>'
        yield f'<text x="{LEFT - 60}" y="{y + 40:.0f}" text-anchor="end">{_number(value)}</text>'


def _labels(x_label: str, y_label: str) -> str:
    x, y = (LEFT + RIGHT) // 2, (TOP + BOTTOM) // 2
    return (
        f'<text class="gt-label" x="{x}" y="{HEIGHT - 80}" text-anchor="middle">{escape(x_label)}</text>'
        f'<text class="gt-label" transform="translate(110 {y}) rotate(-90)" text-anchor="middle">{escape(y_label)}</text>'
    )


def _ticks(span: tuple[float, float]) -> list[float]:
    low, high = span
    return [
        float(value)
        for value in MaxNLocator(5, steps=[1, 2, 5, 10]).tick_values(low, high)
        if low <= value <= high
    ]


def _number(value: float) -> str:
    return f"{value:g}".replace("-", "\N{MINUS SIGN}")
