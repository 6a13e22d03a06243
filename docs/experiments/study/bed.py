"""The two test beds of the study: triangles at 16 by 16, whose distribution is known, and
scikit-learn's digits at 8 by 8.

Each bed splits its images once: what the games see, what a classifier learns from, and what samples
are compared with. The classifier meets no generator; its hidden layer gives the features of the
Fréchet distance.
"""

from functools import cache

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float
from sklearn.datasets import load_digits

from experiments.shared.classification import JUDGE, Classification
from gantheory import Every, Optimiser, Trainer
from gantheory.data import ConvexPolygons, Dataset, Normal
from gantheory.networks import MLP, Linear

SIDE_OF_TRIANGLES, SIDE_OF_DIGITS = 16, 8
TRIANGLES_SEEN, TRIANGLES_COMPARED, POLYGONS_PER_CLASS = 20_000, 2_000, 2_500
DIGITS_SEEN, DIGITS_COMPARED = 897, 450
MOST_SIDES = 6
FEATURES, JUDGE_WIDTH, JUDGE_STEPS, JUDGE_BATCH = 32, 128, 3_000, 128

Flat = Float[Array, " count pixels"]


class Bed(eqx.Module):
    """What a study needs of a data set: images as rows of pixels in [0, 1], and the classifier's
    features."""

    seen: Flat
    compared: Flat
    hidden: MLP
    features: Linear
    accuracy: Float[Array, ""]

    def features_of(self, image: Float[Array, " pixels"]) -> Float[Array, " features"]:
        return jax.nn.relu(self.features(jax.nn.relu(self.hidden(image))))


TRIANGLES = ConvexPolygons(3, SIDE_OF_TRIANGLES)


@cache
def bed(name: str) -> Bed:
    """The bed of that name."""
    return {"triangles": _triangles, "digits": _digits}[name]()


def flat(images: Array) -> Flat:
    """Images as rows of pixels."""
    return images.reshape(len(images), -1)


def _triangles() -> Bed:
    """Features of a classifier that tells triangles from polygons with four, five and six sides."""
    seen_key, compared_key, judge_key, test_key = jax.random.split(jax.random.key(3), 4)
    kinds = [ConvexPolygons(sides, SIDE_OF_TRIANGLES) for sides in range(3, MOST_SIDES + 1)]

    def labelled(key: Array, each: int) -> tuple[Flat, Array]:
        images = [
            flat(kind(one, each))
            for kind, one in zip(kinds, jax.random.split(key, len(kinds)), strict=True)
        ]
        return jnp.concatenate(images), jnp.repeat(jnp.arange(len(kinds)), each)

    return _with_judge(
        flat(TRIANGLES(seen_key, TRIANGLES_SEEN)),
        flat(TRIANGLES(compared_key, TRIANGLES_COMPARED)),
        labelled(judge_key, POLYGONS_PER_CLASS),
        labelled(test_key, POLYGONS_PER_CLASS // 5),
        classes=len(kinds),
    )


def _digits() -> Bed:
    """Features of a classifier of the ten digits; a quarter of all digits trains it."""
    intensities, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(2018).permutation(len(labels))
    images = jnp.asarray(intensities[order] / 16, jnp.float32)
    labels = jnp.asarray(labels[order], jnp.int32)
    compared = slice(DIGITS_SEEN, DIGITS_SEEN + DIGITS_COMPARED)
    return _with_judge(
        images[:DIGITS_SEEN],
        images[compared],
        (images[compared.stop :], labels[compared.stop :]),
        (images[compared], labels[compared]),
        classes=10,
    )


def _with_judge(
    seen: Flat,
    compared: Flat,
    lesson: tuple[Flat, Array],
    test: tuple[Flat, Array],
    *,
    classes: int,
) -> Bed:
    """A bed with a classifier trained on the lesson."""
    hidden_key, features_key, read_out_key = jax.random.split(jax.random.key(1), 3)
    pixels = seen.shape[1]
    hidden = MLP(
        pixels, JUDGE_WIDTH, width=JUDGE_WIDTH, depth=1, activation=jax.nn.relu, key=hidden_key
    )
    fresh = _Judge(
        hidden,
        Linear(JUDGE_WIDTH, FEATURES, key=features_key),
        Linear(FEATURES, classes, key=read_out_key),
    )
    images, labels = lesson
    trainer = Trainer(
        Classification(),
        Dataset(images, Normal(0.0, 1.0), JUDGE_BATCH, labels),
        optimisers={JUDGE: Optimiser(optax.adamw, learning_rate=1e-3, weight_decay=1e-2)},
        record=Every(JUDGE_STEPS),
    )
    state = trainer.init({JUDGE: fresh}, key=jax.random.key(2))
    result = eqx.filter_jit(trainer.train)(state, JUDGE_STEPS)
    judge = result.players[JUDGE]
    right = jnp.argmax(jax.vmap(judge)(test[0]), axis=1) == test[1]
    return Bed(seen, compared, judge.hidden, judge.features, jnp.mean(right.astype(float)))


class _Judge(eqx.Module):
    hidden: MLP
    features: Linear
    read_out: Linear

    def __call__(self, image: Float[Array, " pixels"]) -> Float[Array, " classes"]:
        hidden = jax.nn.relu(self.hidden(image))
        return self.read_out(jax.nn.relu(self.features(hidden)))
