"""Run by test_devices.py on eight virtual devices: the numbers of one device, on all of them."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from support.helpers import assert_close, fit, same_bits, small_gan, train

from gantheory import Every, Optimiser, Trainer, fit_ensemble
from gantheory.data import OnMesh, Shuffled, Stream, Uniform

ROUNDING = 2e-5  # after thirty steps, in single precision

jax.config.update("jax_numpy_dtype_promotion", "strict")
jax.config.update("jax_numpy_rank_promotion", "raise")
assert jax.device_count() == 8
mesh = jax.make_mesh((8,), ("batch",))
grid = jax.make_mesh((2, 4), ("host", "device"))
game, players, source, optimisers = small_gan()
settings = {"optimisers": optimisers, "steps": 30, "key": jax.random.key(3), "record": Every(10)}


def run(key, rate):
    optimisers = {name: Optimiser(optax.adam, learning_rate=rate, b1=0.5) for name in players}
    trainer = Trainer(game, source, optimisers=optimisers, record=Every(10))
    state = trainer.init(players, key=key)
    return trainer.train(state, 30)


def devices_of(tree) -> int:
    return len(jax.tree.leaves(eqx.filter(tree, eqx.is_array))[0].sharding.device_set)


# one run, its batches split over the mesh

batch = eqx.filter_jit(OnMesh(source, mesh))(jax.random.key(0))
assert same_bits(batch, eqx.filter_jit(source)(jax.random.key(0)))
assert batch.real.sharding.shard_shape(batch.real.shape) == (4, 1)

alone = eqx.filter_jit(train)(game, players, source, **settings)
program = eqx.filter_jit(train).lower(game, players, OnMesh(source, mesh), **settings).compile()
assert "all-reduce" in program.compiled.as_text()
trained = program(game, players, OnMesh(source, mesh), **settings)
fitted = fit(game, players, OnMesh(source, grid), **settings, progress=False)
for together in (trained, fitted):
    assert devices_of(together.players) == 8
    assert_close(together.state, alone.state, ROUNDING)
    assert_close(together.history, alone.history, ROUNDING)

numbers = np.asarray(jax.random.normal(jax.random.key(4), (96, 1)))
stream = Stream(Shuffled(numbers, 32, jax.random.key(5)), Uniform(1))
read = [fit(game, players, one, **settings).state for one in (stream, OnMesh(stream, mesh))]
assert devices_of(read[1].players) == 8
assert_close(*read, ROUNDING)

with pytest.raises(ValueError, match=r"divide by the 8 devices of mesh, got .* \(12, 1\)"):
    OnMesh(small_gan(batch_size=12)[2], mesh)(jax.random.key(0))

# many runs, split over the mesh: eleven runs on eight devices leave a remainder

keys, rates = jax.random.split(jax.random.key(1), 11), jnp.linspace(1e-3, 1e-2, 11)
apart = fit_ensemble(run, keys, rates, progress=False)
for devices in (mesh, grid):
    spread = fit_ensemble(run, keys, rates, mesh=devices)
    assert spread.history["generator"].shape == (11, 3)
    assert_close(spread, apart, ROUNDING)

# without any helper: sharded arrays go into the vmapped function as they are

automatic = jax.make_mesh((8,), ("batch",), axis_types=(jax.sharding.AxisType.Auto,))
first_axis = jax.NamedSharding(automatic, jax.P("batch"))
placed = jax.device_put((keys[:8], rates[:8]), first_axis)
plain = eqx.filter_jit(eqx.filter_vmap(run))(*placed)
np.testing.assert_allclose(
    plain.history["generator"], apart.history["generator"][:8], rtol=ROUNDING, atol=ROUNDING
)
print("as on one device")
