"""Games: what each player minimises, by hand; names, turns and refusals."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from support.helpers import draw_of, small_gan

from gantheory import Optimiser, Trainer, games, losses, penalties
from gantheory.divergences import F_DIVERGENCES

OBJECTIVES = pytest.mark.parametrize("name", ["minimax", "nonsaturating", "relativistic_r1_r2"])


@pytest.fixture(scope="module")
def parts():
    _, players, source, _ = small_gan()
    batch = source(jax.random.key(3))
    generator, discriminator = players[games.GENERATOR], players[games.DISCRIMINATOR]
    fake = jnp.stack([generator(z) for z in batch.latent])
    return {
        "players": players,
        "batch": batch,
        "discriminator": discriminator,
        "fake": fake,
        "real_logits": jnp.stack([discriminator(x) for x in batch.real]),
        "fake_logits": jnp.stack([discriminator(x) for x in fake]),
    }


def entries_of(game, parts):
    return jax.jit(lambda: game.entries(parts["players"], parts["batch"]))()


@pytest.mark.parametrize(
    ("name", "generator_loss"),
    [
        ("minimax", losses.minimax_generator_loss),
        ("nonsaturating", losses.nonsaturating_generator_loss),
    ],
)
def test_the_classical_games_by_hand(name, generator_loss, parts):
    entries = entries_of(games.build(name), parts)
    real, fake = parts["real_logits"], parts["fake_logits"]
    assert set(entries) == {games.GENERATOR, games.DISCRIMINATOR, "real_logit", "fake_logit"}
    expected = {
        games.GENERATOR: generator_loss(fake),
        games.DISCRIMINATOR: losses.logistic_discriminator_loss(real, fake),
        "real_logit": np.mean(real),
        "fake_logit": np.mean(fake),
    }
    for entry, value in expected.items():
        np.testing.assert_allclose(entries[entry], value, rtol=1e-5, atol=1e-6)


PAIRS = {
    "minimax": (losses.minimax_generator_loss, losses.logistic_discriminator_loss),
    "nonsaturating": (losses.nonsaturating_generator_loss, losses.logistic_discriminator_loss),
    "wgan": (losses.wasserstein_generator_loss, losses.wasserstein_critic_loss),
    "wgan_gp": (losses.wasserstein_generator_loss, losses.wasserstein_critic_loss),
    "least_squares": (losses.least_squares_generator_loss, losses.least_squares_discriminator_loss),
    "dragan": (losses.nonsaturating_generator_loss, losses.logistic_discriminator_loss),
    "hinge": (losses.hinge_generator_loss, losses.hinge_discriminator_loss),
} | {
    f"f_gan_{name}": (
        partial(losses.f_gan_generator_loss, row),
        partial(losses.f_gan_critic_loss, row),
    )
    for name, row in F_DIVERGENCES.items()
}


def test_every_objective_is_asked_for_its_losses():
    assert {*PAIRS, "relativistic_r1_r2", "began"} == set(games.OBJECTIVES)


@pytest.mark.parametrize("name", PAIRS)
def test_an_objective_is_played_with_the_losses_it_is_named_after(name):
    """On logits of batches of different size; no two objectives agree on all of these numbers by
    chance."""
    game, (generator_loss, discriminator_loss) = games.build(name), PAIRS[name]
    real, fake = jnp.asarray([1.5, -0.25, 0.5]), jnp.asarray([-1.0, 2.0])
    assert game.generator_loss(real, fake) == generator_loss(fake)
    assert game.discriminator_loss(real, fake) == discriminator_loss(real, fake)


@pytest.mark.parametrize(
    ("name", "penalty"),
    [
        ("wgan_gp", penalties.wgan_gp),
        ("dragan", lambda critic, real, fake, key: penalties.dragan(critic, real, key, 0.3)),
    ],
    ids=["wgan_gp", "dragan"],
)
def test_a_one_centred_penalty_is_taken_at_the_draw_with_its_key_and_weighed(name, penalty, parts):
    settings = {"noise_scale": 0.3} if name == "dragan" else {}
    entries = entries_of(games.build(name, penalty_weight=7.0, **settings), parts)
    batch = parts["batch"]
    expected = penalty(parts["discriminator"], batch.real, parts["fake"], batch.key)
    np.testing.assert_allclose(entries["penalty"], expected, rtol=1e-5)
    alone = PAIRS[name][1](parts["real_logits"], parts["fake_logits"])
    np.testing.assert_allclose(entries[games.DISCRIMINATOR], alone + 7 * expected, rtol=1e-5)


@pytest.mark.parametrize("name", games.OBJECTIVES)
def test_only_the_wasserstein_games_move_their_critic_five_times(name):
    moves = [turn.times for turn in games.build(name).turns if games.DISCRIMINATOR in turn.players]
    assert moves == ([5] if name in ("wgan", "wgan_gp") else [1])


def test_the_regularised_relativistic_game_by_hand(parts):
    game = games.build("relativistic_r1_r2", r1_weight=0.3, r2_weight=2.0)
    entries = entries_of(game, parts)
    real, fake = parts["real_logits"], parts["fake_logits"]
    r1 = penalties.r1(parts["discriminator"], parts["batch"].real)
    r2 = penalties.r2(parts["discriminator"], parts["fake"])
    assert abs(r1 - r2) > 1e-4 * r1, "the test could not tell the two apart"
    discriminator = losses.relativistic_discriminator_loss(real, fake) + 0.3 * r1 + 2.0 * r2
    np.testing.assert_allclose(entries["r1"], r1, rtol=1e-5)
    np.testing.assert_allclose(entries["r2"], r2, rtol=1e-5)
    np.testing.assert_allclose(entries[games.DISCRIMINATOR], discriminator, rtol=1e-5)
    expected = losses.relativistic_generator_loss(real, fake)
    np.testing.assert_allclose(entries[games.GENERATOR], expected, rtol=1e-5)


@OBJECTIVES
def test_a_move_follows_the_movers_own_gradient_alone(name, key):
    """One plain step of the generator: its loss, its gradient, its batch, and nobody else moves."""
    game, players, source, _ = small_gan(name)
    rate = 0.1
    optimisers = {games.GENERATOR: Optimiser(optax.sgd, learning_rate=rate)}
    trainer = Trainer(game, source, optimisers=optimisers)
    state = trainer.init(players, key=key)
    result = trainer.train(state, 1)
    batch = draw_of(source, key, step=0, turn=1)

    def own(generator):
        return game.entries({**players, games.GENERATOR: generator}, batch)[games.GENERATOR]

    gradient = jax.grad(own)(players[games.GENERATOR])
    expected = jax.tree.map(lambda x, g: x - rate * g, players[games.GENERATOR], gradient)
    for got, want in zip(
        jax.tree.leaves(result.players[games.GENERATOR]), jax.tree.leaves(expected), strict=True
    ):
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)
    for got, want in zip(
        jax.tree.leaves(result.players[games.DISCRIMINATOR]),
        jax.tree.leaves(players[games.DISCRIMINATOR]),
        strict=True,
    ):
        np.testing.assert_array_equal(got, want)


def test_the_classical_order_is_discriminator_then_generator():
    assert [turn.players for turn in games.ALTERNATING] == [
        (games.DISCRIMINATOR,),
        (games.GENERATOR,),
    ]
    assert games.build("minimax").turns == games.ALTERNATING


@OBJECTIVES
def test_every_name_builds_its_game_with_the_turns_asked_for(name):
    assert name in games.OBJECTIVES
    turns = (games.Turn((games.DISCRIMINATOR,), times=5), games.Turn((games.GENERATOR,)))
    assert games.build(name, turns=turns).turns == turns
    assert games.OBJECTIVES[name]().turns == games.ALTERNATING


def test_settling_changes_nothing_unless_a_game_says_so(parts):
    assert games.build("minimax").project(games.GENERATOR, parts["players"]) is parts["players"]


def test_penalty_weights_are_arrays_that_can_be_mapped(parts):
    def discriminator_loss(weight):
        game = games.build("relativistic_r1_r2", r1_weight=weight, r2_weight=0.0)
        return game.entries(parts["players"], parts["batch"])[games.DISCRIMINATOR]

    values = jax.vmap(discriminator_loss)(jnp.asarray([0.0, 1.0, 3.0]))
    r1 = penalties.r1(parts["discriminator"], parts["batch"].real)
    np.testing.assert_allclose(values - values[0], r1 * np.asarray([0, 1, 3], "float32"), atol=1e-5)


# Refusals


def test_an_unknown_objective_is_named_with_the_known_ones():
    with pytest.raises(
        ValueError, match=r"name must be one of .*minimax, nonsaturating.*; got 'gan'"
    ):
        games.build("gan")


@pytest.mark.parametrize("weight", [-1.0, float("nan"), float("inf")])
@pytest.mark.parametrize("argument", ["r1_weight", "r2_weight"])
def test_a_penalty_weight_must_not_be_negative(argument, weight):
    with pytest.raises(ValueError, match=f"{argument} must be non-negative and finite"):
        games.build("relativistic_r1_r2", **{argument: weight})


@pytest.mark.parametrize("players", [(), ("a", "a")])
def test_the_players_of_a_turn_are_distinct_and_there_is_one(players):
    with pytest.raises(ValueError, match="players of a turn must be distinct names"):
        games.Turn(players)


@pytest.mark.parametrize("times", [0, -1, 1.5, True])
def test_a_turn_is_repeated_a_whole_number_of_times(times, without_hook):
    with pytest.raises(ValueError, match="times must be an integer of at least 1"):
        games.Turn(("a",), times=times)


def test_a_game_without_turns_or_losses_cannot_be_made():
    with pytest.raises(TypeError, match="abstract"):
        games.Game()


def test_players_of_single_precision_play_where_double_is_the_default(parts, x64):
    """Nothing of the game itself is in the default precision, which would widen their losses."""
    entries = games.minimax().entries(parts["players"], parts["batch"])
    assert {value.dtype for value in entries.values()} == {jnp.dtype("float32")}
