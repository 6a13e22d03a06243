"""Keeps the results of slow experiments between builds and tests.

A result is stored under a key made of what it depends on: the code of `gantheory`, that of the
experiment's module and of the experiments that it imports (see `sources.py`), the arguments, and
the versions of what computes. What is not in the key: data sets and the packages that they come
from. A result that the cache lacks may have come with the sources (see `stored.py`), and is then
read, unless `GANTHEORY_ANEW` is set, as it is for the tests.
"""

import dataclasses
import hashlib
import inspect
import io
import os
import sys
import tempfile
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import equinox as eqx
import jax

from tools.results import stored
from tools.results.sources import code_hash, library_hash, own_sources, versions

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

ROOT = Path(__file__).resolve().parents[3]


def cached(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Compute `function` once for each key and read the result back from then on.

    The function must be pure, traceable by JAX (its shapes are found by tracing it, which is how a
    result is read back without pickle) and live in a module; its result is a pytree of arrays.
    """
    module = _module_file(function)

    @wraps(function)
    def read_or_compute(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        call = _call_text(function, args, kwargs)
        path = results_folder() / f"{function.__name__}-{_key(module, call)}.eqx"
        brought = stored.FOLDER / stored.file_name(function.__name__, module, call)
        anew = path.is_file() or os.environ.get("GANTHEORY_ANEW")
        if not anew and brought.is_file() and stored.is_current():
            path = brought
        start = time.perf_counter()
        known = path.is_file()
        if known:
            like = eqx.filter_eval_shape(lambda: function(*args, **kwargs))
        else:
            _announce(f"computing {call}")
            computed = function(*args, **kwargs)
            replace_file(path, _content(computed))
            like = eqx.filter_eval_shape(lambda: computed)  # no second trace of the experiment
        result = eqx.tree_deserialise_leaves(path, like)
        stored.gather(path, brought.name, call)
        _announce(
            f"{'read' if known else 'computed'} {call} in {time.perf_counter() - start:.1f} s"
        )
        return result

    return read_or_compute


def results_folder() -> Path:
    """Where results are kept."""
    return Path(os.environ.get("GANTHEORY_DOCS_CACHE") or ROOT / ".cache" / "docs")


def _announce(message: str) -> None:
    print(f"docs cache: {message}", file=sys.stderr, flush=True)


def _module_file(function: Callable[..., Any]) -> Path:
    path = Path(inspect.getfile(function))
    if path.suffix != ".py" or not path.is_file():
        raise TypeError(
            f"@cached function {function.__qualname__!r}: expected one that lives in a "
            "module, such as "
            "docs/experiments/*.py, got one from a block of a page, whose source cannot be known"
        )
    return path


def _call_text(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    bound = inspect.signature(function).bind(*args, **kwargs)
    bound.apply_defaults()
    texts = (f"{name}={_exact(name, value)}" for name, value in bound.arguments.items())
    return f"{function.__module__}.{function.__qualname__}({', '.join(texts)})"


def _exact(name: str, value: object) -> str:
    """The value as text that tells it from every other value."""
    if value is None or type(value) in (bool, int, float, str):
        return repr(value)
    if type(value) is tuple:
        return f"({', '.join(_exact(name, item) for item in value)},)"
    if dataclasses.is_dataclass(value) and not isinstance(value, type) and _is_frozen(value):
        fields = (
            f"{field.name}={_exact(name, getattr(value, field.name))}"
            for field in dataclasses.fields(value)
        )
        return f"{type(value).__qualname__}({', '.join(fields)})"
    raise TypeError(
        f"argument {name!r} of a cached function: expected numbers, strings, booleans, None, "
        "tuples of these or frozen "
        f"dataclasses of these, got {type(value).__qualname__} (give a seed, not a key or an array)"
    )


def _is_frozen(value: Any) -> bool:
    return type(value).__dataclass_params__.frozen


def _key(module: Path, call: str) -> str:
    digest = hashlib.sha256()
    digest.update(f"{library_hash()} {code_hash(own_sources(module))} {call}\n".encode())
    packages = [f"{name} {number}" for name, number in versions().items()]
    digest.update(
        f"{packages} {jax.default_backend()} {jax.config.read('jax_enable_x64')}".encode()
    )
    return digest.hexdigest()[:24]


def replace_file(path: Path, content: bytes) -> None:
    """Write beside the target and move it there, so that no reader ever sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as part:
        part.write(content)
    Path(part.name).replace(path)


def _content(result: object) -> bytes:
    buffer = io.BytesIO()
    eqx.tree_serialise_leaves(buffer, result)
    return buffer.getvalue()
