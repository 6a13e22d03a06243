"""An optimiser as data: what makes it, and the numbers it is made with."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import PyTree

from gantheory.checks import require_non_negative


class Optimiser(eqx.Module):
    """An optax optimiser, given as the function that makes it and its hyperparameters.

    `Optimiser(optax.adam, learning_rate=1e-3, b1=0.5)` is `optax.adam(1e-3, b1=0.5)`, made inside
    the trace. Its numbers are arrays, so many learning rates share one compilation and can be
    vmapped over. A schedule belongs into the function: any function of numbers that returns an
    `optax.GradientTransformation` will do.
    """

    make: Callable[..., optax.GradientTransformation] = eqx.field(static=True)
    hyperparameters: dict[str, PyTree]

    def __init__(
        self, make: Callable[..., optax.GradientTransformation], **hyperparameters: PyTree
    ):
        """Take the function and its keyword arguments; floats become arrays, others stay as they are."""
        for name, value in hyperparameters.items():
            if isinstance(value, float | int | jax.Array) and not isinstance(value, bool):
                require_non_negative(**{name: value})
        self.make = make
        self.hyperparameters = {
            name: jnp.asarray(value) if isinstance(value, float) else value
            for name, value in hyperparameters.items()
        }

    def initial_state(self, parameters: PyTree) -> PyTree:
        """The optimiser's state before the first move."""
        return self.make(**self.hyperparameters).init(parameters)

    def step(self, gradient: PyTree, state: PyTree, parameters: PyTree) -> tuple[PyTree, PyTree]:
        """New parameters and new state after one gradient step."""
        with jax.numpy_dtype_promotion("standard"):  # optax mixes integer counts with floats
            updates, state = self.make(**self.hyperparameters).update(gradient, state, parameters)
            return optax.apply_updates(parameters, updates), state
