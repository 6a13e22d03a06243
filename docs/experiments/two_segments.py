"""The discriminator between two segments, seen from everywhere: the first figure of its page."""

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float
from tools.results.cache import cached

from experiments.disjoint_supports import (
    AHEAD,
    BATCH,
    OFFSET,
    TILT,
    NoisyLatent,
    NoisySegment,
    Segment,
    segment_points,
)
from gantheory import Every, Optimiser, Trainer, data, games, networks
from gantheory.games import DISCRIMINATOR, GENERATOR

ACROSS, UP = (-0.5, 1.8), (-0.2, 1.2)
CELLS = 60


def ticks() -> tuple[Float[Array, " x"], Float[Array, " y"]]:
    """The grid's coordinates in either direction."""
    return jnp.linspace(*ACROSS, CELLS), jnp.linspace(*UP, CELLS)


@cached
def landscape(steps: int) -> dict[str, Array]:
    """Train the discriminator alone on the two segments, which stand still and have no noise.

    Returns "map", the logits at `ticks()`, (y, x); and on the generated segment's points "logits"
    and "slopes", the gradients of the logit in the sample.
    """
    player_key, run_key = jax.random.split(jax.random.key(37))
    trainer = Trainer(
        games.minimax(turns=AHEAD),
        data.Synthetic(
            real=NoisySegment(jnp.zeros(())), latent=NoisyLatent(jnp.zeros(())), batch_size=BATCH
        ),
        optimisers={DISCRIMINATOR: Optimiser(optax.adam, learning_rate=2e-3)},
        record=Every(steps),
    )
    state = trainer.init(
        {
            GENERATOR: Segment(jnp.asarray(OFFSET), jnp.asarray(TILT)),
            DISCRIMINATOR: networks.MLP(
                2, "scalar", width=32, depth=2, activation=jnp.tanh, key=player_key
            ),
        },
        key=run_key,
    )
    result = eqx.filter_jit(trainer.train)(state, steps)
    discriminator = result.players[DISCRIMINATOR]
    places = jnp.stack(jnp.meshgrid(*ticks()), axis=-1)
    fakes = segment_points(OFFSET, TILT)
    return {
        "map": jax.vmap(jax.vmap(discriminator))(places),
        "logits": jax.vmap(discriminator)(fakes),
        "slopes": jax.vmap(jax.grad(discriminator))(fakes),
    }
