"""Long test processes drop what they have compiled from time to time.

XLA maps each compiled function into memory, and Linux ends a process that asks for more than 65,530
maps, with a segmentation fault in the middle of some compilation.
"""

from pathlib import Path

import jax
import pytest

MAPS = Path("/proc/self/maps")
MOST = 16_000


def forget_between_files(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Clear JAX's caches behind the last test of a file if there are many maps."""
    if nextitem is None or nextitem.path == item.path or not MAPS.exists():
        return
    if MAPS.read_bytes().count(b"\n") > MOST:
        jax.clear_caches()
