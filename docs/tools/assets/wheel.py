"""Builds the library's wheel and puts it among the downloads, so that a reader can install it from
the site.

    python -m tools.assets.wheel

The wheel's name is that of the version, without which pip does not take it.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.pages.fences import SITE

ROOT = Path(__file__).resolve().parents[3]
DOWNLOADS = SITE / "downloads"


def build(folder: Path) -> Path:
    """Build the wheel into an empty folder, from a copy of the sources: nothing is left beside
    them."""
    with tempfile.TemporaryDirectory() as place:
        sources = Path(place)
        shutil.copytree(
            ROOT / "gantheory", sources / "gantheory", ignore=shutil.ignore_patterns("__pycache__")
        )
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(ROOT / name, sources)
        # the backend itself: an environment that uv made has no pip, and nothing is downloaded
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
        # a fixed date in the archive, so that the same sources make the same wheel
        environment = os.environ | {"SOURCE_DATE_EPOCH": "315532800"}
        subprocess.run(command, cwd=place, check=True, env=environment, stdout=subprocess.DEVNULL)
    [wheel] = folder.glob("*.whl")
    return wheel


def main() -> None:
    """Put the wheel of these sources among the downloads, and take away older ones."""
    DOWNLOADS.mkdir(exist_ok=True)
    for old in DOWNLOADS.glob("*.whl"):
        old.unlink()
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(build(Path(folder)), DOWNLOADS)


if __name__ == "__main__":
    main()
