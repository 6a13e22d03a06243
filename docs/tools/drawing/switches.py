"""Figures with many curves that a reader switches on and off, all figures together."""

from collections.abc import Mapping, Sequence
from html import escape

from tools.drawing.described import Drawing, Switch, check_switches
from tools.drawing.figures import figure_html

DASHES = {"-": "none", "--": "6 3", ":": "1.5 3", "-.": "8 3 1.5 3"}


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
    line = f'<path d="M0 3H28" stroke-dasharray="{DASHES[switch.style]}"/>'
    return (
        f'<label style="--c: var(--gt-{switch.role})">'
        f'<input type="checkbox" value="{name}"{checked}>{escape(switch.label)}'
        f'<svg viewBox="0 0 28 6" aria-hidden="true">{line}</svg></label>'
    )
