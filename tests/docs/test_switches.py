"""Switchable curves: the boxes and the curves they name."""

import re

import matplotlib.pyplot as plt
import pytest
from tools.drawing import Drawing, Switch, show_switchable


def drawing(*names: str) -> Drawing:
    figure, axes = plt.subplots()
    for name in names:
        (line,) = axes.plot([0, 1], [0, 1])
        line.set_gid(f"curve-{name}")
    return Drawing(figure, "Lines.", "Some lines.")


SWITCHES = {
    "one": Switch("the first", "real", "-", True),  # noqa: FBT003
    "one_more": Switch("a < b", "fake", "--", False),  # noqa: FBT003
}


def test_every_box_finds_its_curve_in_every_figure_and_only_its_own(capsys):
    plt.close("all")
    show_switchable([drawing("one", "one_more"), drawing("one_more")], SWITCHES)
    html = capsys.readouterr().out
    assert len(re.findall(r'id="[^"]*-curve-one"', html)) == 1
    assert len(re.findall(r'id="[^"]*-curve-one_more"', html)) == 2
    assert '<input type="checkbox" value="one" checked>the first' in html
    assert '<input type="checkbox" value="one_more">a &lt; b' in html
    assert "<fieldset" in html
    assert "hidden" in html, "without scripts there is nothing to switch"
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    ("switches", "message"),
    [
        ({"two": Switch("x", "real", "-", True)}, "no figure has a curve with the gid 'curve-two'"),  # noqa: FBT003
        ({"a b": Switch("x", "real", "-", True)}, "letters, digits and underscores"),  # noqa: FBT003
        ({"one": Switch("x", "pink", "-", True)}, "unknown role or line style"),  # noqa: FBT003
        ({"one": Switch("x", "real", "~", True)}, "unknown role or line style"),  # noqa: FBT003
    ],
)
def test_a_switch_without_a_curve_is_refused(switches, message):
    with pytest.raises(ValueError, match=message):
        show_switchable([drawing("one")], switches)
    plt.close("all")
