"""Where a game with a transport cost of fixed weight settles, if its players are a line and a
parabola and its batches are not drawn but all quantiles."""

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jax.scipy.stats import norm
from jaxtyping import Array, Float
from tools.results.cache import cached

from experiments.which_map.transport import Transported
from gantheory import Every, Optimiser, Trainer, data, games, metrics, networks
from gantheory.games import DISCRIMINATOR, GENERATOR
from gantheory.shapes import Key, Scalar

MEAN, STANDARD_DEVIATION = 4.0, 1.25
POINTS, STEPS = 1_000, 3_000


class Parabola(eqx.Module):
    """A critic with a quadratic logit, as the best one between two normal distributions is."""

    coefficients: Float[Array, "3"]

    def __call__(self, x: Float[Array, "1"]) -> Scalar:
        standard = (x[0] - MEAN) / STANDARD_DEVIATION
        return self.coefficients @ jnp.stack([jnp.ones(()), standard, standard**2])


def quantiles(key: Key) -> data.Batch[None]:
    """The same batch each time: the quantiles of the data and of standard normal noise."""
    latent = norm.ppf(metrics.midpoints(POINTS))[:, None]
    return data.Batch(real=MEAN + STANDARD_DEVIATION * latent, latent=latent, key=key)


@cached
def settled(weights: tuple[float, ...]) -> dict[str, Array]:
    """Mean and standard deviation of what is generated at the end, one for each weight."""

    def one_run(weight: Array) -> dict[str, Array]:
        game = Transported(games.nonsaturating(), weight, jnp.array(jnp.inf))
        line = networks.Linear(1, 1, key=jax.random.key(0))
        start = (jnp.full((1, 1), STANDARD_DEVIATION), jnp.full(1, MEAN))
        players = {
            GENERATOR: eqx.tree_at(lambda one: (one.weight, one.bias), line, start),
            DISCRIMINATOR: Parabola(jnp.zeros(3)),
        }
        descent = {GENERATOR: Optimiser(optax.sgd, learning_rate=0.1)}
        descent[DISCRIMINATOR] = Optimiser(optax.sgd, learning_rate=0.4)
        trainer = Trainer(
            game,
            quantiles,
            optimisers=descent,
            record=Every(STEPS),
        )
        result = trainer.train(trainer.init(players, key=jax.random.key(1)), STEPS)
        ended = result.players[GENERATOR]
        return {"mean": ended.bias[0], "standard_deviation": ended.weight[0, 0]}

    return eqx.filter_jit(eqx.filter_vmap(one_run))(jnp.asarray(weights))
