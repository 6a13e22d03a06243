"""Two segments in the plane: a discriminator that becomes perfect, ratios of noises, and noise as a
cure."""

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float
from tools.results.cache import cached

from gantheory import Every, Optimiser, Trainer, TrainState, data, games, networks
from gantheory.games import DISCRIMINATOR, GENERATOR
from gantheory.shapes import Key, Scalar

OFFSET, TILT = 1.0, 0.3
BATCH = 128
POINTS = 401
AHEAD = (games.Turn((DISCRIMINATOR,)),)
CATCHING_UP = (games.Turn((DISCRIMINATOR,), times=5), games.Turn((GENERATOR,)))

Plane = Float[Array, " count 2"]


class Segment(eqx.Module):
    """The segment from (offset, 0) to (offset + tilt, 1); two latents are added as noise."""

    offset: Scalar
    tilt: Scalar

    def __call__(self, latent: Float[Array, " 3"]) -> Float[Array, " 2"]:
        height = latent[0]
        return jnp.stack([self.offset + self.tilt * height, height]) + latent[1:]


class NoisySegment(eqx.Module):
    """Data: the segment from (0, 0) to (0, 1), with normal noise added."""

    noise: Scalar

    def __call__(self, key: Key, count: int) -> Plane:
        height_key, noise_key = jax.random.split(key)
        height = jax.random.uniform(height_key, (count,))
        points = jnp.stack([jnp.zeros(count), height], axis=1)
        return points + self.noise * jax.random.normal(noise_key, (count, 2))


class NoisyLatent(eqx.Module):
    """Latents: a uniform height, and two normal numbers of the given standard deviation."""

    noise: Scalar

    def __call__(self, key: Key, count: int) -> Float[Array, " count 3"]:
        height_key, noise_key = jax.random.split(key)
        height = jax.random.uniform(height_key, (count, 1))
        return jnp.concatenate(
            [height, self.noise * jax.random.normal(noise_key, (count, 2))], axis=1
        )


def segment_points(offset: Array | float, tilt: Array | float) -> Plane:
    """Equally spaced points of a segment, both ends included."""
    height = jnp.linspace(0.0, 1.0, POINTS)
    return jnp.stack([offset + tilt * height, height], axis=1)


@cached
def discriminator_ahead(seeds: int, steps: int, stride: int) -> dict[str, Array]:
    """Train only the discriminator on the two segments without noise.

    Returns, (seed, record) each: the largest D and |∇D| on the generated segment, the largest 1 - D
    and |∇D| on the real one, the largest |∇h| on the generated one, the expected loss, and the
    norms of both generator losses' gradients in θ = (offset, tilt); all over the segments' points.
    """

    def one_run(key: Key) -> dict[str, Array]:
        player_key, run_key = jax.random.split(key)
        trainer = Trainer(
            games.minimax(turns=AHEAD),
            _source(jnp.zeros(())),
            optimisers={DISCRIMINATOR: Optimiser(optax.adam, learning_rate=2e-3)},
            record=Every(stride, _how_perfect),
        )
        state = trainer.init(_players(player_key, OFFSET, TILT), key=run_key)
        return trainer.train(state, steps).history

    return eqx.filter_jit(eqx.filter_vmap(one_run))(jax.random.split(jax.random.key(31), seeds))


@cached
def means_of_ratios(count: int, repeats: int) -> dict[str, Array]:
    """Means of `count` ratios of two independent standard normal numbers, and of as many
    numerators."""

    def one_mean(key: Key) -> dict[str, Array]:
        above, below = jax.random.normal(key, (2, count))
        return {"ratios": jnp.mean(above / below), "normals": jnp.mean(above)}

    return jax.jit(lambda keys: jax.lax.map(one_mean, keys))(
        jax.random.split(jax.random.key(32), repeats)
    )


@cached
def with_noise(noises: tuple[float, ...], ahead: int, steps: int, stride: int) -> dict[str, Array]:
    """Noise on both sides: first the discriminator alone for `ahead` steps, then both, by minimax.

    Returns, by noise level: "gradient", the derivative of the minimax loss in the offset after the
    first part, on a batch of 20,000, and its "standard_error"; "offset", (noise, record), during
    the second.
    """

    def one_run(noise: Array) -> dict[str, Array]:
        source = _source(noise)
        trainer = Trainer(
            games.minimax(turns=AHEAD),
            source,
            optimisers={DISCRIMINATOR: Optimiser(optax.adam, learning_rate=2e-3)},
            record=Every(ahead),
        )
        state = trainer.init(_players(jax.random.key(33), OFFSET, 0.0), key=jax.random.key(34))
        alone = trainer.train(state, ahead).players
        latent = NoisyLatent(noise)(jax.random.key(35), 20_000)
        slopes = jax.vmap(lambda z: _offset_slope(alone, z))(latent)
        trainer = Trainer(
            games.minimax(turns=CATCHING_UP),
            source,
            optimisers={
                GENERATOR: Optimiser(optax.sgd, learning_rate=0.02),
                DISCRIMINATOR: Optimiser(optax.adam, learning_rate=2e-3),
            },
            record=Every(stride, lambda state, batch, entries: state.players[GENERATOR].offset),
        )
        state = trainer.init(alone, key=jax.random.key(36))
        offset = trainer.train(state, steps).history
        return {
            "gradient": jnp.mean(slopes),
            "standard_error": jnp.std(slopes) / slopes.size**0.5,
            "offset": offset,
        }

    return eqx.filter_jit(eqx.filter_vmap(one_run))(jnp.asarray(noises))


def _players(key: Key, offset: float, tilt: float) -> games.Players:
    return {
        GENERATOR: Segment(jnp.asarray(offset), jnp.asarray(tilt)),
        DISCRIMINATOR: networks.MLP(2, "scalar", width=32, depth=2, activation=jnp.tanh, key=key),
    }


def _source(noise: Array) -> data.Synthetic:
    return data.Synthetic(real=NoisySegment(noise), latent=NoisyLatent(noise), batch_size=BATCH)


def _offset_slope(players: games.Players, latent: Array) -> Scalar:
    """The derivative of one sample's minimax loss in the offset."""

    def loss(offset: Array) -> Scalar:
        generator = Segment(offset, players[GENERATOR].tilt)
        return -jax.nn.softplus(players[DISCRIMINATOR](generator(latent)))

    return jax.grad(loss)(players[GENERATOR].offset)


def _how_perfect(
    state: TrainState, batch: data.Batch, entries: dict[str, Scalar]
) -> dict[str, Scalar]:
    del batch, entries
    discriminator = state.players[DISCRIMINATOR]
    sides = {"fake": segment_points(OFFSET, TILT), "real": segment_points(0.0, 0.0)}
    logits = {name: jax.vmap(discriminator)(points) for name, points in sides.items()}
    slopes = {name: jax.vmap(jax.grad(discriminator))(points) for name, points in sides.items()}
    steepness = {
        name: jax.nn.sigmoid(logits[name])
        * jax.nn.sigmoid(-logits[name])
        * jnp.linalg.norm(slopes[name], axis=1)
        for name in sides
    }
    height = jnp.linspace(0.0, 1.0, POINTS)
    jacobian_row = jnp.stack([jnp.ones(POINTS), height], axis=1)  # of the first coordinate, in θ
    inner = slopes["fake"][:, :1] * jacobian_row
    rejected = jax.nn.sigmoid(-logits["fake"])
    return {
        "fake_value": jnp.max(jax.nn.sigmoid(logits["fake"])),
        "fake_slope": jnp.max(steepness["fake"]),
        "real_value": jnp.max(jax.nn.sigmoid(-logits["real"])),
        "real_slope": jnp.max(steepness["real"]),
        "logit_slope": jnp.max(jnp.linalg.norm(slopes["fake"], axis=1)),
        "loss": jnp.mean(jax.nn.softplus(-logits["real"]))
        + jnp.mean(jax.nn.softplus(logits["fake"])),
        "minimax": jnp.linalg.norm(jnp.mean((1 - rejected)[:, None] * inner, axis=0)),
        "nonsaturating": jnp.linalg.norm(jnp.mean(rejected[:, None] * inner, axis=0)),
    }
