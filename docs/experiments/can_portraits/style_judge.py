"""The independent judge of styles: a classifier of drawings that no generator and no discriminator
ever meets.

A collection is split once. One half is what the games see (and what the judge has never seen); of
the other half, three quarters train the judge, an eighth fits its temperature and an eighth tests
it. A judge that errs too often is refused: what it says of samples would mean nothing.
"""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int
from numpy.typing import NDArray
from tools import datasets
from tools.results.cache import cached

from experiments.shared.classification import JUDGE, Classification
from gantheory import Every, Optimiser, Trainer, deviations
from gantheory.data import Dataset, Normal
from gantheory.networks import ConvolutionalTrunk, Linear
from gantheory.shapes import Key, Scalar

CHANNELS = 3
WIDTH, FEATURES = 24, 64
BATCH, STEPS = 64, 1500
HE_GAIN = 6**0.5  # uniform weights of variance 2 / in
LEAST_ACCURACY = 0.9

Images = Float[Array, " count side side channels"]

leaky_relu = partial(jax.nn.leaky_relu, negative_slope=0.2)


class Collection(NamedTuple):
    """A set of drawings in several styles, and the side of the squares to which they are
    reduced."""

    name: str
    side: int


PORTRAITS = Collection("avatars", 16)
DRAWN = {
    "avatars": datasets.avatars,
    "distinct-emoji": datasets.distinct_emoji,
    "emoji": datasets.emoji,
}


class Drawings(NamedTuple):
    """Drawings with pixels in [-1, 1] and the number of their style."""

    images: Images
    labels: Int[Array, " count"]


class Split(NamedTuple):
    """Who sees what."""

    games: Drawings
    judge: Drawings
    calibration: Drawings
    test: Drawings


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


def styles_of(collection: Collection) -> int:
    """How many styles the collection has."""
    return len(DRAWN[collection.name]().names)


def split(collection: Collection) -> Split:
    """All drawings, reduced by averaging squares of pixels, and divided at random."""
    art = DRAWN[collection.name]()
    require_styles(art.names, art.labels)
    with jax.ensure_compile_time_eval():
        images = art.images.astype(np.float32) / 127.5 - 1
        block = images.shape[1] // collection.side
        shape = (len(images), collection.side, block, collection.side, block, CHANNELS)
        images = images.reshape(shape).mean(axis=(2, 4))
        order = np.random.default_rng(2017).permutation(len(images))
        cuts = np.cumsum(np.asarray([4, 3, 0.5]) / 8 * len(images)).astype(int)
        parts = (
            Drawings(jnp.asarray(images[rows]), jnp.asarray(art.labels[rows]))
            for rows in np.split(order, cuts)
        )
        return Split(*parts)


def require_styles(names: Sequence[str], labels: NDArray[np.integer]) -> None:
    """Refuse fewer than two styles, and a style that has no drawing."""
    if len(names) < 2:
        raise datasets.DatasetError(
            f"expected at least two styles to deviate from, got {', '.join(names) or 'none'}; "
            "without labels, take clusters for styles"
        )
    counts = np.bincount(labels, minlength=len(names))
    if empty := [name for name, count in zip(names, counts, strict=True) if count == 0]:
        raise datasets.DatasetError(
            f"there is no image of {', '.join(empty)}: add some, or leave the style out of `names`"
        )


@eqx.filter_jit
def judged(
    judge: Judge, images: Images
) -> tuple[Float[Array, " count features"], Float[Array, " count styles"]]:
    """The judge's features and its calibrated logits."""
    return jax.vmap(judge.features)(images), jax.vmap(judge)(images)


def accuracy(collection: Collection) -> float:
    """The share of drawings, which the judge has never seen, whose style it names."""
    test = split(collection).test
    logits = judged(train_judge(*collection), test.images)[1]
    return float(np.mean(np.asarray(jnp.argmax(logits, axis=-1) == test.labels)))


def require_accurate(collection: Collection) -> None:
    """Refuse a collection whose judge names the style of too few drawings which it has never
    seen."""
    if (share := accuracy(collection)) < LEAST_ACCURACY:
        raise ValueError(
            f"the judge names the style of {share:.1%} of the test drawings, expected at least "
            f"{LEAST_ACCURACY:.0%}: train it longer, on larger images, or leave out styles that "
            "look alike"
        )


@cached
def train_judge(name: str = PORTRAITS.name, side: int = PORTRAITS.side) -> Judge:
    """Train the judge of a collection, then fit its temperature on drawings that it was not trained
    on."""
    collection = Collection(name, side)
    parts = split(collection)
    trainer = Trainer(
        Classification(),
        Dataset(parts.judge.images, Normal(jnp.zeros(1), jnp.ones(1)), BATCH, parts.judge.labels),
        optimisers={JUDGE: Optimiser(_fading_adamw, learning_rate=2e-3, steps=STEPS)},
        record=Every(STEPS),
    )
    state = trainer.init({JUDGE: _fresh(collection, jax.random.key(1))}, key=jax.random.key(2))
    result = eqx.filter_jit(trainer.train)(state, STEPS)
    judge = result.players[JUDGE]
    logits = judged(judge, parts.calibration.images)[1]
    temperatures = jnp.geomspace(0.25, 8.0, 401)
    losses = jax.vmap(
        lambda temperature: deviations.style_cross_entropy(
            logits / temperature, parts.calibration.labels
        )
    )(temperatures)
    return eqx.tree_at(lambda one: one.temperature, judge, temperatures[jnp.argmin(losses)])


def _fresh(collection: Collection, key: Key) -> Judge:
    trunk_key, hidden_key, read_out_key = jax.random.split(key, 3)
    trunk = ConvolutionalTrunk(
        collection.side, CHANNELS, width=WIDTH, activation=leaky_relu, gain=HE_GAIN, key=trunk_key
    )
    return Judge(
        trunk=trunk,
        hidden=Linear(trunk.features, FEATURES, gain=HE_GAIN, key=hidden_key),
        read_out=Linear(FEATURES, styles_of(collection), key=read_out_key),
        temperature=jnp.ones(()),
    )


def _fading_adamw(learning_rate: Array, steps: int) -> optax.GradientTransformation:
    schedule = optax.cosine_decay_schedule(learning_rate, steps)
    return optax.adamw(schedule, weight_decay=1e-2)
