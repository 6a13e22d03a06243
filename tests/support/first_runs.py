"""The runs of a newcomer: two lines against each other, on a normal distribution."""

from typing import Any

import jax
import jax.numpy as jnp
import optax
from support import helpers

import gantheory as gt
from gantheory import data, games, networks

KEY = jax.random.key(0)
SGD = gt.Optimiser(optax.sgd, learning_rate=0.1)
U = data.Uniform(1)
X = jnp.arange(10.0)[:, None]
SOURCE = data.Synthetic(data.Normal(4.0, 1.0), U, batch_size=8)


def line(inputs: int = 1, outputs: int = 1) -> networks.Linear:
    return networks.Linear(inputs, outputs, key=KEY)


def mlp(**changes: Any) -> networks.MLP:
    settings = {"width": 2, "depth": 1, "activation": jnp.tanh, "key": KEY, **changes}
    return networks.MLP(1, settings.pop("out_size", "scalar"), **settings)


def fit(**changes: Any) -> gt.Result:
    """A run with some of its arguments, or one of its players, changed."""
    arguments = {
        "game": games.nonsaturating(),
        "players": {"generator": line(), "discriminator": line()},
        "source": SOURCE,
        "optimisers": {"generator": SGD, "discriminator": SGD},
        "steps": 4,
        "key": KEY,
    }
    for name in ("generator", "discriminator"):
        if name in changes:
            arguments["players"][name] = changes.pop(name)
    return helpers.fit(**{**arguments, **changes})
