"""The regression game: what is added to whose loss, over which games, and what is refused."""

from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from support.helpers import assert_close

from gantheory import games, testing
from gantheory.data import Batch
from gantheory.games import DISCRIMINATOR, GENERATOR, STYLE
from gantheory.networks import MLP

KEYS = jax.random.split(jax.random.key(3), 6)
COUNT = 6
REAL, LATENT = (jax.random.normal(key, (COUNT, 2)) for key in KEYS[:2])
BATCH = Batch(real=REAL, latent=LATENT, key=KEYS[2])


def network(outputs, key):
    return MLP(2, outputs, width=8, depth=1, activation=jnp.tanh, key=key)


PLAYERS = {GENERATOR: network(2, KEYS[3]), DISCRIMINATOR: network("scalar", KEYS[4])}


def squared_error(made, wanted):
    return jnp.sum((made - wanted) ** 2)


def entries(game, players=PLAYERS, batch=BATCH):
    return eqx.filter_jit(game.entries)(players, batch)


def by_hand(plain, players, fake, weight):
    """The entries of the adversarial game, with the generator's worked out."""
    expected = entries(plain, players)
    expected["adversarial"] = expected[GENERATOR]
    expected["regression"] = jnp.mean(jnp.sum((fake - REAL) ** 2, axis=1))
    expected[GENERATOR] = expected["regression"] + weight * expected["adversarial"]
    return dict(sorted(expected.items()))


OVER = {
    "nonsaturating": (games.nonsaturating(), PLAYERS),
    "wgan": (games.wgan(), PLAYERS),
    "relativistic_r1_r2": (games.relativistic_r1_r2(), PLAYERS),
    "began": (
        games.began(),
        {**PLAYERS, DISCRIMINATOR: network(2, KEYS[5]), "balance": games.Balance(0.5)},
    ),
    "creative": (
        games.can(games.hinge(), weight=0.5, style_player=STYLE),
        {**PLAYERS, STYLE: network(3, KEYS[5])},
    ),
}


@pytest.mark.parametrize("name", OVER)
def test_the_generators_loss_is_weighted_and_added_to_and_nothing_else_changes(name):
    plain, players = OVER[name]
    game = games.RegressionGame(plain, squared_error, adversarial_weight=0.3)
    fake = jax.vmap(players[GENERATOR])(LATENT)
    found = dict(sorted(entries(game, players).items()))
    assert_close(found, by_hand(plain, players, fake, 0.3), 2e-5)
    assert game.turns == plain.turns
    for mover in plain.movers:
        assert_close(game.project(mover, players), plain.project(mover, players), 0.0)


def test_it_keeps_what_every_game_keeps():
    game = games.RegressionGame(games.nonsaturating(), squared_error, adversarial_weight=0.3)
    testing.check_game(game, PLAYERS, BATCH)


def doubled(name, player, sample, context):
    return 2 * player(sample) if name == GENERATOR else player(sample)


def test_the_samples_compared_are_those_that_the_hook_makes_also_below_another_game():
    hooked, plain = replace(games.hinge(), apply=doubled), games.hinge()
    fake = 2 * jax.vmap(PLAYERS[GENERATOR])(LATENT)
    made_twice = {**PLAYERS, GENERATOR: lambda z: 2 * PLAYERS[GENERATOR](z)}
    game = games.RegressionGame(hooked, squared_error, adversarial_weight=0.3)
    found = dict(sorted(entries(game).items()))
    assert_close(found, by_hand(plain, made_twice, fake, 0.3), 2e-5)

    styled = {**PLAYERS, STYLE: network(3, KEYS[5])}
    styled_twice = {**made_twice, STYLE: styled[STYLE]}

    def both_ways(base):
        can = games.can(base, weight=0.5, style_player=STYLE)
        inside = games.RegressionGame(base, squared_error, adversarial_weight=0.3)
        return (
            games.RegressionGame(can, squared_error, adversarial_weight=0.3),
            games.can(inside, weight=0.5, style_player=STYLE),
        )

    @eqx.filter_jit
    def of_both():
        with_hook = [game.entries(styled, BATCH) for game in both_ways(hooked)]
        return with_hook, [game.entries(styled_twice, BATCH) for game in both_ways(plain)]

    assert_close(*of_both(), 2e-5)


class Rising(eqx.Module):
    """A hook that multiplies samples by the step."""

    factor: jax.Array

    def at(self, step):
        return Rising(jnp.asarray(step, float))

    def __call__(self, name, player, sample, context):
        return self.factor * player(sample) if name == GENERATOR else player(sample)


def test_the_adversarial_game_is_played_as_it_is_at_the_step():
    hooked = replace(games.hinge(), apply=Rising(jnp.array(0.0)))
    game = games.RegressionGame(hooked, squared_error, adversarial_weight=0.3)
    at_two = entries(game.at(jnp.array(2)))
    doubling = replace(games.hinge(), apply=doubled)
    expected = games.RegressionGame(doubling, squared_error, adversarial_weight=0.3)
    assert_close(at_two, entries(expected), 2e-5)


def test_weight_and_numbers_of_the_regression_can_be_mapped_over():
    def scaled(scale, made, wanted):
        return scale * squared_error(made, wanted)

    def of(weight, scale):
        regression = jax.tree_util.Partial(scaled, scale)
        game = games.RegressionGame(games.hinge(), regression, adversarial_weight=weight)
        return game.entries(PLAYERS, BATCH)[GENERATOR]

    weights, scales = jnp.array([0.0, 1.0, 5.0]), jnp.array([1.0, 2.0, 0.0])
    plain = entries(games.hinge())[GENERATOR]
    fake = jax.vmap(PLAYERS[GENERATOR])(LATENT)
    error = jnp.mean(jnp.sum((fake - REAL) ** 2, axis=1))
    np.testing.assert_allclose(
        jax.vmap(of)(weights, scales), scales * error + weights * plain, rtol=2e-5
    )


def test_what_does_not_fit_is_refused():
    hinge = games.hinge()
    for weight, adversarial, regression, kind, message in (
        (-1.0, hinge, squared_error, ValueError, "adversarial_weight"),
        (1.0, hinge, lambda made: made, TypeError, "regression must take a generated sample and"),
        (
            1.0,
            games.VariationalGame(games.Gaussian(1.0), beta=1.0),
            squared_error,
            ValueError,
            "adversarial must be a game in which a player 'generator' has a turn",
        ),
    ):
        with pytest.raises(kind, match=message):
            games.RegressionGame(adversarial, regression, adversarial_weight=weight)
    per_entry = games.RegressionGame(hinge, lambda made, x: (made - x) ** 2, adversarial_weight=1.0)
    with pytest.raises(ValueError, match=r"regression must return a scalar .* shape \(2,\)"):
        per_entry.losses(PLAYERS, BATCH)
    game = games.RegressionGame(hinge, squared_error, adversarial_weight=1.0)
    fewer = Batch(real=REAL, latent=LATENT[:4], key=KEYS[2])
    with pytest.raises(ValueError, match=r"a latent for each datum.* 4 latents for 6 data"):
        game.losses(PLAYERS, fewer)
