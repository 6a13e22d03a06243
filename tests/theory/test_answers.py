"""Searches for a counterexample to what the answers prove, and what fails without a hypothesis of
theirs."""

from itertools import permutations

import numpy as np
import pytest
from scipy.stats import norm


@pytest.fixture
def random():
    return np.random.default_rng(0)


def kl(q, p):
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(q > 0, q * np.log(q / p), 0.0).sum(-1)


def evidence_bound(q, prior, likelihood):
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(q > 0, q * np.log(likelihood), 0.0).sum(-1) - kl(q, prior)


def test_the_gaussian_divergence_is_convex_zero_only_at_the_prior_and_pulls_gently_from_below(
    random,
):
    mean, s = random.normal(0, 2, (2, 20_000, 2))

    def divergence(mean, s):
        return (np.expm1(s) - s + mean**2) / 2

    ends = [divergence(mean[:, end], s[:, end]) for end in (0, 1)]
    middle = divergence(mean.mean(1), s.mean(1))
    assert np.all(middle <= np.mean(ends, axis=0) + 1e-12)
    distance = np.hypot(mean, s)
    assert np.all(divergence(mean, s) > 0.05 * np.minimum(distance, 1) ** 2)
    assert np.all(np.expm1(s[s < 0]) / 2 > -0.5)


def test_the_bound_reaches_the_evidence_only_at_the_posterior(random):
    prior, likelihood = random.dirichlet(np.ones(4), 5_000), random.uniform(size=(5_000, 4))
    likelihood[::2, 0] = 0.0
    evidence = (prior * likelihood).sum(-1)
    posterior = prior * likelihood / evidence[:, None]
    q = random.dirichlet(np.ones(4), 5_000)
    q[::2, 0] = 0.0
    q[::4, 1] = 0.0  # it need not propose all codes that are possible
    q /= q.sum(-1, keepdims=True)
    slack = np.log(evidence) - evidence_bound(q, prior, likelihood)
    assert np.allclose(slack, kl(q, posterior), rtol=0, atol=1e-10)
    assert np.all(slack >= ((q - posterior) ** 2).sum(-1) / 2 - 1e-12)
    at_best = evidence_bound(posterior, prior, likelihood)
    assert np.allclose(at_best, np.log(evidence), rtol=0, atol=1e-12)


def test_a_code_that_is_impossible_given_the_datum_makes_the_bound_empty():
    prior, likelihood = np.array([0.5, 0.5]), np.array([1.0, 0.0])
    assert evidence_bound(prior, prior, likelihood) == -np.inf
    assert kl(prior, np.array([1.0, 0.0])) == np.inf


@pytest.mark.parametrize(("q", "reached"), [([0.2, 0.3, 0.5], 0.06), ([0.4, 0.6, 0.0], 0.03)])
def test_more_codes_reach_the_evidence_only_if_q_misses_no_possible_code(q, reached, random):
    joint = np.array([0.01, 0.02, 0.03])  # prior times likelihood of three codes
    codes = random.choice(3, size=200_000, p=q)
    weights = joint[codes] / np.array(q)[codes]
    levels = [np.log(weights.reshape(-1, count).mean(1)).mean() for count in (1, 10, 1_000)]
    assert levels[0] < levels[1] < levels[2] <= np.log(joint.sum()) + 1e-3
    assert levels[2] == pytest.approx(np.log(reached), abs=5e-3)


def test_the_third_estimate_is_biased_where_q_misses_a_part_of_p(random):
    p = random.dirichlet(np.ones(5), 1_000)
    q = random.dirichlet(np.ones(5), 1_000)
    log_ratio = np.log(q / p)
    third = (q * (np.exp(-log_ratio) - 1 + log_ratio)).sum(-1)
    assert np.allclose(third, kl(q, p), rtol=0, atol=1e-12)
    narrow, wide = np.array([1.0, 0.0]), np.array([0.5, 0.5])
    ratio = np.log(narrow[0] / wide[0])
    assert np.exp(-ratio) - 1 + ratio == pytest.approx(kl(narrow, wide) - 0.5)


def test_of_all_rearrangements_of_the_quantiles_only_two_are_monotone():
    cells = (np.arange(6) + 0.5) / 6
    maps = np.array(list(permutations(4 + 1.25 * norm.ppf(cells))))
    assert np.all(np.sort(maps, axis=1) == maps[0]), "all have the same distribution"
    steps = np.diff(maps, axis=1)
    monotone = np.all(steps > 0, axis=1) | np.all(steps < 0, axis=1)
    assert (len(maps), np.sum(monotone)) == (720, 2)
    assert np.array_equal(maps[monotone][1], maps[monotone][0][::-1])


def test_the_mean_of_d_and_the_share_that_is_not_rejected(random):
    rejected = random.uniform(size=(10_000, 64)) < random.uniform(size=(10_000, 1))
    delta = random.uniform(0, 0.5, size=(10_000, 1))
    d = np.where(rejected, delta * random.uniform(size=rejected.shape), random.uniform(size=(1,)))
    share = 1 - rejected.mean(-1)
    assert np.all(d.mean(-1) <= delta[:, 0] + share + 1e-12)
    assert np.max(d.mean(-1) - delta[:, 0]) > 0, "without the share the bound fails"


def test_both_generator_losses_have_their_only_rest_at_the_data_if_it_can_be_reached(random):
    p, q = random.dirichlet(np.ones(5), (2, 20_000))
    m = (p + q) / 2
    apart = ((p - q) ** 2).sum(-1)
    assert np.all(kl(p, m) + kl(q, m) >= apart / 4 - 1e-12)
    assert np.all(2 * kl(m, p) >= apart / 4 - 1e-12)
