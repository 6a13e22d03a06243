"""One GAN on all devices of several processes.

Start it once per process, all with the same address and number of processes:

    python data_parallel.py ADDRESS:PORT PROCESSES INDEX STEPS CHECKPOINT
"""

import sys

import jax
import jax.numpy as jnp
import optax

from gantheory import OnMesh, Optimiser, data, fit, games, networks


def arguments() -> dict:
    """The run, as it would be written for one device."""
    generator_key, discriminator_key, run_key = jax.random.split(jax.random.key(0), 3)
    sizes = {"width": 16, "depth": 2, "activation": jnp.tanh}
    players = {
        games.GENERATOR: networks.MLP(1, 1, **sizes, key=generator_key),
        games.DISCRIMINATOR: networks.MLP(1, "scalar", **sizes, key=discriminator_key),
    }
    adam = Optimiser(optax.adam, learning_rate=1e-3, b1=0.5)
    return {
        "game": games.build("nonsaturating"),
        "players": players,
        "source": data.Synthetic(data.Normal(4.0, 1.25), data.Uniform(1), 64),
        "optimisers": dict.fromkeys(players, adam),
        "key": run_key,
        "stride": 10,
    }


def main() -> None:
    address, processes, index, steps, checkpoint = sys.argv[1:]
    jax.distributed.initialize(address, int(processes), int(index), heartbeat_timeout_seconds=10)
    mesh = jax.make_mesh((jax.device_count(),), ("batch",))
    run = arguments()
    run["source"] = OnMesh(run["source"], mesh)
    result = fit(
        **run,
        steps=int(steps),
        checkpoint=checkpoint,
        seconds_between_checkpoints=1.0,
        progress=jax.process_index() == 0,
    )
    print(result)


if __name__ == "__main__":
    main()
