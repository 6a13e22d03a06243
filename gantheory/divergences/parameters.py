"""What the divergences ask of the values of their parameters; `checked` asks for shapes."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gantheory._checks import is_known, require_finite

Matrix = Float[Array, " *batch k k"]


def require_covariances(*, definite: bool = False, **covariances: Matrix) -> None:
    """Raise unless every argument is finite, symmetric, and positive definite or semi-definite.

    A negative eigenvalue of the size of rounding errors counts as zero.
    """
    require_finite(**covariances)
    for name, covariance in covariances.items():
        if not is_known(covariance):
            continue
        known = np.asarray(covariance, float)
        scale = np.max(np.abs(known), axis=(-2, -1), keepdims=True)
        if not np.all(np.abs(known - np.swapaxes(known, -1, -2)) <= 1e-5 * scale):
            raise ValueError(f"{name} must be symmetric.")
        values = np.linalg.eigvalsh(known)
        rounding = 10 * known.shape[-1] ** 0.5 * float(jnp.finfo(covariance.dtype).eps)
        least = 0 if definite else -rounding * values[..., -1]
        if np.any(values[..., 0] <= 0 if definite else values[..., 0] < least):
            kind = "definite" if definite else "semi-definite"
            raise ValueError(
                f"{name} must be positive {kind}, but its smallest eigenvalue is "
                f"{np.min(values):.3g}."
            )


def cholesky(**covariances: Matrix) -> list[Matrix]:
    """The Cholesky factors; raise for a covariance that is singular up to rounding."""
    factors = []
    for name, covariance in covariances.items():
        factor = jnp.linalg.cholesky(covariance)
        if is_known(factor) and not np.all(np.isfinite(np.asarray(factor))):
            raise ValueError(
                f"{name} must be positive definite, but it is singular up to the rounding of "
                f"{factor.dtype}: take float64, or add a small multiple of the identity."
            )
        factors.append(factor)
    return factors


def require_logits(**logits: Float[Array, " *batch k"]) -> None:
    """Raise unless each row holds logits, and one of them is finite."""
    for name, array in logits.items():
        if is_known(array):
            highest = np.max(np.asarray(array), axis=-1)
            if not np.all(np.isfinite(highest)):
                raise ValueError(
                    f"{name} must be finite, or -inf for a class of probability zero, and every "
                    "row needs a finite logit."
                )
