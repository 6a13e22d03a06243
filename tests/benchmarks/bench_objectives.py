"""What each objective costs on the 1-D task: to compile, and to train for 2,000 generator moves,
eight seeds at once.

Run by `nox -s bench -- objectives`. Times are of this machine and this hour; compare the rows of
one run with each other. The table goes to docs/benchmarks/objectives.json.
"""

from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
import pytest
import rounds

from gantheory import Every, Optimiser, Trainer, data, games, networks

SEEDS, STEPS, BATCH = 8, 2_000, 128


def run(objective: str, key: jax.Array):
    """One seed: networks and training."""
    generator_key, discriminator_key, run_key = jax.random.split(key, 3)
    mlp = partial(networks.MLP, width=32, depth=2, activation=jnp.tanh)
    autoencoding = objective == "began"
    players = {
        games.GENERATOR: mlp(1, 1, key=generator_key),
        games.DISCRIMINATOR: mlp(1, 1 if autoencoding else "scalar", key=discriminator_key),
    }
    optimisers = {name: Optimiser(optax.adam, learning_rate=1e-3, b1=0.5) for name in players}
    if autoencoding:
        players[games.BALANCE] = games.Balance()
        optimisers[games.BALANCE] = Optimiser(optax.sgd, learning_rate=1e-3)
    trainer = Trainer(
        games.build(objective),
        data.Synthetic(data.Normal(4.0, 1.25), data.Uniform(1), BATCH),
        optimisers=optimisers,
        record=Every(100),
    )
    state = trainer.init(players, key=run_key)
    result = trainer.train(state, STEPS)
    return result.state.step


def compiled(objective: str, keys: jax.Array):
    return eqx.filter_jit(eqx.filter_vmap(partial(run, objective))).lower(keys).compile()


@pytest.mark.parametrize("objective", games.OBJECTIVES)
def bench_compile_and_train(objective, benchmark):
    """The benchmark times training; `extra_info` holds the seconds of one cold compilation."""
    keys = jax.random.split(jax.random.key(0), SEEDS)
    rounds.use_cache_on_disk(wanted=False)
    jax.clear_caches()
    start = benchmark._timer()
    program = compiled(objective, keys)
    benchmark.extra_info["compile_seconds"] = round(benchmark._timer() - start, 2)
    steps = benchmark.pedantic(lambda: jax.block_until_ready(program(keys)), rounds=1)
    assert jnp.all(steps == STEPS)
    row = {
        "seconds to compile": benchmark.extra_info["compile_seconds"],
        "microseconds": round(1e6 * benchmark.stats.stats.mean / STEPS / SEEDS, 1),
    }
    rounds.put("objectives.json", objective, row, ("jax", "equinox", "optax"))
    print(
        f"\n{objective:26s} compile {benchmark.extra_info['compile_seconds']:5.1f} s, "
        f"train {benchmark.stats.stats.mean:5.1f} s"
    )
