"""The walk game: what is added to which player's loss, and what is refused."""

from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from support.helpers import assert_close

from gantheory import Every, Optimiser, Trainer, deviations, games, testing
from gantheory.data import Dataset, Normal
from gantheory.games import DISCRIMINATOR, GENERATOR
from gantheory.networks import MLP, TwoHeaded

STYLES = 3
CORNERS = 3.0 * jnp.asarray([[1.0, 0.0], [-0.5, 0.9], [-0.5, -0.9]])
WALK = {"steps": 2, "discount": 0.7, "visit_weight": 0.5}

PLAIN = [name for name in games.OBJECTIVES if isinstance(games.build(name), games.AdversarialGame)]


def mlp(out_size, seed):
    key = jax.random.key(seed)
    return MLP(2, out_size, width=8, depth=1, activation=jnp.tanh, key=key)


def two_headed(styles=STYLES):
    return TwoHeaded(mlp(8, 1), 8, styles, activation=jnp.tanh, key=jax.random.key(2))


def source(batch_size=16, *, labelled=True):
    labels = jnp.arange(60, dtype=jnp.int32) % STYLES
    noise = 0.1 * jax.random.normal(jax.random.key(3), (60, 2))
    latent = Normal(jnp.zeros(2), jnp.ones(2))
    return Dataset(CORNERS[labels] + noise, latent, batch_size, labels if labelled else None)


@pytest.fixture(scope="module")
def players():
    return {GENERATOR: mlp(2, 0), DISCRIMINATOR: two_headed()}


@pytest.fixture(scope="module")
def batch():
    return source()(jax.random.key(5))


def walk_game(objective="nonsaturating", weight=0.7, **changed):
    return games.WalkGame(games.build(objective), weight=weight, **{**WALK, **changed})


def walk_of(players, batch, **changed):
    judge = players[DISCRIMINATOR]

    def features(samples):
        return jax.vmap(lambda one: judge.activation(judge.trunk(one)))(samples)

    fake = jax.vmap(players[GENERATOR])(batch.latent)
    given = {"styles": STYLES, **WALK, **changed}
    return deviations.walk_deviation(features(batch.real), batch.label, features(fake), **given)


@pytest.mark.parametrize("objective", sorted(PLAIN))
def test_any_objective_is_walked_beside(objective, players, batch):
    plain = games.build(objective)
    judge = players[DISCRIMINATOR]
    head = {**players, DISCRIMINATOR: lambda x: judge(x)[0]}
    expected = dict(eqx.filter_jit(plain.entries)(head, batch))
    walk = walk_of(players, batch)
    entropy = deviations.style_cross_entropy(jax.vmap(judge)(batch.real)[1], batch.label)
    expected[GENERATOR] += 0.7 * walk
    expected[DISCRIMINATOR] += entropy
    expected |= {"walk": walk, "style_cross_entropy": entropy}
    entries = eqx.filter_jit(walk_game(objective).entries)(players, batch)
    assert_close(dict(sorted(entries.items())), dict(sorted(expected.items())), 2e-5)


def test_the_numbers_of_the_walk_reach_it(players, batch):
    for changed in ({"steps": 0}, {"discount": 0.0}, {"visit_weight": 2.0}):
        found = walk_game(**changed).entries(players, batch)["walk"]
        assert float(found) == pytest.approx(float(walk_of(players, batch, **changed)), rel=1e-5)


def test_the_walk_moves_the_generator_alone(players, batch):
    light, heavy = (walk_game(weight=weight) for weight in (0.0, 5.0))
    [lightly, heavily] = [one.gradient(players, DISCRIMINATOR, batch)[0] for one in (light, heavy)]
    assert_close(lightly, heavily, 1e-6)
    [lightly, heavily] = [one.gradient(players, GENERATOR, batch)[0] for one in (light, heavy)]

    def walk(generator):
        return walk_of({**players, GENERATOR: generator}, batch)

    slope = eqx.filter_grad(walk)(players[GENERATOR])
    expected = jax.tree.map(lambda a, b: a + 5 * b, lightly, slope)
    assert_close(heavily, expected, 1e-4)


@pytest.mark.parametrize("objective", ["nonsaturating", "wgan_gp"])
def test_it_is_a_game_like_the_others(objective, players, batch):
    testing.check_game(walk_game(objective), players, batch)


def test_turns_projections_and_schedules_are_those_of_the_adversarial_game(players):
    game, plain = walk_game("wgan"), games.build("wgan")
    assert game.turns == plain.turns
    for found, expected in zip(
        jax.tree.leaves(eqx.filter(game.project(DISCRIMINATOR, players), eqx.is_array)),
        jax.tree.leaves(eqx.filter(plain.project(DISCRIMINATOR, players), eqx.is_array)),
        strict=True,
    ):
        np.testing.assert_array_equal(found, expected)


class Shifted(eqx.Module):
    """What a judge sees is moved, further with every step."""

    by: jax.Array

    def __call__(self, name, player, sample, context):
        return player(sample + self.by if name == DISCRIMINATOR else sample)

    def at(self, step):
        return Shifted(self.by + step)


def test_the_features_are_of_what_the_apply_shows_the_discriminator(players, batch):
    adversarial = replace(games.nonsaturating(), apply=Shifted(jnp.zeros(())))
    game = games.WalkGame(adversarial, weight=1.0, **WALK)
    judge = players[DISCRIMINATOR]
    moved = eqx.tree_at(lambda one: one.trunk, judge, lambda x: judge.trunk(x + 2.0))
    expected = walk_of({**players, DISCRIMINATOR: moved}, batch)
    found = game.at(jnp.asarray(2)).entries(players, batch)["walk"]
    assert float(found) == pytest.approx(float(expected), rel=1e-5)
    assert float(game.entries(players, batch)["walk"]) != pytest.approx(float(expected), rel=1e-3)


def test_a_trainer_trades_the_walk_for_the_adversarial_loss(players):
    """The weight is an array, so that one run plays several of them."""

    art = source(32)

    def run(weight):
        trainer = Trainer(
            walk_game(weight=weight),
            art,
            optimisers=dict.fromkeys(players, Optimiser(optax.adam, learning_rate=5e-3)),
            record=Every(50),
        )
        return trainer.train(trainer.init(players, key=jax.random.key(11)), 300)

    history = eqx.filter_jit(eqx.filter_vmap(run))(jnp.asarray([0.0, 5.0])).history
    without, with_it = np.asarray(history["walk"])[:, -1]
    assert with_it < without - 0.5
    assert np.all(np.asarray(history["style_cross_entropy"])[:, -1] < 0.1)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"weight": -1.0}, "weight must be non-negative"),
        ({"visit_weight": -1.0}, "visit_weight must be non-negative"),
        ({"discount": 1.5}, r"discount must lie in \[0, 1\]"),
        ({"steps": -1}, "steps must be an integer of at least 0"),
        ({"weight": jnp.ones(2)}, "weight"),
    ],
)
def test_numbers_out_of_range_are_refused(changed, words):
    with pytest.raises((ValueError, TypeError), match=words):
        walk_game(**changed)


class Featured(eqx.Module):
    """A judge whose answer is what it is given."""

    answer: object

    def with_features(self, x):
        return jax.tree.map(lambda one: one + 0 * jnp.sum(x), self.answer)


@pytest.mark.parametrize(
    ("judge", "kind", "words"),
    [
        (mlp("scalar", 1), TypeError, "must have a method with_features"),
        (Featured((jnp.zeros(()), jnp.zeros(STYLES))), ValueError, "and a vector of features"),
        (
            Featured((jnp.zeros(()), jnp.zeros(STYLES), jnp.zeros((2, 2)))),
            ValueError,
            "and a vector of features",
        ),
        (
            Featured((jnp.zeros(()), jnp.zeros(STYLES), (jnp.zeros(3), jnp.zeros(3)))),
            ValueError,
            "and a vector of features",
        ),
        (two_headed(STYLES + 1), ValueError, "a style head of 4 styles, but the labels"),
    ],
    ids=["one head", "two answers", "a picture", "two vectors", "other styles"],
)
def test_a_discriminator_that_does_not_fit_is_refused(judge, kind, words, players, batch):
    with pytest.raises(kind, match=words):
        walk_game().entries({**players, DISCRIMINATOR: judge}, batch)


def test_data_without_labels_are_refused(players):
    with pytest.raises(ValueError, match="source must give labels"):
        walk_game().entries(players, source(labelled=False)(jax.random.key(0)))
