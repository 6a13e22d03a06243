"""What every game should keep, whatever its losses."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import PyTree

from gantheory.games import Game, Players
from gantheory.games.game import all_entries, require_game

STEP = 1e-5


def check_game(game: Game, players: Players, batch: PyTree) -> None:
    """Ask a game the questions that all games of this package answer.

    An entry for each player who has a turn; every entry a floating-point scalar under a name of its
    own; the same batch twice gives the same losses, with and without `jit`; each player's gradient
    is that of finite differences of its own loss in its own parameters; a projection keeps the
    players' structure, shapes and dtypes.

    Args:
        game: The game.
        players: Name to pytree of parameters, in single precision.
        batch: What one turn is played on.

    Raises:
        AssertionError: An answer is wrong; the message names the question.

    Examples:
        >>> import jax
        >>> from gantheory import data, games, networks, testing
        >>> line = networks.Linear(1, 1, key=jax.random.key(0))
        >>> critic = networks.MLP(
        ...     1, "scalar", width=4, depth=1, activation=jax.numpy.tanh, key=jax.random.key(2)
        ... )
        >>> source = data.Synthetic(data.Normal(4.0, 1.0), data.Uniform(1), batch_size=8)
        >>> players = {"generator": line, "discriminator": critic}
        >>> testing.check_game(games.wgan_gp(), players, source(jax.random.key(1)))
    """
    require_game(game=game)
    _entries(game, players, batch)
    for name in game.movers:
        _gradient(game, players, name, batch)
        _projection(game, players, name)


def _entries(game: Game, players: Players, batch: PyTree) -> None:
    losses = game.losses(players, batch)
    missing = sorted(set(game.movers) - set(losses))
    _ask(not missing, f"game.losses must have an entry for each player with a turn; add {missing}")
    strangers = sorted(set(losses) - set(players))
    _ask(not strangers, f"game.losses must have entries of players only; {strangers} are not")
    try:
        entries = all_entries(losses)
    except ValueError as error:
        raise AssertionError(str(error)) from error
    for name, value in entries.items():
        floating = jnp.issubdtype(jnp.result_type(value), jnp.floating)
        _ask(jnp.shape(value) == () and floating, f"{name!r} must be a floating-point scalar")
    again = eqx.filter_jit(game.entries)(players, batch)
    for name, value in game.entries(players, batch).items():
        _ask(bool(value == entries[name]), f"{name!r} must be the same on the same batch twice")
        _ask(bool(np.allclose(again[name], value, rtol=1e-4)), f"jit must not change {name!r}")


def _gradient(game: Game, players: Players, name: str, batch: PyTree) -> None:
    """Against a central difference along a random direction, in double precision."""
    with jax.enable_x64(True):
        game, players, batch = _double(game), _double(players), _double(batch)
        params, static = eqx.partition(players[name], eqx.is_inexact_array)
        vector, unravel = ravel_pytree(params)
        _ask(vector.size > 0, f"{name!r} has a turn, so it must own a floating-point array")
        direction = jax.random.normal(jax.random.key(0), vector.shape, vector.dtype)
        direction = direction / jnp.linalg.norm(direction)

        def loss(amount: float) -> float:
            moved = eqx.combine(unravel(vector + amount * direction), static)
            return float(game.entries({**players, name: moved}, batch)[name])

        gradient, _ = game.gradient(players, name, batch)
        slope = float(ravel_pytree(gradient)[0] @ direction)
        quotient = (loss(STEP) - loss(-STEP)) / (2 * STEP)
        _ask(
            abs(slope - quotient) <= 1e-5 * (1 + abs(slope)),
            f"the gradient of {name!r} must be that of finite differences of its own loss "
            f"(got {slope:.6g}, {quotient:.6g})",
        )


def _projection(game: Game, players: Players, name: str) -> None:
    def form(tree: PyTree) -> PyTree:
        return jax.tree.structure(tree), [
            (jnp.shape(leaf), jnp.result_type(leaf))
            for leaf in jax.tree.leaves(eqx.filter(tree, eqx.is_array))
        ]

    _ask(
        form(game.project(name, players)) == form(players),
        f"game.project after {name!r} must keep structure, shapes and dtypes of the players",
    )


def _double(tree: PyTree) -> PyTree:
    def double(leaf: PyTree) -> PyTree:
        return leaf.astype(jnp.float64) if eqx.is_inexact_array(leaf) else leaf

    return jax.tree.map(double, tree)


def _ask(answer: bool, question: str) -> None:  # noqa: FBT001
    if not answer:
        raise AssertionError(question)
