"""Constructor signatures of Equinox modules.

Griffe reads source text and knows of no class that is a dataclass by inheritance. This gives every subclass of
`equinox.Module` without an `__init__` the one that Equinox makes from its fields, inherited ones first.
"""

from collections.abc import Iterator
from typing import Any

from griffe import (
    Attribute,
    Class,
    Expr,
    ExprCall,
    ExprKeyword,
    ExprSubscript,
    Extension,
    Function,
    Module,
    Parameter,
    ParameterKind,
    Parameters,
)


class EquinoxModules(Extension):
    """Adds `__init__` to Equinox modules of every loaded package."""

    def on_package(self, *, pkg: Module, **_: Any) -> None:
        """Called once for each package, when all of its sources are read."""
        for class_ in _classes(pkg):
            if _is_equinox_module(class_) and "__init__" not in class_.members:
                class_.labels.add("dataclass")
                class_.set_member("__init__", _constructor(class_))


def _classes(scope: Module | Class) -> Iterator[Class]:
    for member in list(scope.members.values()):
        if member.is_alias:
            continue
        if isinstance(member, Class):
            yield member
        if isinstance(member, Module | Class):
            yield from _classes(member)


def _is_equinox_module(class_: Class) -> bool:
    direct = any(
        isinstance(base, Expr) and base.canonical_path == "equinox.Module" for base in class_.bases
    )
    return direct or any(_is_equinox_module(base) for base in _known_bases(class_))


def _known_bases(class_: Class) -> list[Class]:
    return [base for base in class_.resolved_bases if isinstance(base, Class)]


def _constructor(class_: Class) -> Function:
    own_argument = Parameter("self", kind=ParameterKind.positional_or_keyword)
    fields = {field.name: field for field in _fields(class_)}.values()
    in_order = sorted(fields, key=lambda field: field.kind is ParameterKind.keyword_only)
    return Function(
        "__init__",
        lineno=0,
        endlineno=0,
        parent=class_,
        parameters=Parameters(own_argument, *in_order),
        returns="None",
    )


def _fields(class_: Class) -> Iterator[Parameter]:
    for base in reversed(_known_bases(class_)):
        if _is_equinox_module(base):
            yield from _fields(base)
    for member in class_.members.values():
        if isinstance(member, Attribute) and _is_field(member):
            options = _field_options(member)
            if options.get("init") != "False":
                yield _parameter(member, options)


def _is_field(attribute: Attribute) -> bool:
    of_the_class_only = (
        "class-attribute" in attribute.labels and "instance-attribute" not in attribute.labels
    )
    return (
        attribute.annotation is not None
        and "property" not in attribute.labels
        and not of_the_class_only
        and not _is_abstract(attribute)
    )


def _is_abstract(attribute: Attribute) -> bool:
    """Whether it only says what subclasses have: Equinox makes no field of it."""
    annotation = attribute.annotation
    return isinstance(annotation, ExprSubscript) and annotation.canonical_path in (
        "equinox.AbstractVar",
        "equinox.AbstractClassVar",
    )


def _field_options(attribute: Attribute) -> dict[str, str]:
    value = attribute.value
    if isinstance(value, ExprCall) and value.canonical_path in (
        "equinox.field",
        "dataclasses.field",
    ):
        return {
            option.name: str(option.value)
            for option in value.arguments
            if isinstance(option, ExprKeyword)
        }
    return {}


def _parameter(attribute: Attribute, options: dict[str, str]) -> Parameter:
    keyword_only = options.get("kw_only") == "True"
    factory = options.get("default_factory")
    default = options.get("default", f"{factory}()" if factory else None)
    return Parameter(
        attribute.name,
        annotation=attribute.annotation,
        kind=ParameterKind.keyword_only if keyword_only else ParameterKind.positional_or_keyword,
        default=default if options else attribute.value,
        docstring=attribute.docstring,
    )
