"""An optimiser as data: what makes it, and the numbers it is made with."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import PyTree

from gantheory._checks import (
    described,
    is_array,
    is_known,
    require_function,
    require_non_negative,
)


class Optimiser(eqx.Module):
    """An optax optimiser, given as the function that makes it and its hyperparameters.

    `Optimiser(optax.adam, learning_rate=1e-3, b1=0.5)` is `optax.adam(1e-3, b1=0.5)`, made inside
    the trace. Its numbers are arrays, so many learning rates share one compilation and can be
    vmapped over. A schedule belongs into the function: any function of numbers that returns an
    `optax.GradientTransformation` will do.

    Examples:
        >>> import optax
        >>> import gantheory as gt
        >>> gt.Optimiser(optax.adam, learning_rate=1e-3, b1=0.5)
        Optimiser(adam, learning_rate=0.001, b1=0.5)
    """

    make: Callable[..., optax.GradientTransformation] = eqx.field(static=True)
    hyperparameters: dict[str, PyTree]

    def __init__(
        self, make: Callable[..., optax.GradientTransformation], **hyperparameters: PyTree
    ):
        """Take the function and its keyword arguments; all but whole numbers become arrays."""
        require_function(
            "a function that makes an optimiser, such as optax.adam, with its numbers beside it, "
            "learning_rate=1e-3",
            make=make,
        )
        self.make = make
        self.hyperparameters = {name: _as_array(value) for name, value in hyperparameters.items()}
        for name, value in self.hyperparameters.items():
            if isinstance(value, int | jax.Array) and not isinstance(value, bool):
                require_non_negative(**{name: value})

    def __repr__(self) -> str:
        numbers = "".join(
            f", {name}={_shown(value)}" for name, value in self.hyperparameters.items()
        )
        return f"Optimiser({getattr(self.make, '__name__', self.make)}{numbers})"

    def initial_state(self, parameters: PyTree) -> PyTree:
        """The optimiser's state before the first move."""
        return self.make(**self.hyperparameters).init(parameters)

    def step(self, gradient: PyTree, state: PyTree, parameters: PyTree) -> tuple[PyTree, PyTree]:
        """New parameters and new state after one gradient step, in the types they had before."""
        with jax.numpy_dtype_promotion("standard"):  # optax mixes integer counts with floats
            updates, new_state = self.make(**self.hyperparameters).update(
                gradient, state, parameters
            )
            return optax.apply_updates(parameters, updates), jax.tree.map(
                lambda new, old: jnp.asarray(new, jnp.asarray(old).dtype), new_state, state
            )


def _shown(value: PyTree) -> str:
    """A number in the digits of its type; what has more of them, or is being traced, in few words."""
    if is_array(value) and is_known(value) and value.ndim == 0:
        return str(value)
    return described(value)


def _as_array(value: PyTree) -> PyTree:
    """Real numbers as arrays of definite type, so that numbers and arrays share one compilation."""
    if not (isinstance(value, float) or eqx.is_inexact_array(value)):
        return value
    return jnp.asarray(value, jnp.result_type(value))
