"""`avatars`: 16 hand-drawn designs of a portrait, 600 portraits of each.

The artists drew the parts; a program (DiceBear) combines them at random, from seeds that are fixed.
"""

import json
import sys
from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np
from tqdm import tqdm

from tools.datasets import packages, raster, store
from tools.datasets.credits import Credit
from tools.datasets.problems import DatasetError
from tools.results.tables import fingerprint

STYLES = (
    "adventurer",
    "adventurer-neutral",
    "big-ears",
    "big-smile",
    "croodles",
    "dylan",
    "fun-emoji",
    "lorelei",
    "micah",
    "miniavs",
    "notionists",
    "open-peeps",
    "personas",
    "pixel-art",
    "thumbs",
    "toon-head",
)
LICENCES = ("CC0 1.0", "CC BY 4.0")
PER_STYLE = 600
DRAWN = 900  # of each style, because some portraits come out alike
SIZE = 32


@cache
def avatars() -> store.Artwork:
    """9,600 portraits in 16 styles, no two alike: images, labels, style names, credits."""
    key = store.recipe([fingerprint(sys.modules[__name__])], packages.recipe_files("avatars"))
    return store.read_or_build("avatars", key, lambda: build(STYLES, PER_STYLE, DRAWN))


def build(styles: tuple[str, ...], per_style: int, drawn: int) -> store.Artwork:
    """Draw, rasterise and keep the first `per_style` different portraits of each style."""
    with (
        packages.installed("avatars") as folder,
        packages.run_node(folder, "draw.mjs", json.dumps(styles), str(drawn)).open(
            encoding="utf-8"
        ) as lines,
    ):
        said = json.loads(next(lines))
        kept = select(lines, styles, per_style)
    return store.Artwork(
        images=np.frombuffer(b"".join(kept), np.uint8).reshape(-1, SIZE, SIZE, 3),
        labels=np.asarray([styles.index(style) for style, _ in kept.values()], np.int32),
        names=styles,
        credits=tuple(_credit(*pair) for pair in zip(styles, said, strict=True)),
        details={"number": [str(number) for _, number in kept.values()]},
    )


def select(
    lines: Iterable[str], styles: tuple[str, ...], per_style: int
) -> dict[bytes, tuple[str, int]]:
    """The first `per_style` drawings of each style that differ from all others: pixels to style and
    number."""
    kept: dict[bytes, tuple[str, int]] = {}
    count = dict.fromkeys(styles, 0)
    with tqdm(total=len(styles) * per_style, unit="portrait", disable=None) as progress:
        for style, number, svg in map(json.loads, lines):
            if count[style] < per_style:
                pixels = raster.rasterise(svg, SIZE).tobytes()
                if pixels not in kept:
                    kept[pixels] = (style, number)
                    count[style] += 1
                    progress.update()
    short = {style: found for style, found in count.items() if found < per_style}
    if short:
        raise DatasetError(f"too few different portraits, {per_style} are needed: {short}")
    return kept


def _credit(style: str, said: dict[str, Any]) -> Credit:
    licence = said.get("license", {})
    return Credit(
        style=style,
        title=said.get("title", ""),
        creator=said.get("creator", ""),
        source=said.get("source", ""),
        licence=licence.get("name", ""),
        licence_url=licence.get("url", ""),
        package=f"@dicebear/{style}",
    ).among(LICENCES)
