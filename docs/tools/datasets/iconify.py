"""`emoji`: eight designs of emoji by six makers, 750 of each, chosen at random from its subjects.
`distinct_emoji`: three that differ more (shaded, of one colour, outlined), 1,400 of each.

Flags, skin tones, modifiers and a maker's own extras are left out; each drawing is cropped to what
is drawn and centred within one pixel, or OpenMoji would be told by its wide border alone. OpenMoji
is under CC BY-SA 4.0: who passes its pixels on does so under that licence.
"""

import hashlib
import json
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from tools.datasets import packages, raster, store
from tools.datasets.credits import Credit
from tools.datasets.problems import DatasetError
from tools.results.tables import fingerprint

STYLES = (
    "emojione",
    "fluent-emoji",
    "fluent-emoji-flat",
    "noto",
    "noto-v1",
    "openmoji",
    "streamline-emojis",
    "twemoji",
)
DISTINCT_STYLES = ("fluent-emoji", "fluent-emoji-high-contrast", "openmoji")
LICENCES = ("MIT", "Apache 2.0", "CC BY 4.0", "CC BY-SA 4.0")
PER_STYLE = 750
CANDIDATES = 800  # of each style, because some are blank or drawn alike
DISTINCT_PER_STYLE, DISTINCT_CANDIDATES = 1400, 1500
SIZE = 32
MARGIN = 1

# The makers' categories under one set of names. Two makers do not tell faces from people, so
# neither do we.
CATEGORIES = {
    "Smileys & Emotion": "faces and people",
    "Smileys Emotion": "faces and people",
    "Smiley People": "faces and people",
    "People & Body": "faces and people",
    "People Body": "faces and people",
    "People": "faces and people",
    "Animals & Nature": "animals and nature",
    "Animals Nature": "animals and nature",
    "Nature": "animals and nature",
    "Food & Drink": "food and drink",
    "Food Drink": "food and drink",
    "Food": "food and drink",
    "Travel & Places": "travel and places",
    "Travel Places": "travel and places",
    "Travel": "travel and places",
    "Activities": "activities",
    "Activity": "activities",
    "Objects": "objects",
    "Symbols": "symbols",
}
BORROWED = {"fluent-emoji": "fluent-emoji-flat"}  # one maker, one subject list, written down once
SUFFIX = re.compile(r"(-(medium-dark|medium-light|medium|dark|light)|-tone[1-5])+$")

Picture = tuple[str, str, bytes]
"""Subject, category, pixels."""


@cache
def emoji() -> store.Artwork:
    """6,000 drawings in 8 styles, no two alike: images, labels, style names, credits, subjects and
    categories."""
    return store.read_or_build("emoji", _key(), lambda: build(STYLES, PER_STYLE, CANDIDATES))


@cache
def distinct_emoji() -> store.Artwork:
    """4,200 drawings in 3 styles that a small network can tell apart, as `emoji`."""
    return store.read_or_build(
        "distinct-emoji",
        _key(),
        lambda: build(DISTINCT_STYLES, DISTINCT_PER_STYLE, DISTINCT_CANDIDATES),
    )


@cache
def few_emoji() -> store.Artwork:
    """The first eight drawings of each style of `distinct_emoji`, which are made in seconds."""
    return store.read_or_build("few-emoji", _key(), lambda: build(DISTINCT_STYLES, 8, 10))


def _key() -> str:
    return store.recipe([fingerprint(sys.modules[__name__])], packages.recipe_files("emoji"))


def build(styles: tuple[str, ...], per_style: int, candidates: int) -> store.Artwork:
    """Choose, rasterise, and keep `per_style` drawings of each style that occur once."""
    with packages.installed("emoji") as folder:
        icons = folder / "node_modules" / "@iconify-json"
        credits = tuple(_credit(style, _json(icons / style / "info.json")) for style in styles)
        pictures = {style: _rasterise_style(icons, style, candidates) for style in styles}
    kept = [_occurring_once(pictures, style, per_style) for style in styles]
    every = [picture for one in kept for picture in one]
    return store.Artwork(
        images=np.frombuffer(b"".join(pixels for _, _, pixels in every), np.uint8).reshape(
            -1, SIZE, SIZE, 3
        ),
        labels=np.repeat(np.arange(len(styles), dtype=np.int32), per_style),
        names=styles,
        credits=credits,
        details={
            "subject": [subject for subject, _, _ in every],
            "category": [category for _, category, _ in every],
        },
    )


def subjects(icons: dict[str, Any], categories: dict[str, list[str]]) -> dict[str, str]:
    """The subjects to draw from, each with its category: no flags, skin tones, modifiers, extras or
    hidden icons."""
    return {
        subject: CATEGORIES[category]
        for category, members in categories.items()
        if category in CATEGORIES
        for subject in members
        if subject in icons
        and not icons[subject].get("hidden")
        and not _has_skin_tone(subject, icons)
    }


def _has_skin_tone(subject: str, icons: dict[str, Any]) -> bool:
    return "skin-tone" in subject or (
        SUFFIX.search(subject) is not None and SUFFIX.sub("", subject) in icons
    )


def wrapped(icon: dict[str, Any], whole: dict[str, Any]) -> str:
    """An icon as an SVG document with a square view; what it does not say, the set says for all."""
    left, top, width, height = (
        icon.get(name, whole.get(name, default))
        for name, default in (("left", 0), ("top", 0), ("width", 16), ("height", 16))
    )
    view = f"{left} {top} {max(width, height)} {max(width, height)}"
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="{view}">{icon["body"]}</svg>'
    )


def _rasterise_style(icons: Path, style: str, candidates: int) -> list[Picture]:
    whole = _json(icons / style / "icons.json")
    categories = _json(icons / BORROWED.get(style, style) / "metadata.json")["categories"]
    found = subjects(whole["icons"], categories)
    chosen = sorted(found, key=lambda subject: _lot(style, subject))[:candidates]
    pictures = []
    for subject in tqdm(chosen, desc=style, unit="drawing", disable=None):
        svg = wrapped(whole["icons"][subject], whole)
        try:
            pixels = raster.rasterise_to_fit(svg, SIZE, MARGIN)
        except raster.BlankError:
            continue
        pictures.append((subject, found[subject], pixels.tobytes()))
    return pictures


def _lot(style: str, subject: str) -> str:
    """A fixed random number, so that the choice is a random one and the same everywhere."""
    return hashlib.sha256(f"{style} {subject}".encode()).hexdigest()


def _occurring_once(
    pictures: dict[str, list[Picture]], style: str, per_style: int
) -> list[Picture]:
    """The first drawings of one style that are in no other style; one of those that are alike
    within it."""
    elsewhere = {
        pixels for other, drawn in pictures.items() if other != style for _, _, pixels in drawn
    }
    different = {picture[2]: picture for picture in reversed(pictures[style])}
    kept = [picture for pixels, picture in different.items() if pixels not in elsewhere]
    if len(kept) < per_style:
        raise DatasetError(
            f"only {len(kept)} different drawings of {style!r}, {per_style} are needed"
        )
    return kept[::-1][:per_style]


def _credit(style: str, said: dict[str, Any]) -> Credit:
    licence, author = said.get("license", {}), said.get("author", {})
    return Credit(
        style=style,
        title=said.get("name", ""),
        creator=author.get("name", ""),
        source=author.get("url", ""),
        licence=licence.get("title", ""),
        licence_url=licence.get("url", ""),
        package=f"@iconify-json/{style}",
    ).among(LICENCES)


def _json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))
