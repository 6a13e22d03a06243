"""The built distribution: what a user gets, away from the checkout."""

import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

import gantheory

ROOT = Path(gantheory.__file__).parents[1]
MODULES = {path.relative_to(ROOT).as_posix() for path in (ROOT / "gantheory").rglob("*.py")}


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """The output of a command; away from the checkout, with no path into it."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """A folder with the wheel and the source distribution."""
    pytest.importorskip("hatchling", reason="the build backend must be there: no network is used")
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    return folder


@pytest.mark.slow
def test_the_wheel_holds_every_module_the_marker_and_the_licence(built):
    (wheel,) = built.glob("gantheory-*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert names >= MODULES
    assert "gantheory/py.typed" in names
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert all(name.startswith(("gantheory/", "gantheory-")) for name in names)
    metadata = next(name for name in names if name.endswith(".dist-info/METADATA"))
    text = zipfile.ZipFile(wheel).read(metadata).decode()
    required = [line for line in text.splitlines() if line.startswith("Requires-Dist:")]
    base = {line.split()[1].split(">")[0] for line in required if "extra ==" not in line}
    assert base == {"jax", "equinox", "optax", "jaxtyping"}


@pytest.mark.slow
def test_the_source_distribution_holds_the_tests_and_no_build_products(built):
    (archive,) = built.glob("gantheory-*.tar.gz")
    with tarfile.open(archive) as file:
        names = {name.partition("/")[2] for name in file.getnames()}
    assert names >= MODULES | {"pyproject.toml", "gantheory/py.typed", "tests/conftest.py"}
    forbidden = ("build/", "site/", "docs/site/assets/vendor/", ".nox/", ".cache/")
    assert not [name for name in names if name.startswith(forbidden)]


@pytest.mark.slow
def test_the_wheel_imports_in_an_empty_environment(built, tmp_path):
    """Empty but for the dependencies, which are lent by the running interpreter."""
    venv.create(tmp_path / "venv", with_pip=False, symlinks=os.name != "nt")
    scheme = {"base": str(tmp_path / "venv"), "platbase": str(tmp_path / "venv")}
    site = Path(sysconfig.get_path("purelib", "venv", scheme))
    python = Path(sysconfig.get_path("scripts", "venv", scheme)) / "python"
    (wheel,) = built.glob("gantheory-*.whl")
    run(
        *(sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--quiet"),
        *("--no-compile", "--target", site, wheel),
        cwd=tmp_path,
    )
    (site / "lent.pth").write_text(sysconfig.get_path("purelib"))
    program = """
import importlib, importlib.metadata, pathlib, sys
import gantheory
place = pathlib.Path(gantheory.__file__).parent
print(place)
print(gantheory.__version__, importlib.metadata.version("gantheory"))
print((place / "py.typed").is_file())
for name in gantheory.__all__:
    getattr(gantheory, name)
"""
    place, versions, typed = run(python, "-c", program, cwd=tmp_path).splitlines()
    assert Path(place).resolve() == (site / "gantheory").resolve()
    assert versions == f"{gantheory.__version__} {gantheory.__version__}"
    assert typed == "True"


def test_the_base_import_brings_in_no_extra(tmp_path):
    """Only what the four dependencies import themselves may be there."""
    program = """
import sys
import jax, equinox, optax, jaxtyping
before = set(sys.modules)
import gantheory
new = {name.partition(".")[0] for name in set(sys.modules) - before}
print(*sorted(new & {"matplotlib", "tqdm", "sympy", "scipy", "mpmath", "sklearn", "IPython"}))
print(*sorted({"matplotlib", "tqdm", "sympy"} & set(sys.modules)))
"""
    lines = run(sys.executable, "-c", program, cwd=tmp_path, PYTHONPATH=str(ROOT)).splitlines()
    assert lines == ["", ""]


def test_the_public_names_are_there_and_sorted():
    assert sorted(gantheory.__all__) == list(gantheory.__all__)
    for name in gantheory.__all__:
        assert hasattr(gantheory, name)
