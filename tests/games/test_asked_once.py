"""Nobody is asked twice about the same samples: a move multiplies as often as one written by hand,
and what is remembered is never what another trace, other samples or other players have."""

from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import pytest
from support.helpers import assert_close

from gantheory import deviations, games, losses, networks, penalties
from gantheory._answers import Head, _is_its_own_derivative
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
    critic = Head(players[DISCRIMINATOR], 0)
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
    critic = Head(players[DISCRIMINATOR], 0)
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


@jax.custom_vjp
def rounded(x):
    """Straight through: rounds, and lets gradients pass."""
    return jnp.round(x)


rounded.defvjp(lambda x: (jnp.round(x), None), lambda _, cotangent: (cotangent,))


@jax.custom_vjp
def reversed_gradient(x):
    return x


reversed_gradient.defvjp(lambda x: (x, None), lambda _, cotangent: (-cotangent,))


@jax.custom_jvp
def clipped(x):
    """Its rule computes the value in its own way, with another derivative."""
    return jnp.clip(x, -1.0, 1.0)


@clipped.defjvp
def _(primals, tangents):
    return jnp.clip(primals[0], -1.0, 1.0), tangents[0]


sign = jax.custom_jvp(jnp.sign)  # a function of JAX's own, with another rule
sign.defjvp(lambda primals, tangents: (jnp.sign(primals[0]), tangents[0]))


@pytest.mark.parametrize(
    "rule", [rounded, reversed_gradient, clipped, sign, jax.nn.relu, jax.nn.softplus]
)
@pytest.mark.parametrize("name", [DISCRIMINATOR, GENERATOR])
def test_a_rule_of_the_critics_own_is_kept(rule, name, batch):
    class Critic(eqx.Module):
        weight: jax.Array

        def __call__(self, x):
            return jnp.sum(rule(self.weight * x))

    everyone = {
        GENERATOR: networks.Linear(SIZE, SIZE, key=jax.random.key(3)),
        DISCRIMINATOR: Critic(2.0 * jnp.ones(SIZE)),
    }
    plain = games.nonsaturating()
    weightless = games.WeightedPenalty(
        "r1", lambda critic, real, *_: penalties.r1(critic, real), 0.0
    )
    penalised = replace(plain, penalties=(weightless,))
    one, other = (game.gradient(everyone, name, batch)[0] for game in (plain, penalised))
    assert_close(one, other, 1e-6)
    assert max(float(jnp.max(jnp.abs(leaf))) for leaf in jax.tree.leaves(one)) > 1e-3


@pytest.mark.parametrize("rule", [jax.nn.relu, jax.nn.softplus, jax.nn.softmax])
def test_rules_that_call_their_function_again_are_known(rule, batch):
    """Or critics with these activations would be asked twice."""
    assert _is_its_own_derivative(lambda x: jnp.sum(rule(x)), batch.real)


def test_a_determinant_of_zero_keeps_its_gradient(batch):
    """The forward pass of JAX's rule for it has none."""

    class Critic(eqx.Module):
        weight: jax.Array

        def __call__(self, x):
            return self.weight * (x[0] + jnp.linalg.det(x[0] * jnp.full((4, 4), self.weight)))

    everyone = {
        GENERATOR: networks.Linear(SIZE, SIZE, key=jax.random.key(3)),
        DISCRIMINATOR: Critic(jnp.ones(())),
    }
    plain = games.nonsaturating()
    elsewhere = games.WeightedPenalty("nothing", lambda *_: jnp.zeros(()), 1.0)
    penalised = replace(plain, penalties=(elsewhere,))
    one, other = (game.gradient(everyone, GENERATOR, batch)[0] for game in (plain, penalised))
    assert_close(one, other, 1e-6)


def test_a_penalty_sees_the_weights_of_a_judge_of_styles(players, batch):
    def decay(critic, real, fake, key):
        return sum(jnp.sum(leaf**2) for leaf in jax.tree.leaves(eqx.filter(critic, eqx.is_array)))

    adversarial = replace(
        games.nonsaturating(), penalties=(games.WeightedPenalty("decay", decay, 1.0),)
    )
    entries = games.can(adversarial, weight=0.5).entries(players, batch)
    assert_close(entries["decay"], decay(players[DISCRIMINATOR], None, None, None), 1e-5)


def test_the_precision_around_a_penalty_is_its_own(players, batch):
    def precise(critic, real, fake, key):
        with jax.default_matmul_precision("highest"):
            return penalties.r1(critic, real)

    game = replace(games.nonsaturating(), penalties=(games.WeightedPenalty("r1", precise, 1.0),))
    everyone = {**players, DISCRIMINATOR: Head(players[DISCRIMINATOR], 0)}

    def text(function):
        return str(jax.make_jaxpr(lambda: function(everyone, batch))())

    assert text(game.entries).count("HIGHEST") == text(game.losses).count("HIGHEST") > 0


def test_a_program_inside_of_a_loss_leaks_nothing(players, batch):
    class Compiled(games.Game):
        turns = (games.Turn((GENERATOR, DISCRIMINATOR)),)

        def losses(self, players, batch):
            return jax.jit(
                lambda latent: creative().losses(players, replace(batch, latent=latent))
            )(batch.latent)

    with jax.checking_leaks():
        Compiled().entries(players, batch)


def test_nothing_is_kept_when_the_losses_are_there(players, batch):
    with jax.checking_leaks():
        jax.jit(lambda latent: creative().entries(players, replace(batch, latent=latent)))(
            batch.latent
        )
