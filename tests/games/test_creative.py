"""The CAN games: what is added to which player's loss, who judges the style, and what is
refused."""

from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from support.helpers import assert_close, train

from gantheory import Every, Optimiser, Trainer, deviations, games
from gantheory.data import Batch, Dataset, Normal
from gantheory.games import DISCRIMINATOR, GENERATOR, STYLE
from gantheory.networks import MLP, TwoHeaded

SIZE, STYLES = 2, 3
CORNERS = 3.0 * jnp.asarray([[1.0, 0.0], [-0.5, 0.9], [-0.5, -0.9]])


def mlp(out_size, seed, in_size=SIZE):
    key = jax.random.key(seed)
    return MLP(in_size, out_size, width=8, depth=1, activation=jnp.tanh, key=key)


def two_headed(styles=STYLES, seed=1):
    return TwoHeaded(mlp(8, seed), 8, styles, activation=jnp.tanh, key=jax.random.key(seed + 1))


def labelled_source(batch_size=16):
    labels = jnp.arange(60, dtype=jnp.int32) % STYLES
    noise = 0.1 * jax.random.normal(jax.random.key(3), (60, SIZE))
    return Dataset(CORNERS[labels] + noise, Normal(jnp.zeros(2), jnp.ones(2)), batch_size, labels)


def unlabelled_source():
    source = labelled_source()
    return Dataset(source.samples, source.latent, source.batch_size)


@pytest.fixture(scope="module")
def together():
    return {GENERATOR: mlp(SIZE, 0), DISCRIMINATOR: two_headed()}


@pytest.fixture(scope="module")
def apart():
    return {GENERATOR: mlp(SIZE, 0), DISCRIMINATOR: mlp("scalar", 1), STYLE: mlp(STYLES, 2)}


@pytest.fixture(scope="module")
def batch():
    return labelled_source()(jax.random.key(5))


def adversarial_games():
    return {
        name: games.build(name)
        for name in games.OBJECTIVES
        if isinstance(games.build(name), games.AdversarialGame)
    }


DEVIATIONS = {
    "bce": deviations.bce_deviation,
    "sigmoid-bce": partial(deviations.bce_deviation, link="sigmoid"),
    "mce": deviations.mce_deviation,
    "entropy": deviations.entropy_deviation,
    "sharma-mittal": jax.tree_util.Partial(
        deviations.sharma_mittal_deviation, alpha=jnp.asarray(0.5), beta=jnp.asarray(1.0)
    ),
}


# --- what is added to which loss ------------------------------------------------------------------


PAIRS = [(name, "mce") for name in sorted(adversarial_games())] + [
    ("nonsaturating", name) for name in sorted(set(DEVIATIONS) - {"mce"})
]


@pytest.mark.parametrize(("objective", "form"), PAIRS)
def test_any_objective_combines_with_any_deviation(objective, form, together, batch):
    plain, deviation = adversarial_games()[objective], DEVIATIONS[form]
    game = games.CreativeGame(plain, deviation, weight=0.7)
    entries = eqx.filter_jit(game.entries)(together, batch)

    @jax.jit
    def expected(players):
        judge = players[DISCRIMINATOR]
        head = {**players, DISCRIMINATOR: lambda x: judge(x)[0]}
        fake = jax.vmap(players[GENERATOR])(batch.latent)
        posteriors = jax.nn.log_softmax(jax.vmap(judge)(batch.real)[1])
        chosen = jax.nn.one_hot(batch.label, STYLES)
        cross_entropy = -jnp.mean(jnp.sum(chosen * posteriors, axis=1))
        return plain.entries(head, batch), cross_entropy, deviation(jax.vmap(judge)(fake)[1])

    base, cross_entropy, value = expected(together)
    wanted = dict(base)
    wanted[GENERATOR] = base[GENERATOR] + 0.7 * value
    wanted[DISCRIMINATOR] = base[DISCRIMINATOR] + cross_entropy
    wanted |= {"deviation": value, "style_cross_entropy": cross_entropy}
    assert_close(dict(sorted(entries.items())), dict(sorted(wanted.items())), 2e-5)


def test_the_two_named_games_differ_in_the_deviation_alone(together, batch):
    plain = games.nonsaturating()
    fake = jax.vmap(together[GENERATOR])(batch.latent)
    styles = jax.vmap(together[DISCRIMINATOR])(fake)[1]
    can = games.can(plain, weight=1).entries(together, batch)
    holistic = games.can_holistic(plain, weight=1).entries(together, batch)
    assert can["deviation"] == pytest.approx(float(deviations.bce_deviation(styles)), rel=1e-5)
    assert holistic["deviation"] == pytest.approx(float(deviations.mce_deviation(styles)), rel=1e-5)
    assert can[DISCRIMINATOR] == holistic[DISCRIMINATOR]


def test_style_head_learns_from_data_only(together, batch):
    """The discriminator's gradient on its style head is that of the cross-entropy on real
    samples."""
    game = games.can(games.nonsaturating(), weight=5.0)

    def own(judge):
        return game.entries({**together, DISCRIMINATOR: judge}, batch)[DISCRIMINATOR]

    def cross_entropy(judge):
        return deviations.style_cross_entropy(jax.vmap(judge)(batch.real)[1], batch.label)

    judge = together[DISCRIMINATOR]
    assert_close(
        eqx.filter_grad(own)(judge).style, eqx.filter_grad(cross_entropy)(judge).style, 1e-6
    )


def test_penalties_see_the_real_fake_head_alone(together, batch):
    game = games.can(games.relativistic_r1_r2(), weight=1.0)
    judge = together[DISCRIMINATOR]
    other = eqx.tree_at(lambda d: d.style.weight, judge, 9.0 * judge.style.weight)
    before = game.entries(together, batch)
    after = game.entries({**together, DISCRIMINATOR: other}, batch)
    for name in ("r1", "r2"):
        assert after[name] == pytest.approx(float(before[name]), rel=1e-6)
    assert after["style_cross_entropy"] != before["style_cross_entropy"]


# --- who judges the style -------------------------------------------------------------------------


def test_a_style_player_of_its_own_carries_the_cross_entropy(apart, batch):
    plain = games.nonsaturating()
    game = games.can(plain, weight=0.5, style_player=STYLE)
    entries, base = game.entries(apart, batch), plain.entries(apart, batch)
    assert entries[DISCRIMINATOR] == base[DISCRIMINATOR]
    assert entries[STYLE] == entries["style_cross_entropy"]
    assert entries[GENERATOR] == pytest.approx(
        float(base[GENERATOR] + 0.5 * entries["deviation"]), rel=1e-5
    )
    assert game.turns[0].players == (DISCRIMINATOR, STYLE)
    assert game.turns[1].players == (GENERATOR,)


def test_style_player_trains_with_an_optimiser_and_is_frozen_without(apart, key):
    game = games.can(games.nonsaturating(), weight=0.1, style_player=STYLE)
    rate = Optimiser(optax.adam, learning_rate=1e-2)
    play = eqx.filter_jit(partial(train, game, apart, steps=60, key=key))
    everyone = play(labelled_source(), optimisers=dict.fromkeys(apart, rate))
    frozen = play(unlabelled_source(), optimisers=dict.fromkeys((GENERATOR, DISCRIMINATOR), rate))
    assert everyone.history["style_cross_entropy"][-1] < 0.3
    assert everyone.history["style_cross_entropy"][0] > 0.8
    assert "style_cross_entropy" not in frozen.history
    assert_close(frozen.players[STYLE], apart[STYLE], 0.0)


def test_a_turn_may_already_hold_the_style_player():
    turns = (games.Turn((STYLE, DISCRIMINATOR), times=2), games.Turn((GENERATOR,)))
    game = games.can(games.nonsaturating(turns=turns), weight=1.0, style_player=STYLE)
    assert game.turns == turns


def test_projections_are_those_of_the_adversarial_game(together):
    class Clipped(games.AdversarialGame):
        def project(self, mover, players):
            return {**players, mover: "settled"}

    plain = games.nonsaturating()
    clipped = Clipped(plain.generator_loss, plain.discriminator_loss)
    settled = games.can(clipped, weight=1.0).project(DISCRIMINATOR, together)
    assert settled[DISCRIMINATOR] == "settled"


# --- training -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def swept(together):
    """One compilation, three weights of the deviation, on three well separated styles."""
    rate = Optimiser(optax.adam, learning_rate=5e-3, b1=0.5)
    source = labelled_source(64)

    def run(weight):
        trainer = Trainer(
            games.can_holistic(games.relativistic_r1_r2(), weight=weight),
            source,
            optimisers={GENERATOR: rate, DISCRIMINATOR: rate},
            record=Every(100),
        )
        state = trainer.init(together, key=jax.random.key(11))
        return trainer.train(state, 1000)

    return eqx.filter_jit(eqx.filter_vmap(run))(jnp.asarray([0.0, 0.3, 10.0]))


def test_the_weight_is_an_array_and_trades_the_deviation_for_the_adversarial_loss(swept):
    deviation = np.asarray(swept.history["deviation"][:, -3:]).mean(axis=1)
    assert deviation[0] > deviation[1] > deviation[2]
    assert deviation[2] < np.log(STYLES) + 0.1


def test_style_head_learns_the_styles_at_every_weight(swept):
    assert jnp.all(swept.history["style_cross_entropy"][:, -1] < 0.05)


def test_orders_of_the_deviation_can_be_vmapped(together, batch):
    def generator_loss(alpha):
        deviation = jax.tree_util.Partial(
            deviations.sharma_mittal_deviation, alpha=alpha, beta=alpha
        )
        game = games.CreativeGame(games.nonsaturating(), deviation, weight=1.0)
        return game.entries(together, batch)[GENERATOR]

    orders = jnp.asarray([0.5, 1.0])
    singles = jnp.stack([jax.jit(generator_loss)(order) for order in orders])
    np.testing.assert_allclose(jax.jit(jax.vmap(generator_loss))(orders), singles, rtol=1e-5)


# --- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize("weight", [-1.0, float("nan"), -3])
def test_negative_weight_is_refused(weight):
    with pytest.raises(ValueError, match="weight must be non-negative and finite"):
        games.can(games.nonsaturating(), weight=weight)


def test_generator_may_not_judge_itself():
    with pytest.raises(ValueError, match="style_player must not be the generator"):
        games.can(games.nonsaturating(), weight=1.0, style_player=GENERATOR)


def begin(game, players, source):
    rate = Optimiser(optax.adam, learning_rate=1e-3)
    names = (GENERATOR, DISCRIMINATOR)
    trainer = Trainer(game, source, optimisers=dict.fromkeys(names, rate))
    state = trainer.init(players, key=jax.random.key(0))
    return trainer.train(state, 1)


@pytest.mark.parametrize("styles", [2, 4])
def test_style_head_of_another_size_than_the_labels_is_refused(together, styles):
    players = {**together, DISCRIMINATOR: two_headed(styles)}
    words = f"style head of {styles} styles, but the labels of the data have 3 classes"
    with pytest.raises(ValueError, match=words):
        begin(games.can(games.nonsaturating(), weight=1.0), players, labelled_source())


def test_style_player_of_another_size_than_the_labels_is_refused(apart):
    players = {**apart, STYLE: mlp(4, 2)}
    game = games.can(games.nonsaturating(), weight=1.0, style_player=STYLE)
    with pytest.raises(ValueError, match=r"players\['style'\] has a style head of 4 styles"):
        begin(game, players, labelled_source())


def test_style_player_that_returns_no_vector_is_refused(apart):
    players = {**apart, STYLE: mlp("scalar", 2)}
    game = games.can(games.nonsaturating(), weight=1.0, style_player=STYLE)
    with pytest.raises(ValueError, match="one logit per style, at least two"):
        begin(game, players, labelled_source())


def test_data_without_labels_are_refused_where_the_style_head_must_learn(together):
    with pytest.raises(ValueError, match="source must give labels"):
        begin(games.can(games.nonsaturating(), weight=1.0), together, unlabelled_source())


def test_discriminator_with_one_head_is_refused(together):
    players = {**together, DISCRIMINATOR: mlp("scalar", 1)}
    with pytest.raises(ValueError, match="must return a pair of a real/fake logit and style"):
        begin(games.can(games.nonsaturating(), weight=1.0), players, labelled_source())


def test_missing_style_player_is_refused(together):
    game = games.can(games.nonsaturating(), weight=1.0, style_player=STYLE)
    with pytest.raises(ValueError, match=r"game.turns names 'style', but players has only"):
        begin(game, together, labelled_source())


@pytest.mark.parametrize("label", [3, -1])
def test_label_out_of_range_is_never_clamped(together, batch, label):
    """With known labels it is an error; in a trace, where values are unknown, the loss is NaN."""
    labels = batch.label.at[0].set(label)
    wrong = Batch(batch.real, batch.latent, batch.key, labels)
    game = games.can(games.nonsaturating(), weight=1.0)
    with pytest.raises(ValueError, match="labels must lie between 0 and 2"):
        game.entries(together, wrong)
    entries = eqx.filter_jit(game.entries)(together, wrong)
    assert jnp.isnan(entries[DISCRIMINATOR])
    assert jnp.isfinite(entries[GENERATOR])


def test_two_headed_needs_two_classes():
    with pytest.raises(ValueError, match="classes must be at least 2, got 1"):
        two_headed(styles=1)


def test_one_label_does_not_stand_for_a_batch(together, batch, without_hook):
    """caffe2#447: the labels reach the loss of the style head, which broadcast them."""
    wrong = Batch(batch.real, batch.latent, batch.key, batch.label[:1])
    with pytest.raises(ValueError, match=r"labels must have shape .* to fit style_logits"):
        games.can(games.nonsaturating(), weight=1.0).entries(together, wrong)
