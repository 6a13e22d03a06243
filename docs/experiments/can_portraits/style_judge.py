"""The independent judge of styles: a classifier of portraits that no generator and no discriminator
ever meets.

The portraits are split once. One half is what the games see (and what the judge has never seen); of
the other half, three quarters train the judge, an eighth fits its temperature and an eighth tests
it.
"""

from functools import partial
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int
from tools.datasets import avatars
from tools.results.cache import cached

from experiments.shared.classification import JUDGE, Classification
from gantheory import Every, Optimiser, Trainer, deviations
from gantheory.data import Dataset, Normal
from gantheory.networks import ConvolutionalTrunk, Linear
from gantheory.shapes import Key, Scalar

STYLES, SIDE, CHANNELS = 16, 16, 3
WIDTH, FEATURES = 24, 64
BATCH, STEPS = 64, 1500
HE_GAIN = 6**0.5  # uniform weights of variance 2 / in

Images = Float[Array, " count side side channels"]

leaky_relu = partial(jax.nn.leaky_relu, negative_slope=0.2)


class Portraits(NamedTuple):
    """Portraits with pixels in [-1, 1] and the number of their style."""

    images: Images
    labels: Int[Array, " count"]


class Split(NamedTuple):
    """Who sees what."""

    games: Portraits
    judge: Portraits
    calibration: Portraits
    test: Portraits


class Judge(eqx.Module):
    """Convolutions, one hidden layer whose activations are the features, and the styles' logits
    divided by a temperature."""

    trunk: ConvolutionalTrunk
    hidden: Linear
    read_out: Linear
    temperature: Scalar

    def features(self, image: Float[Array, " side side channels"]) -> Float[Array, " features"]:
        return leaky_relu(self.hidden(leaky_relu(self.trunk(image))))

    def __call__(self, image: Float[Array, " side side channels"]) -> Float[Array, " styles"]:
        return self.read_out(self.features(image)) / jax.lax.stop_gradient(self.temperature)


def portraits() -> Split:
    """All portraits, made half as large by averaging squares of four pixels."""
    art = avatars()
    with jax.ensure_compile_time_eval():
        images = art.images.astype(np.float32) / 127.5 - 1
        block = images.shape[1] // SIDE
        shape = (len(images), SIDE, block, SIDE, block, CHANNELS)
        images = images.reshape(shape).mean(axis=(2, 4))
        order = np.random.default_rng(2017).permutation(len(images))
        cuts = np.cumsum(np.asarray([4, 3, 0.5]) / 8 * len(images)).astype(int)
        parts = (
            Portraits(jnp.asarray(images[rows]), jnp.asarray(art.labels[rows]))
            for rows in np.split(order, cuts)
        )
        return Split(*parts)


@cached
def train_judge() -> Judge:
    """Train the judge at 16 by 16, then fit its temperature on portraits that it was not trained
    on."""
    split = portraits()
    trainer = Trainer(
        Classification(),
        Dataset(split.judge.images, Normal(jnp.zeros(1), jnp.ones(1)), BATCH, split.judge.labels),
        optimisers={JUDGE: Optimiser(_fading_adamw, learning_rate=2e-3, steps=STEPS)},
        record=Every(STEPS),
    )
    state = trainer.init({JUDGE: _fresh(jax.random.key(1))}, key=jax.random.key(2))
    result = eqx.filter_jit(trainer.train)(state, STEPS)
    judge = result.players[JUDGE]
    logits = eqx.filter_jit(jax.vmap(judge))(split.calibration.images)
    temperatures = jnp.geomspace(0.25, 8.0, 401)
    losses = jax.vmap(
        lambda temperature: deviations.style_cross_entropy(
            logits / temperature, split.calibration.labels
        )
    )(temperatures)
    return eqx.tree_at(lambda one: one.temperature, judge, temperatures[jnp.argmin(losses)])


def _fresh(key: Key) -> Judge:
    trunk_key, hidden_key, read_out_key = jax.random.split(key, 3)
    trunk = ConvolutionalTrunk(
        SIDE, CHANNELS, width=WIDTH, activation=leaky_relu, gain=HE_GAIN, key=trunk_key
    )
    return Judge(
        trunk=trunk,
        hidden=Linear(trunk.features, FEATURES, gain=HE_GAIN, key=hidden_key),
        read_out=Linear(FEATURES, STYLES, key=read_out_key),
        temperature=jnp.ones(()),
    )


def _fading_adamw(learning_rate: Array, steps: int) -> optax.GradientTransformation:
    schedule = optax.cosine_decay_schedule(learning_rate, steps)
    return optax.adamw(schedule, weight_decay=1e-2)
