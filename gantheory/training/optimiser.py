"""An optimiser as data: what makes it, and the numbers it is made with."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, PyTree

from gantheory._checks import (
    described,
    is_array,
    is_known,
    require_finite,
    require_function,
    require_non_negative,
)


class Optimiser(eqx.Module):
    """An optax optimiser, given as the function that makes it and its hyperparameters.

    `Optimiser(optax.adam, learning_rate=1e-3, b1=0.5)` is `optax.adam(1e-3, b1=0.5)`, made inside
    the trace. Its numbers are arrays, so many learning rates share one compilation and can be
    vmapped over; integers, schedules and everything else stay as they are. A function of your
    own that returns an `optax.GradientTransformation` will do, such as one that puts a schedule or
    a clipping around the rate, if its update asks for no more than the gradient and the loss. An
    optimiser that uses the loss, such as `optax.contrib.reduce_on_plateau`, is given the player's
    own.

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
        """Set the function and its keyword arguments; floats become arrays."""
        require_function(
            "a function that makes an optimiser, such as optax.adam, with its numbers beside it, "
            "learning_rate=1e-3",
            make=make,
        )
        self.make = make
        self.hyperparameters = {name: _as_array(value) for name, value in hyperparameters.items()}
        for name, value in self.hyperparameters.items():
            if isinstance(value, int) or eqx.is_inexact_array(value):
                check = require_non_negative if name == "learning_rate" else require_finite
                check(**{name: value})

    def __repr__(self) -> str:
        numbers = "".join(
            f", {name}={_shown(value)}" for name, value in self.hyperparameters.items()
        )
        return f"Optimiser({getattr(self.make, '__name__', self.make)}{numbers})"

    def initial_state(self, parameters: PyTree) -> PyTree:
        """The optimiser's state before the first move."""
        with _explained():
            return self._made().init(parameters)

    def step(
        self, gradient: PyTree, state: PyTree, parameters: PyTree, loss: Array
    ) -> tuple[PyTree, PyTree]:
        """New parameters and new state after one gradient step, in the types they had before."""
        with (
            jax.numpy_dtype_promotion("standard"),
            _explained(),
        ):  # optax mixes integers with floats
            updates, new_state = self._made().update(gradient, state, parameters, value=loss)
            return optax.apply_updates(parameters, updates), jax.tree.map(_typed, new_state, state)

    def _made(self) -> optax.GradientTransformationExtraArgs:
        return optax.with_extra_args_support(self.make(**self.hyperparameters))


@contextmanager
def _explained() -> Iterator[None]:
    """Say what to do instead where optax asks for more than a player can give."""
    try:
        yield
    except jax.errors.ConcretizationTypeError as error:
        raise TypeError(
            "the optimiser looks at one of its numbers, and a hyperparameter is unknown while the "
            "run is compiled. Either give the schedule itself as the hyperparameter, "
            "Optimiser(optax.adam, learning_rate=optax.warmup_cosine_decay_schedule(0.0, 1e-3, 10, "
            "100)); or fix the number within the function that makes the optimiser."
        ) from error
    except AttributeError as error:
        if error.name != "fast":
            raise
        raise TypeError(
            "optax.lookahead keeps two sets of parameters, and a player has one. Train with the "
            "optimiser inside it, and average the player: Trainer(…, ema={name: 0.99})."
        ) from error
    except TypeError as error:
        if "value_fn" not in str(error):
            raise
        raise TypeError(
            "the optimiser evaluates the loss several times a move, to search along a line, and a "
            "move is one gradient step on one batch. Use one without a line search, such as "
            "optax.adam or optax.lbfgs with linesearch=None."
        ) from error


def _typed(new: PyTree, old: PyTree) -> PyTree:
    """A number of a state in the type it had before; a random key as it is."""
    if is_array(new) and jnp.issubdtype(new.dtype, jax.dtypes.prng_key):
        return new
    return jnp.asarray(new, jnp.asarray(old).dtype)


def _shown(value: PyTree) -> str:
    """A number in the digits of its type; an array or a traced number in a few words."""
    if eqx.is_inexact_array(value) and is_known(value) and value.ndim == 0:
        return str(value)
    return described(value)


def _as_array(value: PyTree) -> PyTree:
    """Real numbers as arrays of definite type, so that numbers and arrays share one compilation."""
    if not (isinstance(value, float) or eqx.is_inexact_array(value)):
        return value
    return jnp.asarray(value, jnp.result_type(value))
