"""What players have answered while one set of losses is computed, so that none is asked twice.

A loss, its penalties, a second head and a game built on another all ask about the same batches.
Equal passes forward would be found by the compiler, but not that their passes backward, which begin
from different cotangents, could be one: three of ten multiplications of a creative step.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.extend.core import Jaxpr, JaxprEqn, get_opaque_trace_state, jaxprs_in_params
from jaxtyping import Array, PyTree

CALL_AGAIN = tuple(
    str(Path(jax.__file__).parent / "_src" / name)
    for name in ("custom_derivatives.py", "lax/other.py", "nn/functions.py")
)
"""Where JAX keeps rules that call their function again: of `defjvps` (ReLU), softplus, softmax."""


class Head(eqx.Module):
    """One of the two answers of a judge with two heads."""

    judge: Callable[..., tuple[Any, Any]]
    place: int = eqx.field(static=True)

    def __call__(self, *given: Any, **named: Any) -> Any:
        return self.judge(*given, **named)[self.place]


class _Asked(NamedTuple):
    """A judge's answers to samples; with `pull`, from cotangents of its logits to the samples'."""

    judge: object
    samples: object
    precision: object
    answers: PyTree
    place: int | None = None
    pull: Callable[[Array], tuple[Array]] | None = None


class _Kept(NamedTuple):
    """What was asked in a trace; in another, say that of a `jax.jit` in a loss, nothing is kept."""

    trace: object
    asked: list[_Asked]


_kept: ContextVar[_Kept | None] = ContextVar("answers", default=None)


@contextmanager
def asked_once() -> Iterator[None]:
    """While this lasts, `answers` asks a player about the same samples once."""
    token = _kept.set(_Kept(get_opaque_trace_state(), []))
    try:
        yield
    finally:
        _kept.reset(token)


def answers(player: Callable[..., Any], samples: Array, *, penalised: bool = False) -> PyTree:
    """The player's answers to all samples; of `penalised` ones `kept_slopes` gives the slopes."""
    judge, place = _judge(player)
    known, kept = _known(judge, samples), _kept_here()
    if known is None:

        def logits_first(samples: Array) -> tuple[PyTree, PyTree]:
            values = jax.vmap(judge)(samples)
            return _part(values, place), values

        if penalised and kept is not None and _is_its_own_derivative(judge, samples):
            _, pull, values = jax.vjp(logits_first, samples, has_aux=True)
            known = _Asked(judge, samples, _precision(), values, place, pull)
        else:
            known = _Asked(judge, samples, _precision(), jax.vmap(judge)(samples))
        if kept is not None:
            kept.asked.append(known)
    return _part(known.answers, place)


def kept_slopes(critic: Callable[..., Any], samples: Array) -> Array | None:
    """The gradient of the critic's logit at each sample, if `answers` kept it; else None."""
    judge, place = _judge(critic)
    known = _known(judge, samples)
    if known is None or known.pull is None or known.place != place:
        return None
    return known.pull(jnp.ones_like(_part(known.answers, place)))[0]


def _judge(player: Callable[..., Any]) -> tuple[Callable[..., Any], int | None]:
    return (player.judge, player.place) if isinstance(player, Head) else (player, None)


def _part(values: PyTree, place: int | None) -> PyTree:
    return values if place is None else values[place]


def _kept_here() -> _Kept | None:
    kept = _kept.get()
    return kept if kept is not None and kept.trace == get_opaque_trace_state() else None


def _known(judge: object, samples: object) -> _Asked | None:
    kept = _kept_here()
    for asked in kept.asked if kept is not None else ():
        same = asked.judge is judge and asked.samples is samples
        if same and asked.precision == _precision():
            return asked
    return None


def _precision() -> object:
    return jax.config.jax_default_matmul_precision  # pyright: ignore[reportAttributeAccessIssue]


def _is_its_own_derivative(judge: Callable[..., Any], samples: Array) -> bool:
    """Whether a gradient of `jax.vjp`'s logits is that of the logits.

    It is not where a function has a derivative rule of its own (a straight-through estimator, a
    reversed gradient): within `jax.vjp` the rule's forward pass stands in its place, and would be
    differentiated. Of JAX's own rules, that of `jax.nn.relu` calls its function again, but that of
    `jnp.linalg.det` does not, and has no finite gradient where the determinant is 0.
    """
    sample = jax.ShapeDtypeStruct(samples.shape[1:], samples.dtype)
    return not _has_rules(jax.make_jaxpr(judge)(sample).jaxpr)


def _has_rules(jaxpr: Jaxpr) -> bool:
    return any(
        _is_a_rule(equation) or any(map(_has_rules, jaxprs_in_params(equation.params)))
        for equation in jaxpr.eqns
    )


def _is_a_rule(equation: JaxprEqn) -> bool:
    name = equation.primitive.name
    if name == "custom_jvp_call":  # the rule's file: JAX's own function may have a rule of others
        debug = getattr(equation.params.get("jvp_jaxpr_fun"), "debug_info", None)
        return getattr(debug, "func_filename", None) not in CALL_AGAIN
    return "custom" in name or "callback" in name or name == "while"
