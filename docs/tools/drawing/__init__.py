"""Figures, players and switches of the pages: the same calls draw on a page, in a script and in a
notebook."""

from tools.drawing.described import Arrow, Drawing, Panel, Pictures, Plane, Series, Switch
from tools.drawing.figures import show_figure
from tools.drawing.player import show_player
from tools.drawing.switches import show_switchable

__all__ = [
    "Arrow",
    "Drawing",
    "Panel",
    "Pictures",
    "Plane",
    "Series",
    "Switch",
    "show_figure",
    "show_player",
    "show_switchable",
]
