"""Where papers and their code, or codes in wide use, disagree: one test for each, named after the
defect.

Each test would fail if the library did what the defective source does.
"""

import functools
import inspect

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from support.helpers import sgd, small_gan

import gantheory
from gantheory import (
    Optimiser,
    Trainer,
    data,
    deviations,
    divergences,
    dynamics,
    games,
    losses,
    networks,
    penalties,
)
from gantheory.games import BALANCE, DISCRIMINATOR, GENERATOR

KEY = jax.random.key(0)


def test_least_squares_signs_are_those_of_a_regression_not_the_printed_ones():
    """Printed: -E(D(x)-1)^2 + E D(G(z))^2 and -E(D(G(z))-1)^2, which the players would push away
    from their targets."""
    at_target = {"real_logits": jnp.ones(3), "fake_logits": jnp.zeros(3)}
    off_target = {"real_logits": jnp.zeros(3), "fake_logits": jnp.ones(3)}
    discriminator = losses.least_squares_discriminator_loss
    assert discriminator(**at_target) == 0
    assert discriminator(**off_target) == 1
    assert jax.grad(losses.least_squares_generator_loss)(jnp.asarray(0.0)) == -1


def test_least_squares_regresses_the_raw_score_not_its_sigmoid():
    """On the sigmoid a rejected fake would have almost no gradient: the loss would saturate
    again."""
    slope = jax.grad(losses.least_squares_generator_loss)(jnp.asarray(-20.0))
    assert slope == pytest.approx(-21)


def test_dragan_trains_the_non_saturating_generator_not_the_printed_minimax_one():
    game = games.build("dragan")
    rejected = jnp.full(4, -20.0)
    slope = jax.grad(game.generator_loss, argnums=1)(jnp.zeros(4), rejected)
    np.testing.assert_allclose(slope, -0.25, rtol=1e-6)


def test_dragan_points_are_not_clipped_to_the_range_of_images():
    """A critic that is steep only outside of [0, 1] would look flat from inside."""
    real = jnp.asarray([[0.0], [1.0]] * 500)
    outside = penalties.dragan(lambda x: 3 * jax.nn.relu(jnp.abs(x[0] - 0.5) - 0.5), real, KEY, 0.5)
    assert outside == pytest.approx((0 - 1) ** 2 / 2 + (3 - 1) ** 2 / 2, rel=0.1)


def test_dragan_noise_is_centred_not_one_sided():
    """With noise of one sign, a critic that is steep only above its data would be seen, one below
    would not."""
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
    """Over the batch a critic of slope one everywhere would seem to have slope sqrt(N), or
    1/sqrt(N) in the mean."""
    for size in (2, 50):
        real = jax.random.normal(KEY, (size, 1))
        assert penalties.wgan_gp(lambda x: x[0], real, 1 + real, KEY) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("name", ["wgan_gp", "dragan"])
def test_the_norm_is_over_the_whole_sample_not_over_its_channels(name):
    """A slope of one, spread over 4 x 4 pixels, is a slope of 1/4 at each pixel."""
    images = jax.random.normal(KEY, (5, 4, 4, 1))

    def critic(x):
        return 0.25 * jnp.sum(x)

    value = (
        penalties.wgan_gp(critic, images, images[::-1], KEY)
        if name == "wgan_gp"
        else penalties.dragan(critic, images, KEY, 0.5)
    )
    assert value == pytest.approx(0, abs=1e-9)


def test_the_interpolation_weight_is_drawn_per_sample_not_per_pixel():
    """Between an all-zero and an all-one image every point is a constant image; per pixel it would
    be noise."""
    zeros, ones = jnp.zeros((8, 16)), jnp.ones((8, 16))

    def roughness(x):
        return 100 * jnp.sum((x - jnp.mean(x)) ** 2) + jnp.sum(x) / 4

    assert penalties.wgan_gp(roughness, zeros, ones, KEY) == pytest.approx(0, abs=1e-6)


def test_the_interpolation_weight_is_drawn_per_sample_not_per_batch():
    """One weight for all would give one slope for all: a critic of quadratic growth then shows no
    spread."""
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


@pytest.mark.usefixtures("x64")
def test_the_eigenvalues_with_a_zero_centred_penalty_carry_the_square_of_the_slope():
    """Equation (12) of R3GAN prints f'(0) under the root; the determinant of its own Jacobian is
    f'(0)²."""
    slope, weight = 0.5, 0.3
    game = games.relativistic_r1_r2(r1_weight=weight / 2, r2_weight=weight / 2)
    at_zero = functools.partial(jax.tree.map, jnp.zeros_like)
    players = {
        GENERATOR: at_zero(eqx.nn.Linear(1, 1, key=KEY)),
        DISCRIMINATOR: at_zero(eqx.nn.Linear(1, "scalar", use_bias=False, key=KEY)),
    }
    batch = data.Batch(real=jnp.zeros((4, 1)), latent=jnp.zeros((4, 1)), key=KEY)
    found = dynamics.eigenvalues(eqx.filter_jit(dynamics.jacobian)(game, players, batch))
    moving = found[np.abs(found) > 1e-9]  # the weight of the generator meets only zeros
    root = np.emath.sqrt(weight**2 / 4 - slope**2)
    assert np.allclose(np.sort_complex(moving), [-weight / 2 - root, -weight / 2 + root])
    assert not np.allclose(np.abs(moving.imag), np.sqrt(slope - weight**2 / 4), atol=0.1)


def test_the_balance_of_began_is_clamped():
    """Unclamped, one step of this size would leave [0, 1] by orders of magnitude."""
    game = games.began()
    players = {BALANCE: games.Balance(0.5)}
    moved = {BALANCE: jax.tree.map(lambda k: k + 100, players[BALANCE])}
    assert game.project(BALANCE, moved)[BALANCE].k == 1
    moved = {BALANCE: jax.tree.map(lambda k: k - 100, players[BALANCE])}
    assert game.project(BALANCE, moved)[BALANCE].k == 0
    assert game.project(GENERATOR, moved) is moved


def test_clipping_happens_after_moves_of_the_critic_only():
    game, players, source, _ = small_gan("wgan", clip_bound=0.02)
    trainer = Trainer(
        game,
        source,
        optimisers={
            GENERATOR: sgd(0.5),
            DISCRIMINATOR: Optimiser(optax.rmsprop, learning_rate=0.01),
        },
    )
    state = trainer.init(players, key=KEY)
    result = trainer.train(state, 3)
    critic, generator = result.players[DISCRIMINATOR], result.players[GENERATOR]
    assert max(float(jnp.max(jnp.abs(leaf))) for leaf in jax.tree.leaves(critic)) <= 0.02 * (
        1 + 1e-6
    )
    assert max(float(jnp.max(jnp.abs(leaf))) for leaf in jax.tree.leaves(generator)) > 0.1


def test_every_critic_move_has_a_draw_and_a_key_of_its_own():
    """A repeated key would interpolate at the same weights five times over."""

    class Listening(games.Game):
        turns: tuple[games.Turn, ...] = games.CRITIC_FIVE_TIMES

        def losses(self, players, batch):
            number = jax.random.uniform(batch.key)
            return {
                DISCRIMINATOR: -number * players[DISCRIMINATOR],
                GENERATOR: 0 * players[GENERATOR],
            }

    _, _, source, _ = small_gan()
    players = {GENERATOR: jnp.zeros(()), DISCRIMINATOR: jnp.zeros(())}
    trainer = Trainer(Listening(), source, optimisers=dict.fromkeys(players, sgd(1.0)))
    state = trainer.init(players, key=KEY)
    result = trainer.train(state, 1)
    from support.helpers import draw_of

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


def test_the_relativistic_game_trains_its_generator_by_the_pairs():
    """Code in wide use computes this loss and then overwrites it with the unpaired one, of slope
    -1/4 here."""
    game = games.build("relativistic_r1_r2")
    both = jnp.full(4, -20.0)
    slope = jax.grad(game.generator_loss, argnums=1)(both, both)
    np.testing.assert_allclose(slope, -0.5 / 4, rtol=1e-6)


def test_the_relativistic_generator_is_the_non_saturating_one_not_the_printed_zero_sum_one():
    """Where each fake is seen through, minus the discriminator's loss would leave it no
    gradient."""
    slope = jax.grad(losses.relativistic_generator_loss, argnums=1)
    np.testing.assert_allclose(slope(jnp.full(4, 20.0), jnp.full(4, -20.0)), -1 / 4, rtol=1e-6)


def test_the_hinge_wants_data_above_its_margin_and_fakes_below():
    """With the sides exchanged, or the sign, the loss would fall the other way."""
    real, fake = jax.grad(losses.hinge_discriminator_loss, argnums=(0, 1))(
        jnp.zeros(()), jnp.zeros(())
    )
    assert (real, fake) == (-1, 1)
    assert jax.grad(losses.hinge_generator_loss)(jnp.zeros(())) == -1


def test_every_loss_goes_by_its_own_name():
    """A loss that is another one under a second name, and renamed, renames the first one too."""
    named = [name for name in losses.__all__ if inspect.isfunction(getattr(losses, name))]
    assert [getattr(losses, name).__name__ for name in named] == named


def test_a_penalty_is_a_term_of_the_critics_loss_and_of_nobody_elses():
    _, players, source, _ = small_gan()
    batch = source(KEY)
    without, with_it = (
        games.build("wgan_gp", penalty_weight=weight).entries(players, batch)
        for weight in (0.0, 5.0)
    )
    assert with_it[GENERATOR] == without[GENERATOR]
    added = with_it[DISCRIMINATOR] - without[DISCRIMINATOR]
    assert added == pytest.approx(5 * float(with_it["penalty"]), rel=1e-5)
    assert added > 0.1


@pytest.mark.parametrize("labelled", [False, True])
def test_latents_and_interpolation_weights_do_not_share_a_key(labelled):
    """With one key for both, the weight of a pair would be its latent number over again."""
    latent, count = data.Uniform(1), 1000
    source = data.Synthetic(data.Normal(0.0, 1.0), latent, count)
    if labelled:
        labels = jnp.arange(10, dtype=jnp.int32) % 2
        source = data.Dataset(jax.random.normal(KEY, (10, 1)), latent, count, labels)
    batch = source(KEY)
    from_zero, to_one = (
        jnp.concatenate([jnp.full((count, 1), end), batch.latent], axis=1) for end in (0.0, 1.0)
    )

    def critic(x):
        """Its slope is one more than the weight less the latent number."""
        return x[0] + (x[0] - jax.lax.stop_gradient(x[1])) ** 2 / 2

    gap = penalties.wgan_gp(critic, from_zero, to_one, batch.key)
    assert gap == pytest.approx(1 / 6, abs=0.03)  # of two independent uniform numbers


def test_no_key_has_a_default():
    """A run that draws from a constant hidden in a signature is the same run for everybody."""
    modules = [data, deviations, divergences, games, losses, networks, penalties, gantheory]
    public = {
        f"{module.__name__}.{name}": getattr(module, name)
        for module in modules
        for name in module.__all__
        if inspect.isfunction(getattr(module, name)) or inspect.isclass(getattr(module, name))
    }
    keys = {
        f"{path}({parameter.name})": parameter.default
        for path, function in public.items()
        for parameter in inspect.signature(function).parameters.values()
        if parameter.name == "key" or "seed" in parameter.name
    }
    assert len(keys) > 5
    assert {
        path for path, default in keys.items() if default is not inspect.Parameter.empty
    } == set()


@pytest.mark.parametrize("styles", [2, 25])
def test_a_deviation_is_not_divided_by_the_number_of_styles_once_more(styles):
    """A mean over styles as well as over the batch would divide the generator's weight by K in
    silence."""
    certain = jnp.zeros((3, styles)).at[:, 0].set(40.0)
    assert deviations.entropy_deviation(certain) == pytest.approx(np.log(styles), rel=1e-5)
    uniform = jnp.zeros((3, styles))
    assert deviations.mce_deviation(uniform) == pytest.approx(np.log(styles), rel=1e-6)
    coins = np.log(styles) + (styles - 1) * np.log(styles / (styles - 1))
    assert deviations.bce_deviation(uniform) == pytest.approx(coins, rel=1e-5)


def test_no_epsilon_is_hidden_in_the_logarithm_of_a_variance():
    """With log(variance + 1e-8) a variance of exp(-40) would cost what exp(-18.4) costs."""
    kl = divergences.kl_to_standard_normal(jnp.zeros(1), jnp.full(1, -40.0))
    assert kl == pytest.approx((40 - 1) / 2, rel=1e-6)


def test_no_epsilon_is_hidden_in_the_densities_of_a_grid():
    """With 1e-4 added to both densities, laws without overlap would not be log 2 apart."""
    grid = jnp.linspace(0.0, 10.0, 401)

    def log_density(mean):
        return -((grid - mean) ** 2) / (2 * 0.2**2) - np.log(0.2 * np.sqrt(2 * np.pi))

    value = divergences.jensen_shannon_1d(log_density(3.0), log_density(7.0), grid)
    assert value == pytest.approx(np.log(2), rel=1e-5)
