"""Creative adversarial networks on scikit-learn's 8x8 digits: the ten digits play the styles.

Half of the digits is what the games see. The other half trains a classifier that no game ever
meets; it judges the samples.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, PyTree
from sklearn.datasets import load_digits
from tools.results.cache import cached

from experiments.shared.classification import JUDGE, Classification
from gantheory import Every, Optimiser, Trainer, games
from gantheory.data import Dataset, Normal
from gantheory.games import DISCRIMINATOR, GENERATOR
from gantheory.networks import MLP, TwoHeaded
from gantheory.shapes import Key, Scalar

PIXELS, STYLES, LATENTS = 64, 10, 16
WIDTH, BATCH, STEPS, RECORDS = 64, 64, 1500, 15
SEEDS, SAMPLES = 3, 500
PENALTY = 0.1
JUDGE_STEPS = 600
ADAM = Optimiser(optax.adam, learning_rate=1e-3, b1=0.5, b2=0.99)
FORMS = {"bce": games.can, "mce": games.can_holistic}

Images = Float[Array, " count pixels"]


class Digits(NamedTuple):
    """One half of the digits, pixels scaled to [-1, 1], with what they show."""

    images: Images
    labels: Array


class Runs(NamedTuple):
    """What is kept of several trained games; every leaf has leading axes (weight, seed)."""

    samples: Array
    discriminator: TwoHeaded
    history: dict[str, Array]


class DigitGenerator(eqx.Module):
    """From a latent vector to 64 pixels in (-1, 1)."""

    network: MLP

    def __call__(self, latent: Float[Array, " size"]) -> Float[Array, " pixels"]:
        return jnp.tanh(self.network(latent))


def digits() -> tuple[Digits, Digits]:
    """The half that the games see, and the half that trains the judge."""
    with jax.ensure_compile_time_eval():
        images, labels = load_digits(return_X_y=True)
        order = jax.random.permutation(jax.random.key(0), len(labels))
        images = jnp.asarray(images, jnp.float32)[order] / 8 - 1
        labels = jnp.asarray(labels, jnp.int32)[order]
        middle = len(labels) // 2
        return Digits(images[:middle], labels[:middle]), Digits(images[middle:], labels[middle:])


@cached
def train_creative(form: Literal["bce", "mce"], weights: tuple[float, ...]) -> Runs:
    """Train the CAN ("bce") or the CAN-H ("mce") game at several weights of the deviation."""
    adversarial = games.relativistic_r1_r2(r1_weight=PENALTY, r2_weight=PENALTY)

    def game(weight: Scalar) -> games.CreativeGame:
        return FORMS[form](adversarial, weight=weight)

    return _train_all(game, weights)


@cached
def train_ambiguity_alone() -> Runs:
    """The deviation of CAN-H and nothing else: nobody tells real from fake."""

    def game(weight: Scalar) -> games.CreativeGame:
        silent = games.AdversarialGame(generator_loss=_no_opinion, discriminator_loss=_no_opinion)
        return games.can_holistic(silent, weight=weight)

    return _train_all(game, (1.0,))


@cached
def train_judge() -> MLP:
    """A classifier of the digits that the games do not see."""
    _, held_out = digits()
    judge = MLP(PIXELS, STYLES, width=WIDTH, depth=1, activation=jax.nn.relu, key=jax.random.key(1))
    trainer = Trainer(
        Classification(),
        _source(held_out),
        optimisers={JUDGE: Optimiser(optax.adamw, learning_rate=2e-3, weight_decay=1e-2)},
        record=Every(JUDGE_STEPS),
    )
    state = trainer.init({JUDGE: judge}, key=jax.random.key(2))
    result = eqx.filter_jit(trainer.train)(state, JUDGE_STEPS)
    return result.players[JUDGE]


def noise_images() -> Images:
    """Every pixel independent and uniform on its range."""
    return jax.random.uniform(jax.random.key(4), (SAMPLES, PIXELS), minval=-1, maxval=1)


def mixed_images(images: Images) -> Images:
    """The means of pairs of images: ambiguous, and made of strokes."""
    return (images + jax.random.permutation(jax.random.key(5), images)) / 2


def distance_to_nearest(images: Images, data: Images) -> Scalar:
    """The mean Euclidean distance from each image to the closest one of the data."""
    products = 2 * images @ data.T
    squares = jnp.sum(images**2, axis=1)[:, None] - products + jnp.sum(data**2, axis=1)[None, :]
    return jnp.mean(jnp.sqrt(jnp.min(jnp.maximum(squares, 0.0), axis=1)))


def _train_all(game: Callable[[Scalar], games.CreativeGame], weights: tuple[float, ...]) -> Runs:
    """Every weight with every seed, in one compilation."""
    seen, _ = digits()
    source = _source(seen)
    keys = jax.random.split(jax.random.key(3), SEEDS)
    players = eqx.filter_jit(eqx.filter_vmap(_players))(keys)

    def one_run(weight: Scalar, players: games.Players, key: Key) -> Runs:
        run_key, latent_key = jax.random.split(key)
        trainer = Trainer(
            game(weight),
            source,
            optimisers={GENERATOR: ADAM, DISCRIMINATOR: ADAM},
            ema={GENERATOR: 0.99},
            record=Every(STEPS // RECORDS),
        )
        state = trainer.init(players, key=run_key)
        result = trainer.train(state, STEPS)
        latents = jax.random.normal(latent_key, (SAMPLES, LATENTS))
        return Runs(
            samples=jax.vmap(result.ema[GENERATOR])(latents),
            discriminator=result.players[DISCRIMINATOR],
            history={name: result.history[name] for name in (DISCRIMINATOR, "deviation")},
        )

    pairs = (len(weights), SEEDS)
    runs = eqx.filter_jit(eqx.filter_vmap(one_run))(
        jnp.repeat(jnp.asarray(weights), SEEDS),
        *_map_arrays(lambda leaf: jnp.concatenate([leaf] * pairs[0]), (players, keys)),
    )
    return _map_arrays(lambda leaf: leaf.reshape(pairs + leaf.shape[1:]), runs)


def _map_arrays(function: Callable[[Array], Array], tree: PyTree) -> PyTree:
    return jax.tree.map(lambda leaf: function(leaf) if eqx.is_array(leaf) else leaf, tree)


def _players(key: Key) -> games.Players:
    """A perceptron against a two-headed perceptron, each with two hidden layers."""
    generator_key, trunk_key, heads_key = jax.random.split(key, 3)
    trunk = MLP(PIXELS, WIDTH, width=WIDTH, depth=1, activation=jax.nn.relu, key=trunk_key)
    return {
        GENERATOR: DigitGenerator(
            MLP(LATENTS, PIXELS, width=WIDTH, depth=2, activation=jax.nn.relu, key=generator_key)
        ),
        DISCRIMINATOR: TwoHeaded(trunk, WIDTH, STYLES, activation=jax.nn.relu, key=heads_key),
    }


def _source(half: Digits) -> Dataset:
    latent = Normal(jnp.zeros(LATENTS), jnp.ones(LATENTS))
    return Dataset(half.images, latent, BATCH, half.labels)


def _no_opinion(real_logits: Array, fake_logits: Array) -> Scalar:
    return 0 * (jnp.mean(real_logits) + jnp.mean(fake_logits))
