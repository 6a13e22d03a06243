"""The 1-D GAN over many seeds: as the assignment asks for it, and by the best recipe found."""

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, PyTree
from tools.results.cache import cached

from experiments.shared.one_dimensional import distances, make_players, make_source, outputs
from gantheory import Every, Optimiser, Trainer, TrainState, data, games
from gantheory.data import Batch
from gantheory.games import DISCRIMINATOR, GENERATOR
from gantheory.shapes import Key

BATCH = 256
NOISE_LIMIT = 3**0.5  # a uniform variable on ±√3 has mean 0 and variance 1
FIRST_LAYER_GAIN = 3.0
TRAINING_SAMPLE = 10_000


@cached
def frames_of_a_run(steps: int, stride: int) -> Array:
    """The quantiles of the generated distribution before a plain run and at each record of it:
    (frame, point)."""
    optimiser = Optimiser(optax.adam, learning_rate=1e-3, b1=0.5)
    players = make_players(jax.random.key(0))

    def seen(state: TrainState, batch: Batch, entries: PyTree) -> dict[str, Array]:
        del batch, entries
        return {"generated": outputs(state.players[GENERATOR], points=2_000)}

    trainer = Trainer(
        games.nonsaturating(),
        make_source(BATCH),
        optimisers={GENERATOR: optimiser, DISCRIMINATOR: optimiser},
        record=Every(stride, seen),
    )
    state = trainer.init(players, key=jax.random.key(1))
    history = eqx.filter_jit(trainer.train)(state, steps).history
    first = outputs(players[GENERATOR], points=2_000)
    return jnp.concatenate([first[None], history["generated"]])


@cached
def plain_over_seeds(objective: str, seeds: int, steps: int) -> dict[str, Array]:
    """W1 and KS, one per seed, of the plain GAN after the last step."""

    def one_run(key: Key) -> dict[str, Array]:
        player_key, run_key = jax.random.split(key)
        optimiser = Optimiser(optax.adam, learning_rate=1e-3, b1=0.5)
        trainer = Trainer(
            games.build(objective),
            make_source(256),
            optimisers={GENERATOR: optimiser, DISCRIMINATOR: optimiser},
            record=Every(100),
        )
        state = trainer.init(make_players(player_key), key=run_key)
        result = trainer.train(state, steps)
        wasserstein, kolmogorov_smirnov = distances(outputs(result.players[GENERATOR]), 4.0, 1.25)
        return {"wasserstein": wasserstein, "kolmogorov_smirnov": kolmogorov_smirnov}

    return eqx.filter_jit(eqx.filter_vmap(one_run))(jax.random.split(jax.random.key(13), seeds))


@cached
def recipe_over_seeds(
    *, mean: float, standard_deviation: float, standardised: bool, seeds: int, steps: int
) -> dict[str, Array]:
    """W1 and KS, one per seed, of the recipe's averaged generator, in the data's own units."""

    def one_run(key: Key) -> dict[str, Array]:
        player_key, sample_key, run_key = jax.random.split(key, 3)
        target = data.Normal(mean, standard_deviation)
        measured = data.Standardised(target, target(sample_key, TRAINING_SAMPLE))
        source = data.Synthetic(
            real=measured if standardised else target,
            latent=data.Uniform(1, -NOISE_LIMIT, NOISE_LIMIT),
            batch_size=BATCH,
        )
        optimiser = Optimiser(fading_adam, learning_rate=1e-3, steps=steps)
        trainer = Trainer(
            games.relativistic_r1_r2(r1_weight=1.0, r2_weight=1.0),
            source,
            optimisers={GENERATOR: optimiser, DISCRIMINATOR: optimiser},
            ema={GENERATOR: 0.995},
            record=Every(100),
        )
        state = trainer.init(
            make_players(player_key, first_layer_gain=FIRST_LAYER_GAIN), key=run_key
        )
        result = trainer.train(state, steps)
        samples = outputs(result.ema[GENERATOR], -NOISE_LIMIT, NOISE_LIMIT)
        if standardised:
            samples = measured.restore(samples[:, None])[:, 0]
        wasserstein, kolmogorov_smirnov = distances(samples, mean, standard_deviation)
        return {"wasserstein": wasserstein, "kolmogorov_smirnov": kolmogorov_smirnov}

    return eqx.filter_jit(eqx.filter_vmap(one_run))(jax.random.split(jax.random.key(14), seeds))


def fading_adam(learning_rate: Array, steps: int) -> optax.GradientTransformation:
    """Adam without momentum whose learning rate falls to zero along a cosine."""
    return optax.adam(optax.cosine_decay_schedule(learning_rate, steps), b1=0.0, b2=0.99)
