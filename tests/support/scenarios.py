"""Runs of every sort: games, optimisers, keys, records and sources, in any combination."""

import random
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from support.helpers import every_third, same_bits

from gantheory import Every, Optimiser, Result, Trainer, data, games, networks

STEPS = 42  # divisible by every cadence
ROWS = np.linspace(-2.0, 2.0, 30, dtype=np.float32)[:, None]


def chained(learning_rate):
    return optax.chain(optax.clip_by_global_norm(1.0), optax.adam(learning_rate, b1=0.5))


def on_plateau(learning_rate):
    reduced = optax.contrib.reduce_on_plateau(factor=0.5, patience=2, cooldown=0)
    return optax.chain(optax.adam(learning_rate), reduced)


def generator_alone(state, batch, entries):
    return {"bias": state.players["generator"].layers[-1].bias, "real": batch.real[0]}


def batches_forwards():
    order = np.random.default_rng(3)
    while True:
        yield order.permutation(ROWS)[:8]


GAMES = ("nonsaturating", "wgan", "wgan_gp", "began", "hinge", "relativistic_r1_r2", "f_gan_kl")
OPTIMISERS = {
    "sgd": lambda: Optimiser(optax.sgd, learning_rate=1e-2),
    "negative momentum": lambda: Optimiser(optax.sgd, learning_rate=1e-2, momentum=-0.5),
    "clipped": lambda: Optimiser(chained, learning_rate=1e-2),
    "accumulated": lambda: Optimiser(every_third, learning_rate=1e-2),
    "scheduled": lambda: Optimiser(
        optax.adam, learning_rate=optax.warmup_cosine_decay_schedule(0.0, 1e-2, 10, 40)
    ),
    "plateau": lambda: Optimiser(on_plateau, learning_rate=1e-2),
}
KEYS = {
    "threefry": lambda seed: jax.random.key(seed, impl="threefry2x32"),
    "rbg": lambda seed: jax.random.key(seed, impl="rbg"),
    "unsafe_rbg": lambda seed: jax.random.key(seed, impl="unsafe_rbg"),
    "legacy": lambda seed: jax.random.PRNGKey(seed),
}
RECORDS = {
    "all": lambda: Every(1),
    "some": lambda: Every(3),
    "two": lambda: {"losses": Every(2), "seldom": Every(7, generator_alone)},
}
SOURCES = {
    "synthetic": lambda: data.Synthetic(data.Normal(1.0, 1.0), data.Uniform(1), 8),
    "in memory": lambda: data.Dataset(jnp.asarray(ROWS), data.Uniform(1), 8),
    "shuffled": lambda: data.Stream(
        data.Shuffled(ROWS, 8, jax.random.key(4)), latent=data.Uniform(1)
    ),
    "forwards": lambda: data.Stream(data.InOrder(batches_forwards), latent=data.Uniform(1)),
}


class Kind(NamedTuple):
    """What is trained, with what, and how it is recorded."""

    game: str
    optimiser: str
    key: str
    record: str
    source: str

    def trainer(self, **changed) -> Trainer:
        optimiser = OPTIMISERS[self.optimiser]()
        names = self.players()
        settings = {
            "game": games.build(self.game),
            "source": SOURCES[self.source](),
            "optimisers": dict.fromkeys(names, optimiser),
            "ema": {"generator": 0.9},
            "record": RECORDS[self.record](),
        }
        return Trainer(**{**settings, **changed})

    def players(self):
        keys = jax.random.split(jax.random.key(5))
        settings = {"width": 4, "depth": 1, "activation": jnp.tanh}
        outputs = 1 if self.game == "began" else "scalar"
        players = {
            "generator": networks.MLP(1, 1, **settings, key=keys[0]),
            "discriminator": networks.MLP(1, outputs, **settings, key=keys[1]),
        }
        return (
            {**players, "balance": games.Balance(jnp.asarray(0.1))}
            if self.game == "began"
            else players
        )


class Scenario:
    """One kind of run in a folder of its own, with what it comes to when nothing happens."""

    def __init__(self, kind: Kind, folder: Path, chance: random.Random):
        self.kind, self.folder, self.chance = kind, folder, chance
        self.path = folder / "run"
        self.trainer, self.state, self.straight = prepared(kind)
        self.cut = chance.randrange(1, STEPS)

    def fit(self, steps: int = STEPS, **settings) -> Result:
        settings = {"checkpoint": self.path, "progress": False, **settings}
        return self.trainer.fit(self.state, steps, **settings)

    def at_the_cut(self, what: Callable[[], bool | None]) -> Every:
        """A callback that acts once, at the cut."""
        done = []

        def callback(piece: Result) -> bool | None:
            if done or int(piece.state.step) != self.cut:
                return None
            done.append(1)
            return what()

        return Every(self.cut, callback)

    def stopped(self) -> Result:
        return self.fit(callback=self.at_the_cut(lambda: True))

    def goes_on(self) -> None:
        """The run to its end is the run to which nothing happened, and leaves one file."""
        self.is_straight(self.fit())
        assert [entry.name for entry in self.folder.iterdir()] == [self.path.name]

    def is_straight(self, result: Result) -> None:
        for part in ("state", "history", "steps", "status"):
            assert same_bits(getattr(result, part), getattr(self.straight, part)), part

    def refused(self, text: str, act: Callable[[], object] | None = None) -> None:
        """The file is refused with this text, and kept."""
        before = self.path.read_bytes()
        with pytest.raises(ValueError, match=text) as caught:
            (act or self.fit)()
        assert str(self.path) in str(caught.value)
        assert self.path.read_bytes() == before


@cache
def prepared(kind: Kind):
    """Trainer, first state and the result of a straight run: compiled once for each kind."""
    trainer = kind.trainer()
    state = trainer.init(kind.players(), key=KEYS[kind.key](7))
    return trainer, state, trainer.fit(state, STEPS, progress=False)


def kinds_of(chance: random.Random, count: int) -> list[Kind]:
    """Random kinds; each compiles a program, so a kind meets many accidents."""
    parts = (GAMES, OPTIMISERS, KEYS, RECORDS, SOURCES)
    shuffled = [chance.sample(list(part), len(part)) for part in parts]
    return [Kind(*(part[index % len(part)] for part in shuffled)) for index in range(count)]
