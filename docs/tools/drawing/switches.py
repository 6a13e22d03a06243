"""Figures with many curves that a reader switches on and off, all figures together."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from gantheory.plots import PALETTE
from tools.drawing.figures import figure_html
from tools.drawing.output import emit

DASHES = {"-": "solid", "--": "dashed", ":": "dotted", "-.": "double"}


class Switch(NamedTuple):
    """One curve's label, its role in the palette, its matplotlib line style, and whether it is shown at first."""

    label: str
    role: str
    style: str
    on: bool


class Drawing(NamedTuple):
    """A figure with its alternative text and its caption."""

    figure: Figure
    alt: str
    caption: str


def show_switchable(drawings: Sequence[Drawing], switches: Mapping[str, Switch]) -> None:
    """Put figures on the page under one row of switches, and close them.

    In each figure the curve of switch `name` is the artist whose `gid` is `curve-name`. Without scripts all curves are shown.
    """
    for name, switch in switches.items():
        if not name.replace("_", "").isalnum():
            raise ValueError(
                f"a switch's name must be letters, digits and underscores, got {name!r}"
            )
        if switch.role not in PALETTE or switch.style not in DASHES:
            raise ValueError(f"switch {name!r} has an unknown role or line style")
    figures = [
        figure_html(drawing.figure, alt=drawing.alt, caption=drawing.caption)
        for drawing in drawings
    ]
    for name in switches:
        if not any(f'-curve-{name}"' in figure for figure in figures):
            raise ValueError(f"no figure has a curve with the gid 'curve-{name}'")
    boxes = "".join(_box(name, switch) for name, switch in switches.items())
    fieldset = f'<fieldset class="gt-switches" hidden><legend>Curves</legend>{boxes}</fieldset>'
    emit(f"<div><gan-switches>{fieldset}{''.join(figures)}</gan-switches></div>")
    for drawing in drawings:
        plt.close(drawing.figure)


def _box(name: str, switch: Switch) -> str:
    checked = " checked" if switch.on else ""
    return (
        f'<label style="--c: var(--gt-{switch.role}); --dash: {DASHES[switch.style]}">'
        f'<input type="checkbox" value="{name}"{checked}>{escape(switch.label)}</label>'
    )
