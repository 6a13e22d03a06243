"""What the divergences ask of their parameters, before anything is computed."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from gantheory._checks import is_known, require_finite, require_floating, require_same_shape


def require_vectors(**arrays: Array) -> None:
    """Raise unless all arguments are finite vectors, or batches of vectors, of one shape."""
    require_floating(**arrays)
    _require_axes(1, **arrays)
    require_same_shape(**arrays)
    require_finite(**arrays)


def require_covariance(mean: Array, **covariances: Array) -> None:
    """Raise unless every covariance belongs to `mean`, is symmetric and is positive definite."""
    require_floating(**covariances)
    _require_axes(2, **covariances)
    require_finite(**covariances)
    expected = (*mean.shape, mean.shape[-1])
    for name, covariance in covariances.items():
        if covariance.shape != expected:
            raise ValueError(f"{name} must have shape {expected}, got {covariance.shape}.")
        if is_known(covariance):
            _require_positive_definite(name, np.asarray(covariance, float))


def require_logits(**logits: Array) -> None:
    """Raise unless all arguments are logits of one shape, each row with a class of positive mass."""
    require_floating(**logits)
    _require_axes(1, **logits)
    require_same_shape(**logits)
    for name, array in logits.items():
        if is_known(array):
            highest = np.max(np.asarray(array), axis=-1)
            if not np.all(np.isfinite(highest)):
                raise ValueError(
                    f"{name} must be finite, or -inf for a class of probability zero, and every "
                    "row needs a finite logit."
                )


def _require_axes(least: int, **arrays: Array) -> None:
    for name, array in arrays.items():
        if jnp.ndim(array) < least:
            raise ValueError(
                f"{name} must have at least {least} axes, got shape {jnp.shape(array)}."
            )


def _require_positive_definite(name: str, covariance: np.ndarray) -> None:
    transposed = np.swapaxes(covariance, -1, -2)
    scale = np.max(np.abs(covariance), axis=(-2, -1), keepdims=True)
    if not np.all(np.abs(covariance - transposed) <= 1e-5 * scale):
        raise ValueError(f"{name} must be symmetric.")
    smallest = np.min(np.linalg.eigvalsh(covariance))
    if not smallest > 0:
        raise ValueError(
            f"{name} must be positive definite, but its smallest eigenvalue is {smallest:.3g}."
        )
