"""A grain pipeline as a stream: shuffled, repeated and batched by grain, read ahead by `fit`.

Run by `nox -s integrations`.
"""

import tempfile
from pathlib import Path

import grain
import jax
import jax.numpy as jnp
import numpy as np
import optax

import gantheory as gt
from gantheory import data, games, networks

images = np.random.default_rng(0).normal(size=(1_000, 2)).astype(np.float32)  # or files, or records
dataset = grain.MapDataset.source(images).seed(1).shuffle().repeat().batch(64)

keys = jax.random.split(jax.random.key(0), 3)
adam = gt.Optimiser(optax.adam, learning_rate=1e-3, b1=0.5)
players = {
    "generator": networks.MLP(2, 2, width=16, depth=1, activation=jnp.tanh, key=keys[0]),
    "discriminator": networks.MLP(2, "scalar", width=16, depth=1, activation=jnp.tanh, key=keys[1]),
}


def batch(number):
    """Of a function a checkpoint knows the code; what grain keeps in a used pipeline changes."""
    return dataset[number]


def run(steps, checkpoint=None):
    """A run over the grain dataset; the position in the data is that of the step."""
    trainer = gt.Trainer(
        games.nonsaturating(),
        data.Stream(batch, latent=data.Normal(jnp.zeros(2), jnp.ones(2))),
        optimisers={"generator": adam, "discriminator": adam},
    )
    state = trainer.init(players, key=keys[2])
    return trainer.fit(state, steps, checkpoint=checkpoint, progress=False)


def bits(result):
    return [np.asarray(leaf).tobytes() for leaf in jax.tree.leaves(result.history)]


with tempfile.TemporaryDirectory() as folder:
    run(30, Path(folder) / "run")
    continued = run(80, Path(folder) / "run")
assert bits(continued) == bits(run(80)), "the continued run reads on where it stopped"
print(continued)
