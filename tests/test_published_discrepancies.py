"""Where papers and their code, or codes in wide use, disagree: one test for each, named after the defect.

Each test would fail if the library did what the defective source does.
"""

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from helpers import sgd, small_gan

from gantheory import Optimiser, games, losses, penalties, train
from gantheory.games import BALANCE, DISCRIMINATOR, GENERATOR

KEY = jax.random.key(0)


def test_least_squares_signs_are_those_of_a_regression_not_the_printed_ones():
    """Printed: -E(D(x)-1)^2 + E D(G(z))^2 and -E(D(G(z))-1)^2, which the players would push away from their targets."""
    at_target = {"real_logits": jnp.ones(3), "fake_logits": jnp.zeros(3)}
    off_target = {"real_logits": jnp.zeros(3), "fake_logits": jnp.ones(3)}
    discriminator = losses.least_squares_discriminator_loss
    assert discriminator(**at_target) == 0
    assert discriminator(**off_target) == 1
    assert jax.grad(losses.least_squares_generator_loss)(jnp.asarray(0.0)) == -1


def test_least_squares_regresses_the_raw_score_not_its_sigmoid():
    """On the sigmoid a rejected fake would have almost no gradient: the loss would saturate again."""
    slope = jax.grad(losses.least_squares_generator_loss)(jnp.asarray(-20.0))
    assert slope == pytest.approx(-21)


def test_dragan_trains_the_non_saturating_generator_not_the_printed_minimax_one():
    game = games.build("dragan")
    rejected = jnp.full(4, -20.0)
    slope = jax.grad(game.generator_loss, argnums=1)(jnp.zeros(4), rejected)
    np.testing.assert_allclose(slope, -0.25, rtol=1e-6)


def test_dragan_noise_is_centred_not_one_sided():
    """With noise of one sign, a critic that is steep only above its data would be seen, one below would not."""
    real = jnp.asarray([[-1.0], [1.0]] * 500)

    above = penalties.dragan(lambda x: 3 * jax.nn.relu(x[0] - 1), real, KEY, 0.5)
    below = penalties.dragan(lambda x: 3 * jax.nn.relu(-1 - x[0]), real, KEY, 0.5)
    assert above == pytest.approx(float(below), rel=0.1)
    assert below != pytest.approx(1.0, abs=0.2), "the critic's steep side must have been seen"


@pytest.mark.parametrize("name", ["wgan_gp", "dragan"])
def test_penalties_take_the_slope_of_the_logit_not_of_its_sigmoid(name):
    """A logit of slope one far in the sigmoid's tail: no penalty here, full penalty there."""
    real = jax.random.normal(KEY, (32, 1))

    def critic(x):
        return x[0] - 30

    value = (
        penalties.wgan_gp(critic, real, real[::-1], KEY)
        if name == "wgan_gp"
        else penalties.dragan(critic, real, KEY, 0.5)
    )
    assert value == pytest.approx(0, abs=1e-10)


def test_the_norm_is_per_sample_not_over_the_whole_batch():
    """Over the batch a critic of slope one everywhere would seem to have slope sqrt(N), or 1/sqrt(N) in the mean."""
    for size in (2, 50):
        real = jax.random.normal(KEY, (size, 1))
        assert penalties.wgan_gp(lambda x: x[0], real, 1 + real, KEY) == pytest.approx(0, abs=1e-9)


def test_the_norm_is_over_the_whole_sample_not_over_its_channels():
    """A slope of one, spread over 4 x 4 pixels, is a slope of 1/4 at each pixel."""
    images = jax.random.normal(KEY, (5, 4, 4, 1))
    value = penalties.wgan_gp(lambda x: 0.25 * jnp.sum(x), images, images[::-1], KEY)
    assert value == pytest.approx(0, abs=1e-9)


def test_the_interpolation_weight_is_drawn_per_sample_not_per_pixel():
    """Between an all-zero and an all-one image every point is a constant image; per pixel it would be noise."""
    zeros, ones = jnp.zeros((8, 16)), jnp.ones((8, 16))

    def roughness(x):
        return 100 * jnp.sum((x - jnp.mean(x)) ** 2) + jnp.sum(x) / 4

    assert penalties.wgan_gp(roughness, zeros, ones, KEY) == pytest.approx(0, abs=1e-6)


def test_the_interpolation_weight_is_drawn_per_sample_not_per_batch():
    """One weight for all would give one slope for all: a critic of quadratic growth then shows no spread."""
    zeros, ones = jnp.zeros((400, 1)), jnp.ones((400, 1))
    value = penalties.wgan_gp(lambda x: jnp.sum(x**2) / 2, zeros, ones, KEY)
    assert value == pytest.approx(1 / 3, abs=4 * np.sqrt(4 / 45 / 400))  # E (alpha - 1)^2


def test_no_epsilon_is_hidden_in_the_norm():
    """With sqrt(1e-4 + |g|^2) a flat critic would have slope 0.01 and the penalty 0.9801."""
    real = jnp.zeros((4, 1))
    assert penalties.wgan_gp(lambda x: 0 * x[0], real, real, KEY) == 1


def test_slopes_below_one_are_penalised_too():
    real = jnp.zeros((4, 1))
    assert penalties.wgan_gp(lambda x: 0.5 * x[0], real, real, KEY) == pytest.approx(0.25)


def test_no_label_is_smoothed_on_one_side_or_the_other():
    """Smoothing the real labels by 0.25 would add 0.25 h to the loss of a confident real logit."""
    sure = losses.logistic_discriminator_loss(jnp.asarray([50.0]), jnp.asarray([-50.0]))
    assert sure == pytest.approx(0, abs=1e-20)
    for loss in (losses.logistic_discriminator_loss, losses.hinge_discriminator_loss):
        assert list(inspect.signature(loss).parameters) == ["real_logits", "fake_logits"]


@pytest.mark.parametrize("penalty", [penalties.r1, penalties.r2])
def test_zero_centred_penalties_have_the_half_of_their_formula(penalty):
    assert penalty(lambda x: 3 * x[0], jnp.zeros((4, 1))) == pytest.approx(4.5)


def test_the_balance_of_began_is_clamped():
    """Unclamped, one step of this size would leave [0, 1] by orders of magnitude."""
    game = games.began()
    players = {BALANCE: games.Balance(0.5)}
    moved = {BALANCE: jax.tree.map(lambda k: k + 100, players[BALANCE])}
    assert game.settle(BALANCE, moved)[BALANCE].k == 1
    moved = {BALANCE: jax.tree.map(lambda k: k - 100, players[BALANCE])}
    assert game.settle(BALANCE, moved)[BALANCE].k == 0
    assert game.settle(GENERATOR, moved) is moved


def test_clipping_happens_after_moves_of_the_critic_only():
    game, players, source, _ = small_gan("wgan", clip_bound=0.02)
    result = train(
        game,
        players,
        source,
        optimisers={
            GENERATOR: sgd(0.5),
            DISCRIMINATOR: Optimiser(optax.rmsprop, learning_rate=0.01),
        },
        steps=3,
        key=KEY,
    )
    critic, generator = result.players[DISCRIMINATOR], result.players[GENERATOR]
    assert max(float(jnp.max(jnp.abs(leaf))) for leaf in jax.tree.leaves(critic)) <= 0.02 * (
        1 + 1e-6
    )
    assert max(float(jnp.max(jnp.abs(leaf))) for leaf in jax.tree.leaves(generator)) > 0.1


def test_every_critic_move_has_a_draw_and_a_key_of_its_own():
    """A repeated key would interpolate at the same weights five times over."""

    class Listening(games.Game):
        turns: tuple[games.Turn, ...] = games.CRITIC_FIVE_TIMES

        def losses(self, players, draw):
            number = jax.random.uniform(draw.key)
            return {
                DISCRIMINATOR: -number * players[DISCRIMINATOR],
                GENERATOR: 0 * players[GENERATOR],
            }

    _, _, source, _ = small_gan()
    players = {GENERATOR: jnp.zeros(()), DISCRIMINATOR: jnp.zeros(())}
    result = train(
        Listening(), players, source, optimisers=dict.fromkeys(players, sgd(1.0)), steps=1, key=KEY
    )
    from helpers import draw_of

    keys = [draw_of(source, KEY, step=0, turn=0, repeat=repeat).key for repeat in range(5)]
    numbers = [float(jax.random.uniform(key)) for key in keys]
    assert len(set(numbers)) == 5
    assert float(result.players[DISCRIMINATOR]) == pytest.approx(sum(numbers), rel=1e-5)


def test_the_relativistic_pairing_is_the_paired_one_not_the_average_one():
    """Against the mean of the other side these two batches would be indistinguishable."""
    real, fake = jnp.asarray([5.0, -5.0]), jnp.asarray([5.0, -5.0])
    paired = losses.relativistic_discriminator_loss(real, fake)
    crossed = losses.relativistic_discriminator_loss(real, fake[::-1])
    assert paired == pytest.approx(float(jnp.log(2.0)))
    assert crossed > 4


def test_the_wasserstein_critic_is_a_raw_score():
    assert losses.wasserstein_critic_loss(jnp.asarray([100.0]), jnp.asarray([-100.0])) == -200
