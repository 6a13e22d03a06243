"""The hook by which a stock game applies a player to a sample: labels, keys, statistics of the
batch, penalties."""

from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gantheory import data, games, networks, penalties

KEYS = jax.random.split(jax.random.key(5), 4)
CLASSES, COUNT = 3, 6
REAL = jax.random.normal(KEYS[0], (COUNT, 2))
LATENT = jax.random.normal(KEYS[1], (COUNT, 2))
LABELS = jnp.asarray([0, 2, 1, 1, 0, 2])
BATCH = data.Batch(real=REAL, latent=LATENT, key=KEYS[2], label=LABELS, classes=CLASSES)
PLAIN = data.Batch(real=REAL, latent=LATENT, key=KEYS[2])


def network(inputs, outputs, key):
    return networks.MLP(inputs, outputs, width=8, depth=1, activation=jnp.tanh, key=key)


PLAYERS = {"generator": network(2, 2, KEYS[0]), "discriminator": network(2, "scalar", KEYS[1])}
CONDITIONAL = {
    "generator": network(2 + CLASSES, 2, KEYS[0]),
    "discriminator": network(2 + CLASSES, "scalar", KEYS[1]),
}
ENCODED = {**PLAYERS, "discriminator": network(2, 2, KEYS[3]), "balance": games.Balance(0.5)}
JUDGED = {
    "generator": PLAYERS["generator"],
    "discriminator": networks.TwoHeaded(
        network(2, 4, KEYS[1]), 4, CLASSES, activation=jnp.tanh, key=KEYS[2]
    ),
}


def plain(name, player, sample, context):
    return player(sample)


def joined(name, player, sample, context):
    return player(jnp.concatenate([sample, jax.nn.one_hot(context.label, CLASSES)]))


def entries(game, players, batch=BATCH):
    return jax.jit(lambda: game.entries(players, batch))()


def creative(apply=None, **settings):
    return games.can(replace(games.hinge(), apply=apply), weight=0.5, **settings)


STOCK = {
    "minimax": (games.minimax(), PLAYERS),
    "wgan_gp": (games.wgan_gp(), PLAYERS),
    "relativistic_r1_r2": (games.relativistic_r1_r2(), PLAYERS),
    "dragan": (games.dragan(), PLAYERS),
    "began": (games.began(), ENCODED),
}


@pytest.mark.parametrize("name", STOCK)
def test_an_apply_that_adds_nothing_changes_nothing(name):
    game, players = STOCK[name]
    with_hook, without = entries(replace(game, apply=plain), players), entries(game, players)
    assert set(with_hook) == set(without)
    for entry, value in without.items():
        np.testing.assert_allclose(with_hook[entry], value, rtol=1e-5, atol=1e-6)


def test_labels_reach_both_players_and_all_penalties():
    """By hand, with the condition that the penalties take."""
    codes = jax.nn.one_hot(LABELS, CLASSES)

    def critic(x, code):
        return CONDITIONAL["discriminator"](jnp.concatenate([x, code]))

    fake = jax.vmap(CONDITIONAL["generator"])(jnp.concatenate([LATENT, codes], axis=1))
    expected = {
        "wgan_gp": {"penalty": penalties.wgan_gp(critic, REAL, fake, BATCH.key, condition=codes)},
        "dragan": {"penalty": penalties.dragan(critic, REAL, BATCH.key, 0.5, condition=codes)},
        "relativistic_r1_r2": {
            "r1": penalties.r1(critic, REAL, condition=codes),
            "r2": penalties.r2(critic, fake, condition=codes),
        },
    }
    for name, values in expected.items():
        game = replace(STOCK[name][0], apply=joined)
        found = entries(game, CONDITIONAL)
        values["real_logit"] = jnp.mean(jax.vmap(critic)(REAL, codes))
        values["fake_logit"] = jnp.mean(jax.vmap(critic)(fake, codes))
        for entry, value in values.items():
            np.testing.assert_allclose(found[entry], value, rtol=1e-4, atol=1e-6)


def test_each_sample_of_each_side_and_player_has_a_key_of_its_own():
    seen = {}

    def kept(real_logits, fake_logits):
        seen.update(real=real_logits, fake=fake_logits)
        return jnp.mean(real_logits) - jnp.mean(fake_logits)

    ones = data.Batch(real=jnp.ones(4), latent=jnp.ones(4), key=KEYS[0])
    players = dict.fromkeys(("generator", "discriminator"), lambda x: x)

    def draws(name, player, sample, context):
        return player(sample) * jax.random.uniform(context.key)

    game = games.AdversarialGame(kept, kept, apply=draws)
    game.losses(players, ones)
    first = dict(seen)
    generated = games.AdversarialGame(
        kept,
        kept,
        apply=lambda name, player, x, context: (
            draws(name, player, x, context) if name == "generator" else x
        ),
    )
    generated.losses(players, ones)
    factors = np.concatenate([first["real"], first["fake"] / seen["fake"], seen["fake"]])
    assert len(np.unique(factors.round(6))) == 12
    game.losses(players, eqx.tree_at(lambda b: b.key, ones, KEYS[1]))
    assert np.all(seen["real"] != first["real"])


def test_a_penalty_takes_each_sample_under_its_own_key():
    """A critic whose slope is drawn: half the mean of the squared slopes, not of their mean."""

    def r1(critic, real, fake, key, condition=None):
        return penalties.r1(critic, real, condition=condition)

    def by_hand(critic, real, fake, key, condition=None):
        slopes = jax.vmap(lambda context: jax.random.uniform(context.key))(condition)
        return 0.5 * jnp.mean(slopes**2) * real.shape[1]

    def noisy(name, player, sample, context):
        if name == "generator":
            return player(sample)
        return jax.random.uniform(context.key) * jnp.sum(sample)

    terms = tuple(games.WeightedPenalty(one.__name__, one, 0.0) for one in (r1, by_hand))
    game = replace(games.minimax(), penalties=terms, apply=noisy)
    found = entries(game, PLAYERS, PLAIN)
    assert found["r1"] == pytest.approx(float(found["by_hand"]), rel=1e-5)
    assert found["r1"] > 0.01


class Dropped(eqx.Module):
    """A critic with dropout, which needs a key."""

    layers: networks.MLP
    dropout: eqx.nn.Dropout

    def __call__(self, x, *, key):
        return self.layers(self.dropout(x, key=key))


def test_dropout_of_a_judge_with_two_heads_trains_in_a_creative_game():
    """Both heads of a sample drop the same units, since they have the same key."""

    def judge(x, *, key):
        seen = eqx.nn.Dropout(0.5)(x, key=key)
        return jnp.sum(seen), jnp.stack([jnp.sum(seen), jnp.zeros(()), jnp.ones(())])

    def keyed(name, player, sample, context):
        return player(sample) if name == "generator" else player(sample, key=context.key)

    players = {**PLAYERS, "discriminator": judge}
    found = entries(creative(keyed), players)
    again = entries(creative(keyed), players)
    assert found == again
    other = entries(creative(keyed), players, eqx.tree_at(lambda b: b.key, BATCH, KEYS[3]))
    assert other["style_cross_entropy"] != found["style_cross_entropy"]
    whole = entries(creative(lambda n, p, x, c: p(x) if n == "generator" else p(x, key=KEYS[0])),
                    players)  # fmt: skip
    assert whole["real_logit"] != found["real_logit"]


@pytest.mark.parametrize("style", ["discriminator", "style"])
def test_a_creative_game_applies_as_its_adversarial_game_does(style):
    players = JUDGED if style == "discriminator" else {**PLAYERS, "style": network(2, 3, KEYS[3])}
    settings = {} if style == "discriminator" else {"style_player": style}
    plainly, hooked = (entries(creative(one, **settings), players) for one in (None, plain))
    for entry, value in plainly.items():
        np.testing.assert_allclose(hooked[entry], value, rtol=1e-5, atol=1e-6)

    def doubled(name, player, sample, context):
        return player(2 * sample if name == style else sample)

    twice = entries(creative(doubled, **settings), players)
    assert abs(twice["deviation"] - plainly["deviation"]) > 1e-4
    assert abs(twice["style_cross_entropy"] - plainly["style_cross_entropy"]) > 1e-4


def centred(name, player, sample, context):
    if name == "generator":
        made = player(sample)
        return made - jax.lax.pmean(made, games.SAMPLE_AXIS)
    return player(sample)


def test_statistics_of_the_batch_have_an_axis():
    game = games.AdversarialGame(
        lambda real, fake: jnp.mean(fake), lambda real, fake: jnp.mean(fake), apply=centred
    )
    players = {**PLAYERS, "discriminator": jnp.sum}
    assert float(entries(game, players)["fake_logit"]) == pytest.approx(0, abs=1e-6)
    means = jax.grad(lambda g: game.entries({**players, "generator": g}, BATCH)["generator"])
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(means(PLAYERS["generator"])))


def test_a_penalty_of_a_critic_with_statistics_of_the_batch_is_refused():
    def normed(name, player, sample, context):
        return player(sample - jax.lax.pmean(sample, games.SAMPLE_AXIS))

    with pytest.raises(ValueError, match=r"critic could not map one sample .* samples"):
        replace(games.wgan_gp(), apply=normed).entries(PLAYERS, BATCH)
    assert np.isfinite(entries(replace(games.hinge(), apply=normed), PLAYERS)["generator"])


# Refusals


@pytest.mark.parametrize("game", [games.minimax(), games.began()])
@pytest.mark.parametrize("apply", ["noise", lambda player, sample: player(sample)])
def test_an_apply_takes_four_things(game, apply, without_hook):
    with pytest.raises(TypeError, match="apply must "):
        replace(game, apply=apply)


def test_a_penalty_must_pass_the_contexts_on():
    def r1(critic, real, fake, key):
        return penalties.r1(critic, real)

    game = replace(games.minimax(), penalties=(games.WeightedPenalty("r1", r1, 1.0),))
    with pytest.raises(TypeError, match=r"'r1' of a game with an apply must take the contexts"):
        replace(game, apply=plain)


def test_a_fake_needs_a_partner_to_have_its_label():
    batch = eqx.tree_at(lambda b: b.latent, BATCH, LATENT[:4])
    with pytest.raises(ValueError, match=r"a label for each latent .* \(6,\) for 4 samples"):
        replace(games.minimax(), apply=joined).entries(CONDITIONAL, batch)
    unlabelled = eqx.tree_at(lambda b: b.latent, PLAIN, LATENT[:4])
    assert np.isfinite(
        entries(replace(games.hinge(), apply=plain), PLAYERS, unlabelled)["generator"]
    )
