"""Every public function and class shows an example, and every example does what it shows.

A constant, a shape alias and an alias of a type need none: they are no functions and no classes of
this package.
"""

import doctest
import inspect
import pkgutil
from importlib import import_module
from typing import Any

import pytest

import gantheory

PACKAGE = gantheory.__name__
TOP = {
    one.name: import_module(f"{PACKAGE}.{one.name}")
    for one in pkgutil.iter_modules(gantheory.__path__)
}
MODULES = {name: module for name, module in TOP.items() if hasattr(module, "__all__")}


def is_function_or_class(value: object) -> bool:
    """Whether it is a function or a class of this package."""
    home = str(getattr(value, "__module__", None))
    return callable(value) and home.startswith(f"{PACKAGE}.")


def examples(name: str, documented: Any) -> list[doctest.DocTest]:
    """The examples of an object and, of a class, those of its methods; each of them starts from
    nothing."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = finder.find(documented, name, module=False, globs={})
    return [one for one in found if one.examples]


def differences(example: doctest.DocTest) -> str:
    """What an example does, where that is not what it shows."""
    report: list[str] = []
    doctest.DocTestRunner(verbose=False).run(example, out=report.append)
    return "".join(report)


PUBLIC = {
    f"{PACKAGE}.{module}.{name}": getattr(MODULES[module], name)
    for module in MODULES
    for name in MODULES[module].__all__
    if is_function_or_class(getattr(MODULES[module], name))
}
SHOWN = {one.name: one for name, value in PUBLIC.items() for one in examples(name, value)}


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_function_or_class_shows_an_example(name: str) -> None:
    assert name in SHOWN, f"{name} has no section `Examples:`"


@pytest.mark.parametrize("name", SHOWN)
def test_an_example_does_what_it_shows(name: str) -> None:
    assert differences(SHOWN[name]) == ""


def test_constants_and_aliases_need_no_example() -> None:
    for module in MODULES.values():
        for name in module.__all__:
            if not is_function_or_class(getattr(module, name)):
                assert not inspect.isroutine(getattr(module, name)), name
    of_shapes = {name for name in PUBLIC if name.startswith(f"{PACKAGE}.shapes.")}
    assert of_shapes == {f"{PACKAGE}.shapes.checked"}


def right() -> None:
    """An example that is right.

    Examples:
        >>> 1 + 1
        2
    """


def wrong() -> None:
    """An example that shows too much, and one that uses a name it has not made.

    Examples:
        >>> 1 + 1
        3
        >>> pytest
    """


def test_what_is_wrong_is_found_and_what_is_missing_too() -> None:
    [good], [bad] = examples("right", right), examples("wrong", wrong)
    assert differences(good) == ""
    assert "Expected:\n    3\nGot:\n    2" in differences(bad)
    assert "name 'pytest' is not defined" in differences(bad)
    assert examples("nothing", differences) == []
