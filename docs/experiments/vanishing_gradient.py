"""A discriminator that runs ahead of its generator, and what is left of the generator's
gradient."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, PyTree
from tools.results.cache import cached

from experiments.shared.one_dimensional import make_players, make_source, outputs
from gantheory import Every, Optimiser, Trainer, TrainState, games, losses
from gantheory.data import Batch
from gantheory.games import DISCRIMINATOR, GENERATOR
from gantheory.shapes import FakeLogits, Key, Scalar

BATCH = 256
AHEAD = (games.Turn((DISCRIMINATOR,)),)
ALONE = (games.Turn((GENERATOR,)),)
GENERATOR_LOSSES = {
    "minimax": losses.minimax_generator_loss,
    "nonsaturating": losses.nonsaturating_generator_loss,
}
OPTIMISERS = {
    "gradient descent": Optimiser(optax.sgd, learning_rate=1e-3),
    "Adam": Optimiser(optax.adam, learning_rate=5e-3),
}


@cached
def discriminator_ahead(seeds: int, steps: int, stride: int) -> dict[str, Array]:
    """Train only the discriminator; watch the gradients that the untrained generator would receive.

    Returns arrays (seed, record): the mean fake logit and its largest, the norm of the gradient in
    θ under each loss, the discriminator's mean slope |∇h| on the fakes, and for the minimax loss
    the two bounds that the page proves, see `bounds`.
    """

    def one_run(key: Key) -> dict[str, Array]:
        player_key, run_key = jax.random.split(key)
        trainer = Trainer(
            games.minimax(turns=AHEAD),
            make_source(BATCH),
            optimisers={DISCRIMINATOR: Optimiser(optax.adam, learning_rate=2e-3)},
            record=Every(stride, _gradients_in_waiting),
        )
        state = trainer.init(make_players(player_key), key=run_key)
        result = trainer.train(state, steps)
        return result.history

    keys = jax.random.split(jax.random.key(11), seeds)
    return eqx.filter_jit(eqx.filter_vmap(one_run))(keys)


@cached
def generator_moves(seeds: int, ahead: int, moves: int) -> dict[str, Array]:
    """Freeze a strong discriminator; let the generator move by each loss and each optimiser.

    Returns, by "loss, optimiser", arrays (seed, move): how far the generated mean has come.
    """
    keys = jax.random.split(jax.random.key(12), seeds)
    strong = _strong_discriminators(keys, ahead)
    return {
        f"{loss}, {name}": _distances_moved(
            games.build(loss, turns=ALONE), optimiser, strong, keys, moves
        )
        for loss in GENERATOR_LOSSES
        for name, optimiser in OPTIMISERS.items()
    }


@cached
def gradient_noise(seeds: int, ahead: int) -> dict[str, Array]:
    """Standard deviation of one sample's gradient in θ over the norm of its mean, one per seed."""

    def one_run(players: games.Players, key: Key) -> dict[str, Array]:
        latent = jax.random.uniform(key, (BATCH, 1))
        ratios = {}
        for name, loss in GENERATOR_LOSSES.items():
            rows = jax.vmap(
                lambda z, loss=loss: ravel_pytree(gradient_in_parameters(loss, players, z[None]))[0]
            )(latent)
            mean = jnp.mean(rows, axis=0)
            deviation = jnp.sqrt(jnp.mean(jnp.sum((rows - mean[None, :]) ** 2, axis=1)))
            ratios[name] = deviation / jnp.linalg.norm(mean)
        return ratios

    keys = jax.random.split(jax.random.key(12), seeds)
    return eqx.filter_jit(eqx.filter_vmap(one_run))(_strong_discriminators(keys, ahead), keys)


@eqx.filter_jit
def _strong_discriminators(keys: Key, ahead: int) -> games.Players:
    def one_run(key: Key) -> games.Players:
        player_key, run_key = jax.random.split(key)
        trainer = Trainer(
            games.minimax(turns=AHEAD),
            make_source(BATCH),
            optimisers={DISCRIMINATOR: Optimiser(optax.adam, learning_rate=2e-3)},
            record=Every(ahead),
        )
        state = trainer.init(make_players(player_key), key=run_key)
        return trainer.train(state, ahead).players

    return eqx.filter_vmap(one_run)(keys)


@eqx.filter_jit
def _distances_moved(
    game: games.Game, optimiser: Optimiser, strong: games.Players, keys: Key, moves: int
) -> Array:
    def one_run(players: games.Players, key: Key) -> Array:
        start = _generated_mean(players[GENERATOR])
        trainer = Trainer(
            game,
            make_source(BATCH),
            optimisers={GENERATOR: optimiser},
            record=Every(
                1, lambda state, batch, entries: _generated_mean(state.players[GENERATOR])
            ),
        )
        state = trainer.init(players, key=jax.random.fold_in(key, 1))
        means = trainer.train(state, moves).history
        return jnp.concatenate([start[None], means]) - start

    return eqx.filter_vmap(one_run)(strong, keys)


def gradient_in_parameters(
    loss: Callable[[FakeLogits], Scalar], players: games.Players, latent: Array
) -> PyTree:
    """The gradient of a generator loss with respect to the generator's parameters θ."""
    moving, still = eqx.partition(players[GENERATOR], eqx.is_inexact_array)

    def of_parameters(moving: PyTree) -> Scalar:
        generator = eqx.combine(moving, still)
        return loss(jax.vmap(lambda z: players[DISCRIMINATOR](generator(z)))(latent))

    return jax.grad(of_parameters)(moving)


def bounds(players: games.Players, latent: Array) -> dict[str, Scalar]:
    """The page's two bounds on the norm of the minimax gradient.

    "inner" is E[σ(h)·|∇h|·‖J‖], where the norm has gone under the expectation; "bound" is the
    theorem's B·M·E[D], with the largest |∇h| and the largest ‖J‖ on these samples for B and M.
    """
    generator, discriminator = players[GENERATOR], players[DISCRIMINATOR]
    moving, still = eqx.partition(generator, eqx.is_inexact_array)

    def factors(z: Array) -> tuple[Scalar, Scalar, Scalar]:
        x = generator(z)
        weight = jax.nn.sigmoid(discriminator(x))
        slope = jnp.linalg.norm(jax.grad(discriminator)(x))
        # a one-dimensional output, so the Jacobian is one row and its norm is the row's length
        row = jax.grad(lambda parameters: eqx.combine(parameters, still)(z)[0])(moving)
        return weight, slope, _norm(row)

    weights, slopes, jacobians = jax.vmap(factors)(latent)
    return {
        "inner": jnp.mean(weights * slopes * jacobians),
        "bound": jnp.max(slopes) * jnp.max(jacobians) * jnp.mean(weights),
    }


def _gradients_in_waiting(state: TrainState, batch: Batch, entries: PyTree) -> dict[str, Scalar]:
    norms = {
        name: _norm(gradient_in_parameters(loss, state.players, batch.latent))
        for name, loss in GENERATOR_LOSSES.items()
    }
    discriminator = state.players[DISCRIMINATOR]
    fake = jax.vmap(state.players[GENERATOR])(batch.latent)
    logits = jax.vmap(discriminator)(fake)
    slopes = jax.vmap(jax.grad(discriminator))(fake)
    return {
        **norms,
        **bounds(state.players, batch.latent),
        "fake_logit": jnp.mean(logits),
        "largest_fake_logit": jnp.max(logits),
        "slope": jnp.mean(jnp.linalg.norm(slopes, axis=-1)),
    }


def _norm(tree: PyTree) -> Scalar:
    return jnp.linalg.norm(ravel_pytree(tree)[0])


def _generated_mean(generator: PyTree) -> Scalar:
    return jnp.mean(outputs(generator, points=1_000))
