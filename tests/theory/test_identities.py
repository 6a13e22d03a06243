"""The theory as tests: identities that the losses must satisfy whatever their code looks like.

A law on n points is given by integers of repetitions, so an expectation under it is the plain
mean of a batch in which point i occurs as often as its number says.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gantheory import losses

GRID = jnp.linspace(-60, 60, 2401)
TOTAL = 12
CUTS = st.sets(st.integers(1, TOTAL - 1), min_size=3, max_size=3).map(sorted)
COUNTS = CUTS.map(lambda cuts: tuple(np.diff([0, *cuts, TOTAL]).tolist()))
quickly = settings(max_examples=25, deadline=None, derandomize=True)


def law(counts) -> np.ndarray:
    return np.asarray(counts) / np.sum(counts)


def kl(p: np.ndarray, q: np.ndarray) -> float:
    return float(np.sum(p * np.log(p / q)))


def js(p: np.ndarray, q: np.ndarray) -> float:
    middle = (p + q) / 2
    return (kl(p, middle) + kl(q, middle)) / 2


def optimal_logits(real_counts, fake_counts) -> np.ndarray:
    """h* = log(p/q), the logit of D* = p/(p+q)."""
    return np.log(law(real_counts) / law(fake_counts))


def rows(counts) -> jax.Array:
    """Which entry of the table each member of the batch is."""
    return jnp.asarray(np.repeat(np.arange(len(counts)), counts))


def double(function, *arguments) -> np.ndarray:
    """A function compiled once and evaluated in double precision."""
    with jax.enable_x64(True):
        return np.asarray(function(*map(jnp.asarray, arguments)))


minimax = jax.jit(losses.minimax_generator_loss)
nonsaturating = jax.jit(losses.nonsaturating_generator_loss)


@jax.jit
def logistic(table, real, fake):
    return losses.logistic_discriminator_loss(table[real], table[fake])


@jax.jit
def relativistic(table, real, fake):
    """Every real sample against every fake: the pairing's expectation without chance."""
    return losses.relativistic_discriminator_loss(
        jnp.repeat(table[real], TOTAL), jnp.tile(table[fake], TOTAL)
    )


logistic_slope = jax.jit(jax.grad(logistic))
relativistic_slope = jax.jit(jax.grad(relativistic))


# Gradients in the logit


def slopes(loss) -> jax.Array:
    return jax.vmap(jax.grad(loss))(GRID)


def test_the_minimax_gradient_is_minus_sigma_and_vanishes_exponentially():
    slope = slopes(losses.minimax_generator_loss)
    np.testing.assert_allclose(slope, -jax.nn.sigmoid(GRID), rtol=1e-6)
    assert jnp.all(jnp.abs(slope) <= jnp.exp(GRID) * (1 + 1e-6))
    rate = slope[GRID < -17] / jnp.exp(GRID[GRID < -17])
    np.testing.assert_allclose(rate, -1, rtol=1e-5)


def test_the_nonsaturating_gradient_is_minus_one_minus_sigma_and_stays_on_rejected_fakes():
    slope = slopes(losses.nonsaturating_generator_loss)
    np.testing.assert_allclose(slope, -jax.nn.sigmoid(-GRID), rtol=1e-6)
    assert jnp.all(jnp.abs(slope[GRID <= 0]) >= 0.5)


def test_the_two_generator_gradients_share_their_sign_and_differ_by_the_weight():
    weight = slopes(losses.nonsaturating_generator_loss) / slopes(losses.minimax_generator_loss)
    np.testing.assert_allclose(weight, jnp.exp(-GRID), rtol=3e-6)


def test_the_difference_of_the_two_generator_losses_is_linear_in_the_logit():
    """log(1 - D) - log D = -h, so the sum of both losses is minus the mean logit."""
    both = losses.minimax_generator_loss(GRID) + losses.nonsaturating_generator_loss(GRID)
    np.testing.assert_allclose(both, -jnp.mean(GRID), atol=1e-5)
    one = jax.vmap(losses.minimax_generator_loss)(GRID)
    other = jax.vmap(losses.nonsaturating_generator_loss)(GRID)
    np.testing.assert_allclose(one + other, -GRID, atol=1e-5)


def test_minimax_is_zero_sum_in_the_fakes():
    real, fake = jnp.linspace(-3, 2, 7), jnp.linspace(-5, 4, 5)
    generator = jax.grad(losses.minimax_generator_loss)(fake)
    discriminator = jax.grad(losses.logistic_discriminator_loss, argnums=1)(real, fake)
    np.testing.assert_allclose(generator, -discriminator, rtol=1e-6)


def test_an_undecided_discriminator_gives_the_reference_values():
    undecided = jnp.zeros(8)
    both = {"real_logits": undecided, "fake_logits": undecided}
    log_two = float(np.log(2))
    assert losses.logistic_discriminator_loss(**both) == pytest.approx(2 * log_two)
    assert losses.nonsaturating_generator_loss(undecided) == pytest.approx(log_two)
    assert losses.minimax_generator_loss(undecided) == pytest.approx(-log_two)
    assert losses.relativistic_generator_loss(**both) == pytest.approx(log_two)
    assert losses.relativistic_discriminator_loss(**both) == pytest.approx(log_two)


# Values at the optimal discriminator


@given(COUNTS, COUNTS)
@quickly
def test_at_the_optimum_the_logistic_loss_is_two_log_two_minus_two_js(real, fake):
    h = optimal_logits(real, fake)
    value = double(logistic, h, rows(real), rows(fake))
    assert value == pytest.approx(2 * np.log(2) - 2 * js(law(real), law(fake)), abs=1e-12)


@given(COUNTS, COUNTS, st.lists(st.floats(-3, 3), min_size=4, max_size=4))
@quickly
def test_no_other_logits_do_better_than_the_optimum(real, fake, shift):
    h, batches = optimal_logits(real, fake), (rows(real), rows(fake))
    assert np.max(np.abs(double(logistic_slope, h, *batches))) < 1e-12
    best = double(logistic, h, *batches)
    assert double(logistic, h + np.asarray(shift), *batches) >= best - 1e-14


@given(COUNTS, COUNTS)
@quickly
def test_at_the_optimum_both_generator_losses_together_are_the_reverse_kl(real, fake):
    h = np.repeat(optimal_logits(real, fake), fake)
    both = double(minimax, h) + double(nonsaturating, h)
    assert both == pytest.approx(kl(law(fake), law(real)), abs=1e-12)


def test_at_the_optimum_the_logistic_loss_on_a_grid_of_two_normals(x64):
    """The same identity for densities: batches of quantiles, and JS by the trapezoidal rule."""
    from scipy.stats import norm

    def log_ratio(x):
        return norm.logpdf(x, 0.0, 1.0) - norm.logpdf(x, 1.5, 0.8)

    u = (np.arange(200_000) + 0.5) / 200_000
    value = losses.logistic_discriminator_loss(
        jnp.asarray(log_ratio(norm.ppf(u))), jnp.asarray(log_ratio(norm.ppf(u, 1.5, 0.8)))
    )
    x = np.linspace(-12, 12, 40_001)
    p, q = norm.pdf(x), norm.pdf(x, 1.5, 0.8)
    middle = (p + q) / 2
    js_integral = np.trapezoid(
        0.5 * p * (norm.logpdf(x) - np.log(middle))
        + 0.5 * q * (norm.logpdf(x, 1.5, 0.8) - np.log(middle)),
        x,
    )
    assert float(value) == pytest.approx(2 * np.log(2) - 2 * js_integral, abs=1e-4)
    assert 0.1 < js_integral < np.log(2)


# The relativistic pairing


@given(COUNTS, COUNTS)
@quickly
def test_the_relativistic_value_is_the_js_of_the_swapped_products(real, fake):
    """log 2 - L_D at h* is JS(p x q, q x p), which lies between JS(p, q) and log 2."""
    p, q = law(real), law(fake)
    h = optimal_logits(real, fake)
    value = np.log(2) - double(relativistic, h, rows(real), rows(fake))
    assert value == pytest.approx(js(np.outer(p, q).ravel(), np.outer(q, p).ravel()), abs=1e-12)
    assert js(p, q) - 1e-12 <= value <= np.log(2)


@given(COUNTS, COUNTS, st.lists(st.floats(-3, 3), min_size=4, max_size=4))
@quickly
def test_no_other_logits_do_better_in_the_relativistic_loss(real, fake, shift):
    h, batches = optimal_logits(real, fake), (rows(real), rows(fake))
    assert np.max(np.abs(double(relativistic_slope, h, *batches))) < 1e-12
    best = double(relativistic, h, *batches)
    assert double(relativistic, h + np.asarray(shift), *batches) >= best - 1e-14


def test_near_equality_the_relativistic_value_is_twice_the_js(x64):
    gaps = []
    for nearness in (1e-1, 1e-2):
        q = np.full(3, 1 / 3)
        p = q * (1 + nearness * np.asarray([2, -1, -1]))
        h = jnp.asarray(np.log(p / q))
        one_by_one = jax.vmap(
            jax.vmap(losses.relativistic_discriminator_loss, (None, 0)), (0, None)
        )
        value = np.log(2) - float(np.sum(np.outer(p, q) * one_by_one(h, h)))
        gaps.append(abs(value / js(p, q) - 2))
    assert gaps[0] < 0.05
    assert gaps[1] < gaps[0] / 50, "the gap closes with the square of the distance"


def test_the_relativistic_losses_see_only_differences_and_mirror_each_other():
    real, fake = jnp.linspace(-2, 3, 6), jnp.linspace(4, -1, 6)
    for loss in (losses.relativistic_generator_loss, losses.relativistic_discriminator_loss):
        np.testing.assert_allclose(loss(real + 7, fake + 7), loss(real, fake), rtol=1e-6)
    np.testing.assert_allclose(
        losses.relativistic_generator_loss(real, fake),
        losses.relativistic_discriminator_loss(real_logits=fake, fake_logits=real),
    )
    apart = losses.relativistic_discriminator_loss(real, fake)
    assert losses.relativistic_generator_loss(real, fake) - apart == pytest.approx(
        float(jnp.mean(real - fake)), rel=1e-5
    )


@pytest.mark.parametrize("gap", [1.0, 10.0, 100.0])
def test_on_disjoint_supports_the_relativistic_generator_keeps_its_gradient(gap):
    real, fake = jnp.full(4, gap), jnp.full(4, -gap)
    slope = jax.grad(losses.relativistic_generator_loss, argnums=1)(real, fake)
    np.testing.assert_allclose(slope, -jax.nn.sigmoid(2 * gap) / 4, rtol=1e-6)
