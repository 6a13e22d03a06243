"""The public names, `__all__` and the reference agree: nothing is missing, nothing is there twice,
nothing is extra."""

import inspect
import zlib
from collections import Counter
from importlib import import_module
from pathlib import Path

import equinox as eqx
import griffe
import pytest
from tools.reference import names as reference
from tools.reference.names import PACKAGE

import gantheory

MODULES = {name: import_module(f"{PACKAGE}.{name}") for name in reference.public_modules()}
EQUINOX = {
    f"{module}.{name}": getattr(MODULES[module], name)
    for module in MODULES
    for name in MODULES[module].__all__
    if isinstance(getattr(MODULES[module], name), type)
    and issubclass(getattr(MODULES[module], name), eqx.Module)
}


def test_the_sources_and_the_imported_modules_list_the_same_names() -> None:
    listed = {f"{PACKAGE}.{name}" for name in MODULES} | {
        f"{PACKAGE}.{name}.{one}" for name, module in MODULES.items() for one in module.__all__
    }
    assert listed == set(reference.public_objects())


@pytest.mark.parametrize("name", MODULES)
def test_what_a_module_lists_is_there_once_and_in_order(name: str) -> None:
    listed = MODULES[name].__all__
    assert all(hasattr(MODULES[name], one) for one in listed)
    assert len(set(listed)) == len(listed)
    assert not any(one.startswith("_") for one in listed)


def test_every_public_object_has_one_public_place() -> None:
    package = reference.package()
    places = Counter(
        package[path.removeprefix(f"{PACKAGE}.")].canonical_path
        for path in reference.public_objects()
    )
    assert [path for path, times in places.items() if times > 1] == []


def test_names_at_the_top_are_modules_or_stand_for_what_one_of_them_holds() -> None:
    for name, target in reference.shorthands().items():
        assert target in reference.public_objects(), f"{name} stands for {target}"
        module, attribute = target.split(".")[1:]
        assert getattr(gantheory, name.split(".")[1]) is getattr(MODULES[module], attribute)
    modules = {name for name in gantheory.__all__ if inspect.ismodule(getattr(gantheory, name))}
    assert modules <= set(MODULES)
    assert modules | {name.split(".")[1] for name in reference.shorthands()} == set(
        gantheory.__all__
    )


def test_every_target_of_a_directive_is_a_public_module() -> None:
    targets = Counter(directive.target for directive in reference.directives())
    assert targets == Counter(f"{PACKAGE}.{name}" for name in MODULES)


def test_the_pages_show_what_is_public_once_and_on_its_page() -> None:
    shown = Counter((path, page) for page, path in reference.rendered())
    assert shown == Counter(reference.public_objects().items())


def test_the_index_and_the_navigation_name_every_page() -> None:
    index = (reference.PAGES / "index.md").read_text(encoding="utf-8")
    navigation = (reference.ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    for name in MODULES:
        assert f"[`{name}`]({name}.md)" in index
        assert f"- {name}: api/{name}.md\n" in navigation


def _must_be_given(parameter: inspect.Parameter) -> bool:
    variadic = parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    return parameter.default is parameter.empty and not variadic


@pytest.mark.parametrize("name", EQUINOX)
def test_the_signature_shown_is_the_one_that_python_knows(name: str) -> None:
    _, *shown = reference.package()[name].all_members["__init__"].parameters
    known = inspect.signature(EQUINOX[name]).parameters.values()
    assert [(one.name, str(one.kind), one.required) for one in shown] == [
        (one.name, one.kind.description, _must_be_given(one)) for one in known
    ]


def inventory(path: Path, lines: list[str]) -> Path:
    """A small inventory in the format of Sphinx."""
    head = b"# Sphinx inventory version 2\n# Project: p\n# Version: 0\n# The rest is zlib.\n"
    path.write_bytes(head + zlib.compress("".join(f"{line}\n" for line in lines).encode()))
    return path


def sound_lines() -> list[str]:
    pages = {name: Path(page).stem for name, page in reference.public_objects().items()}
    lines = [f"{name} py:function 1 api/{page}.html#$ -" for name, page in pages.items()]
    return lines + [
        f"{name} py:function 2 api/{pages[target]}.html#{target} -"
        for name, target in reference.shorthands().items()
    ]


def test_a_sound_inventory_passes(tmp_path: Path) -> None:
    member = "gantheory.games.Game.losses py:function 1 api/games.html#$ -"
    path = inventory(tmp_path / "objects.inv", [*sound_lines(), member])
    assert list(reference.inventory_problems(path)) == []


@pytest.mark.parametrize(
    ("lost", "planted", "found"),
    [
        ("gantheory.losses.hinge_generator_loss ", [], ["{} is public, and no page shows it"]),
        ("gantheory.Trainer ", [], ["{} does not lead to gantheory.training.Trainer"]),
        (
            "gantheory.penalties.r1 ",
            ["gantheory.penalties.r1 py:function 1 api/losses.html#$ -"],
            ["{} is shown on api/losses.html, not on api/penalties.html"],
        ),
        (
            None,
            ["gantheory.losses.secret py:function 1 api/losses.html#$ -"],
            ["gantheory.losses.secret is shown on api/losses.html, and is not public"],
        ),
    ],
)
def test_a_planted_disagreement_is_found(
    tmp_path: Path, lost: str | None, planted: list[str], found: list[str]
) -> None:
    kept = [line for line in sound_lines() if lost is None or not line.startswith(lost)]
    path = inventory(tmp_path / "objects.inv", kept + planted)
    expected = [text.format(str(lost).strip()) for text in found]
    assert list(reference.inventory_problems(path)) == expected


def test_what_is_no_inventory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "objects.inv").write_bytes(b"nothing")
    with pytest.raises(ValueError, match="is not an inventory"):
        reference.read_inventory(tmp_path / "objects.inv")


def test_an_object_without_a_docstring_would_not_be_shown(tmp_path: Path) -> None:
    (tmp_path / "example.py").write_text('__all__ = ["a", "b"]\na = 1\n"""Told."""\nb = 2\n')
    module = griffe.load("example", search_paths=[tmp_path])
    assert [one.name for one in module.members.values() if one.has_docstrings] == ["a"]
