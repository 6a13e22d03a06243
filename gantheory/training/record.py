"""What a run keeps of its steps, and how often."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

import equinox as eqx
import jax
from jaxtyping import PyTree

from gantheory._checks import described, require_count, require_function
from gantheory.games.game import as_tree
from gantheory.shapes import Scalar

Entries = dict[str, Scalar]
"""Losses and further scalars by name, each as its owner saw it at its own last move."""

H = TypeVar("H", covariant=True)
"""What a history holds, each array with a leading axis."""


class Every(eqx.Module, Generic[H]):
    """A cadence and a function: that of `Every(500, function)` is called after every 500th step.

    As `record` of a trainer, the function maps the state after the step, the step's last batch and
    its entries to what is kept. The default keeps the entries. Steps are counted from the state
    that training is given.

    Examples:
        >>> import gantheory as gt
        >>> gt.Every(10)
        Every(10, entries)
        >>> gt.Every(500, lambda state, batch, entries: state.players["generator"]).steps
        500
    """

    steps: int = eqx.field(static=True)
    function: Callable[..., H]

    @overload
    def __init__(self: "Every[Entries]", steps: int, function: None = None): ...

    @overload
    def __init__(self, steps: int, function: Callable[..., H]): ...

    def __init__(self, steps: int, function: Callable[..., Any] | None = None):
        """Name the cadence, and the function if it is not to be the entries alone."""
        require_count(steps=steps)
        function = entries_alone if function is None else function
        require_function("a function of a state, a batch and the entries", function=function)
        self.steps = steps
        self.function = as_tree(function)

    def __repr__(self) -> str:
        function = getattr(self.function, "func", self.function)
        if function is entries_alone:
            return f"Every({self.steps}, entries)"
        return f"Every({self.steps}, {getattr(function, '__name__', described(function))})"


Record = Every[Any] | dict[str, Every[Any]]
"""One cadence, or several by name."""


def entries_alone(state: PyTree, batch: PyTree, entries: Entries) -> Entries:
    """The entries, which are recorded by default."""
    del state, batch
    return entries


def is_every(node: object) -> bool:
    """Whether a node of a record is a cadence: the leaves of its tree."""
    return isinstance(node, Every)


def map_record(function: Callable[..., Any], record: Record, *others: PyTree) -> PyTree:
    """A function of each cadence, and of what other trees hold in its place."""
    return jax.tree.map(function, record, *others, is_leaf=is_every)


def cadences(record: Record) -> list[Every]:
    """The cadences of a record, in the order of its tree."""
    return jax.tree.leaves(record, is_leaf=is_every)


def pairs(record: Record, tree: PyTree) -> list[tuple[Every, PyTree]]:
    """Each cadence with what a tree of the record's shape holds in its place."""
    if isinstance(record, Every):
        return [(record, tree)]
    return [(every, tree[name]) for name, every in record.items()]


def require_record(record: object) -> None:
    """Raise unless something is a cadence, or a dict of at least one by name."""
    if is_every(record):
        return
    if not isinstance(record, dict) or not record or not all(map(is_every, record.values())):
        raise TypeError(
            "record must be an Every, such as gt.Every(10), or a dict of them by name, such as "
            f'{{"losses": gt.Every(1), "samples": gt.Every(500, sample)}}; got {described(record)}.'
        )
