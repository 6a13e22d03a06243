"""Which files a run on several cores begins with: the long ones, since a long file that begins last
keeps one core at work and the others idle.

The order is that of their times on two idle cores; it matters little which of two neighbours is
the longer one. What is not named here takes less than about half a minute, and comes after.
"""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST_FIRST = (
    "tests/training/test_devices.py",
    "docs/site/theory/numbers-to-expect.md",
    "tests/package/test_accuracy.py",
    "docs/site/answers/vanishing-gradient.md",
    "tests/package/test_docstring_examples.py",
    "docs/site/theory/live.md",
    "tests/training/test_kills.py",
    "docs/site/theory/trained-spectrum.md",
    "tests/docs/test_scripts.py",
    "docs/site/theory/live-2d.md",
    "tests/training/test_accidents.py",
    "docs/site/theory/dynamics.md",
    "docs/site/theory/ways-of-playing.md",
    "docs/site/theory/disjoint-supports.md",
    "docs/site/answers/uniform-to-normal.md",
    "tests/training/test_ensemble.py",
    "docs/site/answers/can-digits.md",
    "tests/training/test_left_alone.py",
    "docs/site/answers/can-holistic.md",
    "docs/site/theory/gradient-arrows.md",
    "tests/metrics/test_against_peers.py",
    "docs/site/guides/your-own-images.md",
    "docs/site/answers/vae.md",
    "tests/docs/test_notebook_checks.py",
    "docs/site/answers/loss-gallery.md",
    "docs/site/theory/relativistic-pairing.md",
    "docs/site/guides/many-seeds.md",
    "docs/site/theory/optimal-discriminator.md",
)


def longest_first(items: list[pytest.Item]) -> None:
    """Sort tests by their files; the order within a file stays."""
    ranks = {ROOT / name: rank for rank, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: ranks.get(item.path, len(ranks)))
