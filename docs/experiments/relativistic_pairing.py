"""A few free points as generator: which pairings let points that fell on one datum spread out
again."""

from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float
from tools.results.cache import cached

from experiments.shared.several_games import OneOf
from gantheory import Every, Optimiser, Trainer, data, games, networks
from gantheory.games import DISCRIMINATOR, GENERATOR
from gantheory.shapes import Key

START_SPREAD = 0.05
FOUND_WITHIN = 0.5


class FreePoints(eqx.Module):
    """A generator that is a table: latent i, a row of the identity, is mapped to point i."""

    points: Float[Array, " n 2"]

    def __call__(self, row: Float[Array, " n"]) -> Float[Array, " 2"]:
        return row @ self.points


def corners(n: int) -> Float[Array, " n 2"]:
    """The data: n points on the unit circle."""
    angles = 2 * jnp.pi * jnp.arange(n, dtype=float) / n
    return jnp.stack([jnp.cos(angles), jnp.sin(angles)], axis=1)


@cached
def from_collapse(
    *,
    relativistic: tuple[bool, ...],
    shuffled: tuple[bool, ...],
    penalties: tuple[float, ...],
    n: int,
    seeds: int,
    steps: int,
) -> dict[str, Array]:
    """Start all points around the first datum, train, see who ends where; once for each setting.

    A setting is relativistic or else non-saturating; where `shuffled`, the data are paired with the
    points afresh at every turn, otherwise datum i always with point i; the penalty is the weight of
    R1 and R2 in the relativistic game. Returns "points", (setting, seed, point, coordinate), and
    "found", (setting, seed): how many data have a generated point within half a radius.
    """

    def one_run(paired: Array, shuffle: Array, penalty: Array, key: Key) -> dict[str, Array]:
        played = (
            games.nonsaturating(),
            games.relativistic_r1_r2(r1_weight=penalty, r2_weight=penalty),
        )
        return _one_run(
            OneOf(games=played, number=paired.astype(jnp.int32)), shuffle, n, steps, key
        )

    over_seeds = eqx.filter_vmap(one_run, in_axes=(None, None, None, 0))
    over_settings = eqx.filter_vmap(over_seeds, in_axes=(0, 0, 0, None))
    settings = (jnp.array(relativistic), jnp.array(shuffled), jnp.array(penalties))
    keys = jax.random.split(jax.random.key(41), seeds)
    return eqx.filter_jit(over_settings)(*settings, keys)


def _one_run(game: games.Game, shuffle: Array, n: int, steps: int, key: Key) -> dict[str, Array]:
    point_key, player_key, run_key = jax.random.split(key, 3)
    noise = START_SPREAD * jax.random.normal(point_key, (n, 2))
    discriminator = networks.MLP(
        2,
        "scalar",
        width=32,
        depth=2,
        activation=jnp.tanh,
        first_layer_gain=3.0,
        key=player_key,
    )
    optimiser = Optimiser(optax.adam, learning_rate=2e-3, b1=0.0, b2=0.99)
    trainer = Trainer(
        game,
        partial(_all_of_it, n, shuffle),
        optimisers={GENERATOR: optimiser, DISCRIMINATOR: optimiser},
        record=Every(steps),
    )
    state = trainer.init(
        {
            GENERATOR: FreePoints(jnp.broadcast_to(corners(n)[0], (n, 2)) + noise),
            DISCRIMINATOR: discriminator,
        },
        key=run_key,
    )
    result = trainer.train(state, steps)
    points = result.players[GENERATOR].points
    gaps = jnp.linalg.norm(corners(n)[:, None, :] - points[None, :, :], axis=-1)
    return {"points": points, "found": jnp.sum(jnp.min(gaps, axis=1) < FOUND_WITHIN)}


def _all_of_it(n: int, shuffle: Array, key: Key) -> data.Batch:
    """Every datum and every point once: the full batch."""
    order_key, key = jax.random.split(key)
    order = jnp.where(shuffle, jax.random.permutation(order_key, n), jnp.arange(n))
    return data.Batch(real=corners(n)[order], latent=jnp.eye(n), key=key)
