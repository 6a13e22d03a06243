"""Does everything fit together? Asked once, before anything is trained."""

import inspect
from collections.abc import Callable, Iterable, Mapping

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, PyTree

from gantheory._checks import (
    described,
    is_array,
    is_known,
    require_count,
    require_fraction,
    require_function,
    require_key,
    require_names,
)
from gantheory.games import Game, Players
from gantheory.games.game import require_game
from gantheory.shapes import Key
from gantheory.training.optimiser import Optimiser
from gantheory.training.state import TrainState
from gantheory.data.stream import Chunk, Source, shape_of_draw


def check_length(steps: int, stride: int) -> None:
    """Raise unless the run has a whole number of records."""
    require_count(steps=steps, stride=stride)
    if steps % stride:
        raise ValueError(f"steps must be a multiple of stride, got {steps} and {stride}.")


def check_start(
    game: Game,
    players: Players,
    optimisers: Mapping[str, Optimiser],
    average: Mapping[str, Array | float],
    key: Key,
) -> None:
    """Raise unless players, optimisers, averages and the game's turns name the same people."""
    require_game(game=game)
    require_names("from the name of each player to its network", players=players)
    require_names("from the name of each player who moves to its Optimiser", optimisers=optimisers)
    require_names("from names of players to decays", average=average)
    require_key(key=key)
    _require_known("optimisers", optimisers, players)
    _require_known("average", average, players)
    _require_known("game.turns", {name for turn in game.turns for name in turn.players}, players)
    for name, decay in average.items():
        if jnp.ndim(decay) > 0:
            raise ValueError(f"average[{name!r}] must be one number, got shape {jnp.shape(decay)}.")
        require_fraction(**{f"average[{name!r}]": decay})
    for name, player in players.items():
        _require_stateless(name, player)
        if inspect.isclass(player):
            raise TypeError(f"players[{name!r}] must be a network, got {described(player)}.")
    for name, optimiser in optimisers.items():
        if not isinstance(optimiser, Optimiser):
            raise TypeError(
                f"optimisers[{name!r}] must be an Optimiser, which keeps the numbers apart from the "
                "function: gt.Optimiser(optax.adam, learning_rate=1e-3) in the place of "
                f"optax.adam(1e-3); got {described(optimiser)}."
            )
        if not jax.tree.leaves(eqx.filter(players[name], eqx.is_inexact_array)):
            raise TypeError(
                f"players[{name!r}] has an optimiser, so it must own a floating-point JAX array; "
                "it owns none (a plain Python float is not trained)."
            )
    if not any(name in optimisers for turn in game.turns for name in turn.players):
        raise ValueError(
            f"optimisers must name at least one player who has a turn, got {sorted(optimisers)}."
        )


def check_on_host(function: str, source: Source, *others: PyTree) -> None:
    """Raise unless nothing is being traced by JAX, and the source is a function of a key."""
    check_source(source)
    if not all(is_known(leaf) for leaf in jax.tree.leaves((source, others))):
        raise TypeError(
            f"{function} is a loop on the host, so jax.jit, jax.vmap and fit_ensemble cannot trace "
            "it: use train inside of them, which gives the same numbers."
        )


def check_source(source: Source | Chunk) -> None:
    """Raise unless a source can be called."""
    if not isinstance(source, Chunk):
        require_function(
            "a function of a random key, such as data.Synthetic(…) or data.Dataset(…)",
            source=source,
        )


def check_game(
    game: Game,
    state: TrainState,
    source: Callable[[Key], PyTree] | Chunk,
    optimisers: Mapping[str, Optimiser],
) -> tuple[PyTree, PyTree]:
    """The shapes of a draw and of the entries; raise unless every mover has a scalar loss."""
    _require_known("optimisers", optimisers, state.optimiser_states, holder="state")
    check_source(source)
    draw = shape_of_draw(source, state.key)
    entries = eqx.filter_eval_shape(game.losses, state.players, draw)
    if not isinstance(entries, dict):
        raise TypeError(f"game.losses must return a dict of scalars, got {type(entries).__name__}.")
    for name, entry in entries.items():
        if getattr(entry, "shape", None) != ():
            hint = "take the mean" if is_array(entry) else "make it an array"
            raise ValueError(
                f"game.losses must return scalars, but entry {name!r} is {described(entry)}: {hint}."
            )
    _require_known("optimisers", optimisers, entries, holder="game.losses")
    for name in optimisers:
        if not jnp.issubdtype(entries[name].dtype, jnp.floating):
            raise TypeError(
                "game.losses must return floating-point losses, "
                f"but entry {name!r} is {entries[name]}."
            )
    return draw, entries


def _require_known(
    argument: str, names: Iterable[str], known: Iterable[str], holder: str = "players"
) -> None:
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise ValueError(
            f"{argument} names {', '.join(map(repr, unknown))}, but {holder} has only "
            f"{', '.join(map(repr, sorted(known)))}."
        )


def _require_stateless(name: str, player: PyTree) -> None:
    """Raise if a player holds a layer with a state of its own, such as statistics of the batch."""
    for path, layer in jax.tree_util.tree_leaves_with_path(player, is_leaf=_has_state):
        if _has_state(layer):
            raise TypeError(
                f"players[{name!r}]{jax.tree_util.keystr(path)} is a {type(layer).__name__}, a layer "
                "with a state besides its parameters. A player maps one sample by its parameters "
                "alone: statistics of the batch would make a logit depend on the other samples, and "
                "then no loss and no penalty per sample is what its formula says. Use a layer that "
                "looks at one sample (eqx.nn.LayerNorm, eqx.nn.GroupNorm), or normalise the weights "
                "after each move (penalties.spectral_normalise)."
            )


def _has_state(node: PyTree) -> bool:
    if isinstance(node, eqx.nn.StatefulLayer) and not isinstance(node, eqx.nn.Sequential):
        return node.is_stateful()
    return isinstance(node, eqx.nn.StateIndex)
