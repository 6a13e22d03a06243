"""What decides how a run continues, as a hash that is the same in every process.

Data are known by their content; functions by their code, defaults and closures, and functions and
classes of the user's own also by the functions, classes, numbers, texts and JAX arrays that they
name outside themselves. What comes from an installed package is known by its name: the versions
of those that decide bits are compared beside the fingerprint. A large memory map is known by its
shape and by samples of its bytes. Any object may say what it is by a method `fingerprint()`, whose
result then stands for it.
"""

import dataclasses
import dis
import enum
import functools
import hashlib
import inspect
import sys
import types
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Set
from io import IOBase
from pathlib import PurePath
from typing import Any, TypeGuard

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

BLOCK = 2**24  # bytes of an array that are looked at in one go
SAMPLES, BYTES_A_SAMPLE = 256, 2**16  # of a memory map that is larger than all of them
NEVER = sys.maxsize
HOOKS = ("jaxtyping", "beartype")  # their wrappers check arguments and change no number
KINDS_OF_FUNCTION = (
    inspect.CO_VARARGS
    | inspect.CO_VARKEYWORDS
    | inspect.CO_GENERATOR
    | inspect.CO_COROUTINE
    | inspect.CO_ASYNC_GENERATOR
)
OF_DATACLASSES = (
    "__init__",
    "__eq__",
    "__lt__",
    "__le__",
    "__gt__",
    "__ge__",
    "__hash__",
    "__replace__",
)
ATOMS = (type(None), bool, int, float, complex, str, bytes, type(Ellipsis), range)


def fingerprint(value: object, name: str = "the run") -> str:
    """The hash of a value; `name` is what an error calls it.

    Raises:
        TypeError: Something in it, such as an iterator, has a state that cannot be identified.
    """
    return _Walk().digest(value, name).hex()


class _Walk:
    """One walk through the things that a value is made of, each of which gets a digest."""

    def __init__(self):
        # By their ids; the object is kept too, so that no other can get its id.
        self._known: dict[int, tuple[object, bytes]] = {}
        self._depths: dict[int, int] = {}  # of the objects on the way from the root to here
        self._names: list[str] = []  # the way in words
        self._highest = NEVER  # the least depth that a cycle has led back to

    def digest(self, value: object, name: str = "") -> bytes:
        """The digest of a value; one that contains itself is known by how far up it is."""
        value = _without_hooks(value)
        if isinstance(value, ATOMS):
            return _hashed([type(value).__name__, repr(value)])
        if id(value) in self._known:
            return self._known[id(value)][1]
        depth = self._depths.get(id(value))
        if depth is not None:
            self._highest = min(self._highest, depth)
            return _hashed(["cycle", str(len(self._depths) - depth)])
        depth, before, self._highest = len(self._depths), self._highest, NEVER
        self._depths[id(value)] = depth
        self._names.append(name)
        try:
            result = _hashed(self._parts(value))
        except RecursionError as error:
            raise TypeError(f"{self._place()} is nested too deeply for a fingerprint.") from error
        del self._depths[id(value)]
        self._names.pop()
        if self._highest >= depth:  # no cycle leads out of it: it is the same wherever it occurs
            self._known[id(value)] = (value, result)
            self._highest = NEVER
        self._highest = min(self._highest, before)
        return result

    def _parts(self, value: Any) -> Iterable[str | bytes | memoryview]:
        """The kind of a value, and what tells it from others of the kind."""
        anything = value  # whose attributes a type checker does not ask for
        if not isinstance(value, type) and callable(getattr(type(value), "fingerprint", None)):
            return self._several("declared", type(value), value.fingerprint())
        if _is_key(value):
            return self._several("key", str(jax.random.key_impl(value)), jax.random.key_data(value))
        if isinstance(value, np.ma.MaskedArray):
            return self._several("masked", np.asarray(value), np.ma.getmaskarray(value))
        if isinstance(value, np.ndarray | np.generic | jax.Array):
            return self._array(value)
        if isinstance(value, type):
            return self._class(value)
        if isinstance(value, enum.Enum):
            return self._several("enum", type(value).__qualname__, value.name)
        if dataclasses.is_dataclass(value):
            fields = [f.name for f in dataclasses.fields(value) if hasattr(value, f.name)]
            return self._named("dataclass", type(value), {n: getattr(value, n) for n in fields})
        if isinstance(value, functools.partial):
            return self._several("partial", value.func, value.args, value.keywords)
        if isinstance(value, OrderedDict):
            return self._several("ordered", *value.items())
        if isinstance(value, Mapping):
            return self._mapping(value)
        if isinstance(value, Set):
            return ["set", *sorted(map(self.digest, value))]
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return self._named("named tuple", type(value).__qualname__, anything._asdict())
        if type(value) in (list, tuple):
            return self._several(type(value).__name__, *value)
        if isinstance(value, PurePath):
            return ["path", value.as_posix()]
        if isinstance(value, types.CodeType):
            return self._code(value)
        if isinstance(value, types.MethodType):
            return self._several("method", value.__self__, value.__func__)
        if isinstance(value, types.FunctionType):
            return self._function(value)
        if isinstance(value, types.ModuleType | np.ufunc):
            return ["by name", value.__name__]
        if isinstance(value, jax.tree_util.PyTreeDef):
            return self._several("structure", anything.node_data(), anything.children())
        if isinstance(value, jax.custom_jvp | jax.custom_vjp):
            rules = {name: getattr(value, name, None) for name in ("fun", "jvp", "fwd", "bwd")}
            return self._named("rule", type(value), rules)
        if callable(value) and hasattr(value, "__wrapped__"):  # compiled, cached
            return self._several("wrapped", type(value), anything.__wrapped__)
        if isinstance(value, Iterator) and not isinstance(value, IOBase):
            raise TypeError(
                f"{self._place()} is {_article(type(value).__name__)}, and what it gives next "
                "cannot be known, so a run that uses it cannot be told from others. Make it where "
                "it is used, as InOrder(make_iterator) does; or give the object that holds it a "
                "method fingerprint()."
            )
        return self._object(value)

    def _several(self, kind: str, *values: object) -> list[str | bytes]:
        return [kind, *map(self.digest, values)]

    def _named(self, kind: str, holder: object, values: Mapping[str, object]) -> list[str | bytes]:
        """The values of attributes, whose names also locate an error."""
        found: list[str | bytes] = [kind, self.digest(holder)]
        for name, value in values.items():
            found += [name, self.digest(value, name)]
        return found

    def _mapping(self, value: Mapping[Any, object]) -> list[str | bytes]:
        """Keys and values, whatever their order: JAX sorts the keys of a dictionary too."""
        pairs = [self.digest(key) + self.digest(item, str(key)) for key, item in value.items()]
        return ["mapping", *sorted(pairs)]

    def _array(self, value: Any) -> Iterator[str | bytes | memoryview]:
        array = np.asarray(value)
        yield "array"
        yield f"{array.dtype}{array.shape}"
        if array.dtype.hasobject:
            yield self.digest(array.tolist())
        elif isinstance(value, np.memmap) and array.nbytes > SAMPLES * BYTES_A_SAMPLE:
            yield from _sampled(array)
        else:
            yield from _bytes_of(array)

    def _class(self, value: type) -> list[str | bytes]:
        """A class by its name; one of the user's own also by what it defines and inherits."""
        if not _is_own(value.__module__):
            return ["class", value.__module__, value.__qualname__]
        members = self._named("own class", value.__qualname__, _members(value))
        return [*members, *map(self.digest, value.__bases__)]

    def _function(self, value: types.FunctionType) -> Iterable[str | bytes]:
        module = value.__globals__.get("__name__") or ""
        code, own = value.__code__, _is_own(module)
        place = "" if own else f"{module} line {code.co_firstlineno} "
        what: dict[str, object] = {"defaults": value.__defaults__, "keywords": value.__kwdefaults__}
        what |= _held(value)
        if own or code.co_name == "<lambda>":  # a name does not tell a lambda from its neighbour
            what["code"] = code
        if own:
            what |= {f"global {name}": item for name, item in _globals_of(value).items()}
            what["wrapped"] = getattr(value, "__wrapped__", None)
        return self._named("function", f"{place}{code.co_qualname}", what)

    def _code(self, code: types.CodeType) -> list[str | bytes]:
        """What is computed, without its place in the source and its docstrings."""
        arguments = code.co_argcount + code.co_kwonlyargcount
        names = (code.co_names, code.co_freevars, code.co_varnames[:arguments])
        form = (code.co_argcount, code.co_posonlyargcount, code.co_flags & KINDS_OF_FUNCTION)
        constants = code.co_consts[1:] if _starts_with_docstring(code) else code.co_consts
        if constants is not code.co_consts:
            constants = (None, *constants)  # as in a function without a docstring
        return self._several("code", code.co_code, code.co_exceptiontable, names, form, constants)

    def _object(self, value: object) -> list[str | bytes]:
        """Any other object by what pickle would take of it, and by its type if that is nothing."""
        if isinstance(value, types.GenericAlias | types.UnionType) or _is_of_typing(value):
            return ["annotation", repr(value)]
        try:
            reduced = value.__reduce_ex__(2)
        except Exception:  # a lock, a socket: nothing that numbers come from
            return self._several("type", type(value))
        if isinstance(reduced, str):  # something global, such as a built-in function
            return ["global", str(getattr(value, "__module__", "")), reduced]
        make, arguments, state, items, pairs = (*reduced, None, None, None)[:5]
        if isinstance(state, dict):
            return [
                *self._named("object", type(value), state),
                *self._several("content", make, arguments, list(items or ()), dict(pairs or ())),
            ]
        parts = (make, arguments, state, list(items or ()), dict(pairs or ()))
        return self._several("object", type(value), *parts)

    def _place(self) -> str:
        return ".".join(name for name in self._names if name) or "what is given"


def _hashed(parts: Iterable[str | bytes | memoryview]) -> bytes:
    """One digest of several parts, whose limits count too."""
    digest = hashlib.sha256()
    for part in parts:
        content = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        digest.update(len(content).to_bytes(8, "little"))
        digest.update(content)
    return digest.digest()


def _bytes_of(array: np.ndarray) -> Iterator[memoryview]:
    """The bytes in the order of the entries; some rows at a time where that takes a copy."""
    if array.flags.c_contiguous:
        yield array.reshape(-1).view(np.uint8).data
        return
    rows = max(1, BLOCK * len(array) // array.nbytes)
    for first in range(0, len(array), rows):
        block = np.ascontiguousarray(array[first : first + rows])
        yield block.reshape(-1).view(np.uint8).data


def _sampled(array: np.ndarray) -> Iterator[bytes | memoryview]:
    """Pieces of an array at equal distances, the first and the last among them."""
    rows = max(1, len(array) * BYTES_A_SAMPLE // array.nbytes)
    for first in np.linspace(0, len(array) - rows, SAMPLES).astype(int):
        yield from _bytes_of(np.ascontiguousarray(array[first : first + rows]))


def _is_key(value: object) -> TypeGuard[jax.Array]:
    return isinstance(value, jax.Array) and jnp.issubdtype(value.dtype, jax.dtypes.prng_key)


@functools.cache
def _is_own(module: str) -> bool:
    """Whether code is the user's: of no package that is installed, and of no part of Python."""
    top = module.partition(".")[0]
    if top == "gantheory" or (top in sys.stdlib_module_names and top != "__main__"):
        return False
    file = getattr(sys.modules.get(module), "__file__", None)
    return file is None or not {"site-packages", "dist-packages"} & set(PurePath(file).parts)


def _is_of_typing(value: object) -> bool:
    return type(value).__module__ == "typing"


def _starts_with_docstring(code: types.CodeType) -> bool:
    flag = getattr(inspect, "CO_HAS_DOCSTRING", None)
    if flag is not None:  # from Python 3.14 on; before, None stands for a missing one
        return bool(code.co_flags & flag)
    is_function = code.co_flags & inspect.CO_OPTIMIZED and not code.co_name.startswith("<")
    return bool(is_function) and isinstance(code.co_consts[0], str)


def _without_hooks(value: object) -> object:
    """The function behind a wrapper that checks arguments; anything else as it is."""
    while isinstance(value, types.FunctionType):
        module = value.__globals__.get("__name__") or ""
        if module.partition(".")[0] not in HOOKS or "fn" not in _held(value):
            break
        value = _held(value)["fn"]
    return value


def _held(function: types.FunctionType) -> dict[str, object]:
    """What a closure holds."""
    cells = map(_content, function.__closure__ or ())
    return dict(zip(function.__code__.co_freevars, cells, strict=True))


def _content(cell: types.CellType) -> object:
    """What a closure holds under one name, which may be nothing yet."""
    try:
        return cell.cell_contents
    except ValueError:
        return None


def _globals_of(function: types.FunctionType) -> dict[str, object]:
    """What a function names outside itself, of the kinds that do not change as a program runs."""
    names = sorted(_global_names(function.__code__))
    found = {name: function.__globals__[name] for name in names if name in function.__globals__}
    return {name: value for name, value in found.items() if _is_constant(value)}


def _global_names(code: types.CodeType) -> set[str]:
    inner = (_global_names(part) for part in code.co_consts if isinstance(part, types.CodeType))
    loads = (one.argval for one in dis.get_instructions(code) if one.opname == "LOAD_GLOBAL")
    return set(loads).union(*inner)


def _is_constant(value: object) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_constant, value))
    kinds = (*ATOMS, types.FunctionType, type, jax.Array, functools.partial, eqx.Module)
    return isinstance(value, kinds) or (callable(value) and hasattr(value, "__wrapped__"))


def _members(kind: type) -> dict[str, object]:
    """What a class defines: its functions and constants, not what dataclasses and ABCMeta add."""
    found = {name: _function_behind(item) for name, item in sorted(vars(kind).items())}
    return {name: item for name, item in found.items() if _counts(name, item)}


def _counts(name: str, member: object) -> bool:
    if isinstance(member, types.FunctionType):
        generated = name in OF_DATACLASSES and member.__code__.co_filename == "<string>"
        return not generated and name != "__repr__"
    return not name.startswith("__") and _is_constant(member)


def _function_behind(member: Any) -> object:
    """The function of which a class makes a method or a property; anything else as it is."""
    for attribute in ("__func__", "fget", "func"):
        member = getattr(member, attribute, member)
    return member


def _article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
