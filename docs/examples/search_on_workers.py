"""A search over learning rates whose runs are made by other processes.

On two processes of this machine, or on a Dask cluster whose scheduler wrote a file:

    python search_on_workers.py runs.sqlite
    python search_on_workers.py runs.sqlite scheduler.json
"""

import sys
from concurrent.futures import Executor, ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

import jax
import jax.numpy as jnp
import optax
from jax.scipy.stats import norm

import gantheory as gt
from gantheory import data, games, metrics, networks, study

OBJECTIVES = ("nonsaturating", "hinge")
RUNS = 64


def program(objective: str, fixed: dict[str, int | bool]) -> study.Run:
    """A short training on the line, and the distance at its end."""

    def one(key: jax.Array, numbers: dict[str, jax.Array]) -> dict[str, jax.Array]:
        generator_key, discriminator_key, run_key = jax.random.split(key, 3)
        mlp = partial(networks.MLP, width=fixed["width"], depth=1, activation=jnp.tanh)
        adam = gt.Optimiser(optax.adam, learning_rate=numbers["learning_rate"], b1=0.5)
        trainer = gt.Trainer(
            games.build(objective),
            data.Synthetic(data.Normal(0.0, 1.0), data.Uniform(1), 32),
            optimisers={"generator": adam, "discriminator": adam},
        )
        players = {
            "generator": mlp(1, 1, key=generator_key),
            "discriminator": mlp(1, "scalar", key=discriminator_key),
        }
        result = trainer.train(trainer.init(players, key=run_key), 100)
        latents = metrics.midpoints(64)[:, None]
        samples = jax.vmap(result.players["generator"])(latents)[:, 0]
        return {"distance": metrics.wasserstein_1d(samples, norm.ppf)}

    return one


def search(table: study.Table, executor: Executor) -> list[study.Row]:
    """Sixteen runs of one objective and one width are a group: the unit that a worker gets."""
    space = {
        "learning_rate": study.LogUniform(1e-4, 1e-1),
        "width": study.Choice((8,)),
    }
    trials = [
        trial
        for objective in OBJECTIVES
        for trial in study.random_trials(
            objective, space, phase="search", count=RUNS, key=jax.random.key(0)
        )
    ]
    return study.run_trials(program, trials, key=jax.random.key(1), table=table, executor=executor)


def main() -> None:
    table, *scheduler_file = sys.argv[1:]
    if scheduler_file:
        from distributed import Client

        with Client(scheduler_file=scheduler_file[0]) as client:
            rows = search(study.Table(table), client.get_executor())
    else:
        with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
            rows = search(study.Table(table), pool)
    print("best distance:", study.best_row(rows, "distance")["distance"])


if __name__ == "__main__":  # a new process imports this file, and must not begin the search
    main()
