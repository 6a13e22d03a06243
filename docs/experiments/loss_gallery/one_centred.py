"""What a penalty that asks for slope one does on the line: the critic and the fakes, looked at
while they are trained."""

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array
from tools.results.cache import cached

from experiments.shared.one_dimensional import make_players
from gantheory import Every, Optimiser, Trainer, data, games
from gantheory.games import ALTERNATING, DISCRIMINATOR, GENERATOR
from gantheory.shapes import Key

NOISE_LIMIT = 3**0.5
GRID = 201


@cached
def slope_and_fakes(objective: str, seeds: int, steps: int) -> dict[str, Array]:
    """Over the second half of training, on data N(0, 1): size of the critic's slope, mean and
    deviation of the fakes."""

    def one_run(key: Key) -> dict[str, Array]:
        player_key, run_key = jax.random.split(key)
        optimiser = Optimiser(optax.adam, learning_rate=1e-3, b1=0.0, b2=0.99)
        trainer = Trainer(
            games.build(objective, turns=ALTERNATING),
            data.Synthetic(data.Normal(0.0, 1.0), data.Uniform(1, -NOISE_LIMIT, NOISE_LIMIT), 128),
            optimisers={GENERATOR: optimiser, DISCRIMINATOR: optimiser},
            record=Every(steps // 40, lambda state, batch, entries: look(state.players)),
        )
        state = trainer.init(make_players(player_key, first_layer_gain=3.0), key=run_key)
        result = trainer.train(state, steps)
        return jax.tree.map(lambda values: jnp.mean(values[20:]), result.history)

    return eqx.filter_jit(eqx.filter_vmap(one_run))(jax.random.split(jax.random.key(3), seeds))


def look(players: games.Players) -> dict[str, Array]:
    """Mean size of the slope on the data's range; distance of the fakes' mean from 0, and their
    deviation."""
    grid = jnp.linspace(-2.0, 2.0, GRID)
    slopes = jax.vmap(jax.grad(lambda x: players[DISCRIMINATOR](x[None])))(grid)
    latents = jnp.linspace(-NOISE_LIMIT, NOISE_LIMIT, GRID)
    fakes = jax.vmap(lambda z: players[GENERATOR](z[None])[0])(latents)
    return {
        "slope": jnp.mean(jnp.abs(slopes)),
        "mean": jnp.abs(jnp.mean(fakes)),
        "deviation": jnp.std(fakes),
    }
