"""Creative adversarial networks on portraits in 16 styles: three deviations at four weights, what
each term does alone, a fourth deviation, and clusters in place of styles.

Run by `nox -s experiments -- can`; the small table it writes is `docs/results/can.json`. All games
have the same optimiser, data and number of steps and, but for one row with convolutions, the same
networks; they start from the same players for the same seed. What differs is the deviation and its
weight, for ambiguity alone that nobody tells real from fake, and for the clusters that the style
head is taught groups of similar portraits and not the styles.
"""

import base64
import zlib
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int
from scipy.cluster.vq import kmeans2
from tools.datasets.store import published

from experiments.can_portraits.networks import LATENTS, ResidualGenerator, discriminator
from experiments.can_portraits.style_judge import (
    CHANNELS,
    HE_GAIN,
    SIDE,
    STYLES,
    Images,
    Judge,
    leaky_relu,
    portraits,
    train_judge,
)
from gantheory import Every, Optimiser, Trainer, deviations, games, metrics
from gantheory.data import Dataset, Normal
from gantheory.games import DISCRIMINATOR, GENERATOR
from gantheory.networks import ConvolutionalGenerator, ConvolutionalTrunk, TwoHeaded
from gantheory.shapes import Key, Scalar

BATCH, STEPS = 64, 3000
GENERATOR_WIDTH, DISCRIMINATOR_WIDTH = 32, 64
"""Of the one game with convolutional networks."""
LEARNING_RATE, PENALTY, AVERAGING = 2e-3, 0.1, 0.998
SAMPLES, SHOWN, NEIGHBOURS = 2000, 24, 3
WEIGHT = 0.1
WEIGHTS = (0.03, 0.1, 0.3, 1.0)


class Row(NamedTuple):
    """One trained game."""

    deviation: str
    weight: float
    seed: int


def _rows() -> dict[str, Row]:
    """What matters most first, so that an experiment cut short is still an experiment."""
    forms = ("bce", "bce sigmoid", "mce")
    plain = [Row("mce", 0.0, seed) for seed in range(5)]
    main = [Row(form, WEIGHT, seed) for seed in range(5) for form in forms]
    sweep = [
        Row(form, weight, seed)
        for seed in range(3)
        for weight in WEIGHTS
        if weight != WEIGHT
        for form in forms
    ]
    early = [row for row in (*main, *sweep) if row.seed < 2]
    alone = [Row("alone", 1.0, seed) for seed in range(2)]
    others = [Row(form, WEIGHT, seed) for form in ("entropy", "clusters") for seed in range(2)]
    others += [Row("convolutional", 0.0, 0)]
    late = [row for row in (*main, *sweep) if row.seed >= 2]
    games_played = [*plain, *early, *alone, *others, *late]
    return {"real": Row("real", 0.0, 0)} | {_name(row): row for row in games_played}


def _name(row: Row) -> str:
    if row.deviation in ("alone", "convolutional"):
        return f"{row.deviation}/{row.seed}"
    return f"{row.deviation}/{row.weight}/{row.seed}" if row.weight else f"plain/{row.seed}"


ROWS = _rows()

RECHECKED = [name for name, row in ROWS.items() if row.deviation != "alone"]
"""What continuous integration may repeat: which pattern ambiguity alone ends on is an accident of
the last digit."""

FLOORS = {
    "entropy": 0.3,
    "no_dominant_style": 0.15,
    "frechet": 80.0,
    "precision": 0.2,
    "recall": 0.2,
    "nearest": 1.0,
    "spread": 0.1,
    "deviation": 5.0,
    "discriminator_loss": 0.3,
    "accuracy": 0.02,
    "overconfidence": 0.02,
    "temperature": 0.5,
}
"""Metric to the difference that a second run may show in any case."""

CONFIGURATION = {
    "data": f"avatars, SHA-256 {published('avatars')}",
    "networks": "residual generator and discriminator of patches, both dense; in one row "
    f"convolutional, generator width {GENERATOR_WIDTH}, discriminator width {DISCRIMINATOR_WIDTH}",
    "game": f"relativistic pairing, R1 and R2 with weight {PENALTY}, batch {BATCH}",
    "optimiser": f"Adam, b1 = 0, b2 = 0.99, learning rate {LEARNING_RATE} falling to a tenth "
    "along a cosine",
    "steps": STEPS,
    "generator averaging": AVERAGING,
    "rows": {name: row._asdict() for name, row in ROWS.items()},
}


def run_row(name: str) -> dict[str, Any]:
    """Train one game and judge 2,000 samples of its averaged generator; the first row judges real
    portraits."""
    row = ROWS[name]
    if row.deviation == "real":
        return real_portraits()
    player_key, run_key, latent_key = jax.random.split(jax.random.key(row.seed), 3)
    seen = portraits().games
    labels = clusters() if row.deviation == "clusters" else seen.labels
    optimiser = Optimiser(fading_adam, learning_rate=LEARNING_RATE, steps=STEPS)
    trainer = Trainer(
        game(row),
        Dataset(seen.images, latents(), BATCH, labels),
        optimisers={GENERATOR: optimiser, DISCRIMINATOR: optimiser},
        ema={GENERATOR: AVERAGING},
        record=Every(STEPS // 8),
    )
    state = trainer.init(players(row, player_key), key=run_key)
    result = eqx.filter_jit(trainer.train)(state, STEPS)
    generate = eqx.filter_jit(lambda generator, z: jax.lax.map(generator, z, batch_size=100))
    samples = generate(result.ema[GENERATOR], latents()(latent_key, SAMPLES))
    entries = {
        "deviation": result.history["deviation"][-1:],
        "discriminator_loss": result.history[DISCRIMINATOR][-1:],
    }
    return measured(samples) | entries | (drawn(samples[:SHOWN]) if row.seed == 0 else {})


def game(row: Row) -> games.CreativeGame:
    """The same adversarial game for all, but for ambiguity alone, where nobody tells real from
    fake."""
    adversarial = games.relativistic_r1_r2(r1_weight=PENALTY, r2_weight=PENALTY)
    if row.deviation == "alone":
        adversarial = games.AdversarialGame(
            generator_loss=_no_opinion, discriminator_loss=_no_opinion
        )
    return games.CreativeGame(adversarial, DEVIATIONS[row.deviation], weight=row.weight)


def players(row: Row, key: Key) -> games.Players:
    """A generator against a discriminator with two heads."""
    if row.deviation == "convolutional":
        return convolutional_players(key)
    generator_key, discriminator_key = jax.random.split(key)
    return {
        GENERATOR: ResidualGenerator(key=generator_key),
        DISCRIMINATOR: discriminator(key=discriminator_key),
    }


def convolutional_players(key: Key) -> games.Players:
    """The same two with the library's convolutions."""
    generator_key, trunk_key, heads_key = jax.random.split(key, 3)
    trunk = ConvolutionalTrunk(
        SIDE,
        CHANNELS,
        width=DISCRIMINATOR_WIDTH,
        activation=leaky_relu,
        gain=HE_GAIN,
        key=trunk_key,
    )
    return {
        GENERATOR: ConvolutionalGenerator(
            LATENTS,
            SIDE,
            CHANNELS,
            width=GENERATOR_WIDTH,
            activation=jax.nn.relu,
            gain=HE_GAIN,
            key=generator_key,
        ),
        DISCRIMINATOR: TwoHeaded(
            trunk, trunk.features, STYLES, activation=leaky_relu, key=heads_key
        ),
    }


def clusters() -> Int[Array, " count"]:
    """Groups of similar portraits, as many as there are styles, found by k-means without any
    label: what there is to deviate from in a collection that nobody has sorted."""
    with jax.ensure_compile_time_eval():
        images = np.asarray(portraits().games.images, np.float64)
        # the stubs know only the new name of `seed`, which draws other numbers than the table's
        _, found = kmeans2(
            images.reshape(len(images), -1),
            STYLES,
            minit="++",
            seed=0,  # pyright: ignore[reportCallIssue]
        )
        return jnp.asarray(found, jnp.int32)


def latents() -> Normal:
    """Standard normal noise."""
    return Normal(jnp.zeros(LATENTS), jnp.ones(LATENTS))


def measured(images: Images) -> dict[str, Array]:
    """What the judge says of images, and how far they are from the data."""
    reference = portraits().games.images
    judge = train_judge()
    features, logits = judged(judge, images)
    posterior = jax.nn.softmax(logits)
    real_features = judged(judge, reference[:SAMPLES])[0]
    among = metrics.precision_recall(
        features=features, reference=real_features, neighbours=NEIGHBOURS
    )
    flat = images.reshape(len(images), -1)
    nearest = metrics.nearest_distances(flat, reference.reshape(len(reference), -1))
    first = jnp.argmax(logits, axis=-1)
    values = {
        "entropy": jnp.log(STYLES * 1.0) - deviations.entropy_deviation(logits),
        "no_dominant_style": jnp.mean((jnp.max(posterior, axis=-1) < 0.5).astype(float)),
        "frechet": metrics.frechet_distance(features, real_features),
        "precision": among.precision,
        "recall": among.recall,
        "nearest": jnp.median(nearest),
        "spread": jnp.mean(jnp.std(flat, axis=0)),
        "styles": jnp.mean(jax.nn.one_hot(first, STYLES), axis=0),
    }
    return {name: value[None] for name, value in values.items()}


def drawn(images: Images) -> dict[str, Any]:
    """Images as text, what the judge says of each (its two first styles and their shares, in per
    cent), and the portrait that is nearest to each among those which the games see."""
    shares, styles = jax.lax.top_k(jax.nn.softmax(judged(train_judge(), images)[1]), 2)
    seen = portraits().games.images.reshape(len(portraits().games.images), -1)
    apart = jax.lax.map(
        lambda image: jnp.sum((seen - image[None]) ** 2, axis=-1), images.reshape(len(images), -1)
    )
    return {
        "samples": packed(images),
        "first_styles": styles[None],
        "first_shares": 100 * shares[None],
        "nearest_portrait": jnp.argmin(apart, axis=-1)[None],
    }


@eqx.filter_jit
def judged(
    judge: Judge, images: Images
) -> tuple[Float[Array, " count features"], Float[Array, " count styles"]]:
    """The judge's features and its calibrated logits."""
    return jax.vmap(judge.features)(images), jax.vmap(judge)(images)


def packed(images: Images) -> str:
    """Images as text: 8 bits a pixel, deflated, in base 64."""
    pixels = np.asarray(jnp.round((images + 1) * 127.5)).astype(np.uint8)
    return base64.b64encode(zlib.compress(pixels.tobytes(), 9)).decode()


def unpacked(text: str) -> np.ndarray:
    """The images of `packed`, in [-1, 1]."""
    pixels = np.frombuffer(zlib.decompress(base64.b64decode(text)), np.uint8)
    return pixels.reshape(-1, SIDE, SIDE, CHANNELS).astype(np.float32) / 127.5 - 1


def real_portraits() -> dict[str, Array]:
    """Every measure taken on real portraits that neither the judge nor the reference sample holds
    (the distance to the nearest one on those that the games do not see), and how good the judge
    is."""
    real = portraits()
    values = measured(real.games.images[SAMPLES : 2 * SAMPLES])
    fresh, seen = (
        images.reshape(len(images), -1) for images in (real.judge.images, real.games.images)
    )
    judge = train_judge()
    logits = judged(judge, real.test.images)[1]
    right = (jnp.argmax(logits, axis=-1) == real.test.labels).astype(float)
    confidence = jnp.max(jax.nn.softmax(logits), axis=-1)
    return values | {
        "nearest": jnp.median(metrics.nearest_distances(fresh[:SAMPLES], seen))[None],
        "accuracy": jnp.mean(right)[None],
        "overconfidence": jnp.mean(confidence - right)[None],
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
