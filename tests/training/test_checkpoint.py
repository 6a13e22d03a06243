"""A run that was stopped, killed or copied goes on as if nothing had happened, or says why it
cannot."""

import os
import random
import resource
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from support.helpers import same_bits

from gantheory import (
    Every,
    Optimiser,
    Result,
    Status,
    Trainer,
    data,
    games,
    load_player,
    load_state,
    networks,
    save_player,
    save_state,
)
from gantheory.training import saved
from gantheory.training.array_file import encoded, read
from gantheory.training.checkpoint import Checkpoint

GOLDEN = Path(__file__).parent / "golden" / "checkpoint-3.gantheory"


def keys():
    """Made when they are asked for: forks must not inherit the threads that JAX starts."""
    return jax.random.split(jax.random.key(5), 2)


def players():
    settings = {"width": 4, "depth": 1, "activation": jnp.tanh}
    return {
        "generator": networks.MLP(1, 1, **settings, key=keys()[0]),
        "discriminator": networks.MLP(1, "scalar", **settings, key=keys()[1]),
    }


def trainer(*, rate: float = 1e-2, cadence: int = 2, **changed) -> Trainer:
    """A run that takes microseconds a step."""
    optimiser = Optimiser(optax.adam, learning_rate=rate)
    settings = {
        "game": games.nonsaturating(),
        "source": data.Synthetic(data.Normal(1.0, 1.0), data.Uniform(1), 8),
        "optimisers": dict.fromkeys(("generator", "discriminator"), optimiser),
        "ema": {"generator": 0.9},
        "record": Every(cadence),
    }
    return Trainer(**{**settings, **changed})


def run(path: Path | None, steps: int, *, seed: int = 5, more=None, **changed) -> Result:
    one = trainer(**changed)
    state = one.init(players(), key=jax.random.key(seed))
    return one.fit(state, steps, checkpoint=path, progress=False, **(more or {}))


def state_like():
    return trainer().init(players(), key=jax.random.key(0))


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def assert_same(one: Result, other: Result) -> None:
    assert same_bits((one.state, one.history, one.steps), (other.state, other.history, other.steps))


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


def entries_of(*names):
    """Records made by one function: only what they close over differs."""
    return lambda state, batch, entries: {name: entries[name] for name in names}


def renamed(state, batch, entries):
    return {"generator": entries["discriminator"], "discriminator": entries["generator"]}


def wider_players():
    wide = {"width": 5, "depth": 1, "activation": jnp.tanh}
    return {**players(), "generator": networks.MLP(1, 1, **wide, key=keys()[0])}


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


# Reading without the run


def test_a_player_is_loaded_in_one_line(tmp_path):
    path = tmp_path / "run"
    result = run(path, 12)
    fresh = players()["generator"]
    assert same_bits(load_player(path, "generator", fresh), result.players["generator"])
    mean = load_player(path, "generator", fresh, ema=True)
    assert same_bits(mean, result.ema["generator"])
    assert not same_bits(mean, result.players["generator"])


def test_small_floats_keys_and_numbers_are_kept(tmp_path):
    path = tmp_path / "player"
    tree = {
        "half": jnp.arange(3, dtype=jnp.bfloat16),
        "key": jax.random.key(3, impl="rbg"),
        "number": 2.5,
        "flag": True,
        "many": 3,
        "numpy": np.arange(3.0),
        "function": jnp.tanh,
        "a.b": jnp.ones(1),
        "a": {"b": jnp.zeros(1)},
    }
    save_player(path, "one", tree)
    empty = jax.tree.map(lambda leaf: leaf, tree) | {
        "half": jnp.zeros(3, jnp.bfloat16),
        "key": jax.random.key(0, impl="rbg"),
        "number": 0.0,
        "flag": False,
        "many": 0,
        "numpy": np.zeros(3),
        "a.b": jnp.zeros(1),
    }
    loaded = load_player(path, "one", empty)
    assert same_bits(loaded, tree)
    assert [type(loaded[name]) for name in ("number", "flag", "many", "numpy")] == [
        float,
        bool,
        int,
        np.ndarray,
    ]
    assert (loaded["number"], loaded["flag"], loaded["many"]) == (2.5, True, 3)
    with pytest.raises(
        ValueError, match=r"state.players.one.key as key<rbg>\[\], but `like` has key<fry>"
    ):
        load_player(path, "one", {**empty, "key": jax.random.key(0)})


def test_a_state_alone_is_loaded_and_is_no_run(tmp_path):
    path = tmp_path / "state"
    state = run(None, 12).state
    save_state(path, state)
    assert same_bits(load_state(path, state_like()), state)
    assert same_bits(
        load_player(path, "generator", players()["generator"]), state.players["generator"]
    )
    with pytest.raises(ValueError, match="holds a state or a player alone, not a run"):
        run(path, 20)


@jax.tree_util.register_pytree_with_keys_class
class Twins:
    """A node whose two children call themselves alike."""

    def tree_flatten_with_keys(self):
        return [(jax.tree_util.GetAttrKey("x"), jnp.ones(1))] * 2, None

    @classmethod
    def tree_unflatten(cls, _, children):
        return cls()


def test_two_arrays_of_one_name_are_refused(tmp_path):
    with pytest.raises(
        ValueError, match=r"would have one name in a checkpoint: state\.players\.one\.x"
    ):
        save_player(tmp_path / "one", "one", Twins())


def test_what_does_not_fit_is_named(tmp_path):
    path = tmp_path / "run"
    run(path, 4)
    wide = wider_players()["generator"]
    with pytest.raises(ValueError, match=r"layers.0.weight as float32\[1, 4\], but `like` has"):
        load_player(path, "generator", wide)
    with pytest.raises(ValueError, match=r"holds no state.players.generator.0, which `like` has"):
        load_player(path, "generator", [jnp.zeros(3)])
    with pytest.raises(ValueError, match="holds no player named 'critic'"):
        load_player(path, "critic", wide)
    with pytest.raises(ValueError, match="holds no player named 'gen'"):
        load_player(path, "gen", wide)
    with pytest.raises(ValueError, match="holds no average of a player named 'discriminator'"):
        load_player(path, "discriminator", wide, ema=True)
    with pytest.raises(FileNotFoundError):
        load_player(tmp_path / "nothing", "generator", wide)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ValueError, match="is damaged"):
        load_state(path, state_like())


def golden_tree():
    """What lies in the golden file, or the like of it."""
    return {
        "matrix": jnp.arange(6.0).reshape(2, 3),
        "half": jnp.arange(3, dtype=jnp.bfloat16),
        "integer": jnp.arange(3, dtype=jnp.int8),
        "flag": jnp.asarray([True, False]),
        "key": jax.random.key(3),
        "number": 2.5,
    }


def test_files_of_this_form_stay_readable():
    """Written by
    `Checkpoint(GOLDEN, {"game": "golden"}).write({"players": {"one": golden_tree()}}, …)`."""
    empty = jax.tree.map(lambda leaf: leaf * 0, {**golden_tree(), "key": 0, "flag": 0})
    like = {**empty, "key": jax.random.key(0), "flag": jnp.zeros(2, bool)}
    assert same_bits(load_player(GOLDEN, "one", like), golden_tree())
    arrays, texts = read(GOLDEN)
    np.testing.assert_array_equal(arrays["history.loss"], [0.5, 0.25])
    assert texts["format"] == "gantheory checkpoint 3"


# Killed

PROGRAM = textwrap.dedent("""
    import os, sys
    from pathlib import Path

    here = Path(sys.argv[1])
    sys.path[:0] = [str(here), str(here.parent)]
    import test_checkpoint

    while sys.stdin.readline():  # forks share the imports; JAX has not started a thread yet
        child = os.fork()
        if child == 0:
            test_checkpoint.long_run(Path(sys.argv[2]))
            os._exit(0)
        print(child, flush=True)
        sys.stdin.readline()  # until it is reaped, its number is nobody else's
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
""")
KILLS, PRIME = 20, 53
LONG = 60 * 19 * PRIME


class Three(games.Game):
    """Generator and discriminator, and a third player who weighs how far apart their logits are."""

    turns: tuple[games.Turn, ...] = eqx.field(
        static=True,
        default=(games.Turn(("discriminator",)), games.Turn(("generator", "weight"))),
    )

    def losses(self, players, batch):
        inner = games.nonsaturating().losses(
            {name: players[name] for name in ("generator", "discriminator")}, batch
        )
        weight = players["weight"]
        return {**inner, "weight": jnp.square(weight - 1) + 0 * jnp.mean(batch.real)}


def long_trainer() -> Trainer:
    def faded(learning_rate):
        chain = optax.adam(optax.cosine_decay_schedule(learning_rate, LONG))
        return optax.chain(optax.clip_by_global_norm(1.0), chain)

    moving = ("generator", "discriminator", "weight")
    return trainer(
        game=Three(),
        optimisers=dict.fromkeys(moving, Optimiser(faded, learning_rate=1e-3)),
        ema={"generator": 0.9, "weight": 0.5},
        record={"losses": Every(PRIME), "weight": Every(19 * PRIME, weight_alone)},
    )


def weight_alone(state, batch, entries):
    return state.players["weight"]


def long_run(path: Path | None) -> Result:
    """A writing after each piece; the steps are quick, and there are many."""
    one = long_trainer()
    state = one.init({**players(), "weight": jnp.zeros(())}, key=jax.random.key(5))
    return one.fit(state, LONG, checkpoint=path, seconds_between_checkpoints=0, progress=False)


@pytest.mark.slow
def test_twenty_kills_at_random_moments_change_no_bit(tmp_path):
    """`kill -9` whatever the run is doing: starting, compiling, training, writing."""
    path = tmp_path / "run"
    whole = long_run(None)
    began = time.monotonic()
    long_run(None)
    seconds = time.monotonic() - began
    generator = random.Random(20)
    seen, moments = [], []
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, str(Path(__file__).parent), str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        while len(moments) < KILLS:
            server.stdin.write("run\n")
            server.stdin.flush()
            child = int(server.stdout.readline())
            # half of the kills from the start on, half soon after a writing, so that the run gets
            # ahead
            written_first = generator.random() < 0.5
            if written_first:
                _wait_for_a_writing(path)
            moments.append(generator.uniform(0, (0.3 if written_first else 1.0) * seconds))
            time.sleep(moments[-1])
            os.kill(child, signal.SIGKILL)
            server.stdin.write("reap\n")
            server.stdin.flush()
            code = int(server.stdout.readline())
            assert code in (0, -signal.SIGKILL)
            if path.exists():
                arrays, _ = read(path)
                seen.append(int(arrays["state.step"]))
                assert len(arrays["history.losses.generator"]) == seen[-1] // PRIME
                if seen[-1] == LONG:
                    assert_same(long_run(path), whole)
                    path.unlink()
        server.stdin.close()
    print("killed after", [f"{moment:.2f}" for moment in moments], "s; steps on disk", seen)
    assert_same(long_run(path), whole)
    assert len(set(seen)) >= 4, "the kills met the run at different places"
    assert names(tmp_path) == ["run"]


def _wait_for_a_writing(path: Path) -> None:
    before = path.stat().st_mtime_ns if path.exists() else None
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if path.exists() and path.stat().st_mtime_ns != before:
            return
        time.sleep(0.002)
    raise AssertionError("nothing was written")
