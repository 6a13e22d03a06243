"""The creative value function has no maximum over the classifier, however data, fakes and styles
are distributed."""

import numpy as np
import pytest


def growth_rates(p, q, eta):
    """What certainty about each style at each point adds to V per nat of log(1/epsilon); shape
    (point, style)."""
    styles = eta.shape[1]
    return 2 * (1 - 1 / styles) * q[:, None] - (1 - eta) * p[:, None]


def style_part(p, q, eta, posterior):
    styles = posterior.shape[1]
    data = np.sum(p[:, None] * eta * np.log(posterior))
    deviation = -np.log(posterior) / styles - (1 - 1 / styles) * np.log1p(-posterior)
    return data + np.sum(q[:, None] * deviation)


@pytest.mark.parametrize("styles", [2, 3, 25])
def test_some_style_can_be_made_certain_with_unbounded_gain(styles):
    rng = np.random.default_rng(styles)
    for spread in (0.05, 1.0, 50.0):  # from nearly disjoint distributions to nearly equal ones
        for _ in range(300):
            p, q = rng.dirichlet(np.full(5, spread), size=2)
            eta = rng.dirichlet(np.full(styles, spread), size=5)
            assert growth_rates(p, q, eta).max() > 0
            assert growth_rates(p, p, eta).max() > 0, "for the perfect generator, too"


def test_the_rate_is_the_growth_of_the_value():
    rng = np.random.default_rng(0)
    p, q = rng.dirichlet(np.ones(5), size=2)
    eta = rng.dirichlet(np.ones(4), size=5)
    rates = growth_rates(p, q, eta)
    point, style = np.unravel_index(np.argmax(rates), rates.shape)
    values = []
    for epsilon in (1e-6, 1e-9):
        posterior = np.full((5, 4), 0.25)
        posterior[point] = epsilon / 3
        posterior[point, style] = 1 - epsilon
        values.append(style_part(p, q, eta, posterior))
    np.testing.assert_allclose((values[1] - values[0]) / np.log(1e3), rates.max(), rtol=1e-3)


def test_a_single_style_leaves_nothing_to_gain():
    p, q = np.random.default_rng(1).dirichlet(np.ones(5), size=2)
    assert np.all(growth_rates(p, q, np.ones((5, 1))) == 0)
