"""The minimax gradient formula needs an integrable bound on the derivative: an example without
one."""

import numpy as np
from scipy.integrate import quad

LOWEST = 1.0


def sample(theta, z):
    """A differentiable G in theta for each z in (0, 1], but its derivative has no integrable bound
    near 0."""
    return LOWEST + (theta**3 / z**2 * np.exp(-(theta**2) / z) if theta > 0 else 0.0)


def logit(x):
    """The discriminator h(x) = log(e^x - 1), whose softplus is x, so that log(1 - sigma(h)) =
    -x."""
    return np.log(np.expm1(x))


def minimax_loss(theta):
    """By quadrature, split where the integrand has its peak."""
    peak = [min(theta**2, 0.5)] if theta > 0 else None
    return quad(lambda z: -np.logaddexp(0, logit(sample(theta, z))), 0, 1, points=peak)[0]


def test_each_sample_stands_still_at_zero_but_their_mean_does_not():
    for z in (1e-3, 0.1, 1.0):
        quotients = [(sample(t, z) - sample(0, z)) / t for t in (z**0.5 / 10, z**0.5 / 30)]
        assert abs(quotients[1]) < abs(quotients[0]) / 5  # the derivative at 0 is 0 for each z
    steps = np.array([0.2, 0.1, 0.05])
    slopes = [(minimax_loss(t) - minimax_loss(0)) / t for t in steps]
    # the mean of the samples is LOWEST + theta exp(-theta²): its right derivative is 1, the formula
    # says 0
    np.testing.assert_allclose(slopes, -np.exp(-(steps**2)), rtol=1e-4)
