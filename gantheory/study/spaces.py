"""Search spaces as data, among them those of the survey of Lucic et al.

A space gives each hyperparameter a range. A setting is one value for each. Real numbers vary inside
one compiled program; an integer or a bool chooses the program.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import jax

from gantheory._checks import described
from gantheory.shapes import Key

__all__ = [
    "DEFAULTS",
    "NARROW",
    "WIDE",
    "Choice",
    "LogUniform",
    "Range",
    "Setting",
    "Space",
    "Spaces",
    "Uniform",
    "sample_setting",
]

Setting = Mapping[str, float | int | bool]
"""One value for each hyperparameter, by name."""


@dataclass(frozen=True)
class Uniform:
    """Real numbers, uniform between `low` and `high`.

    Raises:
        ValueError: The ends are not finite or not in order.

    Examples:
        >>> import jax
        >>> from gantheory import study
        >>> 0.6 <= study.Uniform(0.6, 0.9).sample(jax.random.key(0)) <= 0.9
        True
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ValueError(f"low and high must be finite and low < high, got {self}.")

    def sample(self, key: Key) -> float:
        """Sample one number."""
        return self.low + (self.high - self.low) * float(jax.random.uniform(key))


@dataclass(frozen=True)
class LogUniform:
    """Positive real numbers whose logarithms are uniform between those of `low` and `high`.

    Raises:
        ValueError: The ends are not positive and finite, or not in order.

    Examples:
        >>> import jax
        >>> from gantheory import study
        >>> 1e-5 <= study.LogUniform(1e-5, 1e-2).sample(jax.random.key(0)) <= 1e-2
        True
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if not (0 < self.low < self.high < math.inf):
            raise ValueError(f"low and high must be finite and 0 < low < high, got {self}.")

    def sample(self, key: Key) -> float:
        """Sample one number."""
        return self.low * (self.high / self.low) ** float(jax.random.uniform(key))


@dataclass(frozen=True)
class Choice:
    """One of a few values, all real numbers, all integers or all bools; a single value is fixed.

    To choose among names, such as those of models, number them, or make each a subject.

    Raises:
        TypeError: A value is of another type, or the values are of several types.
        ValueError: There are no values.

    Examples:
        >>> import jax
        >>> from gantheory import study
        >>> study.Choice((1, 5)).sample(jax.random.key(0)) in (1, 5)
        True
    """

    values: tuple[float | int | bool, ...]

    def __post_init__(self) -> None:
        if not self.values:
            raise ValueError("values must hold at least one value, got none.")
        real = all(isinstance(value, float) for value in self.values)
        if not real and {type(value) for value in self.values} not in ({int}, {bool}):
            raise TypeError(
                f"values must be all real numbers, all integers or all bools, got {self.values}."
            )

    def sample(self, key: Key) -> float | int | bool:
        """Sample one value."""
        return self.values[int(jax.random.randint(key, (), 0, len(self.values)))]


Range = Uniform | LogUniform | Choice
"""The values that a hyperparameter may take, and how they are sampled."""

Space = Mapping[str, Range]
"""The range of each hyperparameter, by name."""

Spaces = Mapping[str, Space]
"""The space of each model, by name."""


def sample_setting(space: Space, key: Key) -> dict[str, float | int | bool]:
    """Sample one setting. Each hyperparameter has its own key: adding one changes no other.

    The values come in the order of the space.

    Raises:
        TypeError: A value of `space` is not a range.
        ValueError: The space is empty.

    Examples:
        >>> import jax
        >>> from gantheory import study
        >>> sorted(study.sample_setting(study.NARROW["wgan"], jax.random.key(0)))
        ['b1', 'clip_bound', 'discriminator_batch_norm', 'discriminator_moves', 'learning_rate']
    """
    if not space:
        raise ValueError("space must give at least one hyperparameter a range, got none.")
    for name, ranged in space.items():
        if not isinstance(ranged, Range):
            raise TypeError(
                f"space[{name!r}] must be a study.Uniform, study.LogUniform or study.Choice, "
                f"got {described(ranged)}."
            )
    return {
        name: ranged.sample(jax.random.fold_in(key, number_of(name)))
        for name, ranged in space.items()
    }


def number_of(text: str) -> int:
    """A number for a text, the same in every process."""
    return int.from_bytes(text.encode(), "big") % (2**31 - 1)


_COMMON_WIDE: Space = {
    "learning_rate": LogUniform(1e-5, 1e-2),
    "b1": Uniform(0.0, 1.0),
    "discriminator_moves": Choice((1, 5)),
    "discriminator_batch_norm": Choice((True, False)),
}
_COMMON_NARROW: Space = {
    "learning_rate": LogUniform(1e-4, 1e-3),
    "b1": Choice((0.5,)),
    "discriminator_moves": Choice((1,)),
    "discriminator_batch_norm": Choice((True, False)),
}
_NO_NORM: Space = {"discriminator_batch_norm": Choice((False,))}


def _with_own(common: Space, **own: Space) -> Spaces:
    """What all models share, and what each has of its own."""
    plain: dict[str, Space] = {"minimax": {}, "nonsaturating": {}, "least_squares": {}}
    games = {name: {**common, **ranges} for name, ranges in (plain | own).items()}
    alone = {name: common[name] for name in ("learning_rate", "b1")}
    return games | {"vae": alone}


WIDE: Spaces = _with_own(
    _COMMON_WIDE,
    wgan={"clip_bound": LogUniform(1e-3, 1.0)},
    wgan_gp={"penalty_weight": LogUniform(1e-1, 1e2)},
    dragan={"penalty_weight": LogUniform(1e-1, 1e2)},
    began={"balance_rate": LogUniform(1e-4, 1e-2), "gamma": Uniform(0.0, 1.0)},
)
"""The first, wide search of the survey: model to space."""

NARROW: Spaces = _with_own(
    _COMMON_NARROW,
    wgan={"clip_bound": LogUniform(1e-2, 1.0)},
    wgan_gp={"penalty_weight": LogUniform(1e-1, 1e1), **_NO_NORM},
    dragan={"penalty_weight": LogUniform(1e-1, 1e1), **_NO_NORM},
    began={"balance_rate": Choice((1e-3,)), "gamma": Uniform(0.6, 0.9)},
)
"""The second, narrow search of the survey: model to space."""


def _default(learning_rate: float, b1: float, moves: int, *, norm: bool, **own: float) -> Setting:
    return {
        "learning_rate": learning_rate,
        "b1": b1,
        "discriminator_moves": moves,
        "discriminator_batch_norm": norm,
        **own,
    }


DEFAULTS: Mapping[str, Setting] = {
    "minimax": _default(5e-5, 0.0, 1, norm=True),
    "nonsaturating": _default(5e-5, 0.0, 1, norm=True),
    "least_squares": _default(2e-4, 0.5, 1, norm=True),
    "wgan": _default(5e-5, 0.5, 5, norm=True, clip_bound=0.01),
    "wgan_gp": _default(1e-4, 0.5, 5, norm=False, penalty_weight=10.0),
    "dragan": _default(1e-4, 0.5, 1, norm=True, penalty_weight=10.0),
    "began": _default(1e-4, 0.5, 5, norm=False, balance_rate=1e-3, gamma=0.75),
    "vae": {"learning_rate": 5e-5, "b1": 0.5},
}
"""The survey's defaults, which stand for each model's own authors: its wide search begins there."""
