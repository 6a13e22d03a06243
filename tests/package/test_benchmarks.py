"""The benchmarks of `nox -s bench` start, as the session starts them."""

import ast
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ELSEWHERE = {"torch", "sklearn", "pytest_benchmark"}  # what only some sessions install


def options_of_the_session() -> tuple[str, ...]:
    """The literal in noxfile.py: nox itself is not installed here."""
    for node in ast.parse((ROOT / "noxfile.py").read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "BENCHES":
            return ast.literal_eval(node.value)
    raise LookupError("noxfile.py must say in BENCHES how pytest finds the benchmarks.")


def test_pytest_collects_every_benchmark():
    files = sorted(str(path) for path in (ROOT / "tests" / "benchmarks").glob("bench_*.py"))
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", *options_of_the_session()]
    ran = subprocess.run([*command, *files], cwd=ROOT, capture_output=True, text=True, check=False)
    missing = re.findall(r"^E +ModuleNotFoundError: No module named '([\w.]+)'", ran.stdout, re.M)
    assert set(missing) <= ELSEWHERE, ran.stdout
    assert len(re.findall("^ERROR ", ran.stdout, re.M)) == len(missing), ran.stdout
    collected = set(re.findall(r"bench_\w+\.py(?=::bench_)", ran.stdout))
    assert len(collected) + len(missing) == len(files), ran.stdout
