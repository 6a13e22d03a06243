"""Files that are damaged, foreign or forged, folders that are missing, and disks that are full."""

import os
import resource
import signal

import jax.numpy as jnp
import pytest
from support.checkpointed import assert_same, names, run, state_like

from gantheory import load_state, save_state
from gantheory.training.array_file import encoded, read
from gantheory.training.checkpoint import Checkpoint


@pytest.mark.parametrize("cut", [1, 100])
def test_a_file_cut_short_is_refused(tmp_path, cut):
    path = tmp_path / "run"
    run(path, 4)
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(
        ValueError, match=rf"checkpoint {path} is not a file of the form .* or is damaged"
    ):
        run(path, 8)


@pytest.mark.parametrize("content", [b"", b"hello\n", b"[1]\n", b'{"format": "other"}\n'])
def test_a_foreign_file_is_refused(tmp_path, content):
    path = tmp_path / "run"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="is not a file of the form 'gantheory checkpoint 3'"):
        run(path, 4)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("text", "lie"),
    [
        ("format", "gantheory checkpoint 2"),
        ("keys", '{"state.key": "no such kind"}'),
        ("keys", '{"state.step": "threefry2x32"}'),
        ("keys", '{"nowhere": "threefry2x32"}'),
        ("keys", "[" * 10_000),
        ("versions", '{"jax": 1}'),
        ("parts", "[]"),
        ("versions", None),
    ],
)
def test_forged_texts_are_refused(tmp_path, text, lie):
    path = tmp_path / "run"
    save_state(path, state_like())
    arrays, texts = read(path)
    texts = {name: said for name, said in {**texts, text: lie}.items() if said is not None}
    path.write_bytes(b"".join(encoded(arrays, texts)))
    with pytest.raises(ValueError, match=rf"checkpoint {path} is (damaged|not a file)"):
        load_state(path, state_like())


def test_a_folder_or_a_missing_one_is_named_before_the_training(tmp_path):
    def never(result):
        raise AssertionError("it was trained")

    for path, message in [
        (tmp_path / "nowhere" / "run", "checkpoint must lie in an existing folder"),
        (tmp_path, "checkpoint must be a file"),
        (tmp_path / ("a" * 250), "checkpoint must have a name of at most 240 bytes"),
    ]:
        with pytest.raises(ValueError, match=message):
            run(path, 4, more={"callback": never})


def test_a_player_that_the_format_has_no_name_for_is_refused_before_the_training(tmp_path):
    complex_players = {"a": jnp.ones(2, jnp.int4)}
    keeper = Checkpoint(tmp_path / "run", {})
    with pytest.raises(TypeError, match=r"state\.a is an array of int4"):
        keeper.read(complex_players, {})


def test_a_full_disk_ends_no_run(tmp_path, monkeypatch):
    """It is said, the old file stays, the run goes on in memory, and its result is returned."""
    path = tmp_path / "run"
    run(path, 4)
    written = path.read_bytes()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.warns(
            RuntimeWarning, match="could not be written, and is as it was before: No"
        ):
            result = run(path, 8)
    assert_same(result, run(None, 8))
    assert path.read_bytes() == written
    assert names(tmp_path) == ["run"]


def test_a_file_that_cannot_grow_leaves_the_previous_one(tmp_path):
    """The real thing: the system refuses to write beyond a limit, in the middle of the new file."""
    path = tmp_path / "run"
    run(path, 4)
    written = path.read_bytes()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
        with pytest.warns(RuntimeWarning, match=r"checkpoint .* could not be written"):
            run(path, 8)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert len(written) > 1000
    assert path.read_bytes() == written
    assert names(tmp_path) == ["run"]
    assert_same(run(path, 8), run(None, 8))
