"""Short trainings in the plane, filmed: the discriminator's map, some fakes, and the gradient that
each of them gets."""

from functools import partial
from typing import cast

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, ArrayLike, Int, PyTree
from tools.results.cache import cached

from gantheory import Every, Optimiser, Trainer, TrainState, data, games, metrics, networks
from gantheory.data import Batch
from gantheory.games import ALTERNATING, DISCRIMINATOR, GENERATOR, AdversarialGame, Players, Turn
from gantheory.shapes import FakeBatch, Key, Samples, Scalar

TARGET = data.ring_of_normals(8, 1.5, 0.1)
LATENT = data.Uniform(2, -1.0, 1.0)
SOURCE = data.Synthetic(TARGET, LATENT, batch_size=64)
EDGE = 2.5
CELLS = 32
SHOWN = 48
HEAD_START = 240
BETWEEN_FRAMES = 20
SETTINGS = {
    "wgan": {"clip_bound": 0.1},
    "relativistic_r1_r2": {"r1_weight": 0.1, "r2_weight": 0.1},
}


@cached
def films(objectives: tuple[str, ...], steps: int, seed: int) -> dict[str, Array]:
    """Train each objective on the ring of eight; the generator stands still for the first
    `HEAD_START` steps.

    All start from the same players, see the same draws, and both players move once in a step.
    Returns "step", (frame,), and by objective and frame: "map", the discriminator's logit on the
    cells of the window, rows from below; and for some fakes of fixed latents "fakes", "arrows"
    (minus the gradient that the sample gets, times the size of the batch), "logits" and "slopes"
    (the length of the logit's gradient).
    """
    key = jax.random.key(seed)
    numbers = jnp.arange(len(objectives))
    history = eqx.filter_jit(partial(jax.lax.map, partial(_film, objectives, steps, key)))(numbers)
    return {"step": jnp.arange(BETWEEN_FRAMES, steps + 1, BETWEEN_FRAMES), **history}


def _film(objectives: tuple[str, ...], steps: int, key: Key, number: Array) -> dict[str, Array]:
    player_key, latent_key, run_key = jax.random.split(key, 3)
    played = [games.build(name, **SETTINGS.get(name, {})) for name in objectives]
    game = Chosen(games=cast("list[AdversarialGame]", played), number=number)
    trainer = Trainer(
        game,
        SOURCE,
        optimisers={
            GENERATOR: Optimiser(_late_adam, learning_rate=5e-4),
            DISCRIMINATOR: Optimiser(optax.adam, learning_rate=2e-3, b1=0.0, b2=0.99),
        },
        record=Every(BETWEEN_FRAMES, partial(_frame, game, LATENT(latent_key, SHOWN))),
    )
    state = trainer.init(make_players(player_key), key=run_key)
    return trainer.train(state, steps).history


class Chosen(games.Game):
    """The game of the given number: one compilation for all, and only the chosen losses are
    computed."""

    games: list[AdversarialGame]
    number: Int[Array, ""]
    turns: tuple[Turn, ...] = eqx.field(static=True, default=ALTERNATING)

    def losses(self, players: Players, batch: Batch) -> dict[str, Scalar]:
        """Both players' losses in that game."""
        discriminator = players[DISCRIMINATOR]
        fake = jax.vmap(players[GENERATOR])(batch.latent)
        logits = jax.vmap(discriminator)(batch.real), jax.vmap(discriminator)(fake)
        pairs = [partial(_both_losses, game) for game in self.games]
        generator_loss, discriminator_loss = jax.lax.switch(self.number, pairs, *logits)
        terms = [partial(_penalty, game) for game in self.games]
        penalty = jax.lax.switch(self.number, terms, discriminator, batch.real, fake, batch.key)
        return {GENERATOR: generator_loss, DISCRIMINATOR: discriminator_loss + penalty}

    def project(self, mover: str, players: Players) -> Players:
        """The projection of that game."""
        return jax.lax.switch(
            self.number, [partial(game.project, mover) for game in self.games], players
        )


def _both_losses(game: AdversarialGame, real: Array, fake: Array) -> tuple[Scalar, Scalar]:
    return game.generator_loss(real, fake), game.discriminator_loss(real, fake)


def _penalty(
    game: AdversarialGame, discriminator: PyTree, real: Array, fake: Array, key: Key
) -> Scalar:
    terms = [term.weight * term.penalty(discriminator, real, fake, key) for term in game.penalties]
    return sum(terms, jnp.zeros(()))


def _late_adam(learning_rate: Array) -> optax.GradientTransformation:
    """Adam without momentum that stands still during the head start."""

    def rate(count: ArrayLike) -> Array:
        return jnp.where(jnp.asarray(count) < HEAD_START, 0.0, learning_rate)

    return optax.adam(rate, b1=0.0, b2=0.99)


def make_players(key: Key) -> Players:
    """Two perceptrons of two hidden layers of 64."""
    generator_key, discriminator_key = jax.random.split(key)
    mlp = partial(networks.MLP, width=64, depth=2, activation=jax.nn.relu, first_layer_gain=3.0)
    return {
        GENERATOR: mlp(2, 2, key=generator_key),
        DISCRIMINATOR: mlp(2, "scalar", key=discriminator_key),
    }


def window() -> Samples:
    """The middles of the cells, row by row from below, each from left to right."""
    middles = EDGE * (2 * metrics.midpoints(CELLS) - 1)
    across, up = jnp.meshgrid(middles, middles)
    return jnp.stack([across.ravel(), up.ravel()], axis=1)


def sample_gradients(
    game: games.Game, discriminator: PyTree, fakes: FakeBatch, real: Samples, key: Key
) -> FakeBatch:
    r"""$\partial L_G/\partial x$ at each fake, times their number."""

    def generator_loss(fakes: FakeBatch) -> Scalar:
        players = {GENERATOR: _unchanged, DISCRIMINATOR: discriminator}
        return game.entries(players, Batch(real=real, latent=fakes, key=key))[GENERATOR]

    return fakes.shape[0] * jax.grad(generator_loss)(fakes)


def _unchanged(sample: Array) -> Array:
    return sample


def _frame(
    game: games.Game, latent: Array, state: TrainState, batch: Batch, entries: PyTree
) -> dict[str, Array]:
    del entries
    discriminator = state.players[DISCRIMINATOR]
    fakes = jax.vmap(state.players[GENERATOR])(latent)
    gradients = sample_gradients(game, discriminator, fakes, batch.real[: len(fakes)], batch.key)
    logits, slopes = jax.vmap(jax.value_and_grad(discriminator))(fakes)
    return {
        "map": jax.vmap(discriminator)(window()).reshape(CELLS, CELLS),
        "fakes": fakes,
        "arrows": -gradients,
        "logits": logits,
        "slopes": jnp.linalg.norm(slopes, axis=-1),
    }
