"""Run by test_devices.py: the guide's program, with a callback that fails in the second process."""

import functools
import runpy
import sys
import time
from pathlib import Path

import jax

import gantheory as gt

SCRIPT = Path(__file__).parents[2] / "docs" / "examples" / "data_parallel.py"


def said() -> None:
    """Note the time, and fail."""
    Path(sys.argv[5] + ".failed").write_text(str(time.time()))
    raise ZeroDivisionError


def callback(result):
    if jax.process_index() == 1 and result.state.step > 100:
        said()


gt.Trainer.fit = functools.partialmethod(gt.Trainer.fit, callback=callback)

runpy.run_path(str(SCRIPT), run_name="__main__")
