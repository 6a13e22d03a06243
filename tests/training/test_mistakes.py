"""What a newcomer gets wrong about a run, without run-time type checking: each error says what to
do."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
import pytest
from support.first_runs import KEY, SGD, SOURCE, X, fit, line, mlp

import gantheory as gt
from gantheory import games, networks


class Batched(eqx.Module):
    """A network written for a batch, as other libraries have them."""

    inner: networks.Linear

    def __call__(self, x):
        return jax.vmap(self.inner)(x)


class AsksForKey(eqx.Module):
    inner: networks.Linear

    def __call__(self, x, key):
        return self.inner(x)


class Unreduced(games.Game):
    """Forgets the mean over the batch."""

    turns: tuple[games.Turn, ...] = eqx.field(static=True, default=games.ALTERNATING)

    def losses(self, players, batch):
        values = jax.vmap(players["generator"])(batch.latent)[:, 0]
        return {"generator": values, "discriminator": jnp.mean(values)}


TWO_HEADS = networks.TwoHeaded(line(1, 4), 4, 2, activation=jnp.tanh, key=KEY)

MISTAKES: dict[str, tuple[Callable[[], object], str]] = {
    "one optimiser for all": (
        lambda: fit(optimisers=SGD),
        "optimisers must be a dict from the name",
    ),
    "an optax optimiser": (
        lambda: fit(optimisers={"generator": optax.adam(1e-3)}),
        r"optimisers\['generator'\] must be an Optimiser.* gt.Optimiser\(optax.adam, "
        r"learning_rate=1e-3\) instead of",
    ),
    "an optimiser of an optimiser": (
        lambda: gt.Optimiser(optax.adam(1e-3)),
        "make must be a function that makes an optimiser, such as optax.adam",
    ),
    "an optimiser by its name": (
        lambda: gt.Optimiser("adam", learning_rate=1e-3),
        "make must be a function .* got 'adam'",
    ),
    "players in a list": (
        lambda: fit(players=[line(), line()]),
        "players must be a dict from the name .* got list",
    ),
    "a misspelt player": (
        lambda: fit(players={"gen": line(), "discriminator": line()}),
        "optimisers names 'generator', but players has only 'discriminator', 'gen'",
    ),
    "a class as network": (
        lambda: fit(generator=networks.MLP),
        r"players\['generator'\] must be a network, got the class MLP",
    ),
    "an array as network": (
        lambda: fit(generator=jnp.ones(3)),
        r"players\['generator'\] must be a function of one sample, .* got an array of float32\[3\]",
    ),
    "samples of another size": (
        lambda: fit(generator=line(1, 2)),
        r"players\['generator'\] must make samples of the shape of the data, \(1,\), but "
        r"makes \(2,\)",
    ),
    "samples that are scalars": (
        lambda: fit(generator=mlp()),
        r"players\['generator'\] must make samples of the shape of the data, \(1,\), but "
        r"makes \(\)",
    ),
    "latents of another size": (
        lambda: fit(generator=line(3, 1)),
        r"players\['generator'\] could not map one sample of shape \(1,\).*one vector of 3 numbers",
    ),
    "a generator of batches": (
        lambda: fit(generator=Batched(line())),
        r"players\['generator'\] could not map one sample of shape \(1,\) \(the game "
        r"makes the batches\)",
    ),
    "a discriminator of batches": (
        lambda: fit(discriminator=Batched(line())),
        r"players\['discriminator'\] could not map one sample of shape \(1,\)",
    ),
    "a generator that wants a key": (
        lambda: fit(generator=AsksForKey(line())),
        r"players\['generator'\] could not map one sample .* missing 1 required "
        r"positional argument: 'key'",
    ),
    "two logits": (
        lambda: fit(discriminator=line(1, 2)),
        r"players\['discriminator'\] must map a sample to one logit, a scalar, but "
        r"returns shape \(2,\)",
    ),
    "a style head in an ordinary game": (
        lambda: fit(discriminator=TWO_HEADS),
        r"players\['discriminator'\] must map a sample to one logit, but returns a "
        r"tuple.*games.can",
    ),
    "a game by its name": (
        lambda: fit(game="hinge"),
        r"game must be a game, .* got 'hinge': games.build\('hinge'\) builds",
    ),
    "the function that builds a game": (
        lambda: fit(game=games.hinge),
        "game must be a game, .* got the function hinge: call it",
    ),
    "the class of a game": (
        lambda: fit(game=games.AdversarialGame),
        "game must be a game, .* got the class AdversarialGame",
    ),
    "a loss without its mean": (
        lambda: fit(game=Unreduced()),
        r"'generator' is an array of float32\[8\]: take the mean",
    ),
    "an integer as key": (
        lambda: fit(key=0),
        r"key must be a random key, such as jax.random.key\(0\), got 0",
    ),
    "no key": (lambda: fit(key=None), "key must be a random key, .* got None"),
    "several keys": (
        lambda: fit(key=jax.random.split(KEY, 2)),
        r"key must be one random key, got keys of shape \(2,\)",
    ),
    "an array as source": (
        lambda: fit(source=X),
        "source must be a function of a random key, .* got an array",
    ),
    "a source of pairs": (
        lambda: fit(source=lambda key: (X, X)),
        "source must make a Batch of real samples, latents and a key, .* makes tuple",
    ),
    "one decay for all": (
        lambda: fit(ema=0.9),
        "ema must be a dict from names of players to decays, got 0.9",
    ),
    "a record of names": (
        lambda: fit(record=["generator"]),
        "record must be an Every, such as gt.Every.* got list",
    ),
    "a record of nothing": (
        lambda: fit(record=gt.Every(1, lambda state, batch, entries: None)),
        "record must return at least one array, but .* returns none",
    ),
    "a callback that is none": (
        lambda: fit(callback=3),
        "callback must be a function of the result of a piece, got 3",
    ),
    "a folder as checkpoint": (
        lambda: fit(checkpoint="."),
        "checkpoint must be a file, but . is a folder",
    ),
    "a folder to load from": (
        lambda: gt.load_player(".", "generator", line()),
        "checkpoint must be a file, but . is a folder",
    ),
    "fit inside jit": (
        lambda: jax.jit(lambda key: fit(key=key).state.step)(KEY),
        "fit is a loop on the host, .* use train inside",
    ),
    "fit inside an ensemble": (
        lambda: gt.fit_ensemble(lambda key: fit(key=key), jax.random.split(KEY), progress=False),
        "fit is a loop on the host, .* use train inside",
    ),
    "one key for an ensemble": (
        lambda: gt.fit_ensemble(lambda key: key, KEY, progress=False),
        r"key must hold only arrays with a leading run axis, .*jax.random.split\(key, runs\)",
    ),
    "too many values for an ensemble": (
        lambda: gt.fit_ensemble(lambda key: key, jax.random.split(KEY), X, progress=False),
        r"values must be those that run\(key\) takes, got 2",
    ),
    "going on from a result": (
        lambda: gt.Trainer(games.hinge(), SOURCE, optimisers={"generator": SGD}).fit(fit(), 1),
        "state must be a TrainState, .* result.state; got Result",
    ),
    "numbers for an ensemble in a list": (
        lambda: gt.fit_ensemble(lambda rate: rate, [0.1, 0.2], progress=False),
        "rate must hold only arrays with a leading run axis, but holds 0.1: one entry for each run",
    ),
}


@pytest.mark.parametrize(("mistake", "text"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_answered_by_what_to_do(mistake, text, without_hook):
    with pytest.raises((TypeError, ValueError), match=text):
        mistake()
