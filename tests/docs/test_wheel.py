"""The wheel that the site offers: the name that the install page links to, and every module of the
library in it."""

import zipfile
from pathlib import Path

import pytest
from tools.assets.wheel import ROOT, build

import gantheory


@pytest.mark.slow
def test_the_wheel_holds_the_library_under_the_name_of_its_version(tmp_path: Path) -> None:
    wheel = build(tmp_path)
    assert wheel.name == f"gantheory-{gantheory.__version__}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "gantheory").rglob("*.py")}
    assert modules <= held
    assert any(name.startswith("gantheory/") and name.endswith("py.typed") for name in held)
    assert not {name.partition("/")[0] for name in held if not name.startswith("gantheory")}
