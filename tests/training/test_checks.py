"""Bad input is refused once, at the boundary, by a text that names the argument."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from support.helpers import Walk, fit, noise, sgd, train

from gantheory import Optimiser, games
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
    "no steps": ({"steps": 0}, ValueError, "steps must be a whole number of at least 1, got 0"),
    "negative steps": ({"steps": -3}, ValueError, "steps must be a whole number of at least 1"),
    "half a step": ({"steps": 0.5}, ValueError, "steps must be a whole number of at least 1"),
    "no stride": ({"record": Every(0)}, ValueError, "stride must be a whole number of at least 1"),
    "a stride that does not divide": (
        {"record": Every(3)},
        ValueError,
        "steps must be a multiple of stride, got 4 and 3",
    ),
    "an optimiser of nobody": (
        {"optimisers": {"a": sgd(), "x": sgd()}},
        ValueError,
        "optimisers names 'x', but players has only 'a'",
    ),
    "an average of nobody": (
        {"ema": {"x": 0.9}},
        ValueError,
        "average names 'x', but players has only 'a'",
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
        "average\\['a'\\] must lie in \\[0, 1\\)",
    ),
    "a negative average": (
        {"ema": {"a": -0.1}},
        ValueError,
        "average\\['a'\\] must lie in \\[0, 1\\)",
    ),
    "an average that is no number": (
        {"ema": {"a": float("nan")}},
        ValueError,
        "average\\['a'\\] must lie in \\[0, 1\\)",
    ),
    "an average of several decays": (
        {"ema": {"a": jnp.asarray([0.5, 0.9])}},
        ValueError,
        "average\\['a'\\] must be one number, got shape \\(2,\\)",
    ),
    "a player of Python floats": (
        {"players": {"a": 1.0}},
        TypeError,
        "players\\['a'\\] has an optimiser, so it must own a floating-point JAX array",
    ),
    "a player of whole numbers": (
        {"players": {"a": jnp.arange(3)}},
        TypeError,
        "players\\['a'\\] has an optimiser, so it must own a floating-point JAX array",
    ),
    "a loss that is no scalar": (
        {"game": Returns(lambda a: {"a": jnp.stack([a, a])})},
        ValueError,
        "game.losses must return scalars, but entry 'a' is .*2",
    ),
    "a record that is no scalar": (
        {"game": Returns(lambda a: {"a": a, "seen": jnp.stack([a, a])})},
        ValueError,
        "game.losses must return scalars, but entry 'seen' is .*2",
    ),
    "a loss of whole numbers": (
        {"game": Returns(lambda a: {"a": jnp.asarray(3)})},
        TypeError,
        "game.losses must return floating-point losses, but entry 'a' is .*int",
    ),
    "a missing loss": (
        {"game": Returns(lambda a: {"b": a})},
        ValueError,
        "optimisers names 'a', but game.losses has only 'b'",
    ),
    "losses without names": (
        {"game": Returns(lambda a: (a, a))},
        TypeError,
        "game.losses must return a dict of scalars, got tuple",
    ),
}


@pytest.mark.parametrize("function", [train, fit])
@pytest.mark.parametrize(("changes", "error", "text"), REFUSALS.values(), ids=REFUSALS)
def test_refusals(function, changes, error, text, without_hook):
    silent = {"progress": False} if function is fit else {}
    with pytest.raises(error, match=text):
        function(**{**GOOD, **changes, **silent})


@pytest.mark.parametrize("function", [advance, resume])
@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"steps": 0}, "steps must be a whole number of at least 1"),
        ({"record": Every(0)}, "stride must be a whole number of at least 1"),
        ({"record": Every(3)}, "steps must be a multiple of stride"),
    ],
)
def test_refusals_when_going_on(function, changes, text):
    state = start(GOOD["game"], GOOD["players"], optimisers=GOOD["optimisers"], key=GOOD["key"])
    with pytest.raises(ValueError, match=text):
        function(
            GOOD["game"],
            state,
            noise,
            **{"optimisers": GOOD["optimisers"], "steps": 4, **changes},
        )


@pytest.mark.parametrize("function", [advance, resume])
def test_going_on_with_other_optimisers_is_refused(function):
    state = start(GOOD["game"], GOOD["players"], optimisers=GOOD["optimisers"], key=GOOD["key"])
    with pytest.raises(ValueError, match="optimisers names 'b', but state has only 'a'"):
        function(GOOD["game"], state, noise, optimisers={"a": sgd(), "b": sgd()}, steps=4)


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
