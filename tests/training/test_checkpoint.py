"""A run that was stopped goes on as if nothing had happened; another run is refused."""

import importlib
import os
from types import SimpleNamespace

import jax
import numpy as np
import optax
import pytest
from support.checkpointed import (
    assert_same,
    entries_of,
    names,
    run,
    state_like,
    trainer,
    wider_players,
)
from support.helpers import same_bits

from gantheory import Every, Status, data, games, load_state
from gantheory.training import saved
from gantheory.training.checkpoint import Checkpoint


def test_a_continued_run_is_bit_identical(tmp_path):
    path = tmp_path / "run"
    assert int(run(path, 12).state.step) == 12
    assert_same(run(path, 40), run(None, 40))


def test_a_finished_run_is_returned_without_training(tmp_path):
    path = tmp_path / "run"
    first = run(path, 20)
    written = path.read_bytes()
    second = run(path, 20)
    assert_same(first, second)
    assert second.status == Status.completed
    assert path.read_bytes() == written


def test_a_run_that_is_further_than_asked_is_returned_as_it_is(tmp_path):
    path = tmp_path / "run"
    first = run(path, 20)
    assert_same(run(path, 10), first)


def renamed(state, batch, entries):
    return {"generator": entries["discriminator"], "discriminator": entries["generator"]}


@pytest.mark.parametrize(
    ("parts", "changed"),
    [
        ("game", lambda: {"game": games.wgan_gp()}),
        ("game", lambda: {"game": games.build("f_gan_kl")}),
        ("source", lambda: {"source": data.Synthetic(data.Normal(1.0, 1.1), data.Uniform(1), 8)}),
        ("optimisers", lambda: {"rate": 2e-2}),
        ("ema", lambda: {"ema": {"generator": 0.99}}),
        ("record", lambda: {"record": Every(1)}),
        ("record", lambda: {"record": Every(2, renamed)}),
        ("record", lambda: {"record": Every(2, entries_of("generator"))}),
        ("key", lambda: {"seed": 6}),
        ("game, optimisers", lambda: {"game": games.hinge(), "rate": 1e-3}),
    ],
)
def test_another_run_is_refused_its_parts_named_and_the_file_kept(tmp_path, parts, changed):
    path = tmp_path / "run"
    run(path, 4)
    written = path.read_bytes()
    with pytest.raises(ValueError, match=rf"by another run. What differs: {parts}\. Restore it"):
        run(path, 8, **changed())
    assert path.read_bytes() == written
    assert names(tmp_path) == ["run"]


@pytest.mark.parametrize("one", games.OBJECTIVES)
def test_no_game_goes_on_from_the_file_of_another(tmp_path, one):
    """Every pair of the library's games: six of them shared one fingerprint once."""
    path, like = tmp_path / "run", {"a": jax.ShapeDtypeStruct((), np.dtype(float))}
    keeper = Checkpoint(path, {"game": games.build(one)})
    keeper.write(state_like(), {"a": np.zeros(1)})
    for other in games.OBJECTIVES:
        keeper = Checkpoint(path, {"game": games.build(other)}, writes=False)
        if other == one:
            assert keeper.read(state_like(), like) is not None
            continue
        with pytest.raises(ValueError, match="What differs: game"):
            keeper.read(state_like(), like)


def test_another_player_is_named(tmp_path):
    path = tmp_path / "run"
    run(path, 4)
    one = trainer()
    with pytest.raises(ValueError, match=r"What differs: .*player 'generator'\. Restore"):
        one.fit(
            one.init(wider_players(), key=jax.random.key(5)), 8, checkpoint=path, progress=False
        )


def test_a_record_of_another_form_is_refused(tmp_path):
    """The same function gives more once the game does: names, dtypes and shapes are compared
    too."""
    keeper = Checkpoint(tmp_path / "run", {"record": "same"})
    keeper.write(state_like(), {"loss": np.zeros(3, np.float32)})
    shape = jax.ShapeDtypeStruct
    for other, text in [
        ({"other": shape((), np.float32)}, "history.other is nothing there and float32"),
        ({"loss": shape((2,), np.float32)}, r"history.loss is float32\[\] there and float32\[2\]"),
        ({"loss": shape((), np.int32)}, r"history.loss is float32\[\] there and int32"),
        ({}, "history.loss is .* there and nothing here"),
    ]:
        with pytest.raises(ValueError, match=f"holds other records: {text}"):
            keeper.read(state_like(), other)


def test_records_of_several_cadences_go_on(tmp_path):
    record = {"often": Every(1), "seldom": Every(7, entries_of("generator"))}
    run(tmp_path / "run", 14, record=record)
    assert_same(run(tmp_path / "run", 42, record=record), run(None, 42, record=record))


def test_other_versions_are_refused_and_the_text_shows_the_way_on(tmp_path, monkeypatch):
    path = tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setattr(optax, "__version__", "0.0.1")
        run(path, 4)
    written = path.read_bytes()
    with pytest.raises(
        ValueError, match=r"written with optax 0.0.1 \(now .*\), and other versions"
    ):
        run(path, 8)
    assert path.read_bytes() == written
    state = load_state(path, state_like())
    rest = trainer().fit(state, 4, progress=False)
    whole = run(None, 8)
    assert same_bits(rest.state, whole.state)
    assert same_bits(rest.history, jax.tree.map(lambda leaf: leaf[2:], whole.history))
    np.testing.assert_array_equal(rest.steps, [6, 8])


def test_another_python_alone_is_no_reason_to_refuse(tmp_path, monkeypatch):
    path, now = tmp_path / "run", saved.versions()
    keeper = Checkpoint(path, {"source": "one"})
    with monkeypatch.context() as patch:
        patch.setattr(saved, "versions", lambda: {**now, "python": "3.99"})
        keeper.write(state_like(), {})
    assert keeper.read(state_like(), {}) is not None
    keeper.close()
    with pytest.raises(ValueError, match=r"differs: source\..*under Python 3.99, which compiles"):
        Checkpoint(path, {"source": "two"}).read(state_like(), {})


def test_the_cadence_is_kept(tmp_path, monkeypatch):
    """After each piece, or once at the end."""
    writes = []
    write = Checkpoint.write
    monkeypatch.setattr(
        Checkpoint,
        "write",
        lambda self, state, history: (writes.append(int(state.step)), write(self, state, history)),
    )
    pieces = []
    often = {
        "seconds_between_checkpoints": 0,
        "callback": lambda piece: pieces.append(int(piece.state.step)),
    }
    run(tmp_path / "often", 40, more=often)
    assert writes == pieces
    assert len(pieces) > 1
    writes.clear()
    run(tmp_path / "seldom", 40, more={"seconds_between_checkpoints": 1e6})
    assert writes == [40]
    with pytest.raises(ValueError, match="seconds_between_checkpoints must be non-negative"):
        run(tmp_path / "never", 40, more={"seconds_between_checkpoints": -1.0})


@pytest.mark.usefixtures("without_hook")
@pytest.mark.parametrize("what", ["3", None])
def test_a_cadence_that_is_no_number_is_named(tmp_path, what):
    with pytest.raises(TypeError, match="seconds_between_checkpoints must be a number, got"):
        Checkpoint(tmp_path / "run", {}, what)


def test_a_callback_that_raises_loses_nothing(tmp_path):
    """The end of a run is always written, however the run ends."""
    path = tmp_path / "run"
    seen = []

    def fails(piece):
        seen.append(int(piece.state.step))
        if len(seen) == 3:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(path, 40, more={"callback": fails})
    assert int(load_state(path, state_like()).step) == seen[-1]
    assert_same(run(path, 40), run(None, 40))
    assert names(tmp_path) == ["run"]


def test_an_interruption_between_a_piece_and_its_record_loses_no_row(tmp_path, monkeypatch):
    """What is written then is the run before the piece, and not a state without its history."""
    path = tmp_path / "run"
    module = importlib.import_module("gantheory.training.fit")
    fetched = []

    def interrupted(rows):
        fetched.append(rows)
        if len(fetched) == 3:
            raise KeyboardInterrupt
        return jax.device_get(rows)

    with monkeypatch.context() as during:
        during.setattr(module, "jax", SimpleNamespace(**{**vars(jax), "device_get": interrupted}))
        with pytest.raises(KeyboardInterrupt):
            run(path, 40)
    assert_same(run(path, 40), run(None, 40))


def test_two_runs_do_not_share_a_file(tmp_path):
    """The second is told, and the first goes on undisturbed."""
    path = tmp_path / "run"
    refusals = []

    def again(piece):
        with pytest.raises(ValueError, match=rf"is being written by process {os.getpid()} on"):
            run(path, 8)
        refusals.append(piece)

    assert_same(run(path, 8, more={"callback": again}), run(None, 8))
    assert refusals
    assert_same(run(path, 8), run(None, 8))
