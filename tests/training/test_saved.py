"""Reading and writing a state or a player without the run; old files stay readable."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from support.checkpointed import players, run, state_like, wider_players
from support.helpers import same_bits

from gantheory import load_player, load_state, save_player, save_state
from gantheory.training.array_file import read

GOLDEN = Path(__file__).parent / "golden" / "checkpoint-3.gantheory"


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
