"""Each objective at its optimal critic is the divergence it is said to be, on small laws and on the
line."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from theory.test_identities import COUNTS, double, js, kl, law, optimal_logits, quickly, rows

from gantheory import losses
from gantheory.divergences import F_DIVERGENCES

SHIFTS = st.lists(st.floats(-3, 3), min_size=4, max_size=4)


def of_table(loss):
    """A discriminator's loss as a function of one logit per entry of the sample space, compiled
    once."""
    value = jax.jit(lambda table, real, fake: loss(table[real], table[fake]))
    return value, jax.jit(jax.grad(lambda table, real, fake: loss(table[real], table[fake])))


least_squares, least_squares_slope = of_table(losses.least_squares_discriminator_loss)
hinge, _ = of_table(losses.hinge_discriminator_loss)
wasserstein, _ = of_table(losses.wasserstein_critic_loss)


def total_variation(p, q) -> float:
    return float(np.sum(np.abs(p - q))) / 2


def triangular_discrimination(p, q) -> float:
    return float(np.sum((p - q) ** 2 / (p + q)))


# Least squares


@given(COUNTS, COUNTS, SHIFTS)
@quickly
def test_least_squares_is_a_quarter_minus_an_eighth_of_the_triangular_discrimination(
    real, fake, shift
):
    p, q = law(real), law(fake)
    best, batches = p / (p + q), (rows(real), rows(fake))
    value = double(least_squares, best, *batches)
    assert value == pytest.approx(1 / 4 - triangular_discrimination(p, q) / 8, abs=1e-12)
    assert np.max(np.abs(double(least_squares_slope, best, *batches))) < 1e-12
    assert double(least_squares, best + np.asarray(shift), *batches) >= value - 1e-14


def test_the_least_squares_divergence_is_symmetric_and_bounded_unlike_pearsons():
    p, q = np.asarray([0.999, 0.001]), np.asarray([0.001, 0.999])
    assert triangular_discrimination(p, q) == pytest.approx(triangular_discrimination(q, p))
    assert triangular_discrimination(p, q) < 2
    assert np.sum((p - q) ** 2 / q) > 100


# Hinge


@given(COUNTS, COUNTS, SHIFTS)
@quickly
def test_hinge_is_two_minus_twice_the_total_variation(real, fake, shift):
    p, q = law(real), law(fake)
    best, batches = np.sign(p - q), (rows(real), rows(fake))
    value = double(hinge, best, *batches)
    assert value == pytest.approx(2 - 2 * total_variation(p, q), abs=1e-12)
    assert double(hinge, best + np.asarray(shift), *batches) >= value - 1e-12


# f-divergences

RAW_SCORE = {
    "kl": lambda log_ratio: 1 + log_ratio,
    "reverse_kl": lambda log_ratio: log_ratio,
    "pearson_chi2": lambda log_ratio: 2 * (np.exp(log_ratio) - 1),
    "squared_hellinger": lambda log_ratio: log_ratio / 2,
    "jensen_shannon": lambda log_ratio: log_ratio,
    "gan": lambda log_ratio: log_ratio,
}
"""The score whose activation is the optimal statistic, solved by hand."""

BY_HAND = {
    "kl": kl,
    "reverse_kl": lambda p, q: kl(q, p),
    "pearson_chi2": lambda p, q: float(np.sum((p - q) ** 2 / q)),
    "squared_hellinger": lambda p, q: float(np.sum((np.sqrt(p) - np.sqrt(q)) ** 2)),
    "jensen_shannon": lambda p, q: 2 * js(p, q),
    "gan": lambda p, q: 2 * js(p, q) - np.log(4),
}

F_GAN = {
    name: of_table(lambda real, fake, row=row: losses.f_gan_critic_loss(row, real, fake))
    for name, row in F_DIVERGENCES.items()
}


@pytest.mark.parametrize("name", F_DIVERGENCES)
@given(real=COUNTS, fake=COUNTS, shift=SHIFTS)
@quickly
def test_an_f_gan_critic_at_its_optimum_has_minus_the_divergence(name, real, fake, shift):
    p, q = law(real), law(fake)
    best = RAW_SCORE[name](optimal_logits(real, fake))
    batches = (rows(real), rows(fake))
    loss, slope = F_GAN[name]
    value = double(loss, best, *batches)
    assert value == pytest.approx(-BY_HAND[name](p, q), rel=1e-10, abs=1e-12)
    assert np.max(np.abs(double(slope, best, *batches))) < 1e-10
    assert double(loss, best + np.asarray(shift), *batches) >= value - 1e-12


@given(COUNTS)
@quickly
def test_the_gan_row_of_the_table_is_the_minimax_game(fake):
    logits = np.linspace(-3, 3, 4)[np.repeat(np.arange(4), fake)]
    row = F_DIVERGENCES["gan"]
    generator = losses.f_gan_generator_loss(row, jnp.asarray(logits))
    np.testing.assert_allclose(generator, losses.minimax_generator_loss(jnp.asarray(logits)))
    critic = losses.f_gan_critic_loss(row, jnp.asarray(logits), jnp.asarray(logits[::-1]))
    logistic = losses.logistic_discriminator_loss(jnp.asarray(logits), jnp.asarray(logits[::-1]))
    np.testing.assert_allclose(critic, logistic, rtol=1e-6)


def test_the_jensen_shannon_row_differs_from_it_by_constants_only():
    logits = jnp.linspace(-4, 4, 9)
    one, other = F_DIVERGENCES["gan"], F_DIVERGENCES["jensen_shannon"]
    generator = jax.grad(losses.f_gan_generator_loss, argnums=1)
    critic = jax.grad(losses.f_gan_critic_loss, argnums=(1, 2))
    np.testing.assert_allclose(generator(one, logits), generator(other, logits), rtol=1e-6)
    np.testing.assert_allclose(
        critic(one, logits, logits), critic(other, logits, logits), rtol=1e-5, atol=1e-7
    )


@pytest.mark.parametrize(
    ("name", "end"), [("reverse_kl", 0.0), ("squared_hellinger", 1.0), ("gan", 0.0)]
)
def test_an_argument_outside_a_conjugates_domain_is_refused(name, end):
    conjugate = F_DIVERGENCES[name].conjugate
    assert jnp.isfinite(conjugate(jnp.asarray(end - 0.5)))
    for outside in (end, end + 1, float("nan")):
        with pytest.raises(ValueError, match=f"t must be below {end:g}, where the conjugate is"):
            conjugate(jnp.asarray([end - 0.5, outside]))


# Kullback-Leibler identities behind the generator's losses


@given(COUNTS, COUNTS)
@quickly
def test_what_the_non_saturating_gradient_follows_is_twice_the_kl_of_the_mixture(real, fake):
    p, q = law(real), law(fake)
    assert kl(q, p) - 2 * js(p, q) == pytest.approx(2 * kl((p + q) / 2, p), abs=1e-12)


# Wasserstein


@given(COUNTS, COUNTS, st.lists(st.floats(0.1, 4), min_size=3, max_size=3), st.randoms())
@quickly
def test_the_best_one_lipschitz_critic_on_the_line_has_minus_the_wasserstein_distance(
    real, fake, gaps, random
):
    """Points with the given gaps: the best slope between two of them is the sign of F_q - F_p
    there."""
    p, q = law(real), law(fake)
    batches = (rows(real), rows(fake))
    excess = np.cumsum(q - p)[:-1]
    distance = float(np.sum(np.abs(excess) * gaps))
    best = np.concatenate([[0], np.cumsum(np.sign(excess) * gaps)])
    assert double(wasserstein, best, *batches) == pytest.approx(-distance, abs=1e-12)
    slopes = np.asarray([random.uniform(-1, 1) for _ in gaps])
    other = np.concatenate([[0], np.cumsum(slopes * gaps)])
    assert double(wasserstein, other, *batches) >= -distance - 1e-12


def test_the_gap_of_a_one_lipschitz_critic_never_exceeds_w1_between_two_normals(x64):
    """W1 of N(0,1) and N(2, 1) is 2; linear critics reach it, bent ones stay below."""
    from scipy.stats import norm

    u = (np.arange(20_000) + 0.5) / 20_000
    real, fake = jnp.asarray(norm.ppf(u, 2.0)), jnp.asarray(norm.ppf(u))
    critics = {"linear": lambda x: x, "sine": jnp.sin, "modulus": jnp.abs, "tanh": jnp.tanh}
    gaps = {
        name: -float(losses.wasserstein_critic_loss(critic(real), critic(fake)))
        for name, critic in critics.items()
    }
    assert gaps.pop("linear") == pytest.approx(2, abs=1e-9)
    assert all(0 < gap < 2 for gap in gaps.values())


# The generator's side


def test_the_wasserstein_and_the_hinge_generator_weigh_every_sample_alike():
    for loss in (losses.wasserstein_generator_loss, losses.hinge_generator_loss):
        slopes = jax.vmap(jax.grad(loss))(jnp.linspace(-50, 50, 11))
        np.testing.assert_array_equal(slopes, -1)


def test_a_reverse_kl_f_gan_has_the_wasserstein_generators_slope_and_another_critic():
    row = F_DIVERGENCES["reverse_kl"]
    slopes = jax.vmap(jax.grad(lambda h: losses.f_gan_generator_loss(row, h)))(
        jnp.linspace(-9, 9, 7)
    )
    np.testing.assert_array_equal(slopes, -1)
