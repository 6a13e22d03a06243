"""The choice of emoji: which drawings of which icon sets a data set is made of."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tools.datasets import DatasetError, digest, iconify, packages

ICONS = {
    name: {"body": '<rect width="4" height="4" fill="red"/>'}
    for name in ("cat", "cat-dark", "cat-medium-light", "light-bulb", "boy-dark-skin-tone-curly")
} | {"ghost": {"body": "", "hidden": True}, "flag-utopia": {"body": ""}, "logo": {"body": ""}}


def test_skin_tones_flags_extras_and_hidden_icons_are_left_out():
    categories = {
        "Animals & Nature": ["cat", "cat-dark", "cat-medium-light", "ghost", "not-drawn"],
        "Objects": ["light-bulb"],
        "People": ["boy-dark-skin-tone-curly"],
        "Flags": ["flag-utopia"],
        "Extras Openmoji": ["logo"],
    }
    assert iconify.subjects(ICONS, categories) == {
        "cat": "animals and nature",
        "light-bulb": "objects",
    }


def test_an_icon_has_its_own_measures_or_those_of_its_set():
    assert 'viewBox="0 0 36 36"' in iconify.wrapped(ICONS["cat"], {"width": 36, "height": 36})
    own = {"body": "", "left": -1, "height": 33}
    assert 'viewBox="-1 0 33 33"' in iconify.wrapped(own, {"width": 32, "height": 32})


def icon(colour: str) -> dict[str, str]:
    return {"body": f'<rect width="9" height="4" fill="{colour}"/>'}


@pytest.fixture
def two_sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two little sets of icons as if npm had unpacked them."""
    drawn = {
        "one": {
            "a": icon("red"),
            "b": icon("red"),
            "c": icon("blue"),
            "d": icon("lime"),
            "e": icon("white"),
        },
        "two": {"a": icon("blue"), "b": icon("navy"), "c": icon("teal")},
    }
    for name, icons in drawn.items():
        place = tmp_path / "node_modules" / "@iconify-json" / name
        place.mkdir(parents=True)
        said = {
            "icons.json": {"icons": icons, "width": 16, "height": 16},
            "metadata.json": {"categories": {"Objects": list(icons)}},
            "info.json": {
                "name": name,
                "author": {"name": "A", "url": "https://a.example"},
                "license": {"title": "MIT", "url": "https://l.example"},
            },
        }
        for file, content in said.items():
            (place / file).write_text(json.dumps(content))

    @contextmanager
    def installed(name: str) -> Iterator[Path]:
        assert name == "emoji"
        yield tmp_path

    monkeypatch.setattr(packages, "installed", installed)
    return tmp_path


def test_blank_repeated_and_shared_drawings_are_left_out(two_sets):
    art = iconify.build(("one", "two"), 2, 5)
    assert art.labels.tolist() == [0, 0, 1, 1]
    kept = {"one": set(art.details["subject"][:2]), "two": set(art.details["subject"][2:])}
    assert kept["one"] in ({"a", "d"}, {"b", "d"})
    assert kept["two"] == {"b", "c"}
    assert set(art.details["category"]) == {"objects"}
    assert digest(iconify.build(("one", "two"), 2, 5)) == digest(art)
    with pytest.raises(DatasetError, match="only 2 different drawings of 'one', 3 are needed"):
        iconify.build(("one", "two"), 3, 5)


def test_a_style_under_another_licence_is_refused(two_sets):
    path = two_sets / "node_modules" / "@iconify-json" / "two" / "info.json"
    path.write_text(path.read_text().replace("MIT", "personal use only"))
    with pytest.raises(
        DatasetError, match="style 'two' is under 'personal use only', expected one"
    ):
        iconify.build(("one", "two"), 2, 5)
