"""One GAN on all devices of several processes.

Start it once per process, all with the same address and number of processes:

    python data_parallel.py ADDRESS:PORT PROCESSES INDEX STEPS CHECKPOINT
"""

import sys

import jax
import jax.numpy as jnp
import optax

import gantheory as gt
from gantheory import data, games, networks


def players() -> games.Players:
    """Freshly drawn networks, the same in every process."""
    generator_key, discriminator_key = jax.random.split(jax.random.key(0))
    sizes = {"width": 16, "depth": 2, "activation": jnp.tanh}
    return {
        "generator": networks.MLP(1, 1, **sizes, key=generator_key),
        "discriminator": networks.MLP(1, "scalar", **sizes, key=discriminator_key),
    }


def trainer(mesh: jax.sharding.Mesh | None = None) -> gt.Trainer:
    """The trainer as it would be written for one device; with a mesh, for all of its devices."""
    adam = gt.Optimiser(optax.adam, learning_rate=1e-3, b1=0.5)
    source = data.Synthetic(data.Normal(4.0, 1.25), data.Uniform(1), 64)
    return gt.Trainer(
        games.nonsaturating(),
        source if mesh is None else data.OnMesh(source, mesh),
        optimisers={"generator": adam, "discriminator": adam},
        record=gt.Every(10),
    )


def main() -> None:
    address, processes, index, steps, checkpoint = sys.argv[1:]
    jax.distributed.initialize(
        address,
        int(processes),
        int(index),
        heartbeat_timeout_seconds=10,
        shutdown_timeout_seconds=10,
    )
    parallel = trainer(jax.make_mesh((jax.device_count(),), ("batch",)))
    result = parallel.fit(
        parallel.init(players(), key=jax.random.key(1)),
        int(steps),
        checkpoint=checkpoint,
        seconds_between_checkpoints=1.0,
        progress=jax.process_index() == 0,
    )
    print(result)


if __name__ == "__main__":
    main()
