"""The cache of slow experiments: what it keys on, what it refuses, and that it really reads."""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import pytest
from tools.results import sources
from tools.results.cache import cached

EXPERIMENT = """
import equinox as eqx
import jax.numpy as jnp
from tools.results.cache import cached

class Run(eqx.Module):
    values: object
    label: str

@cached
def square(size: int, scale: float = 2.0) -> Run:
    return Run(values=FACTOR * jnp.arange(size, dtype=float) ** 2, label="squares")

@cached
def anything(value):
    return jnp.zeros(2)
"""


IMPORTS = "if False:\n    import experiments.helper\n"
DISTANT = "from experiments import distant"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GANTHEORY_DOCS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def load(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], ModuleType]]:
    """Import the experiment afresh, with a given factor and header in its source."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # it would hide a change within a second

    def load_experiment(factor: str = "1.0", header: str = "") -> ModuleType:
        path = tmp_path / "experiments" / "experiment.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(header + EXPERIMENT.replace("FACTOR", factor))
        spec = importlib.util.spec_from_file_location("experiment", path)
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        sys.modules["experiment"] = module
        spec.loader.exec_module(module)
        return module

    yield load_experiment
    sys.modules.pop("experiment", None)


def files(folder: Path) -> int:
    return len(list(folder.glob("*.eqx")))


def test_a_second_call_reads(
    load: Callable[..., ModuleType], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = load().square(3)
    assert "computing experiment.square(size=3, scale=2.0)" in capsys.readouterr().err
    [path] = folder.iterdir()
    second = load().square(size=3, scale=2.0)
    message = capsys.readouterr().err
    assert "read " in message
    assert "comput" not in message
    assert list(folder.iterdir()) == [path]
    assert jnp.array_equal(first.values, jnp.array([0.0, 1.0, 4.0]))
    assert jnp.array_equal(second.values, first.values)
    assert second.label == "squares"


def test_what_is_read_is_the_file(load: Callable[..., ModuleType], folder: Path) -> None:
    load().square(3)
    [path] = folder.iterdir()
    path.write_bytes(
        path.read_bytes().replace(jnp.float32(4.0).tobytes(), jnp.float32(5.0).tobytes())
    )
    assert jnp.array_equal(load().square(3).values, jnp.array([0.0, 1.0, 5.0]))


def test_arguments_and_source_are_in_the_key(load: Callable[..., ModuleType], folder: Path) -> None:
    load().square(3)
    load().square(4)
    load().square(3, scale=2.5)
    assert files(folder) == 3
    assert jnp.array_equal(load("2.0").square(3).values, jnp.array([0.0, 2.0, 8.0]))
    assert files(folder) == 4


def test_imported_neighbours_are_in_the_key(
    load: Callable[..., ModuleType], folder: Path, tmp_path: Path
) -> None:
    experiments = tmp_path / "experiments"
    experiments.mkdir()
    for helper in ("a = 1", "a = 2", DISTANT, f"{DISTANT}\nb = 1"):
        (experiments / "helper.py").write_text(helper)
        load(header=IMPORTS).square(3)
    assert files(folder) == 4
    (experiments / "distant.py").write_text("b = 1")
    load(header=IMPORTS).square(3)
    assert files(folder) == 5
    (experiments / "stranger.py").write_text("c = 1")
    load(header=IMPORTS).square(3)
    assert files(folder) == 5


def test_the_library_is_in_the_key(
    load: Callable[..., ModuleType], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = tmp_path / "library"
    library.mkdir()
    monkeypatch.setattr(sources, "LIBRARY", library)
    for source in ("a = 1", "a = 2"):
        (library / "losses.py").write_text(source)
        load().square(3)
    assert files(folder) == 2


def test_words_are_not_in_the_key(load: Callable[..., ModuleType], folder: Path) -> None:
    load().square(3)
    load(header='"""Words."""  # and more\n').square(3)
    assert files(folder) == 1


def test_versions_are_in_the_key(
    load: Callable[..., ModuleType], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in ("1.0", "2.0"):
        monkeypatch.setattr(sources, "version", lambda _name, number=number: number)
        load().square(3)
    assert files(folder) == 2


@dataclass(frozen=True)
class Recipe:
    rate: float
    layers: tuple[int, ...] = (32, 32)


@dataclass
class Changing:
    rate: float


@pytest.mark.parametrize("value", [1, 1.5, "a", True, None, (1, (2.0, "b")), Recipe(0.1)])
def test_small_exact_arguments_are_taken(
    load: Callable[..., ModuleType], folder: Path, value: object
) -> None:
    load().anything(value)
    assert files(folder) == 1


def test_equal_looking_arguments_differ(load: Callable[..., ModuleType], folder: Path) -> None:
    values = [1, 1.0, True, "1", (1,), Recipe(1.0), Recipe(1.0, (32,))]
    for value in values:
        load().anything(value)
    assert files(folder) == len(values)


@pytest.mark.parametrize("value", [jnp.zeros(2), [1], {"a": 1}, Changing(0.1), jnp.tanh, (1, [2])])
def test_other_arguments_are_refused(load: Callable[..., ModuleType], value: object) -> None:
    with pytest.raises(TypeError, match="argument 'value' of a cached function: expected numbers"):
        load().anything(value)


def test_keys_are_refused(load: Callable[..., ModuleType]) -> None:
    with pytest.raises(TypeError, match="give a seed, not a key"):
        load().anything(jax.random.key(0))


def test_a_function_of_a_block_is_refused() -> None:
    namespace: dict[str, Any] = {"__name__": "page"}
    exec(compile("def slow(seed): return seed", "<code block: id page-slow>", "exec"), namespace)
    with pytest.raises(TypeError, match="'slow': expected one that lives in a module"):
        cached(namespace["slow"])


def test_a_failure_leaves_nothing(load: Callable[..., ModuleType], folder: Path) -> None:
    with pytest.raises(TypeError):
        load().square("no size")
    assert not folder.exists()
