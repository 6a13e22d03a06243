"""Penalties of critics that take a label besides, of any precision, over the whole range of
slopes."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gantheory import networks, penalties

KEY = jax.random.key(8)
COUNT, CLASSES, SIZE = 6, 3, 4
REAL, FAKE = jax.random.normal(KEY, (2, COUNT, SIZE))
LABELS = jnp.asarray([0, 2, 1, 1, 0, 2])

PENALTIES = {
    "r1": lambda critic, **given: penalties.r1(critic, REAL, **given),
    "r2": lambda critic, **given: penalties.r2(critic, FAKE, **given),
    "wgan_gp": lambda critic, **given: penalties.wgan_gp(critic, REAL, FAKE, KEY, **given),
    "dragan": lambda critic, **given: penalties.dragan(critic, REAL, KEY, 0.5, **given),
}
EACH = pytest.mark.parametrize("name", PENALTIES)


@pytest.fixture
def critic():
    mlp = networks.MLP(
        SIZE + CLASSES, "scalar", width=8, depth=1, activation=jnp.tanh, key=jax.random.key(1)
    )

    def score(x, label):
        return mlp(jnp.concatenate([x, jax.nn.one_hot(label, CLASSES)]))

    return score


@EACH
def test_it_is_the_mean_over_samples_each_with_its_own_condition(name, critic):
    """By a loop: sample by sample, with the critic closed over that sample's label alone."""
    expected = []
    for index in range(COUNT):
        # Of the other samples nothing counts, so the mean over the batch is one sample's share.
        def alone(x, here, index=index):
            return jnp.where(here == index, critic(x, LABELS[index]), jnp.sum(x) * SIZE**-0.5)

        shares = PENALTIES[name](alone, condition=jnp.arange(COUNT))
        rest = 0.5 * (COUNT - 1) / COUNT if name in ("r1", "r2") else 0.0
        expected.append(shares - rest)
    ours = PENALTIES[name](critic, condition=LABELS)
    assert float(ours) == pytest.approx(float(sum(expected)), rel=1e-5)


@pytest.mark.parametrize(
    ("penalty", "samples"), [(penalties.r1, REAL), (penalties.r2, FAKE)], ids=["r1", "r2"]
)
def test_it_is_the_mean_of_batches_of_one(penalty, samples, critic):
    """Closing over one label and one sample is right; over a batch of labels it is not."""
    alone = [
        penalty(lambda x, label=label: critic(x, label), sample[None])
        for sample, label in zip(samples, LABELS, strict=True)
    ]
    ours = penalty(critic, samples, condition=LABELS)
    assert float(ours) == pytest.approx(float(np.mean(alone)), rel=1e-5)
    wrong = penalty(lambda x: jnp.sum(jax.vmap(critic, (None, 0))(x, LABELS)), samples)
    assert abs(float(wrong) - float(ours)) > 0.1 * float(ours)


@EACH
def test_a_condition_may_be_a_tree_and_is_mapped_under_jit(name, critic):
    tree = {"label": LABELS, "weight": jnp.linspace(0.5, 1.5, COUNT)}

    def weighted(x, given):
        return given["weight"] * critic(x, given["label"])

    ours = PENALTIES[name](weighted, condition=tree)
    jitted = jax.jit(lambda tree: PENALTIES[name](weighted, condition=tree))(tree)
    assert float(jitted) == pytest.approx(float(ours), rel=1e-5)
    assert float(ours) != pytest.approx(float(PENALTIES[name](critic, condition=LABELS)), rel=1e-2)


@EACH
@pytest.mark.parametrize("condition", [LABELS[:5], jnp.asarray(1), {"label": 3}])
def test_a_condition_without_one_entry_per_sample_is_refused(name, condition, critic):
    with pytest.raises(ValueError, match="condition must hold one entry for each of the 6 samples"):
        PENALTIES[name](critic, condition=condition)


@EACH
def test_a_critic_that_needs_a_condition_says_so_without_one(name, critic):
    with pytest.raises(ValueError, match="critic could not map one sample"):
        PENALTIES[name](critic)


# Precision


@pytest.mark.parametrize("dtype", [jnp.float16, jnp.bfloat16])
def test_steep_slopes_of_half_precision_are_squared_in_single(dtype):
    """Half the square of 300 is a number of float16, and the square is not."""
    samples = jnp.ones((4, 8), dtype)
    value = penalties.r1(lambda x: 300 * x[0], samples)
    assert value.dtype == dtype
    assert float(value) == pytest.approx(45_000, rel=float(jnp.finfo(dtype).eps))
    between = penalties.wgan_gp(lambda x: 256 * x[0], samples, samples, KEY)
    assert float(between) == pytest.approx(255**2, rel=float(jnp.finfo(dtype).eps))


@pytest.mark.parametrize("slope", [1e-30, 1e-3, 1e18])
@pytest.mark.parametrize("name", ["wgan_gp", "dragan"])
def test_the_gradient_of_the_slope_is_right_where_its_square_is_out_of_range(name, slope):
    """For a small slope s the penalty (s - 1)² falls at a rate of -2, however small s is."""
    direction = jnp.ones(SIZE) / SIZE**0.5

    def of_scale(scale):
        return PENALTIES[name](lambda x: scale * slope * (direction @ x)) / slope

    gradient = jax.grad(of_scale)(1.0)
    assert float(gradient) == pytest.approx(2 * (slope - 1), rel=1e-5)


@EACH
def test_double_precision_of_numpy_gives_no_warning(name, without_hook):
    real, fake = np.asarray(REAL, np.float64), np.asarray(FAKE, np.float64)
    calls = {
        "r1": lambda critic: penalties.r1(critic, real),
        "r2": lambda critic: penalties.r2(critic, fake),
        "wgan_gp": lambda critic: penalties.wgan_gp(critic, real, fake, KEY),
        "dragan": lambda critic: penalties.dragan(critic, real, KEY, np.float64(0.5)),
    }

    def critic(x):
        return jnp.sum(x**2)

    assert float(calls[name](critic)) == pytest.approx(float(PENALTIES[name](critic)), rel=1e-6)


def test_equal_samples_have_a_spread_of_zero_and_a_gradient():
    """The standard deviation of the batch has no derivative at 0; through the samples none is
    NaN."""
    same = jnp.ones((3, 2))
    gradient = jax.grad(lambda x: penalties.dragan(lambda y: jnp.sum(y**2), x, KEY, 0.5))(same)
    assert jnp.all(jnp.isfinite(gradient))


@pytest.mark.parametrize("conv", [eqx.nn.Conv2d, eqx.nn.ConvTranspose2d])
def test_a_critic_of_equinox_layers_has_a_penalty_and_a_gradient(conv):
    """Channels first, with a normalisation over several axes, as Equinox has it."""
    first, second = jax.random.split(KEY)
    layers = eqx.nn.Sequential(
        [
            conv(3, 4, 3, padding=1, key=first),
            eqx.nn.LayerNorm((4, 8, 8)),
            eqx.nn.GroupNorm(2, 4),
            eqx.nn.Lambda(jax.nn.relu),
            eqx.nn.Lambda(jnp.ravel),
            eqx.nn.Linear(256, "scalar", key=second),
        ]
    )
    images = jax.random.normal(KEY, (2, 5, 3, 8, 8))

    def loss(critic):
        return penalties.wgan_gp(critic, *images, KEY) + penalties.r1(critic, images[0])

    value, gradient = eqx.filter_value_and_grad(loss)(layers)
    assert float(value) > 0
    for leaf in jax.tree.leaves(gradient):
        assert jnp.all(jnp.isfinite(leaf))
