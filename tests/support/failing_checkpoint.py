"""Run by test_devices.py: the guide's program, with a checkpoint that fails in the second
process."""

import runpy
import sys
import time
from pathlib import Path

import jax

from gantheory.training import checkpoint

SCRIPT = Path(__file__).parents[2] / "docs" / "examples" / "data_parallel.py"


def said() -> None:
    """Note the time, and fail."""
    Path(sys.argv[5] + ".failed").write_text(str(time.time()))
    raise ZeroDivisionError


def read(*_):
    if jax.process_index() == 1:
        said()


checkpoint.Checkpoint.read = read

runpy.run_path(str(SCRIPT), run_name="__main__")
