"""Another run has another fingerprint, the same run has the same one in every process."""

import functools
import itertools
import json
import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from gantheory import Optimiser, data, games, networks
from gantheory.training import fingerprint as module
from gantheory.training.fingerprint import fingerprint

TREE = Path(__file__).parents[2]


def made(source: str, name: str = "f") -> object:
    """What a script of the user's, whose text this is, calls `name`."""
    scope: dict[str, object] = {"__name__": "somebody's script", "jnp": jnp, "jax": jax, "eqx": eqx}
    exec(textwrap.dedent(source), scope)
    return scope[name]


def activation(name: str) -> networks.MLP:
    chosen = {"leaky": functools.partial(jax.nn.leaky_relu, negative_slope=0.2)}.get(name)
    chosen = chosen or getattr(jax.nn, name)
    return networks.MLP(1, 1, width=4, depth=1, activation=chosen, key=jax.random.key(0))


def stream(samples, size: int = 4, key: int = 0) -> data.Stream:
    return data.Stream(data.Shuffled(samples, size, jax.random.key(key)), latent=data.Uniform(1))


@jax.custom_vjp
def straight(x):
    return jnp.round(x)


straight.defvjp(lambda x: (straight(x), None), lambda _, slope: (slope,))


@jax.custom_vjp
def crooked(x):
    return jnp.round(x)


crooked.defvjp(lambda x: (crooked(x), None), lambda _, slope: (2 * slope,))

OBJECTIVES = {name: games.build(name) for name in games.OBJECTIVES}
ACTIVATIONS = {name: activation(name) for name in ("relu", "relu6", "gelu", "silu", "leaky")}
SCHEDULES = {
    name: Optimiser(optax.adam, learning_rate=rate)
    for name, rate in {
        "cosine": optax.cosine_decay_schedule(1e-3, 100),
        "faster": optax.cosine_decay_schedule(1e-3, 7),
        "higher": optax.cosine_decay_schedule(9e-1, 100),
        "warm": optax.warmup_cosine_decay_schedule(0.0, 1e-3, 10, 100),
        "joined": optax.join_schedules([optax.constant_schedule(1.0)] * 2, [3]),
        "later": optax.join_schedules([optax.constant_schedule(1.0)] * 2, [4]),
        "constant": 1e-3,
    }.items()
}
SOURCES = {
    "zeros": stream(np.zeros((100, 2))),
    "ones": stream(np.ones((100, 2))),
    "single": stream(np.zeros((100, 2), np.float32)),
    "fewer": stream(np.zeros((99, 2))),
    "list": stream([np.zeros(2)] * 100),
    "batch": stream(np.zeros((100, 2)), size=5),
    "order": stream(np.zeros((100, 2)), key=1),
    "in order": data.Stream(
        data.InOrder(lambda: itertools.repeat(np.zeros((4, 1)))), latent=data.Uniform(1)
    ),
    "other order": data.Stream(
        data.InOrder(lambda: itertools.repeat(np.ones((4, 1)))), latent=data.Uniform(1)
    ),
    "memory": data.Dataset(jnp.zeros((100, 2)), data.Uniform(1), 4),
    "samplers": data.Synthetic(data.Normal(0.0, 1.0), data.Uniform(1), 4),
    "wider": data.Synthetic(data.Normal(0.0, 1.1), data.Uniform(1), 4),
}
FUNCTIONS = {
    "lambda": lambda x: x,
    "twice": lambda x: 2 * x,
    "compiled": jax.jit(lambda x: x),
    "compiled twice": jax.jit(lambda x: 2 * x),
    "filtered": eqx.filter_jit(lambda x: x),
    "mapped": jax.vmap(jnp.sin),
    "mapped over columns": jax.vmap(jnp.sin, in_axes=1),
    "partial": functools.partial(jnp.clip, max=1),
    "other partial": functools.partial(jnp.clip, max=2),
    "Partial": jax.tree_util.Partial(jnp.clip, max=jnp.ones(())),
    "other Partial": jax.tree_util.Partial(jnp.clip, max=jnp.zeros(())),
    "straight": straight,
    "crooked": crooked,
    "method": data.Uniform(1).__call__,
    "other method": data.Uniform(2).__call__,
    "sum": np.add,
    "difference": np.subtract,
}
VALUES = {
    "int": 1,
    "float": 1.0,
    "bool": True,
    "text": "1",
    "bytes": b"1",
    "none": None,
    "list": [1, 2],
    "tuple": (1, 2),
    "nested": ((1,), 2),
    "set": {1, 2},
    "dict": {1: 2},
    "single": np.float32(1.0),
    "rows": np.zeros((2, 3)),
    "columns": np.zeros((3, 2)),
    "half": jnp.zeros((2, 3), jnp.bfloat16),
    "key": jax.random.key(1),
    "rbg": jax.random.key(1, impl="rbg"),
    "numbers of a key": jax.random.key_data(jax.random.key(1)),
    "big-endian": np.zeros((2, 3), ">f8"),
    "minus zero": -0.0,
    "zero": 0.0,
    "masked": np.ma.masked_array([1.0, 2.0], [True, False]),
    "unmasked": np.ma.masked_array([1.0, 2.0], [False, False]),
}
TABLES = {
    "objectives": OBJECTIVES,
    "activations": ACTIVATIONS,
    "schedules": SCHEDULES,
    "sources": SOURCES,
    "functions": FUNCTIONS,
    "values": VALUES,
}


def of_tables() -> dict[str, dict[str, str]]:
    return {
        table: {name: fingerprint(value) for name, value in entries.items()}
        for table, entries in TABLES.items()
    }


@pytest.mark.parametrize("table", TABLES)
def test_different_things_have_different_fingerprints(table):
    found = [fingerprint(value) for value in TABLES[table].values()]
    names = dict(zip(found, TABLES[table], strict=True))
    doubled = [name for name, one in zip(TABLES[table], found, strict=True) if names[one] != name]
    assert not doubled


def test_they_are_the_same_in_every_process():
    """Without the run-time checks of the tests, and under another order of hashes."""
    program = "import json, test_fingerprint; print(json.dumps(test_fingerprint.of_tables()))"
    path = os.pathsep.join([str(Path(__file__).parent), str(TREE / "tests"), str(TREE)])
    for seed in ("0", "17"):
        env = {**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": seed}
        run = subprocess.run(
            [sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True
        )
        for table, found in json.loads(run.stdout).items():
            assert found == of_tables()[table], table


def test_equal_things_have_equal_fingerprints():
    array = np.arange(24.0).reshape(4, 6)
    for one, other in [
        (array, array.copy()),
        (array.T, array.T.copy()),
        (array[::2, 1::2], array[::2, 1::2].copy()),
        (np.broadcast_to(np.ones(3), (4, 3)), np.ones((4, 3))),
        (np.ones(3, np.float32), jnp.ones(3, jnp.float32)),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({"a", "b"}, {"b", "a"}),
        ([array, array], [array, array.copy()]),
    ]:
        assert fingerprint(one) == fingerprint(other)


def test_sharing_does_not_matter_in_cycles_either():
    def ring(length):
        links = [{"number": 1} for _ in range(length)]
        for one, other in zip(links, links[1:] + links[:1], strict=True):
            one["next"] = other
        return links[0]

    one = ring(1)
    assert fingerprint(one) == fingerprint(ring(1))
    assert fingerprint([one, one]) == fingerprint([one, ring(1)])
    assert fingerprint(ring(2)) == fingerprint(ring(2))


def test_a_function_that_calls_itself_has_one():
    source = """
        def outer(limit):
            def down(x):
                return x if x < limit else down(x - 1)
            return down
        f = outer({limit})
    """
    assert fingerprint(made(source.format(limit=1))) == fingerprint(made(source.format(limit=1)))
    assert fingerprint(made(source.format(limit=1))) != fingerprint(made(source.format(limit=2)))


BASE = '''
SCALE = 2.0
LOG = []

def helper(x):
    """Says what it does."""
    return SCALE * x

class Thing(eqx.Module):
    size: int = 3

    def __call__(self, x, power=2):
        # a comment
        LOG.append(1)
        return helper(x) ** power

def f(x, *, shift=1.0):
    """Says what it does."""
    return Thing()(x) + shift
'''


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("SCALE = 2.0", "SCALE = 3.0"),
        ("SCALE * x", "SCALE + x"),
        ("power=2", "power=3"),
        ("** power", "* power"),
        ("shift=1.0", "shift=2.0"),
        ("+ shift", "- shift"),
        ("size: int = 3", "size: int = 4"),
    ],
)
def test_an_edit_of_what_is_computed_is_seen(old, new):
    """A number or a helper beside the function counts as much as its own body."""
    assert old in BASE
    assert fingerprint(made(BASE)) != fingerprint(made(BASE.replace(old, new)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# a comment", "# another\n"),
        ('"""Says what it does."""', '"""Says it in other words."""'),
        ("LOG = []", "LOG = [1, 2]"),
        ("SCALE = 2.0", "\n\nOTHER = 1\nSCALE = 2.0"),
    ],
)
def test_an_edit_of_what_is_said_is_not(old, new):
    assert old in BASE
    assert fingerprint(made(BASE)) == fingerprint(made(BASE.replace(old, new)))


def test_use_does_not_change_the_fingerprint():
    """A stream that has been read, a compiled function that was called, a class that counts."""
    for name, source in SOURCES.items():
        if isinstance(source, data.Stream):
            before = fingerprint(source)
            source.batches(3)
            assert fingerprint(source) == before, name
    for function in FUNCTIONS.values():
        before = fingerprint(function)
        if function not in (np.add, np.subtract) and "Uniform" not in repr(function):
            function(jnp.ones((2, 2)))
        assert fingerprint(function) == before


def test_an_object_may_say_what_it_is():
    class Loader:
        def __init__(self, name):
            self.name, self.calls = name, itertools.count()

        def __call__(self, number):
            return next(self.calls)

    class Named(Loader):
        def fingerprint(self):
            return self.name

    assert fingerprint(Named("a")) == fingerprint(Named("a"))
    assert fingerprint(Named("a")) != fingerprint(Named("b"))
    with pytest.raises(TypeError, match=r"source\.batches\.calls is a count.*InOrder.*fingerprint"):
        fingerprint(data.Stream(Loader("a"), latent=data.Uniform(1)), "source")


def test_what_nobody_can_look_into_is_known_by_its_type():
    assert fingerprint(threading.Lock()) == fingerprint(threading.Lock())


def test_a_memory_map_is_known_by_shape_and_samples(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "BYTES_A_SAMPLE", 64)
    path = tmp_path / "data"
    content = np.arange(40_000.0).reshape(10_000, 4)
    content.tofile(path)

    def mapped(where=path):
        return np.memmap(where, content.dtype, "r", shape=content.shape)

    before = fingerprint(mapped())
    (tmp_path / "copy").write_bytes(path.read_bytes())
    assert fingerprint(mapped(tmp_path / "copy")) == before, "wherever it lies"
    for row in (0, -1):
        changed = content.copy()
        changed[row] += 1
        changed.tofile(path)
        assert fingerprint(mapped()) != before
    (2 * content).tofile(path)
    assert fingerprint(mapped()) != before


def test_an_array_is_not_copied(monkeypatch):
    """Only an array that does not lie in order is, and of that a part at a time."""
    largest = []
    copy = np.ascontiguousarray
    monkeypatch.setattr(
        np, "ascontiguousarray", lambda part: largest.append(part.nbytes) or copy(part)
    )
    monkeypatch.setattr(module, "BLOCK", 1000)
    fingerprint(np.zeros((1000, 10)))
    assert not largest
    fingerprint(np.zeros((1000, 20))[:, ::2])
    assert max(largest) <= 1000
