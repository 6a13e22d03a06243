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


def trainer_of(batches) -> gt.Trainer:
    """What the run is trained with, as it would be written for one device."""
    adam = gt.Optimiser(optax.adam, learning_rate=1e-3, b1=0.5)
    optimisers = {games.GENERATOR: adam, games.DISCRIMINATOR: adam}
    return gt.Trainer(games.nonsaturating(), batches, optimisers=optimisers, record=gt.Every(10))


def players() -> games.Players:
    """Two small networks."""
    generator_key, discriminator_key = jax.random.split(jax.random.key(0))
    sizes = {"width": 16, "depth": 2, "activation": jnp.tanh}
    return {
        games.GENERATOR: networks.MLP(1, 1, **sizes, key=generator_key),
        games.DISCRIMINATOR: networks.MLP(1, "scalar", **sizes, key=discriminator_key),
    }


def source() -> data.Synthetic:
    """Batches that all devices together take."""
    return data.Synthetic(data.Normal(4.0, 1.25), data.Uniform(1), batch_size=64)


def main() -> None:
    address, processes, index, steps, checkpoint = sys.argv[1:]
    jax.distributed.initialize(
        address,
        int(processes),
        int(index),
        heartbeat_timeout_seconds=10,  # after which a process that is lost is missed
        shutdown_timeout_seconds=10,  # how long one that failed waits for the others
    )
    mesh = jax.make_mesh((jax.device_count(),), ("batch",))
    trainer = trainer_of(data.OnMesh(source(), mesh))
    state = trainer.init(players(), key=jax.random.key(1))
    result = trainer.fit(
        state,
        int(steps),
        checkpoint=checkpoint,
        seconds_between_checkpoints=1.0,
        progress=jax.process_index() == 0,
    )
    print(result)


if __name__ == "__main__":
    main()
