"""One creative game on drawings in styles: trained, sampled, and judged.

All games have the same optimiser and batch, and for the same collection the same number of steps;
unless others are handed over, they start from the same players for the same seed.
"""

import base64
import zlib
from pathlib import Path
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int
from scipy.cluster.vq import kmeans2

from experiments.can_portraits.networks import LATENTS, ResidualGenerator, Size, discriminator
from experiments.can_portraits.style_judge import (
    CHANNELS,
    Collection,
    Images,
    accuracy,
    judged,
    split,
    styles_of,
    train_judge,
)
from gantheory import Every, Optimiser, Status, Trainer, deviations, games, metrics
from gantheory.data import Dataset, Normal
from gantheory.games import DISCRIMINATOR, GENERATOR
from gantheory.shapes import Key, Scalar
from gantheory.training import Result

BATCH = 64
LEARNING_RATE, PENALTY, AVERAGING = 2e-3, 0.1, 0.998
SAMPLES, SHOWN, NEIGHBOURS = 2000, 24, 3
SECONDS_BETWEEN_CHECKPOINTS = 30.0


class Setting(NamedTuple):
    """What the games of a collection share."""

    collection: Collection
    size: Size
    steps: int


class Row(NamedTuple):
    """One game of a table: which deviation, how heavy, and the seed."""

    deviation: str
    weight: float
    seed: int


def play(setting: Setting, row: Row, checkpoint: Path | None) -> dict[str, Any]:
    """Train and judge the game of a row, between the setting's own players."""
    grouped = row.deviation == "clusters"
    return play_game(
        setting,
        game(row),
        row.seed,
        players=dense_players(setting, keys(row.seed).players),
        labels=clusters(setting.collection) if grouped else None,
        checkpoint=checkpoint,
    )


def play_game(
    setting: Setting,
    rules: games.Game,
    seed: int,
    *,
    players: games.Players,
    labels: Int[Array, " count"] | None,
    checkpoint: Path | None,
) -> dict[str, Any]:
    """Train one game, on the styles or on other labels, and judge samples of its averaged
    generator."""
    seen = split(setting.collection).games
    optimiser = Optimiser(fading_adam, learning_rate=LEARNING_RATE, steps=setting.steps)
    trainer = Trainer(
        rules,
        Dataset(seen.images, latents(), BATCH, seen.labels if labels is None else labels),
        optimisers={GENERATOR: optimiser, DISCRIMINATOR: optimiser},
        ema={GENERATOR: AVERAGING},
        record=Every(setting.steps // 8),
    )
    state = trainer.init(players, key=keys(seed).run)
    result = train(trainer, state, setting.steps, checkpoint)
    generate = eqx.filter_jit(lambda generator, z: jax.lax.map(generator, z, batch_size=100))
    noise = latents()(keys(seed).latents, sample_size(setting.collection))
    samples = generate(result.ema[GENERATOR], noise)
    (term,) = {"deviation", "walk"} & set(result.history)
    entries = {
        term: result.history[term][-1:],
        "discriminator_loss": result.history[DISCRIMINATOR][-1:],
    }
    pictures = drawn(setting.collection, samples[:SHOWN]) if seed == 0 else {}
    return measured(setting.collection, samples) | entries | pictures


class Keys(NamedTuple):
    """For all that a seed decides."""

    players: Key
    run: Key
    latents: Key


def keys(seed: int) -> Keys:
    """Three keys."""
    return Keys(*jax.random.split(jax.random.key(seed), 3))


def train(trainer: Trainer, state: Any, steps: int, checkpoint: Path | None) -> Result:
    """Train in one go, or with a checkpoint, from which a run that was cut short goes on."""
    if checkpoint is None:
        return eqx.filter_jit(trainer.train)(state, steps)
    result = trainer.fit(
        state,
        steps,
        checkpoint=checkpoint,
        seconds_between_checkpoints=SECONDS_BETWEEN_CHECKPOINTS,
        progress=False,
    )
    if result.status != Status.completed:
        raise RuntimeError(f"{Status[result.status]}: {result.failure}; its run is {checkpoint}")
    return result


def game(row: Row) -> games.CreativeGame:
    """The same adversarial game for all, but for ambiguity alone, where nobody tells real from
    fake."""
    adversarial = games.relativistic_r1_r2(r1_weight=PENALTY, r2_weight=PENALTY)
    if row.deviation == "alone":
        adversarial = games.AdversarialGame(
            generator_loss=_no_opinion, discriminator_loss=_no_opinion
        )
    return games.CreativeGame(adversarial, DEVIATIONS[row.deviation], weight=row.weight)


def dense_players(setting: Setting, key: Key) -> games.Players:
    """The generator and the discriminator of patches, with two heads."""
    generator_key, discriminator_key = jax.random.split(key)
    styles = styles_of(setting.collection)
    return {
        GENERATOR: ResidualGenerator(setting.size.side, key=generator_key),
        DISCRIMINATOR: discriminator(setting.size, styles, key=discriminator_key),
    }


def clusters(collection: Collection) -> Int[Array, " count"]:
    """Groups of similar drawings, as many as there are styles, found by k-means without any label:
    what there is to deviate from in a collection that nobody has sorted."""
    with jax.ensure_compile_time_eval():
        images = np.asarray(split(collection).games.images, np.float64)
        # the stubs know only the new name of `seed`, which draws other numbers than the table's
        _, found = kmeans2(
            images.reshape(len(images), -1),
            styles_of(collection),
            minit="++",
            seed=0,  # pyright: ignore[reportCallIssue]
        )
        return jnp.asarray(found, jnp.int32)


def latents() -> Normal:
    """Standard normal noise."""
    return Normal(jnp.zeros(LATENTS), jnp.ones(LATENTS))


def sample_size(collection: Collection) -> int:
    """How many samples are judged: 2,000, or half as many as the drawings that the games see, for
    real ones are judged against the other half."""
    return min(SAMPLES, len(split(collection).games.images) // 2)


def measured(collection: Collection, images: Images) -> dict[str, Array]:
    """What the judge says of images, and how far they are from the data."""
    reference = split(collection).games.images
    judge = train_judge(*collection)
    features, logits = judged(judge, images)
    posterior = jax.nn.softmax(logits)
    real_features = judged(judge, reference[: sample_size(collection)])[0]
    among = metrics.precision_recall(
        features=features, reference=real_features, neighbours=NEIGHBOURS
    )
    flat = images.reshape(len(images), -1)
    nearest = metrics.nearest_distances(flat, reference.reshape(len(reference), -1))
    first = jnp.argmax(logits, axis=-1)
    values = {
        "entropy": jnp.log(styles_of(collection) * 1.0) - deviations.entropy_deviation(logits),
        "no_dominant_style": jnp.mean((jnp.max(posterior, axis=-1) < 0.5).astype(float)),
        "frechet": metrics.frechet_distance(features, real_features),
        "precision": among.precision,
        "recall": among.recall,
        "nearest": jnp.median(nearest),
        "spread": jnp.mean(jnp.std(flat, axis=0)),
        "styles": jnp.mean(jax.nn.one_hot(first, styles_of(collection)), axis=0),
    }
    return {name: value[None] for name, value in values.items()}


def drawn(collection: Collection, images: Images) -> dict[str, Any]:
    """Images as text, what the judge says of each (its two first styles and their shares, in per
    cent), and the drawing that is nearest to each among those which the games see."""
    logits = judged(train_judge(*collection), images)[1]
    shares, styles = jax.lax.top_k(jax.nn.softmax(logits), 2)
    seen = split(collection).games.images
    seen = seen.reshape(len(seen), -1)
    apart = jax.lax.map(
        lambda image: jnp.sum((seen - image[None]) ** 2, axis=-1), images.reshape(len(images), -1)
    )
    return {
        "samples": packed(images),
        "first_styles": styles[None],
        "first_shares": 100 * shares[None],
        "nearest_portrait": jnp.argmin(apart, axis=-1)[None],
    }


def packed(images: Images) -> str:
    """Images as text: 8 bits a pixel, deflated, in base 64."""
    pixels = np.asarray(jnp.round((images + 1) * 127.5)).astype(np.uint8)
    return base64.b64encode(zlib.compress(pixels.tobytes(), 9)).decode()


def unpacked(text: str, side: int) -> np.ndarray:
    """The images of `packed`, in [-1, 1]."""
    pixels = np.frombuffer(zlib.decompress(base64.b64decode(text)), np.uint8)
    return pixels.reshape(-1, side, side, CHANNELS).astype(np.float32) / 127.5 - 1


def real_drawings(collection: Collection) -> dict[str, Array]:
    """Every measure taken on real drawings that neither the judge nor the reference sample holds
    (the distance to the nearest one on those that the games do not see), and how good the judge
    is."""
    real, size = split(collection), sample_size(collection)
    values = measured(collection, real.games.images[size : 2 * size])
    fresh, seen = (
        images.reshape(len(images), -1) for images in (real.judge.images, real.games.images)
    )
    judge = train_judge(*collection)
    named = accuracy(collection)
    confidence = jnp.max(jax.nn.softmax(judged(judge, real.test.images)[1]), axis=-1)
    return values | {
        "nearest": jnp.median(metrics.nearest_distances(fresh[:size], seen))[None],
        "accuracy": jnp.asarray([named]),
        "overconfidence": (jnp.mean(confidence) - named)[None],
        "temperature": judge.temperature[None],
    }


def fading_adam(learning_rate: Array, steps: int) -> optax.GradientTransformation:
    """Adam without momentum whose learning rate falls to a tenth along a cosine."""
    schedule = optax.cosine_decay_schedule(learning_rate, steps, alpha=0.1)
    return optax.adam(schedule, b1=0.0, b2=0.99)


def _sigmoid_bce(style_logits: Float[Array, " batch style"]) -> Scalar:
    return deviations.bce_deviation(style_logits, link="sigmoid")


def _no_opinion(real_logits: Array, fake_logits: Array) -> Scalar:
    return 0 * (jnp.mean(real_logits) + jnp.mean(fake_logits))


DEVIATIONS = {
    "bce": deviations.bce_deviation,
    "bce sigmoid": _sigmoid_bce,
    "mce": deviations.mce_deviation,
    "alone": deviations.mce_deviation,
    "convolutional": deviations.mce_deviation,
    "clusters": deviations.mce_deviation,
    "entropy": deviations.entropy_deviation,
}
