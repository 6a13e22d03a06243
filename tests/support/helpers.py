"""Small games with known answers, runs of them, and comparisons, shared by the tests."""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax

from gantheory import Optimiser, Result, Trainer, games, networks
from gantheory.data import Normal, Standardised, Synthetic, Uniform

NAMES: tuple[str, ...] = ("a", "b", "c")


class Quadratic(games.Game):
    """Three scalar players; the gradient of player i is row i of `matrix @ x + offset + batch`."""

    matrix: jax.Array
    offset: jax.Array
    turns: tuple[games.Turn, ...] = eqx.field(static=True)

    def losses(self, players, batch):
        x = jnp.stack([players[name] for name in NAMES])
        products = self.matrix * x[:, None] * x[None, :]
        own = 0.5 * jnp.diag(products)
        coupled = jnp.sum(products, axis=1) - jnp.diag(products)
        values = own + coupled + (self.offset + batch) * x
        return dict(zip(NAMES, values, strict=True))


class Walk(games.Game):
    """Every player's gradient is the batch, so players of rate one walk along the draws."""

    turns: tuple[games.Turn, ...] = eqx.field(static=True)

    def losses(self, players, batch):
        return {name: player * batch for name, player in players.items()}


class Fragile(games.Game):
    """The player climbs by one a step, and its loss is not a number above a threshold."""

    threshold: jax.Array
    turns: tuple[games.Turn, ...] = eqx.field(static=True, default=(games.Turn(("a",)),))

    def losses(self, players, batch):
        a = players["a"]
        return {"a": jnp.where(a + 0 * batch > self.threshold, jnp.nan, -a)}


class Counting(games.Game):
    """A quadratic bowl that counts how often it is traced."""

    traces: ClassVar[list[int]] = [0]
    turns: tuple[games.Turn, ...] = eqx.field(static=True, default=(games.Turn(("a",)),))

    def losses(self, players, batch):
        self.traces[0] += 1
        return {"a": jnp.sum((players["a"] - batch) ** 2)}


def silence(key: jax.Array) -> jax.Array:
    """A source without randomness."""
    del key
    return jnp.zeros(())


def noise(key: jax.Array) -> jax.Array:
    return jax.random.normal(key)


def sgd(rate: float | jax.Array = 0.1) -> Optimiser:
    return Optimiser(optax.sgd, learning_rate=rate)


def every_third(learning_rate: float | jax.Array) -> optax.GradientTransformation:
    """Plain gradient descent that moves once for every three gradients, by their mean."""
    accumulated = optax.MultiSteps(optax.sgd(learning_rate), every_k_schedule=3)
    return optax.GradientTransformation(accumulated.init, accumulated.update)


def draw_of(source, key: jax.Array, step: int, turn: int = 0, repeat: int = 0):
    """The batch that the documented folding of keys gives to one repeat of one turn of one step."""
    for number in (step, turn, repeat):
        key = jax.random.fold_in(key, number)
    return source(key)


def small_gan(objective: str = "nonsaturating", *, batch_size: int = 32, **settings):
    """A one-dimensional GAN that takes milliseconds a step: game, players, source, optimisers."""
    generator_key, discriminator_key, sample_key = jax.random.split(jax.random.key(7), 3)
    players = {
        games.GENERATOR: networks.MLP(
            1, 1, width=8, depth=1, activation=jnp.tanh, key=generator_key
        ),
        games.DISCRIMINATOR: networks.MLP(
            1, "scalar", width=8, depth=1, activation=jnp.tanh, key=discriminator_key
        ),
    }
    law = Normal(4.0, 1.25)
    source = Synthetic(Standardised(law, law(sample_key, 500)), Uniform(1), batch_size)
    optimisers = {name: Optimiser(optax.adam, learning_rate=1e-2, b1=0.5) for name in players}
    return games.build(objective, **settings), players, source, optimisers


def train(game, players, source, *, optimisers, steps, key, **settings) -> Result:
    """One run from fresh players, as the pure function makes it."""
    trainer = Trainer(game, source, optimisers=optimisers, **settings)
    return trainer.train(trainer.init(players, key=key), steps)


TRAINER = ("ema", "record")


def fit(game, players, source, *, optimisers, steps, key, progress=False, **settings) -> Result:
    """One run from fresh players, as the host loop makes it."""
    own = {name: settings.pop(name) for name in TRAINER if name in settings}
    trainer = Trainer(game, source, optimisers=optimisers, **own)
    return trainer.fit(trainer.init(players, key=key), steps, progress=progress, **settings)


def arrays(tree) -> list[jax.Array]:
    """The arrays of a tree, random keys as their bits."""
    return [
        jax.random.key_data(leaf) if jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key) else leaf
        for leaf in jax.tree.leaves(eqx.filter(tree, eqx.is_array))
    ]


def same_bits(one, other) -> bool:
    """Whether two trees have the same structure and identical arrays; a NaN equals a NaN."""
    return jax.tree.structure(one) == jax.tree.structure(other) and all(
        a.dtype == b.dtype
        and a.shape == b.shape
        and np.asarray(a).tobytes() == np.asarray(b).tobytes()
        for a, b in zip(arrays(one), arrays(other), strict=True)
    )


def assert_close(one, other, tolerance: float) -> None:
    """Trees of equal structure whose arrays agree to an absolute and relative tolerance."""
    assert jax.tree.structure(one) == jax.tree.structure(other)
    for a, b in zip(arrays(one), arrays(other), strict=True):
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=tolerance, atol=tolerance)
