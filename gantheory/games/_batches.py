"""Batches through a player, and errors that name the player who does not fit.

Shapes are known while JAX traces, so nothing here costs time when a game is played.
"""

import inspect
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import equinox as eqx
import jax
from jaxtyping import Array, Integer, PyTree

from gantheory._answers import answers, asked_once
from gantheory._checks import described, is_array, require_function
from gantheory.data import Batch
from gantheory.shapes import FakeBatch, Key, Samples

GENERATOR = "generator"
"""The name of the player who makes samples."""

DISCRIMINATOR = "discriminator"
"""The name of the player who judges samples, also where it is a critic."""

SAMPLE_AXIS = "samples"
"""The name of the axis over which a game maps its `apply`, for statistics of the batch such as
`jax.lax.pmean(x, games.SAMPLE_AXIS)`. Penalties have no such axis."""

REAL, FAKE, PENALISED = "real", "fake", "penalised"


class Context(eqx.Module):
    """What an `apply` is given of one sample beside its numbers.

    `key` is the sample's own: another one for each sample, side, player and batch. `label` is the
    label of the data in the same place of the batch, for a fake as for its partner; None where the
    batch has no labels.

    Examples:
        >>> import jax
        >>> from gantheory import games
        >>> context = games.Context(jax.random.key(0))
        >>> print(jax.random.normal(context.key, (2,)).shape, context.label)
        (2,) None
    """

    key: Key
    label: Integer[Array, ""] | None = None


Apply = Callable[[str, Callable[..., Any], Any, Context], PyTree]
"""From a player's name, the player, one sample and its context to what the player makes of it."""


@dataclass(frozen=True)
class Played:
    """A batch, and how players are applied to its samples: by `apply`, or as they are."""

    batch: Batch
    apply: Apply | None

    def __post_init__(self) -> None:
        require_batch(self.batch)

    def mapped(
        self,
        name: str,
        player: Callable[..., Any],
        samples: Samples,
        side: str,
        *,
        penalised: bool = False,
    ) -> PyTree:
        """The player's output for every sample of a side, whose slopes may be penalised."""
        require_function(
            "a function of one sample, such as a network", **{f"players[{name!r}]": player}
        )
        contexts = self.contexts(name, side, samples.shape[0]) if self.apply is not None else None
        try:
            if self.apply is None or contexts is None:
                return answers(player, samples, penalised=penalised)
            function = partial(self.apply, name, player)
            return jax.vmap(function, axis_name=SAMPLE_AXIS)(samples, contexts)
        except (TypeError, ValueError, IndexError) as error:
            raise ValueError(
                f"players[{name!r}] could not map one sample of shape {samples.shape[1:]} (the "
                f"game makes the batches): {error}"
            ) from error

    def answer(self, name: str, player: Callable[..., Any]) -> PyTree:
        """The shapes of what the player makes of one sample of the data."""

        def answered(samples: Samples) -> PyTree:
            with asked_once():  # and forgotten: these are shapes
                return self.mapped(name, player, samples, REAL)

        shapes = eqx.filter_eval_shape(answered, self.batch.real)
        return jax.tree.map(lambda one: jax.ShapeDtypeStruct(one.shape[1:], one.dtype), shapes)

    def contexts(self, name: str, side: str, count: int) -> Context:
        """A context for each of `count` samples, along the first axis."""
        number = zlib.crc32(f"{name} {side}".encode()) >> 1
        keys = jax.random.split(jax.random.fold_in(self.batch.key, number), count)
        labels = getattr(self.batch, "label", None)
        if labels is None:
            return jax.vmap(Context)(keys)
        if labels.shape[:1] != (count,):
            raise ValueError(
                "source must make a label for each latent where a game has an apply: a fake has "
                f"the label of its partner; got labels of shape {labels.shape} for {count} samples."
            )
        return jax.vmap(Context)(keys, labels)

    def generated(self, generator: Callable[..., Any]) -> FakeBatch:
        """The generator's samples, which have the shape of the data."""
        fake = self.mapped(GENERATOR, generator, self.batch.latent, FAKE)
        shape = fake.shape[1:] if is_array(fake) else None
        if shape != self.batch.real.shape[1:]:
            raise ValueError(
                f"players[{GENERATOR!r}] must make samples of the shape of the data, "
                f"{self.batch.real.shape[1:]}, but makes "
                f"{described(fake) if shape is None else shape}."
            )
        return fake

    def logits(
        self,
        discriminator: Callable[..., Any],
        samples: Samples,
        side: str,
        *,
        penalised: bool = False,
    ) -> Array:
        """The discriminator's logits, one for each sample."""
        logits = self.mapped(DISCRIMINATOR, discriminator, samples, side, penalised=penalised)
        if not is_array(logits):
            raise TypeError(
                f"players[{DISCRIMINATOR!r}] must map a sample to one logit, but returns a "
                f"{described(logits)}. (A pair with style logits is for games.can and "
                f"games.can_holistic.)"
            )
        if logits.size != samples.shape[0]:
            raise ValueError(
                f"players[{DISCRIMINATOR!r}] must map a sample to one logit, a scalar, but returns "
                f"shape {logits.shape[1:]}."
            )
        return logits

    def critic(self, discriminator: Callable[..., Any]) -> tuple[Callable, dict[str, Context]]:
        """The critic as penalties see it, and what they are given with it."""
        if self.apply is None:
            return discriminator, {}
        condition = self.contexts(DISCRIMINATOR, PENALISED, self.batch.real.shape[0])
        return partial(self.apply, DISCRIMINATOR, discriminator), {"condition": condition}


def apply_of(game: object) -> Apply | None:
    """The `apply` by which a game, or else the adversarial game it is built on, applies players."""
    below = getattr(game, "adversarial", None)
    return getattr(game, "apply", None if below is None else apply_of(below))


def require_batch(batch: object) -> None:
    """Raise unless a source has made what the games of samples are played on."""
    if not all(hasattr(batch, part) for part in ("real", "latent", "key")):
        raise TypeError(
            "source must make a Batch of real samples, latents and a key, as data.Synthetic and "
            f"data.Dataset do; it makes {described(batch)}."
        )


def require_apply(apply: object) -> None:
    """Raise unless something can apply a player to a sample, or is None."""
    if apply is None:
        return
    require_function("a function of a name, a player, one sample and its Context", apply=apply)
    require_arguments(
        "apply",
        apply,
        4,
        "a player's name, the player, one sample and its Context, as in lambda name, player, "
        "sample, context: player(sample)",
    )


def require_arguments(name: str, function: Any, count: int, expected: str, **named: object) -> None:
    """Raise unless a function can be called with `count` positional and some named arguments."""
    try:
        inspect.signature(function, follow_wrapped=False).bind(*[None] * count, **named)
    except TypeError as error:
        raise TypeError(
            f"{name} must take {expected}; got {described(function)}: {error}."
        ) from error
