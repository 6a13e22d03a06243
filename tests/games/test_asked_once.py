"""Nobody is asked twice about the same samples: a move multiplies as often as one written by hand,
and what is remembered is never what another trace, other samples or other players have."""

from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import pytest
from support.helpers import assert_close

from gantheory import deviations, games, losses, networks, penalties
from gantheory.data import Batch
from gantheory.games import DISCRIMINATOR, GENERATOR

SIZE, STYLES, WEIGHT, WIDTH, COUNT = 3, 4, 0.5, 64, 48


@pytest.fixture(scope="module")
def players():
    generator_key, trunk_key, heads_key = jax.random.split(jax.random.key(0), 3)
    trunk = networks.MLP(SIZE, WIDTH, width=WIDTH, depth=2, activation=jnp.tanh, key=trunk_key)
    return {
        GENERATOR: networks.MLP(
            SIZE, SIZE, width=WIDTH, depth=2, activation=jnp.tanh, key=generator_key
        ),
        DISCRIMINATOR: networks.TwoHeaded(trunk, WIDTH, STYLES, activation=jnp.tanh, key=heads_key),
    }


@pytest.fixture(scope="module")
def batch():
    real, latent = jax.random.normal(jax.random.key(1), (2, COUNT, SIZE))
    labels = jnp.arange(COUNT, dtype=jnp.int32) % STYLES
    return Batch(real=real, latent=latent, key=jax.random.key(2), label=labels)


def creative():
    return games.can(games.relativistic_r1_r2(r1_weight=2.0, r2_weight=2.0), weight=WEIGHT)


def by_hand(players, name, batch):
    """The same gradient with one pass of each network for each batch."""
    params, static = eqx.partition(players[name], eqx.is_inexact_array)

    def judged(judge, samples):
        def logits(samples):
            values = jax.vmap(judge)(samples)
            return jnp.sum(values[0]), values

        return jax.grad(logits, has_aux=True)(samples)

    def loss(params):
        everyone = {**players, name: eqx.combine(params, static)}
        fake = jax.vmap(everyone[GENERATOR])(batch.latent)
        real_slopes, (real_logits, styles) = judged(everyone[DISCRIMINATOR], batch.real)
        fake_slopes, (fake_logits, fake_styles) = judged(everyone[DISCRIMINATOR], fake)
        if name == GENERATOR:
            adversarial = losses.relativistic_generator_loss(real_logits, fake_logits)
            return adversarial + WEIGHT * deviations.bce_deviation(fake_styles)
        adversarial = losses.relativistic_discriminator_loss(real_logits, fake_logits)
        penalty = (jnp.sum(real_slopes**2) + jnp.sum(fake_slopes**2)) / COUNT
        return adversarial + penalty + deviations.style_cross_entropy(styles, batch.label)

    return jax.grad(loss)(params)


def products(function, players, batch):
    """Multiplications and additions of the compiled program."""
    compiled = eqx.filter_jit(function).lower(players, batch).compile()
    return compiled.compiled.cost_analysis()["flops"]


@pytest.mark.parametrize("name", [DISCRIMINATOR, GENERATOR])
def test_a_creative_move_costs_what_it_costs_by_hand(name, players, batch):
    def of_the_game(players, batch):
        return creative().gradient(players, name, batch)[0]

    def of_the_hand(players, batch):
        return by_hand(players, name, batch)

    assert_close(of_the_game(players, batch), of_the_hand(players, batch), tolerance=1e-5)
    own = products(of_the_game, players, batch)
    assert own < 1.02 * products(of_the_hand, players, batch)


@pytest.mark.parametrize("name", [DISCRIMINATOR, GENERATOR])
def test_what_is_remembered_changes_no_gradient(name, players, batch):
    """`losses` alone remembers nothing, so the penalties there ask for themselves."""
    game, params = creative(), eqx.filter(players[name], eqx.is_inexact_array)
    static = eqx.filter(players[name], eqx.is_inexact_array, inverse=True)

    def loss(params):
        everyone = {**players, name: eqx.combine(params, static)}
        return games.game.entries_of(game.losses(everyone, batch), name)[name]

    assert_close(game.gradient(players, name, batch)[0], jax.grad(loss)(params), tolerance=1e-5)


def test_a_penalty_of_other_samples_is_its_own(players, batch):
    def shifted(critic, real, fake, key):
        return penalties.r1(critic, real) + penalties.r1(critic, real + 1.0)

    game = replace(
        games.nonsaturating(), penalties=(games.WeightedPenalty("shifted", shifted, 1.0),)
    )
    critic = games.creative.Head(players[DISCRIMINATOR], 0)
    entries = game.entries({**players, DISCRIMINATOR: critic}, batch)
    there = penalties.r1(critic, batch.real) + penalties.r1(critic, batch.real + 1.0)
    assert_close(entries["shifted"], there, tolerance=1e-5)
    assert abs(penalties.r1(critic, batch.real) - penalties.r1(critic, batch.real + 1.0)) > 1e-4


def test_the_penalty_of_another_critic_is_its_own(players, batch):
    """A penalty may ask somebody else about the same data, the style head say."""

    def of_the_first_style(critic, real, fake, key):
        judge = players[DISCRIMINATOR]
        return penalties.r1(lambda x: judge(x)[1][0], real)

    game = replace(
        games.nonsaturating(),
        penalties=(games.WeightedPenalty("style", of_the_first_style, 1.0),),
    )
    critic = games.creative.Head(players[DISCRIMINATOR], 0)
    entries = game.entries({**players, DISCRIMINATOR: critic}, batch)
    there = penalties.r1(lambda x: players[DISCRIMINATOR](x)[1][0], batch.real)
    assert_close(entries["style"], there, tolerance=1e-5)


def test_what_a_program_inside_of_a_loss_has_computed_is_not_used_outside(players, batch):
    """Its values would be leaked tracers."""

    class Twice(games.Game):
        turns = (games.Turn((GENERATOR, DISCRIMINATOR)),)

        def losses(self, players, batch):
            inner = jax.jit(
                lambda: games.game.entries_of(creative().losses(players, batch), GENERATOR)
            )
            first = inner()[GENERATOR]
            again = games.game.entries_of(creative().losses(players, batch), GENERATOR)
            return {GENERATOR: again[GENERATOR] + first, DISCRIMINATOR: first}

    twice = Twice().entries(players, batch)[GENERATOR]
    once = creative().entries(players, batch)[GENERATOR]
    assert_close(twice, 2 * once, tolerance=1e-5)


def test_nothing_is_kept_when_the_losses_are_there(players, batch):
    with jax.checking_leaks():
        jax.jit(lambda latent: creative().entries(players, replace(batch, latent=latent)))(
            batch.latent
        )
