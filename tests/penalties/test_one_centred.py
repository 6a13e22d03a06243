"""The penalties that ask for slope one, and clipping: closed forms, points, keys and refusals."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gantheory import networks, penalties

KEY = jax.random.key(5)
REAL = jax.random.normal(jax.random.key(1), (64, 2))
FAKE = 2 + jax.random.normal(jax.random.key(2), (64, 2))


def wgan_gp(critic, key=KEY):
    return penalties.wgan_gp(critic, REAL, FAKE, key)


def dragan(critic, key=KEY, noise_scale=0.5):
    return penalties.dragan(critic, REAL, key, noise_scale)


BOTH = pytest.mark.parametrize("penalty", [wgan_gp, dragan])


@BOTH
@pytest.mark.parametrize("norm", [0.0, 0.5, 1.0, 5.0])
def test_of_a_linear_critic_it_is_the_squared_excess_of_the_slope(penalty, norm):
    weight = norm * jnp.asarray([0.6, -0.8])
    assert penalty(lambda x: weight @ x + 3) == pytest.approx((norm - 1) ** 2, abs=1e-6)


@BOTH
@pytest.mark.parametrize("slope", [0.5, 2.0])
def test_its_gradient_in_the_critic_is_the_closed_form(penalty, slope):
    gradient = jax.grad(lambda s: penalty(lambda x: s * x[0]))(slope)
    assert gradient == pytest.approx(2 * (slope - 1), rel=1e-5)


@BOTH
def test_where_the_gradient_is_exactly_zero_nothing_is_nan(penalty):
    value, gradient = jax.value_and_grad(lambda s: penalty(lambda x: s * x[0]))(0.0)
    assert value == 1
    assert gradient == 0


@BOTH
def test_a_dead_critic_passes_the_search_for_nans(penalty):
    """keras-io#910: no branch that is not taken may be NaN, either."""
    with jax.debug_nans(new_val=True):
        value, gradient = jax.jit(
            jax.value_and_grad(lambda w: penalty(lambda x: jax.nn.relu(w @ x - 1e3)))
        )(jnp.ones(2))
    assert value == 1
    np.testing.assert_array_equal(gradient, 0)


@BOTH
def test_another_key_means_other_points(penalty):
    def critic(x):
        return jnp.sum(x**3)

    assert penalty(critic) == penalty(critic)
    assert penalty(critic) != penalty(critic, jax.random.key(6))


def moments(penalty) -> tuple[float, float]:
    """Mean and mean square of the points at which a penalty looks, read off two critics of one
    number.

    The slope of x²/2 + 10 x is x + 10, which is positive here, and (x + 9)² = x² + 18 x + 81.
    """
    square_18 = penalty(lambda x: x[0] ** 2 / 2 + 10 * x[0]) - 81
    square_38 = penalty(lambda x: x[0] ** 2 / 2 + 20 * x[0]) - 361
    mean = float(square_38 - square_18) / 20
    return mean, float(square_18) - 18 * mean


def test_wgan_gp_looks_between_the_partners():
    """Between 0 and 1 the points are the weights themselves, uniform on the unit interval."""
    ends = jnp.zeros((4000, 1)), jnp.ones((4000, 1))
    mean, square = moments(lambda critic: penalties.wgan_gp(critic, *ends, KEY))
    assert mean == pytest.approx(1 / 2, abs=4 * (12 * 4000) ** -0.5)
    assert square == pytest.approx(1 / 3, abs=0.03)


def test_dragan_looks_around_the_data_on_all_sides_in_its_scale():
    """A uniform weight times a standard normal variable has mean 0 and variance 1/3."""
    with jax.enable_x64(True):
        signs = jnp.tile(jnp.asarray([[-1.0], [1.0]]), (10_000, 1))
        mean, square = moments(lambda critic: penalties.dragan(critic, signs, KEY, 0.5))
    deviation = 0.5 / 3**0.5
    assert abs(mean) < 4 * deviation / 20_000**0.5
    assert square - 1 == pytest.approx(deviation**2, rel=0.1)


def test_the_noise_of_dragan_has_the_unit_of_the_data():
    with jax.enable_x64(True):
        signs = jnp.tile(jnp.asarray([[-1.0], [1.0]]), (500, 1))
        _, square = moments(lambda critic: penalties.dragan(critic, signs, KEY, 0.5))
        _, small = moments(lambda critic: penalties.dragan(critic, 0.3 * signs, KEY, 0.5))
    assert small == pytest.approx(0.3**2 * square, rel=1e-6)


def test_dragan_without_noise_looks_at_the_data_themselves():
    def critic(x):
        return jnp.sum(x**2) / 2

    expected = np.mean((np.linalg.norm(REAL, axis=1) - 1) ** 2)
    assert penalties.dragan(critic, REAL, KEY, jnp.zeros(())) == pytest.approx(expected, rel=1e-5)


def test_one_critic_in_a_batch_of_images_has_the_norm_of_its_whole_gradient():
    """Over channels only, or over the whole batch, these norms would differ."""
    images = jax.random.normal(KEY, (6, 4, 4, 3))
    weight = jnp.full((4, 4, 3), 48**-0.5)
    assert penalties.wgan_gp(
        lambda x: jnp.sum(weight * x), images, images[::-1], KEY
    ) == pytest.approx(0, abs=1e-10)


def test_clipping_bounds_every_weight_and_nothing_else():
    mlp = networks.MLP(2, "scalar", width=4, depth=1, activation=jnp.tanh, key=KEY)
    clipped = penalties.clip_weights(mlp, 0.1)
    for before, after in zip(jax.tree.leaves(mlp), jax.tree.leaves(clipped), strict=True):
        np.testing.assert_array_equal(after, np.clip(before, -0.1, 0.1))
    assert clipped.activation is mlp.activation
    tree = {"weight": jnp.asarray([2.0]), "steps": jnp.asarray([7])}
    assert penalties.clip_weights(tree, 1.0)["steps"] == 7


def test_clipping_is_idempotent_and_maps_over_bounds():
    weights = jnp.linspace(-2, 2, 9)
    once = penalties.clip_weights(weights, 0.5)
    np.testing.assert_array_equal(penalties.clip_weights(once, 0.5), once)
    several = jax.vmap(lambda bound: penalties.clip_weights(weights, bound))(
        jnp.asarray([0.5, 3.0])
    )
    np.testing.assert_array_equal(several, [once, weights])


# Refusals


@pytest.mark.parametrize("bound", [0.0, -0.1, float("nan"), float("inf")])
def test_a_clip_bound_must_be_positive(bound):
    with pytest.raises(ValueError, match="bound must be positive and finite"):
        penalties.clip_weights(REAL, bound)


def test_batches_of_different_size_are_not_broadcast(without_hook):
    with pytest.raises(ValueError, match=r"fake must have shape \(64, 2\) to fit real"):
        penalties.wgan_gp(jnp.sum, REAL, FAKE[:1], KEY)


def test_one_sample_has_no_standard_deviation():
    with pytest.raises(ValueError, match="real must hold at least two samples"):
        penalties.dragan(jnp.sum, REAL[:1], KEY, 0.5)


def test_two_samples_have_a_standard_deviation():
    """Without a slope anywhere the penalty is one, wherever it looks."""
    assert penalties.dragan(lambda x: 0 * x[0], REAL[:2], KEY, 0.5) == 1


@pytest.mark.parametrize(
    ("side", "call"),
    [
        ("real", lambda batch: penalties.wgan_gp(jnp.sum, batch, FAKE, KEY)),
        ("fake", lambda batch: penalties.wgan_gp(jnp.sum, REAL, batch, KEY)),
        ("real", lambda batch: penalties.dragan(jnp.sum, batch, KEY, 0.5)),
    ],
    ids=["wgan_gp real", "wgan_gp fake", "dragan"],
)
def test_integers_and_empty_batches_are_named(side, call, without_hook):
    with pytest.raises(TypeError, match=f"^{side} must hold floating-point numbers"):
        call(jnp.ones(REAL.shape, int))
    with pytest.raises(ValueError, match=f"^{side} must not be empty"):
        call(REAL[:0])


@pytest.mark.parametrize("scale", [-0.5, float("nan")])
def test_a_noise_scale_must_not_be_negative(scale):
    with pytest.raises(ValueError, match="noise_scale must be non-negative and finite"):
        dragan(jnp.sum, noise_scale=scale)


@BOTH
def test_a_critic_without_a_scalar_is_refused(penalty):
    with pytest.raises(ValueError, match="critic must map one sample to a scalar"):
        penalty(lambda x: x)
