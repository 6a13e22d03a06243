"""Batches through a player, and errors that name the player who does not fit.

Shapes are known while JAX traces, so nothing here costs time when a game is played.
"""

from collections.abc import Callable

import jax
from jaxtyping import Array, PyTree

from gantheory._checks import described, is_array, require_function
from gantheory.data import Batch
from gantheory.shapes import FakeBatch, Samples

GENERATOR = "generator"
"""The name of the player who makes samples."""

DISCRIMINATOR = "discriminator"
"""The name of the player who judges samples, also where it is a critic."""


def require_batch(batch: object) -> None:
    """Raise unless a source has made what the games of samples are played on."""
    if not all(hasattr(batch, part) for part in ("real", "latent", "key")):
        raise TypeError(
            "source must make a Batch of real samples, latents and a key, as data.Synthetic and "
            f"data.Dataset do; it makes {described(batch)}."
        )


def mapped(name: str, player: Callable, batch: Samples) -> PyTree:
    """The player's output for every sample of a batch."""
    require_function(
        "a function of one sample, such as a network", **{f"players[{name!r}]": player}
    )
    try:
        return jax.vmap(player)(batch)
    except (TypeError, ValueError, IndexError) as error:
        raise ValueError(
            f"players[{name!r}] could not map one sample of shape {batch.shape[1:]} (the game "
            f"makes the batches): {error}"
        ) from error


def generated(generator: Callable, batch: Batch) -> FakeBatch:
    """The generator's samples, which have the shape of the data."""
    fake = mapped(GENERATOR, generator, batch.latent)
    shape = fake.shape[1:] if is_array(fake) else None
    if shape != batch.real.shape[1:]:
        raise ValueError(
            f"players[{GENERATOR!r}] must make samples of the shape of the data, "
            f"{batch.real.shape[1:]}, but makes {described(fake) if shape is None else shape}."
        )
    return fake


def logits_of(discriminator: Callable, batch: Samples) -> Array:
    """The discriminator's logits, one for each sample."""
    logits = mapped(DISCRIMINATOR, discriminator, batch)
    if not is_array(logits):
        raise TypeError(
            f"players[{DISCRIMINATOR!r}] must map a sample to one logit, but returns a "
            f"{described(logits)}. (A pair with style logits is for games.can and "
            f"games.can_holistic.)"
        )
    if logits.size != batch.shape[0]:
        raise ValueError(
            f"players[{DISCRIMINATOR!r}] must map a sample to one logit, a scalar, but returns "
            f"shape {logits.shape[1:]}."
        )
    return logits
