"""Small runs with a checkpoint, shared by the tests of checkpoints."""

from pathlib import Path

import jax
import jax.numpy as jnp
import optax
from support.helpers import same_bits

from gantheory import Every, Optimiser, Result, Trainer, data, games, networks


def keys():
    """Made when they are asked for: forks must not inherit the threads that JAX starts."""
    return jax.random.split(jax.random.key(5), 2)


def players():
    settings = {"width": 4, "depth": 1, "activation": jnp.tanh}
    return {
        "generator": networks.MLP(1, 1, **settings, key=keys()[0]),
        "discriminator": networks.MLP(1, "scalar", **settings, key=keys()[1]),
    }


def trainer(*, rate: float = 1e-2, cadence: int = 2, **changed) -> Trainer:
    """A run that takes microseconds a step."""
    optimiser = Optimiser(optax.adam, learning_rate=rate)
    settings = {
        "game": games.nonsaturating(),
        "source": data.Synthetic(data.Normal(1.0, 1.0), data.Uniform(1), 8),
        "optimisers": dict.fromkeys(("generator", "discriminator"), optimiser),
        "ema": {"generator": 0.9},
        "record": Every(cadence),
    }
    return Trainer(**{**settings, **changed})


def run(path: Path | None, steps: int, *, seed: int = 5, more=None, **changed) -> Result:
    one = trainer(**changed)
    state = one.init(players(), key=jax.random.key(seed))
    return one.fit(state, steps, checkpoint=path, progress=False, **(more or {}))


def state_like():
    return trainer().init(players(), key=jax.random.key(0))


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def assert_same(one: Result, other: Result) -> None:
    assert same_bits((one.state, one.history, one.steps), (other.state, other.history, other.steps))


def entries_of(*names):
    """Records made by one function: only what they close over differs."""
    return lambda state, batch, entries: {name: entries[name] for name in names}


def wider_players():
    wide = {"width": 5, "depth": 1, "activation": jnp.tanh}
    return {**players(), "generator": networks.MLP(1, 1, **wide, key=keys()[0])}
