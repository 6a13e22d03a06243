"""What importing the library costs: its own modules, no extra, and no device."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

EXTRAS = {"IPython", "PIL", "matplotlib", "mpmath", "pandas", "scipy", "sklearn", "sympy", "tqdm"}


def test_an_import_brings_in_its_own_modules_and_no_extra_and_starts_no_device():
    """What is slow is somebody else's package, or a device; `jax.distributed` must still be
    possible."""
    program = """
import sys
import jax, equinox, optax, jaxtyping
before = set(sys.modules)
import gantheory
print(*sorted({name.partition(".")[0] for name in set(sys.modules) - before}))
print("gantheory.plots" in sys.modules)
jax.config.update("jax_platforms", "no such platform")
try:
    jax.devices()
except RuntimeError:
    print("no device was started")
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    packages, plots, devices = done.stdout.splitlines()
    assert "gantheory" in packages.split()
    assert not EXTRAS & set(packages.split())
    assert plots == "False"
    assert devices == "no device was started"
