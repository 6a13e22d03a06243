"""A discriminator trained to near its optimum against a generator that stands still."""

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, PyTree
from tools.results.cache import cached

from gantheory import Every, Optimiser, Trainer, TrainState, data, games, networks
from gantheory.games import DISCRIMINATOR, GENERATOR
from gantheory.shapes import Key, Scalar, Values

REAL_MEAN, REAL_DEVIATION = 0.0, 1.0
FAKE_MEAN, FAKE_DEVIATION = 1.0, 0.6
BATCH = 256


class Affine(eqx.Module):
    """A generator whose distribution is known: a normal number, scaled and shifted."""

    mean: Scalar
    deviation: Scalar

    def __call__(self, z: Float[Array, " size"]) -> Float[Array, " size"]:
        return self.mean + self.deviation * z


def grid() -> Values:
    """Points that reach over all of both distributions."""
    return jnp.linspace(-7.0, 7.0, 561)


@cached
def trained_discriminators(seeds: int, steps: int, stride: int) -> dict[str, Array]:
    """Train only the discriminator, over several seeds.

    Returns:
        "logits", (seed, record, grid point), and "batch_loss", (seed, record).
    """

    def one_run(key: Key) -> dict[str, Array]:
        player_key, run_key = jax.random.split(key)
        discriminator = networks.MLP(
            1, "scalar", width=32, depth=2, activation=jnp.tanh, key=player_key
        )
        trainer = Trainer(
            games.minimax(),
            data.Synthetic(
                real=data.Normal(REAL_MEAN, REAL_DEVIATION),
                latent=data.Normal(0.0, 1.0),
                batch_size=BATCH,
            ),
            optimisers={DISCRIMINATOR: Optimiser(_fading_adam, learning_rate=3e-3, steps=steps)},
            record=Every(stride, _logits_and_loss),
        )
        state = trainer.init(
            {
                GENERATOR: Affine(jnp.array(FAKE_MEAN), jnp.array(FAKE_DEVIATION)),
                DISCRIMINATOR: discriminator,
            },
            key=run_key,
        )
        return trainer.train(state, steps).history

    return eqx.filter_jit(eqx.filter_vmap(one_run))(jax.random.split(jax.random.key(21), seeds))


def _fading_adam(learning_rate: Array, steps: int) -> optax.GradientTransformation:
    return optax.adam(optax.cosine_decay_schedule(learning_rate, steps))


def _logits_and_loss(
    state: TrainState, batch: data.Batch, entries: dict[str, Scalar]
) -> dict[str, PyTree]:
    del batch
    return {
        "logits": jax.vmap(state.players[DISCRIMINATOR])(grid()[:, None]),
        "batch_loss": entries[DISCRIMINATOR],
    }
