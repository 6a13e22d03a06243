"""Bad input is refused once, at the boundary, by a text that names the argument."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from support.helpers import Walk, fit, noise, sgd, train

from gantheory import Every, Optimiser, Trainer, games
from gantheory.games import Turn


class Returns(games.Game):
    """A game whose losses are whatever a test wants them to be."""

    make: object = eqx.field(static=True)
    turns: tuple[Turn, ...] = eqx.field(static=True, default=(Turn(("a",)),))

    def losses(self, players, batch):
        return self.make(players["a"])


GOOD = {
    "game": Walk((Turn(("a",)),)),
    "players": {"a": jnp.zeros(2).sum()},
    "source": noise,
    "optimisers": {"a": sgd()},
    "steps": 4,
    "key": jax.random.key(0),
}

REFUSALS = {
    "no steps": ({"steps": 0}, ValueError, "steps must be an integer of at least 1, got 0"),
    "negative steps": ({"steps": -3}, ValueError, "steps must be an integer of at least 1"),
    "half a step": ({"steps": 0.5}, ValueError, "steps must be an integer of at least 1"),
    "a cadence that does not divide": (
        {"record": Every(3)},
        ValueError,
        "steps must be a multiple of every cadence of record, got 4 and Every\\(3, entries\\)",
    ),
    "one of two cadences that does not divide": (
        {"record": {"often": Every(2), "rarely": Every(3)}},
        ValueError,
        "steps must be a multiple of every cadence of record, got 4 and Every\\(3, entries\\)",
    ),
    "a record that is a bare function": (
        {"record": lambda state, batch, entries: entries},
        TypeError,
        "record must be an Every, such as gt.Every\\(10\\), or a dict",
    ),
    "a record of nothing": (
        {"record": Every(1, lambda state, batch, entries: ())},
        ValueError,
        "record must return at least one array, but the function of Every\\(1, .* returns none",
    ),
    "an optimiser of nobody": (
        {"optimisers": {"a": sgd(), "x": sgd()}},
        ValueError,
        "optimisers names 'x', but players has only 'a'",
    ),
    "an average of nobody": (
        {"ema": {"x": 0.9}},
        ValueError,
        "ema names 'x', but players has only 'a'",
    ),
    "a turn of nobody": (
        {"game": Walk((Turn(("a", "x")),))},
        ValueError,
        "game.turns names 'x', but players has only 'a'",
    ),
    "nobody moves": (
        {"optimisers": {}},
        ValueError,
        "optimisers must name at least one player who has a turn, got \\[\\]",
    ),
    "only someone without a turn moves": (
        {"players": {"a": jnp.zeros(()), "b": jnp.zeros(())}, "optimisers": {"b": sgd()}},
        ValueError,
        "optimisers must name at least one player who has a turn, got \\['b'\\]",
    ),
    "an average of one": (
        {"ema": {"a": 1.0}},
        ValueError,
        "ema\\['a'\\] must lie in \\[0, 1\\)",
    ),
    "a negative average": (
        {"ema": {"a": -0.1}},
        ValueError,
        "ema\\['a'\\] must lie in \\[0, 1\\)",
    ),
    "an average that is no number": (
        {"ema": {"a": float("nan")}},
        ValueError,
        "ema\\['a'\\] must lie in \\[0, 1\\)",
    ),
    "an average of several decays": (
        {"ema": {"a": jnp.asarray([0.5, 0.9])}},
        ValueError,
        "ema\\['a'\\] must be one number, got shape \\(2,\\)",
    ),
    "a player of Python floats": (
        {"players": {"a": 1.0}},
        TypeError,
        "players\\['a'\\] has an optimiser, so it must own a floating-point JAX array",
    ),
    "a player of integers": (
        {"players": {"a": jnp.arange(3)}},
        TypeError,
        "players\\['a'\\] has an optimiser, so it must own a floating-point JAX array",
    ),
    "a loss that is no scalar": (
        {"game": Returns(lambda a: {"a": jnp.stack([a, a])})},
        ValueError,
        "game.losses must return scalars, but 'a' is .*2",
    ),
    "a record that is no scalar": (
        {"game": Returns(lambda a: {"a": (a, {"seen": jnp.stack([a, a])})})},
        ValueError,
        "game.losses must return scalars, but 'seen' is .*2",
    ),
    "a scalar without an owner": (
        {"game": Returns(lambda a: {"a": a, "seen": a})},
        ValueError,
        "entries of players, but 'seen' is not a player.* \\(loss, {'seen': …}\\)",
    ),
    "a name used twice": (
        {
            "players": {"a": jnp.zeros(()), "b": jnp.zeros(())},
            "game": Returns(lambda a: {"a": (a, {"seen": a}), "b": (a, {"seen": a})}),
        },
        ValueError,
        "game.losses must use a name once, but 'seen' is used twice",
    ),
    "an entry of three": (
        {"game": Returns(lambda a: {"a": (a, a, a)})},
        TypeError,
        "a scalar, or a pair of a scalar and a dict of scalars.* of 'a' is tuple",
    ),
    "a loss of integers": (
        {"game": Returns(lambda a: {"a": jnp.asarray(3)})},
        TypeError,
        "game.losses must return floating-point losses, but that of 'a' has dtype int",
    ),
    "a missing loss": (
        {"game": Returns(lambda a: {"b": a})},
        ValueError,
        "optimisers names 'a', but game.losses has only 'b'",
    ),
    "losses without names": (
        {"game": Returns(lambda a: (a, a))},
        TypeError,
        "game.losses must return a dict of entries, got tuple",
    ),
}


@pytest.mark.parametrize("function", [train, fit])
@pytest.mark.parametrize(("changes", "error", "text"), REFUSALS.values(), ids=REFUSALS)
def test_refusals(function, changes, error, text, without_hook):
    with pytest.raises(error, match=text):
        function(**{**GOOD, **changes})


def trainer_of(**changes):
    good = {name: GOOD[name] for name in ("game", "source", "optimisers")}
    return Trainer(**{**good, **changes})


@pytest.mark.parametrize("verb", ["train", "fit"])
def test_going_on_with_other_optimisers_is_refused(verb):
    state = trainer_of().init(GOOD["players"], key=GOOD["key"])
    other = trainer_of(optimisers={"a": sgd(), "b": sgd()})
    with pytest.raises(ValueError, match="optimisers names 'b', but state has only 'a'"):
        getattr(other, verb)(state, 4)


@pytest.mark.parametrize("verb", ["train", "fit"])
def test_what_is_not_a_state_is_refused(verb, without_hook):
    with pytest.raises(TypeError, match=r"state must be a TrainState, such as trainer\.init"):
        getattr(trainer_of(), verb)(GOOD["players"], 4)


def test_a_run_too_long_to_be_counted_is_refused():
    state = trainer_of().init(GOOD["players"], key=GOOD["key"])
    late = eqx.tree_at(lambda s: s.step, state, jnp.asarray(2**31 - 3, jnp.int32))
    with pytest.raises(ValueError, match="steps must not lead beyond step 2,147,483,647"):
        trainer_of().fit(late, 8)


@pytest.mark.parametrize(
    "rate",
    [-0.1, float("nan"), float("inf"), -1, jnp.asarray(-0.1), np.float32(-0.1), np.asarray(-0.1)],
)
def test_a_learning_rate_must_not_be_negative(rate):
    with pytest.raises(ValueError, match="learning_rate must be non-negative and finite, got"):
        Optimiser(optax.sgd, learning_rate=rate)


def test_a_player_of_numpy_is_trained_as_one_of_jax():
    """Parameters that were loaded from a file."""
    loaded = train(**{**GOOD, "players": {"a": np.zeros(())}})
    assert loaded.players["a"] == train(**GOOD).players["a"]
    assert isinstance(loaded.players["a"], jax.Array)


def test_the_refusals_name_a_real_difference():
    """The arguments that the refusals change are otherwise accepted."""
    assert train(**GOOD).state.step == 4
