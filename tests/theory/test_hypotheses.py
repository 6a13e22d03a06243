"""Searches for a counterexample to what the theory pages prove, and what fails without a hypothesis
of theirs."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import expit

from gantheory import divergences

LOG_TWO = float(np.log(2))
DOUBLE = True


def distributions(random, count, places):
    """Random pairs on a few places, many of which have probability 0."""
    weights = np.maximum(random.integers(-3, 6, size=(2, count, places)), 0).astype(float)
    weights[weights.sum(-1) == 0, 0] = 1.0
    return weights / weights.sum(-1, keepdims=True)


def js(p, q):
    m = (p + q) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = [np.where(one > 0, one * np.log(one / m), 0) for one in (p, q)]
    return (terms[0] + terms[1]).sum(-1) / 2


def outer(p, q):
    return (p[..., :, None] * q[..., None, :]).reshape(*p.shape[:-1], -1)


@pytest.fixture
def many():
    return distributions(np.random.default_rng(0), 20_000, 4)


def test_js_is_zero_only_for_equals_and_log_two_only_without_overlap(many):
    p, q = many
    found = js(p, q)
    overlap = np.any((p > 0) & (q > 0), axis=-1)
    assert np.array_equal(found > LOG_TWO - 1e-14, ~overlap)
    assert np.all(found >= np.abs(p - q).sum(-1) ** 2 / 8 - 1e-15)  # so 0 only for equals
    assert 0 < overlap.mean() < 1


def test_the_divergence_of_pairs_between_its_bounds(many):
    p, q = many
    single, paired = js(p, q), js(outer(p, q), outer(q, p))
    with np.errstate(invalid="ignore"):
        a = np.nan_to_num((p - q) / (p + q))
    joint = 1 - a[:, :, None] * a[:, None, :]
    m = (p + q) / 2
    logs = np.log(np.where(joint > 0, joint, 1.0))
    shared = np.sum(m[:, :, None] * m[:, None, :] * joint * logs, axis=(1, 2))
    assert np.allclose(paired, 2 * single - shared, rtol=0, atol=1e-13)
    assert np.all(shared >= -1e-15)
    assert np.all(shared <= np.sum(m * a**2, axis=-1) ** 2 + 1e-14)
    assert np.all(np.sum(m * a**2, axis=-1) <= 2 * single + 1e-14)
    assert np.all(paired >= np.maximum(single, 2 * single - 4 * single**2) - 1e-14)
    assert np.all(paired <= np.minimum(2 * single, LOG_TWO) + 1e-14)
    assert np.max(paired - (2 * single - 3 * single**2)) > 0, "the bounds are not idle"


def test_the_quotient_tends_to_two_even_where_the_log_ratio_stays_large():
    """p and q may differ by a factor of 100 on a place, as long as it has little mass: no uniform
    closeness is needed."""
    quotients = []
    for mass in (1e-1, 1e-2, 1e-3):
        p, q = np.array([1 - mass, mass]), np.array([1 - mass / 100, mass / 100])
        quotients.append(js(outer(p, q), outer(q, p)) / js(p, q))
        assert 2 - 4 * js(p, q) <= quotients[-1] <= 2
    assert quotients[0] < 1.95
    assert quotients[-1] > 1.999


def test_the_entropy_of_a_coin_below_its_bound_which_no_smaller_constant_gives():
    coin = np.linspace(0, 1, 200_001)[1:-1]
    entropy = -coin * np.log(coin) - (1 - coin) * np.log1p(-coin)
    bound = np.sqrt(coin * (1 - coin))
    assert np.all(entropy <= 2 * LOG_TWO * bound + 1e-15)
    assert np.max(entropy / bound) > 2 * LOG_TWO - 1e-12


@pytest.mark.parametrize("name", sorted(divergences.F_DIVERGENCES))
def test_the_variational_bound_needs_the_recession_term_and_then_holds(name):
    row = divergences.F_DIVERGENCES[name]
    recession = {  # f'(∞)
        "kl": np.inf,
        "reverse_kl": 0.0,
        "pearson_chi2": np.inf,
        "squared_hellinger": 1.0,
        "jensen_shannon": LOG_TWO,
        "gan": 0.0,
    }[name]
    random = np.random.default_rng(1)
    p, q = distributions(random, 400, 3)
    with jax.enable_x64(DOUBLE):
        u = np.where(q > 0, p / np.where(q > 0, q, 1), 1.0)
        with np.errstate(divide="ignore"):
            terms = np.asarray(row.generator(jnp.asarray(u)))
        inside = np.sum(np.where(q > 0, q * terms, 0), axis=-1)
        missed = np.sum(np.where(q > 0, 0, p), axis=-1)
        whole = inside.copy()
        whole[missed > 0] += missed[missed > 0] * recession
        scores = jnp.asarray(random.normal(scale=6.0, size=p.shape))
        statistic = np.asarray(row.output_activation(scores))
        conjugate = np.asarray(row.conjugate_of_activation(scores))
    bound = np.sum(p * statistic - q * conjugate, axis=-1)
    assert np.all(bound <= whole + 1e-9)
    if recession != 0:
        assert np.any(bound > inside + 0.1), "without the term it is false"


def test_noise_ties_js_to_a_distance_on_bounded_sets():
    """W1 ≤ 2√V + C √(2 JS) on a grid of the line, with bounded noise."""
    random = np.random.default_rng(2)
    for _ in range(300):
        places, half = 30, int(random.integers(0, 8))
        p, q = (np.zeros(places + 16) for _ in range(2))
        for one in (p, q):
            np.add.at(one, 8 + random.integers(0, places, size=3), random.dirichlet(np.ones(3)))
        noise = random.dirichlet(np.ones(2 * half + 1))
        noise = (noise + noise[::-1]) / 2
        variance = np.sum(noise * np.arange(-half, half + 1) ** 2)
        noisy_p, noisy_q = (np.convolve(one, noise, mode="same") for one in (p, q))
        used = np.flatnonzero((noisy_p > 0) | (noisy_q > 0))
        diameter = used[-1] - used[0]
        w1 = np.sum(np.abs(np.cumsum(p - q)))
        assert w1 <= 2 * variance**0.5 + diameter * np.sqrt(2 * js(noisy_p, noisy_q)) + 1e-9


def test_a_small_discriminator_with_ripples_does_not_have_a_small_gradient():
    """The gradient bound needs both suprema: D ≤ δ alone leaves a slope of the order of 1/δ."""
    slopes = []
    for delta in (0.1, 0.03, 0.01):
        x = jnp.linspace(0.0, 1.0, 20_001)

        def loss(x, delta=delta):
            return jnp.log1p(-delta / 2 * (1 + jnp.sin(x / delta**2)))

        slopes.append(float(jnp.max(jnp.abs(jax.vmap(jax.grad(loss))(x)))) * delta)
    assert min(slopes) > 0.4


def test_the_linear_test_for_moves_together_is_exact_and_for_moves_in_turn_small_steps_suffice():
    random = np.random.default_rng(3)
    seen = set()
    for _ in range(300):
        jacobian = random.normal(size=(4, 4))
        values = np.linalg.eigvals(jacobian)
        if values.real.max() >= -0.05:
            jacobian = jacobian - (values.real.max() + 0.1) * np.eye(4)
            values = np.linalg.eigvals(jacobian)
        limit = np.min(-2 * values.real / np.abs(values) ** 2)
        for step in limit * np.array([0.5, 0.99, 1.01, 2.0]):
            radius = np.abs(np.linalg.eigvals(np.eye(4) + step * jacobian)).max()
            assert (radius < 1) == (step < limit)
            seen.add(bool(radius < 1))
        first, second = np.diag([1, 1, 0, 0]) @ jacobian, np.diag([0, 0, 1, 1]) @ jacobian
        small = 1e-3
        in_turn = (np.eye(4) + small * second) @ (np.eye(4) + small * first)
        assert np.abs(np.linalg.eigvals(in_turn)).max() < 1
    assert seen == {True, False}


def test_the_classical_game_in_turn_stays_on_the_circle_exactly_up_to_a_step_of_four():
    for step in np.r_[np.linspace(0.01, 8, 400), 4.0]:
        a = step / 2
        values = np.linalg.eigvals(np.array([[1, 0], [a, 1]]) @ np.array([[1, -a], [0, 1]]))
        assert (np.abs(values).max() < 1 + 1e-6) == (step <= 4)


def test_the_classical_game_together_leaves_from_every_start_with_every_step():
    random = np.random.default_rng(4)
    for _ in range(200):
        x, step = random.normal(scale=2.0, size=2), random.uniform(1e-3, 5)
        for _ in range(50):
            u = x[0] * x[1]
            sigma = expit(u)
            moved = x + step * sigma * np.array([-x[1], x[0]])
            assert moved @ moved == pytest.approx((x @ x) * (1 + (step * sigma) ** 2))
            assert moved @ moved > x @ x or sigma < 1e-6  # below, rounding hides the growth
            x = moved


def test_no_other_weight_of_the_penalty_damps_the_dirac_gan_faster_than_the_critical_one():
    for slope in (0.3, 0.5, 1.0):
        weights = np.linspace(0.01, 6 * slope, 2_001)
        decay = [
            np.linalg.eigvals(np.array([[-w, -slope], [slope, 0]])).real.max() for w in weights
        ]
        assert abs(weights[np.argmin(decay)] - 2 * slope) < 0.01
        for w in np.linspace(0.1, 1.9, 7) * slope:
            limit = w / slope**2
            for step in (0.97 * limit, 1.03 * limit):
                one = np.eye(2) + step * np.array([[-w, -slope], [slope, 0]])
                assert (np.abs(np.linalg.eigvals(one)).max() < 1) == (step < limit)
