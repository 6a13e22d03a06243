"""Data sets on disk: written whole or not at all, and checked when they are read.

A data set is a folder of the user's cache. It is filled beside its place and moved there in one
step, so that neither an error, nor an interruption, nor another process ever shows half of one.
"""

import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path

import numpy as np

from tools.datasets.credits import Credit, credits_table
from tools.datasets.problems import DatasetError

VARIABLE = "GANTHEORY_DATA"


@dataclass(frozen=True)
class Artwork:
    """Images with style labels, in style order, and who drew them."""

    images: np.ndarray  # uint8 (n, 32, 32, 3)
    labels: np.ndarray  # int32 (n,), counted from 0 in the order of `names`
    names: tuple[str, ...]  # of the styles
    credits: tuple[Credit, ...]  # one per style
    details: dict[str, list[str]] = field(default_factory=dict)  # what else is known of each image

    def __post_init__(self) -> None:
        count = len(self.images)
        shapes = self.images.shape[1:], self.labels.shape, len(self.credits)
        if shapes != ((32, 32, 3), (count,), len(self.names)):
            raise DatasetError(f"images, labels, names and credits do not fit: {shapes}")
        for name, texts in self.details.items():
            if len(texts) != count:
                raise DatasetError(f"{name}: expected {count} entries, got {len(texts)}")


def folder() -> Path:
    """Where data sets are kept: `GANTHEORY_DATA`, or the user's cache folder."""
    if chosen := os.environ.get(VARIABLE):
        return Path(chosen).expanduser()
    caches = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(caches) if caches else Path.home() / ".cache") / "gantheory"


def recipe(texts: Iterable[str], files: Iterable[Path]) -> str:
    """A name for everything that the content of a data set follows from."""
    found = hashlib.sha256(f"resvg-py {version('resvg-py')}".encode())
    for text in (*texts, *(path.read_text(encoding="utf-8") for path in files)):
        found.update(hashlib.sha256(text.encode()).digest())
    return found.hexdigest()[:16]


def read_or_build(name: str, key: str, build: Callable[[], Artwork]) -> Artwork:
    """The data set of this name and recipe, built on first use."""
    place = folder() / f"{name}-{key}"
    if not place.is_dir():
        start = time.perf_counter()
        _announce(f"building {name!r} (once on this machine, needs npm)")
        art = build()
        _write(place, art)
        _announce(f"built {name!r} in {time.perf_counter() - start:.0f} s: {place}")
        if digest(art) != published(name):
            _announce(
                f"{name!r} differs from the one that published results used: pixels are "
                "rounded otherwise here"
            )
    return _read(place)


def published(name: str) -> str:
    """The digest of the data set that the published results were computed on."""
    digests = Path(__file__).with_name("digests.json")
    return json.loads(digests.read_text(encoding="utf-8"))[name]


def digest(art: Artwork) -> str:
    """SHA-256 of the images, the labels, the names and the details."""
    found = hashlib.sha256()
    for array in (art.images, art.labels):
        found.update(
            f"{array.dtype.str} {array.shape}".encode() + np.ascontiguousarray(array).tobytes()
        )
    found.update(json.dumps([art.names, art.details], sort_keys=True).encode())
    return found.hexdigest()


def _announce(message: str) -> None:
    print(f"data: {message}", file=sys.stderr, flush=True)


def _write(place: Path, art: Artwork) -> None:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(dir=place.parent, prefix=f"{place.name}.part-"))
    except OSError as error:
        raise DatasetError(
            f"data sets are kept in {place.parent}, which cannot be written ({error}); set "
            f"{VARIABLE} to another folder"
        ) from error
    try:
        _fill(part, art)
        part.rename(place)
    except OSError:
        if not place.is_dir():  # otherwise another process has just built the same
            raise
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _fill(part: Path, art: Artwork) -> None:
    part.chmod(0o755)
    np.save(part / "images.npy", art.images)
    np.save(part / "labels.npy", art.labels)
    about = {
        "digest": digest(art),
        "names": art.names,
        "credits": [asdict(one) for one in art.credits],
        "details": art.details,
    }
    (part / "about.json").write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")
    (part / "CREDITS.md").write_text(credits_table(art.credits) + "\n", encoding="utf-8")


def _read(place: Path) -> Artwork:
    try:
        about = json.loads((place / "about.json").read_text(encoding="utf-8"))
        art = Artwork(
            images=np.load(place / "images.npy"),
            labels=np.load(place / "labels.npy"),
            names=tuple(about["names"]),
            credits=tuple(Credit(**one) for one in about["credits"]),
            details=about["details"],
        )
        intact = digest(art) == about["digest"]
    except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
        raise DatasetError(
            f"{place} cannot be read ({error}); delete it and it is built again"
        ) from error
    if not intact:
        raise DatasetError(
            f"{place} is not what was written there; delete it and it is built again"
        )
    return art
