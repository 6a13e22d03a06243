"""The tangent kernel of a network, and critics that follow it exactly."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from gantheory.shapes import Scalar, Values

Critic = Callable[[Array], Scalar]


def features(critic: Critic, points: Values) -> Float[Array, " points parameters"]:
    """The gradient of the score in the parameters, one row per point."""
    parameters, rest = eqx.partition(critic, eqx.is_inexact_array)
    flat, unravel = ravel_pytree(parameters)

    def score(numbers: Array, x: Scalar) -> Scalar:
        return eqx.combine(unravel(numbers), rest)(x[None])

    return jax.vmap(lambda x: jax.grad(score)(flat, x))(points)


def tangent_kernel(critic: Critic, xs: Values, ys: Values) -> Float[Array, " xs ys"]:
    """The inner products of the gradients in the parameters."""
    return features(critic, xs) @ features(critic, ys).T


def witness(critic: Critic, xs: Values, real: Values, fake: Values) -> Values:
    """The mean of the kernel over the data minus that over the fakes."""
    rows = features(critic, xs)
    return rows @ jnp.mean(features(critic, real), axis=0) - rows @ jnp.mean(
        features(critic, fake), axis=0
    )


def squared_mmd(critic: Critic, real: Values, fake: Values) -> Scalar:
    """The squared maximum mean discrepancy of two samples under the tangent kernel."""
    apart = jnp.mean(features(critic, real), axis=0) - jnp.mean(features(critic, fake), axis=0)
    return jnp.sum(apart**2)
