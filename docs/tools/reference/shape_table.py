"""The shape vocabulary as a table: what each alias says, and who asks for it or returns it, read from the signatures."""

import ast
import inspect
import pkgutil
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from itertools import pairwise
from typing import Any, get_args

import gantheory
from gantheory import shapes

PACKAGE = gantheory.__name__
NAMED = 6  # so many users are named one by one, more are counted by module


def shape_table() -> str:
    """The table in Markdown, in the order of the module."""
    found, meanings = users(), _meanings()
    rows = [
        "| alias | axes | meaning | who takes or returns it |",
        "| --- | --- | --- | --- |",
    ]
    for name, alias in _aliases().items():
        target = f"[`{name}`][{shapes.__name__}.{name}]"
        rows.append(f"| {target} | {_axes(alias)} | {meanings[name]} | {_summary(found[name])} |")
    return "\n".join(rows)


def users() -> dict[str, list[str]]:
    """For each alias the public functions and classes in whose signature, or in one of whose methods', it stands.

    An alias counts where it stands inside another type as well, such as a function of samples.
    """
    aliases = _aliases()
    found: dict[str, list[str]] = {name: [] for name in aliases}
    for path, documented in _public_objects().items():
        parts = [part for annotation in _annotations(documented) for part in _parts(annotation)]
        for name, alias in aliases.items():
            if any(part is alias for part in parts):
                found[name].append(path)
    return found


def _aliases() -> dict[str, Any]:
    """The aliases in the order in which the module defines them."""
    return {name: getattr(shapes, name) for name in _meanings()}


def _meanings() -> dict[str, str]:
    """What stands below each alias in the module."""
    body = ast.parse(inspect.getsource(shapes)).body
    return {
        ast.unparse(node.targets[0]): " ".join(ast.literal_eval(after.value).split())
        for node, after in pairwise(body)
        if isinstance(node, ast.Assign) and isinstance(after, ast.Expr)
    }


def _public_objects() -> dict[str, Any]:
    names = [one.name for one in pkgutil.iter_modules(gantheory.__path__)]
    modules = {name: import_module(f"{PACKAGE}.{name}") for name in names if name != "shapes"}
    return {
        f"{PACKAGE}.{name}.{one}": getattr(module, one)
        for name, module in modules.items()
        for one in getattr(module, "__all__", ())
        if callable(getattr(module, one))
    }


def _annotations(documented: Any) -> Iterator[Any]:
    """The types in a function's signature, or in those of a class and its public methods."""
    callables = [documented]
    if inspect.isclass(documented):
        methods = inspect.getmembers(documented, inspect.isroutine)
        callables += [
            one for name, one in methods if not name.startswith("_") or name == "__call__"
        ]
    for one in callables:
        try:
            signature = inspect.signature(one)
        except (TypeError, ValueError):  # a type, or something that Python has built in
            continue
        yield from (parameter.annotation for parameter in signature.parameters.values())
        yield signature.return_annotation


def _parts(annotation: Any) -> Iterator[Any]:
    """A type and all types inside it."""
    yield annotation
    for part in annotation if isinstance(annotation, list) else get_args(annotation):
        yield from _parts(part)


def _axes(alias: Any) -> str:
    """Kind and axes of an array in the notation of jaxtyping; what is no single kind of array is a key."""
    if not hasattr(alias, "dim_str"):
        return "key"
    return f"{alias.dtype.__name__.lower()} `{alias.dim_str}`" if alias.dim_str else "one float"


def _summary(paths: list[str]) -> str:
    if not paths:
        return "nobody"
    if len(paths) <= NAMED:
        return ", ".join(f"[`{path.split('.', 1)[1]}`][{path}]" for path in paths)
    counts = Counter(path.split(".")[1] for path in paths)
    return ", ".join(
        f"{times} of [`{name}`][{PACKAGE}.{name}]" for name, times in counts.most_common()
    )
