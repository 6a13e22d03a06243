"""Where a generator with a regression loss and an adversarial one rests, on finitely many answers:
nothing costs less, no other distribution has a smaller sum, and what a lost hypothesis changes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import brentq, linear_sum_assignment

from gantheory import losses

PLACES, WEIGHTS = 6, (0.01, 0.3, 3.0, 300.0)
LOSSES = {
    "minimax": losses.minimax_generator_loss,
    "nonsaturating": losses.nonsaturating_generator_loss,
}


def ratio(objective, costs, weight, mu):
    if objective == "minimax":
        return 1 / np.expm1((costs + mu) / weight)
    return np.expm1(np.maximum(mu - costs, 0) / weight)


def rested(objective, p, costs, weight):
    """The distribution of the theorem."""

    def surplus(log_mu):
        return np.sum(p * ratio(objective, costs, weight, np.exp(log_mu))) - 1

    most = weight * np.log(2 + 1 / np.min(p)) + (objective == "nonsaturating") * np.max(costs)
    mu = np.exp(brentq(surplus, -60.0, np.log(most), xtol=1e-14))
    return p * ratio(objective, costs, weight, mu), mu


def adversarial(objective, p, q):
    """What an answer costs beside the regression, by the library's loss at the best logit."""
    with jax.enable_x64(True), np.errstate(divide="ignore"):
        logits = jnp.asarray(np.clip(np.log(p) - np.log(q), -700, 700))
        return np.asarray(jax.vmap(lambda one: LOSSES[objective](one[None]))(logits))


def distance(objective, p, q):
    """What that is the derivative of: 2 JS, or twice the KL divergence of the mixture from p."""
    m = (p + q) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = [np.where(one > 0, one * np.log(one / m), 0).sum(-1) for one in (p, q)]
    return sum(terms) if objective == "minimax" else 2 * np.sum(m * np.log(m / p), axis=-1)


@pytest.fixture
def task():
    random = np.random.default_rng(4)
    return random, random.dirichlet(np.ones(PLACES)), np.append(0, random.exponential(size=5))


@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("objective", LOSSES)
def test_no_answer_costs_less_and_no_distribution_has_a_smaller_sum(objective, weight, task):
    random, p, costs = task
    q, mu = rested(objective, p, costs, weight)
    total = costs + weight * adversarial(objective, p, q)
    level = -mu if objective == "minimax" else mu
    assert np.sum(q) == pytest.approx(1, abs=1e-9)
    np.testing.assert_allclose(total[q > 0], level, rtol=1e-7, atol=1e-9)
    assert np.all(total[q == 0] >= level)
    assert (np.any(q == 0)) == (objective == "nonsaturating" and weight < 1)
    others = np.concatenate(
        [random.dirichlet(np.full(PLACES, 0.3), 2_000), 0.99 * q + 0.01 * np.eye(PLACES)]
    )
    sums = others @ costs + weight * distance(objective, p, others)
    least = q @ costs + weight * distance(objective, p, q)
    assert np.min(sums[:2_000]) > least
    assert np.min(sums) > least - 1e-13


def test_what_is_missing_sits_on_the_cheapest_answer_if_no_data_lie_there():
    """A point has no mass under a density: so in three dimensions and more."""
    costs, weight = np.array([0.0, 1.0, 2.0]), 0.5
    p = np.array([0.0, 0.6, 0.4])
    rest = p[1:] / np.expm1(costs[1:] / weight)
    assert rest.sum() < 1
    q = np.append(1 - rest.sum(), rest)
    total = costs + weight * adversarial("minimax", p, q)
    np.testing.assert_allclose(total, 0, atol=1e-12)
    others = np.random.default_rng(1).dirichlet(np.full(3, 0.3), 5_000)
    sums = others @ costs + weight * distance("minimax", p, others)
    assert np.min(sums) >= q @ costs + weight * distance("minimax", p, q)


def test_with_the_hinge_loss_an_answer_is_right_or_the_mean():
    costs, weight = np.array([0.0, 0.5, 1.0, 3.0]), 0.8
    p = np.array([0.0, 0.4, 0.3, 0.3])
    right = costs < 2 * weight
    q = np.where(right, p, 0) + np.array([0.3, 0, 0, 0])
    best = np.where(costs > 0, np.minimum(costs / weight - 1, 1), -1)
    of_one = jax.vmap(lambda one: losses.hinge_generator_loss(one[None]))
    total = costs + weight * np.asarray(of_one(jnp.asarray(best)))
    np.testing.assert_allclose(total[q > 0], weight, rtol=1e-6)
    assert np.all(total[q == 0] > weight)
    logits = jnp.linspace(-2, 2, 401)
    for real, fake, chosen in zip(p, q, best, strict=True):  # no logit is better
        judged = real * jax.nn.relu(1 - logits) + fake * jax.nn.relu(1 + logits)
        ours = real * max(0, 1 - chosen) + fake * max(0, 1 + chosen)
        assert ours <= jnp.min(judged) + 1e-6
    others = np.random.default_rng(1).dirichlet(np.full(4, 0.3), 5_000)
    sums = others @ costs + weight * np.abs(others - p).sum(axis=1)
    assert np.min(sums) >= q @ costs + weight * np.abs(q - p).sum()


def test_a_critic_that_is_lipschitz_in_the_pair_sees_less_than_one_at_each_input():
    """Where the mean answer has the slope 3, what lies above it takes a short cut along the input,
    and what lies below it the opposite one."""
    x, slope = np.linspace(-20, 20, 201), 3.0
    right, wrong = (
        np.concatenate([np.stack([x, slope * x + off], axis=1) for off in (-size, size)])
        for size in (1.0, 0.5)
    )
    distances = np.linalg.norm(right[:, None] - wrong[None], axis=2)
    found = np.mean(distances[linear_sum_assignment(distances)])
    assert found < 0.6 * 0.5  # at each input it is 0.5


def test_answers_that_noise_knows_can_have_both():
    """Without the independence of noise and answer: a copy has no error and the distribution."""
    y = np.random.default_rng(2).normal(size=1_000)
    independent = np.random.default_rng(3).normal(size=1_000)
    assert np.mean((independent - y) ** 2) > 1.8
    assert np.mean((y.copy() - y) ** 2) == 0
