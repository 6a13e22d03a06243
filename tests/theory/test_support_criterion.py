"""When ambiguity drives a creative generator out of the data: the page's criterion against a
generic minimiser."""

import numpy as np
import pytest
from scipy.optimize import root_scalar

POINTS, OUTSIDE = 6, 2  # four points carry data, two do not
INSIDE = POINTS - OUTSIDE
LEAVES = 1e-3


def least_deviating(p, delta, weight, steps=20_000):
    """The minimisers of 2 JS(p, q) + weight E_q[delta], one per row, by mirror descent on the
    derivative.

    It starts with mass everywhere and keeps the masses positive and their sum at one.
    """
    log_p = np.log(p, out=np.full(p.shape, -np.inf), where=p > 0)
    log_q = np.full(p.shape, -np.log(p.shape[-1]))
    for _ in range(steps):
        derivative = log_q - np.logaddexp(log_p, log_q) + weight[..., None] * delta
        log_q = log_q - derivative
        log_q -= np.logaddexp.reduce(log_q, axis=-1, keepdims=True)
    return np.exp(log_q)


def kept(p, delta, weight):
    """The sum of the criterion; infinite unless each datum deviates more than the best outside."""
    surplus = weight * (delta[:INSIDE] - delta[INSIDE:].min())
    return np.sum(p[:INSIDE] / np.expm1(surplus)) if surplus.min() > 0 else np.inf


def stated(p, delta, weight):
    """The minimiser's masses on the data, by the theorem."""
    surplus = weight * (delta[:INSIDE] - delta[INSIDE:].min())
    if kept(p, delta, weight) < 1:
        return p[:INSIDE] / np.expm1(surplus)

    def masses(nu):
        share = np.exp(nu - weight * delta[:INSIDE])
        return p[:INSIDE] * share / (2 - share)

    high = weight * delta[:INSIDE].min() + np.log(2)
    nu = root_scalar(lambda v: masses(v).sum() - 1, bracket=(high - 60, high - 1e-13)).root
    return masses(nu)


def instances(count):
    rng = np.random.default_rng(2026)
    p = np.pad(rng.dirichlet(np.ones(INSIDE), size=count), ((0, 0), (0, OUTSIDE)))
    delta = rng.exponential(size=(count, POINTS))
    delta[:, :INSIDE] += rng.choice([0.0, 0.3], size=(count, 1))  # so that both cases are frequent
    return p, delta, rng.exponential(2.0, size=count)


@pytest.fixture(scope="module")
def solved():
    """Random instances, what the criterion says of them, and their minimisers."""
    p, delta, weight = instances(300)
    sums = np.array([kept(*one) for one in zip(p, delta, weight, strict=True)])
    return p, delta, weight, sums, least_deviating(p, delta, weight)


def test_mass_leaves_the_data_exactly_if_the_sum_is_below_one(solved):
    *_, sums, q = solved
    clear = abs(sums - 1) > 0.01  # closer to the threshold a solver cannot tell
    leaves = q[:, INSIDE:].sum(axis=1) > LEAVES
    assert np.all(leaves[clear] == (sums < 1)[clear])
    assert 50 < leaves.sum() < len(leaves) - 50, "both cases must be met"


def test_the_masses_on_the_data_are_those_of_the_theorem(solved):
    p, delta, weight, _, q = solved
    expected = [stated(*one) for one in zip(p, delta, weight, strict=True)]
    np.testing.assert_allclose(q[:, :INSIDE], expected, atol=2e-3)


def test_the_two_one_sided_conditions_follow_and_neither_is_the_criterion():
    between = 0
    for p, delta, weight in zip(*instances(300), strict=True):
        least = delta[INSIDE:].min()
        mean, smallest = p @ delta, delta[:INSIDE].min()
        total = kept(p, delta, weight)
        if weight * (mean - least) <= np.log(2):
            assert total >= 1
        elif weight * (smallest - least) > np.log(2):
            assert total < 1
        else:
            between += 1
    assert between > 20


def test_without_a_surplus_on_each_datum_no_weight_drives_mass_out():
    p = np.array([0.5, 0.4, 0.05, 0.05, 0.0, 0.0])
    delta = np.array(
        [3.0, 2.0, 0.4, 5.0, 0.5, 0.9]
    )  # nothing outside is as ambiguous as the third datum
    assert kept(p, delta, 1e6) == np.inf
    q = least_deviating(p, delta, np.array(20.0))
    assert q[2] > 0.5
    assert q[INSIDE:].sum() < LEAVES


def threshold(p, delta):
    """The weight at which the sum of the criterion is one, where nothing outside deviates at
    all."""
    return root_scalar(lambda w: np.sum(p / np.expm1(w * delta)) - 1, bracket=(1e-6, 20)).root


@pytest.mark.parametrize("share", [0.99, 0.5])
def test_no_bound_on_the_mean_reward_drives_mass_out(share):
    p, delta = np.array([share, 1 - share]), np.array([10.0, 0.001 if share > 0.9 else 0.05])
    assert threshold(p, delta) * (p @ delta) > 50 * np.log(2)


def test_log_two_is_the_threshold_of_a_constant_deviation_and_of_no_other():
    p = np.array([0.3, 0.7])
    assert abs(threshold(p, np.array([2.0, 2.0])) * 2 - np.log(2)) < 1e-9
    for delta in ([2.0, 2.5], [2.5, 2.0], [1.0, 4.0]):
        assert threshold(p, np.array(delta)) * (p @ delta) > np.log(2) + 1e-3


def test_how_the_mass_outside_is_divided_is_not_determined():
    """Uniqueness holds for the masses on the data and for the sum outside, not for the points
    outside."""
    p = np.array([0.6, 0.4, 0.0, 0.0])
    delta = np.array([2.0, 3.0, 0.0, 0.0])

    def objective(q):
        inside, middle = q[:2], (p[:2] + q[:2]) / 2
        entropy = inside @ np.log(inside / middle) + p[:2] @ np.log(p[:2] / middle)
        return entropy + np.log(2) * q[2:].sum() + q @ delta

    inside = p[:2] / np.expm1(delta[:2])
    rest = 1 - inside.sum()
    divided = [objective(np.append(inside, [rest * a, rest * (1 - a)])) for a in (0.0, 0.3, 1.0)]
    assert rest > 0.5
    np.testing.assert_allclose(divided, divided[0], rtol=1e-12)
