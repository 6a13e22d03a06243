"""Small stand-ins for what the study's experiments are measured on."""

import jax
import jax.numpy as jnp
from experiments.study.bed import SIDE_OF_DIGITS, SIDE_OF_TRIANGLES, Bed

from gantheory import networks


def untaught_bed(name: str) -> Bed:
    """A bed of images of the right size whose classifier has learnt nothing."""
    hidden_key, features_key = jax.random.split(jax.random.key(0))
    sides = {"triangles": SIDE_OF_TRIANGLES, "digits": SIDE_OF_DIGITS}
    size, width = sides[name] ** 2, 4
    return Bed(
        seen=jnp.ones((40, size)),
        compared=jnp.ones((20, size)),
        hidden=networks.MLP(
            size, width, width=width, depth=1, activation=jax.nn.relu, key=hidden_key
        ),
        features=networks.Linear(width, 3, key=features_key),
        accuracy=jnp.zeros(()),
    )
