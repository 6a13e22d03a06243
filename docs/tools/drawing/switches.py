"""Figures with many curves that a reader switches on and off, all figures together."""

from collections.abc import Mapping, Sequence
from html import escape

from tools.drawing.described import Drawing, Switch, check_switches
from tools.drawing.figures import figure_html

DASHES = {"-": "solid", "--": "dashed", ":": "dotted", "-.": "double"}


def show_switchable(drawings: Sequence[Drawing], switches: Mapping[str, Switch]) -> None:
    """Put figures on the page under one row of switches, and close them.

    In each figure the curve of switch `name` is the artist whose `gid` is `curve-name`. Without
    scripts all curves are shown.
    """
    check_switches(drawings, switches)
    figures = [
        figure_html(drawing.figure, alt=drawing.alt, caption=drawing.caption)
        for drawing in drawings
    ]
    boxes = "".join(_box(name, switch) for name, switch in switches.items())
    fieldset = f'<fieldset class="gt-switches" hidden><legend>Curves</legend>{boxes}</fieldset>'
    print(f"<div><gan-switches>{fieldset}{''.join(figures)}</gan-switches></div>")


def _box(name: str, switch: Switch) -> str:
    checked = " checked" if switch.on else ""
    return (
        f'<label style="--c: var(--gt-{switch.role}); --dash: {DASHES[switch.style]}">'
        f'<input type="checkbox" value="{name}"{checked}>{escape(switch.label)}</label>'
    )
