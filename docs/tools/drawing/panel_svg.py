"""The axes of one panel of the player."""

from collections.abc import Iterable
from html import escape

import numpy as np
from matplotlib.ticker import MaxNLocator

from tools.drawing.captions import attribute
from tools.drawing.curves import Box, Frame


def panel_svg(frame: Frame, name: str, x_label: str, y_label: str, paths: str) -> str:
    """Axes around `paths`, which an inner SVG cuts off at the frame."""
    width, height, left, right, top, bottom = frame.box
    place = f'x="{left}" y="{top}" width="{right - left}" height="{bottom - top}"'
    box = f"{left} {top} {right - left} {bottom - top}"
    return (
        f'<svg class="gt-svg" role="img" aria-label="{attribute(name)}" viewBox="0 0 {width} '
        f'{height}">'
        f'<g class="gt-axes">{_grid(frame)}{_labels(frame.box, x_label, y_label)}</g>'
        f'<svg {place} viewBox="{box}">{paths}</svg>'
        f'<path class="gt-frame" d="M{left} {top}V{bottom}H{right}"/></svg>'
    )


def _grid(frame: Frame) -> str:
    across = zip(_ticks(frame.x_range), frame.across(np.array(_ticks(frame.x_range))), strict=True)
    down = zip(_ticks(frame.y_range), frame.down(np.array(_ticks(frame.y_range))), strict=True)
    return "".join(_x_ticks(frame.box, across)) + "".join(_y_ticks(frame.box, down))


def _x_ticks(box: Box, ticks: Iterable[tuple[float, float]]) -> Iterable[str]:
    for value, x in ticks:
        yield f'<path class="gt-tick" d="M{x:.0f} {box.bottom}v40"/>'
        yield (
            f'<text x="{x:.0f}" y="{box.bottom + 160}" text-anchor="middle">{_number(value)}</text>'
        )


def _y_ticks(box: Box, ticks: Iterable[tuple[float, float]]) -> Iterable[str]:
    for value, y in ticks:
        yield f'<path class="gt-rule" d="M{box.left} {y:.0f}H{box.right}"/>'
        yield (
            f'<text x="{box.left - 60}" y="{y + 40:.0f}" text-anchor="end">{_number(value)}</text>'
        )


def _labels(box: Box, x_label: str, y_label: str) -> str:
    x, y = (box.left + box.right) // 2, (box.top + box.bottom) // 2
    return (
        f'<text class="gt-label" x="{x}" y="{box.height - 80}" text-anchor="middle">'
        f"{escape(x_label)}</text>"
        f'<text class="gt-label" transform="translate(110 {y}) rotate(-90)" '
        f'text-anchor="middle">{escape(y_label)}</text>'
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
