"""Games and sources that know the number of the step: by hand, in pieces, over a mesh, and when
they fail."""

from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from support.helpers import draw_of, noise, same_bits, sgd, silence

from gantheory import Every, Trainer, dynamics, games
from gantheory._steps import at_step
from gantheory.data import OnMesh
from gantheory.games import Turn

SCHEDULE = optax.cosine_decay_schedule(1.0, 10)


class Fading(games.Game):
    """A player who is pushed less and less, and shaken by the batch."""

    push: jax.Array
    turns: tuple[Turn, ...] = eqx.field(static=True, default=(Turn(("a",), times=2),))

    def losses(self, players, batch):
        return {"a": (self.push + batch) * players["a"]}

    def at(self, step):
        return eqx.tree_at(lambda game: game.push, self, SCHEDULE(step))


class Drifting(eqx.Module):
    """A source whose centre moves with the step."""

    centre: jax.Array

    def at(self, step):
        return eqx.tree_at(lambda source: source.centre, self, SCHEDULE(step))

    def __call__(self, key):
        return self.centre + noise(key)


def trainer_of(game, source, **settings):
    record = Every(1, lambda state, batch, entries: (state.players["a"], batch))
    return Trainer(game, source, optimisers={"a": sgd(1.0)}, record=record, **settings)


@pytest.fixture
def start(key):
    return trainer_of(Fading(jnp.zeros(())), silence).init({"a": jnp.zeros(())}, key=key)


def test_a_game_is_played_as_it_is_at_each_step(start):
    result = trainer_of(Fading(jnp.zeros(())), silence).train(start, 8)
    pushes = [float(SCHEDULE(step)) for step in range(8)]
    np.testing.assert_allclose(result.history[0], -2 * np.cumsum(pushes), rtol=1e-6)


def test_a_source_is_asked_as_it_is_at_each_step(start, key):
    result = trainer_of(Fading(jnp.zeros(())), Drifting(jnp.zeros(()))).train(start, 4)
    expected = [
        draw_of(Drifting(jnp.asarray(SCHEDULE(step))), key, step, repeat=1) for step in range(4)
    ]
    np.testing.assert_allclose(result.history[1], expected, rtol=1e-6)


def test_pieces_and_a_checkpoint_have_the_same_bits(start, tmp_path):
    trainer = trainer_of(Fading(jnp.zeros(())), Drifting(jnp.zeros(())))
    whole = eqx.filter_jit(trainer.train)(start, 12)
    assert same_bits(trainer.fit(start, 12, progress=False).state, whole.state)
    half = trainer.fit(start, 5, progress=False).state
    assert same_bits(trainer.fit(half, 7, progress=False).state, whole.state)
    stops = Every(3, lambda result: bool(result.state.step == 6))
    for callback in (stops, None):
        result = trainer.fit(
            start, 12, checkpoint=tmp_path / "run", callback=callback, progress=False
        )
    assert same_bits(result.state, whole.state)
    assert same_bits(result.history, whole.history)


def test_over_a_mesh_a_source_still_knows_the_step(start):
    drifting = Drifting(jnp.zeros(()))
    split = OnMesh(drifting, jax.make_mesh((1,), ("batch",)))
    ends = [
        eqx.filter_jit(trainer_of(Fading(jnp.zeros(())), source).train)(start, 3).state
        for source in (drifting, split)
    ]
    assert same_bits(*ends)


class Ending(games.Game):
    """A game that breaks at its fourth step, whatever the players do."""

    still: jax.Array
    turns: tuple[Turn, ...] = eqx.field(static=True, default=(Turn(("a",)),))

    def losses(self, players, batch):
        return {"a": jnp.where(self.still > 0, 1.0, jnp.nan) * players["a"] + batch}

    def at(self, step):
        return eqx.tree_at(lambda game: game.still, self, 3 - step)


def test_a_failure_that_depends_on_the_step_is_found_again(start):
    trainer = trainer_of(Ending(jnp.ones((), jnp.int32)), noise)
    result = trainer.fit(start, 8, progress=False)
    assert str(result.failure) == "step 4: the loss of 'a' became non-finite first"
    assert result.state.step == 3


class Restless(Fading):
    def at(self, step):
        return Fading(self.push, turns=(Turn(("a",)),))


class Forgetful(Fading):
    def at(self, step):
        del step


@pytest.mark.parametrize("kind", [Restless, Forgetful])
def test_a_game_must_keep_its_turns(kind, start, without_hook):
    with pytest.raises(TypeError, match=r"game\.at must return a game with the same turns"):
        trainer_of(kind(jnp.zeros(())), silence).train(start, 2)


@pytest.mark.parametrize("name", ["minimax", "wgan_gp", "began"])
def test_a_game_that_says_nothing_is_the_very_same_at_each_step(name):
    game = games.build(name)
    assert game.at(jnp.asarray(7)) is game


class Noise(eqx.Module):
    scale: jax.Array

    def at(self, step):
        return Noise(SCHEDULE(step))

    def __call__(self, name, player, sample, context):
        if name == games.DISCRIMINATOR:
            sample = sample + self.scale * jax.random.normal(context.key, sample.shape)
        return player(sample)


@pytest.mark.parametrize("creative", [False, True])
def test_an_apply_follows_the_step_within_the_games_that_have_one(creative):
    game = replace(games.minimax(), apply=Noise(jnp.ones(())))
    if creative:
        game = at_step(games.can(game, weight=0.5), jnp.asarray(10)).adversarial
    else:
        game = at_step(game, jnp.asarray(10))
    assert game.apply.scale == pytest.approx(0, abs=1e-7)


class Coupled(games.Game):
    strength: jax.Array
    turns: tuple[Turn, ...] = eqx.field(static=True, default=(Turn(("x", "y"), simultaneous=True),))

    def losses(self, players, batch):
        product = self.strength * players["x"] * players["y"]
        return {"x": product, "y": -product}

    def at(self, step):
        return eqx.tree_at(lambda game: game.strength, self, 1.0 / (1 + step))


def test_dynamics_takes_the_game_as_it_is_given():
    game, players = Coupled(jnp.asarray(3.0)), {"x": jnp.zeros(()), "y": jnp.zeros(())}
    for one, strength in ((game, 3.0), (at_step(game, jnp.asarray(3)), 0.25)):
        matrix = dynamics.step_jacobian(one, players, None, step_size=1.0)
        np.testing.assert_allclose(matrix, [[1, -strength], [strength, 1]])
        np.testing.assert_allclose(
            dynamics.jacobian(one, players, None), [[0, -strength], [strength, 0]]
        )
