"""Constructor signatures of Equinox modules.

Griffe reads source text and has an extension for dataclasses, but it cannot know that a subclass of
`equinox.Module` is one. Here each is given the decorator, and its fields plain defaults; Griffe's
own extension, which comes later, makes the constructor of them.
"""

from collections.abc import Iterator
from typing import Any

from griffe import (
    Attribute,
    Class,
    Decorator,
    Expr,
    ExprCall,
    ExprKeyword,
    ExprName,
    Extension,
    Module,
)

FIELDS = ("equinox.field", "dataclasses.field")
ABSTRACT = ("equinox.AbstractVar", "equinox.AbstractClassVar")
KNOWN = {"static", "default", "default_factory", "converter", "metadata", "hash"}


class EquinoxModules(Extension):
    """Marks the Equinox modules of every loaded package as dataclasses."""

    def on_package(self, *, pkg: Module, **_: Any) -> None:
        """Called once for each package, when all of its sources are read."""
        for class_ in [one for one in _classes(pkg) if _is_equinox_module(one)]:
            class_.decorators.append(
                Decorator(ExprName("dataclasses.dataclass"), lineno=None, endlineno=None)
            )
            for member in class_.members.values():
                if isinstance(member, Attribute) and member.annotation is not None:
                    _spell_plainly(member)


def _classes(scope: Module | Class) -> Iterator[Class]:
    for member in list(scope.members.values()):
        if isinstance(member, Class):
            yield member
        if isinstance(member, Module | Class):
            yield from _classes(member)


def _is_equinox_module(class_: Class) -> bool:
    return any(
        (isinstance(base, Expr) and base.canonical_path == "equinox.Module")
        for base in class_.bases
    ) or any(_is_equinox_module(base) for base in class_.resolved_bases if isinstance(base, Class))


def _spell_plainly(field: Attribute) -> None:
    """Replace `field(…)` by its default; what only says what subclasses have is no field."""
    if isinstance(field.annotation, Expr) and field.annotation.canonical_path in ABSTRACT:
        field.labels = {"class-attribute"}
    value = field.value
    if isinstance(value, ExprCall) and value.canonical_path in FIELDS:
        options = {one.name: one.value for one in value.arguments if isinstance(one, ExprKeyword)}
        if unknown := sorted(set(options) - KNOWN):
            raise ValueError(f"{field.path}: the reference cannot read the option {unknown[0]!r}")
        factory = options.get("default_factory")
        made = ExprCall(factory, []) if isinstance(factory, Expr) else None
        field.value = options.get("default", made)
