"""What players have answered while one set of losses is computed, so that none is asked twice.

A loss, its penalties, a second head and a game built on another all ask about the same batches.
Equal passes forward would be found by the compiler, but not that their passes backward, which begin
from different cotangents, could be one: three of ten multiplications of a creative step.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
from jax.extend.core import get_opaque_trace_state
from jaxtyping import Array, PyTree

_kept: ContextVar["list[_Asked] | None"] = ContextVar("answers", default=None)


@dataclass(frozen=True, eq=False)
class Head:
    """One of the two answers of a judge with two heads."""

    judge: Callable[..., tuple[Any, Any]]
    place: int

    def __call__(self, *given: Any, **named: Any) -> Any:
        return self.judge(*given, **named)[self.place]


@dataclass(frozen=True, eq=False)
class _Asked:
    """A judge's answers to samples; with `pull`, from cotangents of its logits to the samples'."""

    judge: object
    samples: object
    answers: PyTree
    place: int | None = None
    pull: Callable[[Array], tuple[Array]] | None = None
    # what another trace has computed, say that of a `jax.jit` inside of a loss, is unknown in this
    trace: object = field(default_factory=lambda: get_opaque_trace_state())


@contextmanager
def asked_once() -> Iterator[None]:
    """While this lasts, `answers` asks a player about the same samples once."""
    token = _kept.set([])
    try:
        yield
    finally:
        _kept.reset(token)


def answers(player: Callable[..., Any], samples: Array, *, penalised: bool = False) -> PyTree:
    """The player's answers to all samples; of `penalised` ones `kept_slopes` gives the slopes."""
    judge, place = _judge(player)
    known, kept = _known(judge, samples), _kept.get()
    if known is None:

        def logits_first(samples: Array) -> tuple[PyTree, PyTree]:
            values = jax.vmap(judge)(samples)
            return (values if place is None else values[place]), values

        if penalised and kept is not None:
            _, pull, values = jax.vjp(logits_first, samples, has_aux=True)
            known = _Asked(judge, samples, values, place, pull)
        else:
            known = _Asked(judge, samples, jax.vmap(judge)(samples))
        if kept is not None:
            kept.append(known)
    return known.answers if place is None else known.answers[place]


def kept_slopes(critic: Callable[..., Any], samples: Array) -> Array | None:
    """The gradient of the critic's logit at each sample, if `answers` has kept it; else None."""
    judge, place = _judge(critic)
    known = _known(judge, samples)
    if known is None or known.pull is None or known.place != place:
        return None
    logits = known.answers if place is None else known.answers[place]
    return known.pull(jnp.ones_like(logits))[0]


def _judge(player: Callable[..., Any]) -> tuple[Callable[..., Any], int | None]:
    return (player.judge, player.place) if isinstance(player, Head) else (player, None)


def _known(judge: object, samples: object) -> _Asked | None:
    trace = get_opaque_trace_state()
    for asked in _kept.get() or ():
        if asked.judge is judge and asked.samples is samples and asked.trace == trace:
            return asked
    return None
