"""Trials: which runs a study makes, and the best of them."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import jax

from gantheory._checks import described, require_count
from gantheory.shapes import Key
from gantheory.study.spaces import Setting, Space, number_of, sample_setting
from gantheory.study.table import KEY, Row

__all__ = ["Trial", "best_row", "random_trials", "repeated_trials"]

OWN = (*KEY, "seconds", "status")
"""The columns of a row beside those of its setting and of its outcomes."""


@dataclass(frozen=True)
class Trial:
    """One run to be made: of what, in which phase of the study, with which setting.

    `number` tells the trials of a phase apart and gives each its random key.

    Raises:
        TypeError: A value of the setting is not a number or bool of Python, or a name is not text.
        ValueError: A setting is NaN, or has the name of another column of a row.

    Examples:
        >>> from gantheory import study
        >>> trial = study.Trial("wgan", "wide", 0, {"clip_bound": 0.01, "discriminator_moves": 5})
        >>> trial.fixed(), trial.numbers()
        ({'discriminator_moves': 5}, {'clip_bound': 0.01})
    """

    subject: str
    phase: str
    number: int
    setting: Setting = field(hash=False)

    def __post_init__(self) -> None:
        for argument in ("subject", "phase"):
            if not isinstance(getattr(self, argument), str):
                raise TypeError(
                    f"{argument} must be a str, got {described(getattr(self, argument))}."
                )
        for name, value in self.setting.items():
            if not isinstance(value, float | int):
                raise TypeError(
                    f"setting[{name!r}] must be a float, an int or a bool of Python, "
                    f"got {described(value)}."
                )
            if math.isnan(value):
                raise ValueError(f"setting[{name!r}] must be a number, got NaN.")
            if name.lower() in OWN:
                raise ValueError(
                    f"setting must not have the name {name!r}, which is a column of every row."
                )

    def key(self, key: Key) -> Key:
        """The trial's own key, folded from the study's."""
        phase_key = jax.random.fold_in(key, number_of(f"{self.subject}/{self.phase}"))
        return jax.random.fold_in(phase_key, self.number)

    def fixed(self) -> dict[str, int | bool]:
        """The settings that choose the program: integers and bools."""
        return {name: value for name, value in self.setting.items() if isinstance(value, int)}

    def numbers(self) -> dict[str, float]:
        """The settings that vary inside the program: real numbers."""
        return {name: value for name, value in self.setting.items() if isinstance(value, float)}


def random_trials(
    subject: str,
    space: Space,
    *,
    phase: str,
    count: int,
    key: Key,
    default: Setting | None = None,
) -> list[Trial]:
    """Random search: settings drawn from a space, each run once.

    Args:
        subject: What is studied, such as a data set and a model.
        space: Ranges of the hyperparameters.
        phase: Name of the phase.
        count: How many trials; the first ones of a longer search are those of a shorter one.
        key: The study's key.
        default: A setting for trial number 0, in place of a sampled one.

    Raises:
        ValueError: `count` is not a positive integer, the space is empty, or `default` does not
            have the names of the space.

    Examples:
        >>> import jax
        >>> from gantheory import study
        >>> key = jax.random.key(0)
        >>> space = {"learning_rate": study.LogUniform(1e-4, 1e-2), "moves": study.Choice((1, 5))}
        >>> len(study.random_trials("wgan", space, phase="wide", count=20, key=key))
        20
    """
    require_count(count=count)
    if default is not None and set(default) != set(space):
        raise ValueError(
            f"default must have the names of the space, {', '.join(space)}; "
            f"got {', '.join(default)}."
        )
    settings_key = jax.random.fold_in(key, number_of(f"settings of {subject}/{phase}"))
    settings = [sample_setting(space, jax.random.fold_in(settings_key, n)) for n in range(count)]
    if default is not None:
        settings[0] = {name: default[name] for name in space}
    return [Trial(subject, phase, number, setting) for number, setting in enumerate(settings)]


def repeated_trials(subject: str, setting: Setting, *, phase: str, count: int) -> list[Trial]:
    """One setting with many seeds.

    Examples:
        >>> from gantheory import study
        >>> seeds = study.repeated_trials("wgan", {"clip_bound": 0.01}, phase="repeated", count=3)
        >>> [trial.number for trial in seeds]
        [0, 1, 2]
    """
    require_count(count=count)
    return [Trial(subject, phase, number, setting) for number in range(count)]


def best_row(rows: Iterable[Row], score: str) -> Row:
    """The completed row with the least score.

    Raises:
        ValueError: No row is completed, or a completed row does not have this score.

    Examples:
        >>> from gantheory import study
        >>> rows = [{"status": "completed", "score": 2.0}, {"status": "completed", "score": 1.0}]
        >>> study.best_row(rows, "score")["score"]
        1.0
    """
    completed = [row for row in rows if row.get("status") == "completed"]
    if not completed:
        raise ValueError("rows must hold at least one completed run, got none.")
    if any(score not in row for row in completed):
        raise ValueError(f"score must be a column of every completed row, got {score!r}.")
    return min(completed, key=lambda row: float(row[score]))
