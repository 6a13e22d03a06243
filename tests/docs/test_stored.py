"""Results that the sources bring along: read by a first build, of the present code, and by no
test."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import jax
import jax.numpy as jnp
import pytest
from tools.pages import store
from tools.results import sources, stored

EXPERIMENT = '''
import jax.numpy as jnp
from tools.results.cache import cached


@cached
def square(size: int):
    """The first squares."""
    return {"values": FACTOR * jnp.arange(size, dtype=float) ** 2}
'''


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., ModuleType]]:
    """Import a small experiment, with an empty cache, into which results may be gathered."""
    for folder in ("experiments", "gathered"):
        (tmp_path / folder).mkdir()
    monkeypatch.setenv("GANTHEORY_DOCS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(stored, "FOLDER", tmp_path / "stored")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # it would hide a change within a second
    monkeypatch.syspath_prepend(tmp_path / "experiments")

    def load_experiment(factor: str = "1.0") -> ModuleType:
        path = tmp_path / "experiments" / "small_experiment.py"
        path.write_text(EXPERIMENT.replace("FACTOR", factor))
        sys.modules.pop("small_experiment", None)
        importlib.invalidate_caches()
        return importlib.import_module("small_experiment")

    monkeypatch.setenv(stored.GATHERING, str(tmp_path / "gathered"))
    load_experiment().square(3)
    stored.store(tmp_path / "gathered")
    monkeypatch.delenv(stored.GATHERING)
    monkeypatch.delenv("GANTHEORY_ANEW")
    for file in (tmp_path / "cache").iterdir():
        file.unlink()
    yield load_experiment
    sys.modules.pop("small_experiment", None)


def test_a_first_build_reads_what_is_stored(
    load: Callable[..., ModuleType], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    [file] = (tmp_path / "stored").glob("*.eqx")
    four, five = (jnp.float32(number).tobytes() for number in (4, 5))
    file.write_bytes(file.read_bytes().replace(four, five))
    assert jnp.array_equal(load().square(3)["values"], jnp.array([0.0, 1.0, 5.0]))
    assert "computing" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "change", ["asked anew", "another call", "another code", "another library", "other digits"]
)
def test_what_is_not_stored_is_computed(
    load: Callable[..., ModuleType],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    change: str,
) -> None:
    if change == "asked anew":
        monkeypatch.setenv("GANTHEORY_ANEW", "1")
    if change == "another library":
        (tmp_path / "library").mkdir()
        (tmp_path / "library" / "losses.py").write_text("a = 1")
        monkeypatch.setattr(sources, "LIBRARY", tmp_path / "library")
    with jax.enable_x64(change == "other digits"):
        module = load("2.0" if change == "another code" else "1.0")
        module.square(4 if change == "another call" else 3)
    assert "computing small_experiment.square" in capsys.readouterr().err


def test_a_page_that_fails_stores_nothing(
    load: Callable[..., ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load()
    before = sorted((tmp_path / "stored").iterdir())
    monkeypatch.setenv("GANTHEORY_ANEW", "")
    monkeypatch.setenv(stored.GATHERING, "")
    monkeypatch.setattr(store.ahead, "main", lambda: None)
    with pytest.raises(SystemExit, match=r"nothing is stored, for these pages failed: .*vae"):
        store.main()
    assert sorted((tmp_path / "stored").iterdir()) == before


def test_a_large_result_is_not_gathered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(stored.GATHERING, str(tmp_path / "gathered"))
    (tmp_path / "gathered").mkdir()
    for name, size in (("small", stored.LARGEST), ("large", stored.LARGEST + 1)):
        (tmp_path / name).write_bytes(bytes(size))
        stored.gather(tmp_path / name, f"{name}.eqx", f"experiments.{name}()")
    assert sorted(path.name for path in (tmp_path / "gathered").iterdir()) == [
        "small.call",
        "small.eqx",
    ]


CALLS = stored.about()["calls"]


def test_every_stored_file_is_listed() -> None:
    assert {path.name for path in stored.FOLDER.glob("*.eqx")} == set(CALLS)


@pytest.mark.parametrize("name", CALLS)
def test_what_is_stored_is_of_the_present_experiments(name: str) -> None:
    *folders, module, function = CALLS[name].split("(", 1)[0].split(".")
    file = stored.FOLDER.parents[1].joinpath(*folders, f"{module}.py")
    fresh = set()
    for double in (False, True) if file.is_file() else ():
        with jax.enable_x64(double):
            fresh.add(stored.file_name(function, file, CALLS[name]))
    assert name in fresh, "run `nox -s store`: the experiment has changed since it was stored"
