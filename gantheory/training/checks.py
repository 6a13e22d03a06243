"""Checks that everything fits together, made once, before anything is trained."""

import inspect
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PyTree

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
from gantheory._steps import at_step
from gantheory._types import Source
from gantheory.data.played import shape_of_batch
from gantheory.data.stream import Chunk
from gantheory.games import Game
from gantheory.games.game import all_entries, entries_of, require_game
from gantheory.shapes import Key
from gantheory.training.optimiser import Optimiser
from gantheory.training.record import cadences, map_record, pairs, require_record
from gantheory.training.state import TrainState

if TYPE_CHECKING:
    from gantheory.training.trainer import Trainer

LONGEST_RUN = 2**31 - 1  # steps are counted in 32 bits


def check_length(trainer: "Trainer", steps: int) -> None:
    """Raise unless the steps are a multiple of every cadence, and can be counted."""
    require_count(steps=steps)
    for every in cadences(trainer.record):
        if steps % every.steps:
            raise ValueError(
                f"steps must be a multiple of every cadence of record, got {steps} and {every}."
            )


def check_reach(state: TrainState, steps: int) -> None:
    """Raise unless the numbers of the steps fit into the counter."""
    if is_known(state.step):
        done = int(np.max(np.asarray(state.step)))
        if done + steps > LONGEST_RUN:
            raise ValueError(
                f"steps must not lead beyond step {LONGEST_RUN:,}, got {steps:,} from step "
                f"{done:,}."
            )


def check_state(state: object) -> None:
    """Raise unless something is the state of a run."""
    if not isinstance(state, TrainState):
        raise TypeError(
            "state must be a TrainState, such as trainer.init(players, key=key) or result.state; "
            f"got {described(state)}."
        )


def check_trainer(trainer: "Trainer") -> None:
    """Raise unless game, source, optimisers, averages and record are what they should be."""
    require_game(game=trainer.game)
    check_source(trainer.source)
    require_names(
        "from the name of each player who moves to its Optimiser", optimisers=trainer.optimisers
    )
    require_names("from names of players to decays", ema=trainer.ema)
    require_record(trainer.record)
    for name, decay in trainer.ema.items():
        if jnp.ndim(decay) > 0:
            raise ValueError(f"ema[{name!r}] must be one number, got shape {jnp.shape(decay)}.")
        require_fraction(**{f"ema[{name!r}]": decay})
    for name, optimiser in trainer.optimisers.items():
        if not isinstance(optimiser, Optimiser):
            raise TypeError(
                f"optimisers[{name!r}] must be an Optimiser, which keeps the numbers apart from "
                "the function: gt.Optimiser(optax.adam, learning_rate=1e-3) instead of "
                f"optax.adam(1e-3); got {described(optimiser)}."
            )
    if not set(trainer.optimisers) & set(trainer.game.movers):
        raise ValueError(
            "optimisers must name at least one player who has a turn, "
            f"got {sorted(trainer.optimisers)}."
        )


def check_start(trainer: "Trainer", players: Mapping[str, Any], key: Key) -> None:
    """Raise unless the players are those that the trainer's game, optimisers and averages name."""
    require_names("from the name of each player to its network", players=players)
    require_key(key=key)
    _require_known("optimisers", trainer.optimisers, players)
    _require_known("ema", trainer.ema, players)
    _require_known("game.turns", trainer.game.movers, players)
    for name, player in players.items():
        _require_stateless(name, player)
        if inspect.isclass(player):
            raise TypeError(f"players[{name!r}] must be a network, got {described(player)}.")
    for name in trainer.optimisers:
        if not jax.tree.leaves(eqx.filter(players[name], eqx.is_inexact_array)):
            raise TypeError(
                f"players[{name!r}] has an optimiser, so it must own a floating-point JAX array; "
                "it owns none (a plain Python float is not trained)."
            )


def check_on_host(function: str, *values: PyTree) -> None:
    """Raise unless nothing is being traced by JAX."""
    if not all(is_known(leaf) for leaf in jax.tree.leaves(values)):
        raise TypeError(
            f"{function} is a loop on the host, so jax.jit, jax.vmap and fit_ensemble cannot trace "
            "it: use train inside them, which gives the same numbers."
        )


def check_source(source: Source | Chunk) -> None:
    """Raise unless a source can be called."""
    if not isinstance(source, Chunk):
        require_function(
            "a function of a random key, such as data.Synthetic(…) or data.Dataset(…)",
            source=source,
        )


def check_game(trainer: "Trainer", state: TrainState) -> tuple[PyTree, PyTree]:
    """The shapes of a batch and of one record; raise unless every mover has a scalar loss."""
    game, optimisers = trainer.game, trainer.optimisers
    _require_known("optimisers", optimisers, state.optimiser_states, holder="state")
    _require_known("ema", trainer.ema, state.ema, holder="state")
    batch = shape_of_batch(trainer.source, state.key)
    played = eqx.filter_eval_shape(at_step, game, state.step)
    if not isinstance(played, Game) or played.turns != game.turns:
        raise TypeError(
            "game.at must return a game with the same turns, as eqx.tree_at(lambda game: "
            f"game.noise, self, schedule(step)) does; got {described(played)}."
        )
    losses = eqx.filter_eval_shape(
        lambda game, players, batch: game.losses(players, batch), played, state.players, batch
    )
    if not isinstance(losses, Mapping):
        raise TypeError(f"game.losses must return a dict of entries, got {described(losses)}.")
    _require_known("optimisers", optimisers, losses, holder="game.losses")
    for name in set(losses) - set(state.players):
        raise ValueError(
            f"game.losses must return entries of players, but {name!r} is not a player. Further "
            'scalars stand beside their owner\'s loss: {"player": (loss, {' + repr(name) + ": …})}."
        )
    for owner, entry in losses.items():
        _require_entry(owner, entry)
    everything = all_entries(losses)
    owned = [entries_of(losses, name) for name in game.movers if name in optimisers]
    entries = {name: everything[name] for entry in owned for name in entry}
    one = map_record(
        lambda every: eqx.filter_eval_shape(every.function, state, batch, entries), trainer.record
    )
    for every, kept in pairs(trainer.record, one):
        for leaf in jax.tree.leaves(kept):
            if not is_array(leaf):
                raise TypeError(
                    f"record must return arrays, but the function of {every} returns "
                    f"{described(leaf)}."
                )
        if not jax.tree.leaves(kept):
            raise ValueError(
                f"record must return at least one array, but the function of {every} returns none."
            )
        if any(jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key) for leaf in jax.tree.leaves(kept)):
            raise TypeError(
                f"record must return numbers, but the function of {every} returns a random key: "
                "take jax.random.key_data of it."
            )
    return batch, one


def _require_entry(owner: str, entry: Any) -> None:
    """Raise unless a player's entry is a floating-point scalar, or a pair of one and a dict."""
    loss, further = entry, {}
    if isinstance(entry, tuple):
        if len(entry) != 2 or not isinstance(entry[1], Mapping):
            raise TypeError(
                f"game.losses must return a scalar, or a pair of a scalar and a dict of scalars, "
                f"for each player; the entry of {owner!r} is {described(entry)}."
            )
        loss, further = entry
    for name, value in {owner: loss, **further}.items():
        if getattr(value, "shape", None) != ():
            hint = "take the mean" if is_array(value) else "make it an array"
            raise ValueError(
                f"game.losses must return scalars, but {name!r} is {described(value)}: {hint}."
            )
    if not jnp.issubdtype(loss.dtype, jnp.floating):
        raise TypeError(
            f"game.losses must return floating-point losses, but that of {owner!r} has "
            f"dtype {loss.dtype}."
        )


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
        if isinstance(layer, eqx.nn.SpectralNorm):
            raise TypeError(
                f"players[{name!r}]{jax.tree_util.keystr(path)} is a SpectralNorm, whose power "
                "iteration has a state besides the parameters. Normalise the weights after each "
                "move instead: dataclasses.replace(game, projection=penalties.spectral_normalise), "
                "which with penalties.PowerIterated(player, key=key) as the player costs two "
                "products of each matrix with a vector."
            )
        if _has_state(layer):
            raise TypeError(
                f"players[{name!r}]{jax.tree_util.keystr(path)} is a {type(layer).__name__}, a "
                "layer with a state besides its parameters. A player maps one sample by its "
                "parameters alone: statistics of the batch would make a logit depend on the other "
                "samples, and then no loss and no penalty per sample is what its formula says. Use "
                "a layer that looks at one sample (eqx.nn.LayerNorm, eqx.nn.GroupNorm), or "
                "normalise the weights after each move (penalties.spectral_normalise)."
            )


def _has_state(node: PyTree) -> bool:
    if isinstance(node, eqx.nn.StatefulLayer) and not isinstance(node, eqx.nn.Sequential):
        return node.is_stateful()
    return isinstance(node, eqx.nn.StateIndex)
