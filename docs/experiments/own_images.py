"""The guide to one's own images: a folder of toy pictures in three styles, and a small CAN trained
on such a folder."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array
from PIL import Image
from tools.results.cache import cached

from gantheory import Every, Optimiser, Trainer, games
from gantheory.data import Dataset, ImageFolder, LabelledImages, Normal, to_signed
from gantheory.games import DISCRIMINATOR, GENERATOR
from gantheory.networks import ConvolutionalGenerator, ConvolutionalTrunk, TwoHeaded

STYLES = ("chequers", "rings", "stripes")
PER_STYLE, SIDE, LATENTS = 40, 16, 16
LATENT = Normal(jnp.zeros(LATENTS), jnp.ones(LATENTS))
ADAM = Optimiser(optax.adam, learning_rate=1e-3, b1=0.5, b2=0.99)


class Trained(NamedTuple):
    """Samples at the end, and the history of the losses."""

    samples: Array
    history: dict[str, Array]


def write_toy_images(root: Path) -> None:
    """Write `root/<style>/<number>.png`, in sizes that differ as the sizes of photographs do."""
    random = np.random.default_rng(0)
    for style in STYLES:
        (root / style).mkdir(parents=True)
        for number in range(PER_STYLE):
            height, width = random.integers(48, 96, 2)
            inks = random.integers(0, 256, (2, 3), np.uint8)
            Image.fromarray(inks[_pattern(style, height, width, random).astype(int)]).save(
                root / style / f"{number:03}.png"
            )


def read_toy_images() -> LabelledImages:
    """The toy images as `ImageFolder` reads them."""
    with TemporaryDirectory() as folder:
        write_toy_images(Path(folder))
        return ImageFolder(folder, size=SIDE, channels=3).load()


@cached
def train_on_folder(steps: int, weight: float) -> Trained:
    """CAN-H on the toy images; replace `read_toy_images()` by your own folder."""
    with jax.ensure_compile_time_eval():
        read = read_toy_images()
        source = Dataset(to_signed(read.images), LATENT, 32, read.labels)
    return _train(source, len(read.class_names), steps, weight)


@eqx.filter_jit
def _train(source: Dataset, classes: int, steps: int, weight: float) -> Trained:
    generator_key, trunk_key, head_key, run_key, latent_key = jax.random.split(jax.random.key(0), 5)
    shape = {"width": 8, "activation": jax.nn.leaky_relu}
    trunk = ConvolutionalTrunk(SIDE, 3, **shape, key=trunk_key)
    players = {
        GENERATOR: ConvolutionalGenerator(LATENTS, SIDE, 3, **shape, key=generator_key),
        DISCRIMINATOR: TwoHeaded(
            trunk, trunk.features, classes, activation=jax.nn.leaky_relu, key=head_key
        ),
    }
    trainer = Trainer(
        games.can_holistic(games.nonsaturating(), weight=weight),
        source,
        optimisers={GENERATOR: ADAM, DISCRIMINATOR: ADAM},
        record=Every(steps // 20),
    )
    state = trainer.init(players, key=run_key)
    result = trainer.train(state, steps)
    latents = jax.random.normal(latent_key, (24, LATENTS))
    return Trained(jax.vmap(result.players[GENERATOR])(latents), result.history)


def _pattern(style: str, height: int, width: int, random: np.random.Generator) -> np.ndarray:
    """Which of two inks lies where."""
    rows, columns = np.mgrid[:height, :width] / min(height, width)
    phase, period = random.uniform(0, 1), random.uniform(0.35, 0.6)
    if style == "rings":
        place = np.hypot(rows - rows.mean(), columns - columns.mean())
        return (place / period + phase) % 1 < 0.5
    if style == "stripes":
        return ((rows + columns) / period + phase) % 1 < 0.5
    return ((rows / period + phase) % 1 < 0.5) ^ ((columns / period + phase) % 1 < 0.5)
