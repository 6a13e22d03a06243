"""Projections of a critic's weights."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PyTree

from gantheory._checks import checked, require_key, require_positive
from gantheory._lengths import magnitude, wide
from gantheory.shapes import Key, Scalar

Matrix = Float[Array, " out in"]
Vector = Float[Array, " out"]


@checked
def clip_weights(critic: PyTree, bound: Scalar | float) -> PyTree:
    r"""The critic with every weight and bias projected into a box.

    $$w \mapsto \min(\max(w, -c), c)$$

    The critic is any pytree; what is not a floating-point array stays as it is. What clipping does
    to the smallest GAN is proved in [When does GAN training converge?][prop-dirac-not-smooth].

    Raises:
        ValueError: The `bound` $c$ is not positive and finite.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import penalties
        >>> clipped = penalties.clip_weights({"weight": jnp.array([-2.0, 0.005])}, bound=0.01)
        >>> print(clipped["weight"])
        [-0.01   0.005]

    Source:
        Arjovsky, Chintala and Bottou (2017), Wasserstein GAN, algorithm 1.
    """
    require_positive(bound=bound)

    def clip(leaf: PyTree) -> PyTree:
        if not eqx.is_inexact_array(leaf):
            return leaf
        weights = jnp.asarray(leaf)
        limit = jnp.asarray(bound, weights.dtype)
        return jnp.clip(weights, -limit, limit)

    return jax.tree.map(clip, critic)


NORMALISATIONS = (eqx.nn.BatchNorm, eqx.nn.GroupNorm, eqx.nn.LayerNorm, eqx.nn.RMSNorm)


class PowerIterated(eqx.Module):
    r"""A critic with a vector for each weight matrix, for spectral norms by power iteration.

    $$v = \frac{W^\top u}{\lVert W^\top u\rVert}, \qquad
    u \leftarrow \frac{Wv}{\lVert Wv\rVert}, \qquad \sigma = \lVert Wv\rVert \le \sigma_{\max}(W)$$

    Each [`spectral_normalise`][gantheory.penalties.spectral_normalise] makes one such step, from
    where the last one ended. While the weights move little, the steps add up; in the first ones
    $\sigma$ is too small, and weights so divided are too large. Everything else about the critic is
    as before, and it is called as before.

    `vectors` holds the bits of the vectors as integers, so that they are no parameters: no
    optimiser moves them, and no average and no analysis of `dynamics` counts them.

    Args:
        critic: Any pytree, usually a network.
        key: Draws the first vectors.

    Examples:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from gantheory import networks, penalties
        >>> line = networks.Linear(3, 2, key=jax.random.key(0))
        >>> critic = penalties.PowerIterated(line, key=jax.random.key(1))
        >>> for _ in range(20):
        ...     critic = penalties.spectral_normalise(critic)
        >>> print(jnp.linalg.norm(critic.critic.weight, 2).round(4), critic(jnp.ones(3)).shape)
        1.0 (2,)

    Source:
        Miyato et al. (2018), Spectral normalization for generative adversarial networks.
    """

    critic: PyTree
    vectors: tuple[Int[Array, " out"], ...]

    def __init__(self, critic: PyTree, *, key: Key):
        """Draw a vector for each weight matrix of a critic."""
        require_key(key=key)
        rows: list[int] = []
        _of_matrices(lambda matrix: rows.append(len(matrix)), critic)
        keys = jax.random.split(key, max(1, len(rows)))
        self.critic = critic
        self.vectors = tuple(
            _bits(jax.random.normal(one, (count,), jnp.float32))
            for one, count in zip(keys, rows, strict=False)
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the critic returns."""
        return self.critic(*args, **kwargs)

    def normalised(self) -> "PowerIterated":
        """One step of power iteration, and every weight matrix divided by what it found."""
        waiting, ended = iter(self.vectors), []

        def divide(matrix: Matrix) -> Matrix:
            bits = next(waiting)
            u = jax.lax.bitcast_convert_type(bits, jnp.float32).astype(matrix.dtype)
            unit = magnitude(matrix)  # in which no square overflows or vanishes
            u, largest = _power_step(matrix / unit, u)
            ended.append(_bits(u.astype(jnp.float32)))
            return _divided(matrix, largest * unit)

        critic = _of_matrices(divide, self.critic, PowerIterated.normalised)
        return eqx.tree_at(lambda one: (one.critic, one.vectors), self, (critic, tuple(ended)))


def spectral_normalise(critic: PyTree) -> PyTree:
    r"""The critic with every weight matrix divided by its largest singular value.

    $$W \mapsto W / \sigma_{\max}(W)$$

    As a projection, applied after each move, it keeps every dense layer at Lipschitz constant 1. An
    array of more than two axes is taken as the matrix of its first axis against all others, as for
    a kernel stored (out, in, …). Of a convolution, `networks.Convolution` included, that bounds the
    matrix, not the layer. A zero matrix stays zero.

    What is a matrix is decided by its role: biases, that is arrays in a field or under a key that
    is called `bias`, stay as they are whatever their shape, and so do arrays of fewer than two axes
    and Equinox's layers that normalise activations. Its `WeightNorm`, and a normalisation layer of
    your own with weights of several axes, must be kept out by hand.

    The singular value is exact, from a decomposition after each move, which costs of the order of
    $\min(m, n)^2\max(m, n)$. The paper approximates it by a step of power iteration, at the cost of
    two products with a vector, and takes the gradient through the division. This function makes
    such a step for a [`PowerIterated`][gantheory.penalties.PowerIterated]; the gradient is that of
    the weights as they are in either case.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import penalties
        >>> print(penalties.spectral_normalise(jnp.array([[0.0, 2.0], [1.0, 0.0]])).round(3))
        [[0.  1. ]
         [0.5 0. ]]

    Source:
        Miyato et al. (2018), Spectral normalization for generative adversarial networks.
    """
    return _of_matrices(
        lambda matrix: _divided(matrix, jnp.linalg.norm(matrix, 2)),
        critic,
        lambda one: one.normalised(),
    )


def _of_matrices(
    function: Callable[[Matrix], Any],
    tree: PyTree,
    of_iterated: Callable[[PowerIterated], PyTree] = lambda one: one,
) -> PyTree:
    """A function of every weight matrix of a tree, in single precision or better."""

    def apply(path: tuple[Any, ...], leaf: PyTree) -> PyTree:
        if isinstance(leaf, PowerIterated):
            return of_iterated(leaf)
        name = getattr(path[-1], "name", getattr(path[-1], "key", None)) if path else None
        if not eqx.is_inexact_array(leaf) or leaf.ndim < 2 or name == "bias":
            return leaf
        weights = jnp.asarray(leaf)
        done = function(wide(weights).reshape(weights.shape[0], -1))
        # Divided before it is cast back: the singular value may be beyond half precision.
        return leaf if done is None else done.astype(weights.dtype).reshape(weights.shape)

    return jax.tree_util.tree_map_with_path(
        apply, tree, is_leaf=lambda node: isinstance(node, (*NORMALISATIONS, PowerIterated))
    )


def _divided(array: Float[Array, " *any"], length: Scalar) -> Float[Array, " *any"]:
    """An array divided by a length; one of length zero as it is."""
    return array / jnp.where(length > 0, length, 1)


def _power_step(matrix: Matrix, u: Vector) -> tuple[Vector, Scalar]:
    """One step of power iteration: the left vector, and the length that it belongs to."""
    v = u @ matrix
    image = matrix @ _divided(v, jnp.linalg.norm(v))
    largest = jnp.linalg.norm(image)
    return jnp.where(largest > 0, _divided(image, largest), u), largest


def _bits(vector: Vector) -> Int[Array, " out"]:
    return jax.lax.bitcast_convert_type(vector, jnp.int32)
