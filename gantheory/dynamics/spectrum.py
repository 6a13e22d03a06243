"""Eigenvalues of a Jacobian, and what they say about a point that stays in place."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Complex, Float

from gantheory._checks import require_finite, require_floating, require_non_negative, require_number
from gantheory.dynamics.field import Matrix
from gantheory.shapes import Scalar

Spectrum = Complex[Array, " size"]
Tolerance = Float[Array, ""] | float


class Verdict(eqx.Enumeration):
    """What eigenvalues say about a point that stays in place.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import dynamics
        >>> verdict = dynamics.flow_verdict(jnp.array([-1 + 2j, -1 - 2j]), tolerance=1e-3)
        >>> print(verdict == dynamics.Verdict.converges, dynamics.Verdict[verdict])
        True nearby positions converge to the point, at an exponential rate
    """

    converges = "nearby positions converge to the point, at an exponential rate"
    diverges = "some positions leave the point, however near they start"
    undecided = "an eigenvalue lies on the border, so the linear terms do not decide"


def eigenvalues(matrix: Matrix) -> Spectrum:
    """The eigenvalues of a finite real square matrix, such as a Jacobian; greatest real part first.

    All are there, with their multiplicities; of a pair of conjugates the one above the real axis
    comes first. A double eigenvalue with only one eigenvector has half of the digits. (JAX computes
    eigenvalues on a CPU; elsewhere not every version can.)

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import dynamics
        >>> print(dynamics.eigenvalues(jnp.array([[-1.0, -0.5], [0.5, -1.0]])).round(3))
        [-1.+0.5j -1.-0.5j]
    """
    require_floating(matrix=matrix)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"matrix must be square, got shape {matrix.shape}.")
    require_finite(matrix=matrix)
    half = jnp.finfo(matrix.dtype).bits < 32  # of which there are no decompositions
    values = jnp.linalg.eigvals(matrix.astype(jnp.float32) if half else matrix)
    return values[jnp.lexsort((-values.imag, -values.real))]


def flow_verdict(spectrum: Spectrum, *, tolerance: Tolerance) -> Verdict:
    r"""What the eigenvalues of the field's `jacobian` at an equilibrium say about the flow.

    The verdict is `converges` if $\max\operatorname{Re}\lambda < -$tolerance, `diverges` if it is
    greater than the tolerance, otherwise `undecided`. This is the linear test of [When does GAN
    training converge?][thm-linear-test].

    Raises:
        ValueError: The tolerance is negative, or the eigenvalues are not a finite vector.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import dynamics
        >>> verdict = dynamics.flow_verdict(jnp.array([0.5j, -0.5j]), tolerance=1e-3)
        >>> print(verdict == dynamics.Verdict.undecided)
        True
    """
    return _verdict(spectrum, jnp.max(spectrum.real), tolerance)


def step_verdict(spectrum: Spectrum, *, tolerance: Tolerance) -> Verdict:
    r"""What the eigenvalues of a `step_jacobian` at an equilibrium say about gradient play.

    The verdict is `converges` if $\max\lvert\lambda\rvert < 1-$tolerance, `diverges` if it is
    greater than 1 + tolerance, otherwise `undecided`. This is the linear test of [When does GAN
    training converge?][thm-linear-test].

    Raises:
        ValueError: The tolerance is negative, or the eigenvalues are not a finite vector.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import dynamics
        >>> verdict = dynamics.step_verdict(jnp.array([1 + 0.05j, 1 - 0.05j]), tolerance=1e-4)
        >>> print(verdict == dynamics.Verdict.diverges)
        True
    """
    return _verdict(spectrum, jnp.max(jnp.abs(spectrum)) - 1, tolerance)


def _verdict(spectrum: Spectrum, beyond_border: Scalar, tolerance: Tolerance) -> Verdict:
    if spectrum.ndim != 1:
        raise ValueError(
            "spectrum must be a vector of eigenvalues, as dynamics.eigenvalues(matrix) gives, "
            f"got shape {spectrum.shape}."
        )
    require_finite(spectrum=spectrum)
    require_number(tolerance=tolerance)
    require_non_negative(tolerance=tolerance)
    unless_inside = Verdict.where(beyond_border > tolerance, Verdict.diverges, Verdict.undecided)
    return Verdict.where(beyond_border < -tolerance, Verdict.converges, unless_inside)
