"""What the two programs have in common that fail in the second of two processes."""

import runpy
import sys
import time
from pathlib import Path

import jax

SCRIPT = Path(__file__).parents[2] / "docs" / "examples" / "data_parallel.py"


def fail_in_the_second_process() -> None:
    """Note the time, and fail."""
    if jax.process_index() == 1:
        Path(sys.argv[5] + ".failed").write_text(str(time.time()))
        raise ZeroDivisionError


def run_the_program_of_the_guide() -> None:
    runpy.run_path(str(SCRIPT), run_name="__main__")
