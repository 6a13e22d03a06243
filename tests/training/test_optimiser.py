"""Any optax optimiser, layers that are refused, and half precision: what people already have."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from support.helpers import every_third, noise, same_bits, sgd, small_gan, train

from gantheory import Optimiser, Status, Trainer, games, networks
from gantheory.games import Turn

STEPS, ROWS = 7, 3
DRAWS = np.linspace(-1.0, 1.0, STEPS, dtype=np.float32)


class Bowl(games.Game):
    """A player with a matrix and a vector; its gradient is known by hand."""

    turns: tuple[Turn, ...] = eqx.field(static=True, default=(Turn(("a",)),))

    def losses(self, players, batch):
        player = players["a"]
        return {"a": jnp.sum((player["w"] - 1) ** 2) + jnp.sum((player["b"] + 0 * batch) ** 2)}


def player():
    return {"w": jnp.linspace(-1.0, 2.0, 6).reshape(2, 3), "b": jnp.asarray([0.5, -3.0])}


def faded(learning_rate, steps):
    return optax.adam(optax.cosine_decay_schedule(learning_rate, steps), b1=0.5)


def clipped(learning_rate, norm):
    return optax.chain(optax.clip_by_global_norm(norm), optax.adam(learning_rate))


def slow_biases(learning_rate):
    rates = {"w": optax.adam(learning_rate), "b": optax.sgd(0.1 * learning_rate)}
    return optax.multi_transform(rates, {"w": "w", "b": "b"})


WARM_UP = optax.warmup_cosine_decay_schedule(0.0, 0.1, 3, 10)
RESTARTS = optax.sgdr_schedule(
    [{"init_value": 0.0, "peak_value": 0.1, "warmup_steps": 2, "decay_steps": 4}] * 2
)


def on_plateau(learning_rate):
    reduced = optax.contrib.reduce_on_plateau(factor=0.5, patience=1, cooldown=0, rtol=0.9)
    return optax.chain(optax.adam(learning_rate), reduced)


def quasi_newton(learning_rate):
    return optax.lbfgs(learning_rate, linesearch=None)


MAKERS = {
    "momentum": (optax.sgd, {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True}),
    "adam": (optax.adam, {"learning_rate": 0.1, "b1": 0.5}),
    "adamw": (optax.adamw, {"learning_rate": 0.1, "weight_decay": 1e-2}),
    "rmsprop": (optax.rmsprop, {"learning_rate": 0.1}),
    "lion": (optax.lion, {"learning_rate": 0.1}),
    "adabelief": (optax.adabelief, {"learning_rate": 0.1}),
    "adafactor": (optax.adafactor, {"learning_rate": 0.1}),
    "optimistic": (optax.optimistic_gradient_descent, {"learning_rate": 0.1}),
    "schedule": (faded, {"learning_rate": 0.1, "steps": 5}),
    "several gradients a move": (every_third, {"learning_rate": 0.1}),
    "clipped": (clipped, {"learning_rate": 0.1, "norm": 0.5}),
    "by part": (slow_biases, {"learning_rate": 0.1}),
    "negative momentum": (optax.sgd, {"learning_rate": 0.1, "momentum": -0.5}),
    "negative b1": (optax.adam, {"learning_rate": 0.1, "b1": -0.5}),
    "by its logarithm": (lambda log_rate: optax.adam(jnp.exp(log_rate)), {"log_rate": -2.0}),
    "noisy": (optax.noisy_sgd, {"learning_rate": 0.1, "key": jax.random.key(3)}),
    "warm-up": (optax.adam, {"learning_rate": WARM_UP}),
    "restarts": (optax.sgd, {"learning_rate": RESTARTS}),
    "plateau": (on_plateau, {"learning_rate": 0.1}),
    "polyak": (optax.polyak_sgd, {"max_learning_rate": 0.1}),
    "quasi-Newton": (quasi_newton, {"learning_rate": 0.1}),
}


@pytest.mark.parametrize(("make", "numbers"), MAKERS.values(), ids=MAKERS)
def test_an_optax_optimiser_moves_as_it_does_by_itself(make, numbers, key):
    """The oracle is a Python loop of optax's own update, in optax's own promotion."""
    with jax.numpy_dtype_promotion("standard"):
        chain = optax.with_extra_args_support(make(**numbers))
        expected = player()
        state = chain.init(expected)
        update = jax.jit(chain.update)
        for _ in range(STEPS):
            gradient = {"w": 2 * (expected["w"] - 1), "b": 2 * expected["b"]}
            loss = jnp.sum((expected["w"] - 1) ** 2) + jnp.sum(expected["b"] ** 2)
            move, state = update(gradient, state, expected, value=loss)
            expected = optax.apply_updates(expected, move)
    trainer = Trainer(Bowl(), noise, optimisers={"a": Optimiser(make, **numbers)})
    state = trainer.init({"a": player()}, key=key)
    result = eqx.filter_jit(trainer.train)(state, STEPS)
    for name, value in expected.items():
        assert not np.array_equal(value, player()[name])
        np.testing.assert_allclose(result.players["a"][name], value, rtol=2e-5, atol=1e-6)


def test_every_player_has_its_own(key):
    game, players, source, _ = small_gan()
    optimisers = {
        games.GENERATOR: Optimiser(optax.lion, learning_rate=1e-3),
        games.DISCRIMINATOR: Optimiser(every_third, learning_rate=1e-3),
    }
    trainer = Trainer(game, source, optimisers=optimisers)
    state = trainer.init(players, key=key)
    result = trainer.train(state, 3)
    moved = jnp.abs(
        result.players[games.GENERATOR].layers[0].weight - players[games.GENERATOR].layers[0].weight
    )
    assert jnp.max(moved) <= 3.01e-3, "lion moves by its rate, whatever the gradient"
    assert jnp.max(moved) > 0.99e-3


# Layers with a state


def with_layer(kind: str, key):
    layer, _ = {
        "batch": lambda: eqx.nn.make_with_state(eqx.nn.BatchNorm)(
            4, axis_name="batch", mode="batch"
        ),
        "spectral": lambda: eqx.nn.make_with_state(eqx.nn.SpectralNorm)(
            eqx.nn.Linear(4, 4, key=key), "weight", key=key
        ),
    }[kind]()
    return eqx.nn.Sequential([eqx.nn.Linear(1, 4, key=key), layer, eqx.nn.Linear(4, 1, key=key)])


REFUSED = {
    "batch": "is a BatchNorm, a layer with a state .*depend on the other samples.*LayerNorm",
    "spectral": "is a SpectralNorm, whose power iteration .*penalties.spectral_normalise",
}


@pytest.mark.parametrize(("kind", "words"), REFUSED.items(), ids=REFUSED)
def test_a_layer_with_a_state_is_refused_and_the_text_says_why(kind, words, key):
    game, players, source, optimisers = small_gan()
    players = {**players, games.DISCRIMINATOR: with_layer(kind, key)}
    text = rf"players\['discriminator'\]\.layers\[1\] {words}"
    with pytest.raises(TypeError, match=text):
        Trainer(game, source, optimisers=optimisers).init(players, key=key)


def test_layers_that_look_at_one_sample_are_welcome(key):
    game, players, source, optimisers = small_gan()
    layers = [
        eqx.nn.Linear(1, 4, key=key),
        eqx.nn.LayerNorm(4),
        eqx.nn.Lambda(jax.nn.relu),
        eqx.nn.GroupNorm(2, 4),
        eqx.nn.Linear(4, "scalar", key=key),
    ]
    players = {**players, games.DISCRIMINATOR: eqx.nn.Sequential(layers)}
    trainer = Trainer(game, source, optimisers=optimisers)
    state = trainer.init(players, key=key)
    result = trainer.train(state, 2)
    assert jnp.all(jnp.isfinite(result.history[games.DISCRIMINATOR]))


# Half precision


class InHalf(eqx.Module):
    """A network that computes in bfloat16; its parameters, its input and its output do not."""

    network: eqx.Module

    def __call__(self, x):
        half = jax.tree.map(
            lambda leaf: leaf.astype(jnp.bfloat16) if eqx.is_inexact_array(leaf) else leaf,
            self.network,
        )
        return half(x.astype(jnp.bfloat16)).astype(x.dtype)


def test_networks_may_compute_in_half_precision(key):
    game, players, source, optimisers = small_gan()
    halved = {name: InHalf(network) for name, network in players.items()}
    run = eqx.filter_jit(train)
    full = run(game, players, source, optimisers=optimisers, steps=200, key=key)
    half = run(game, halved, source, optimisers=optimisers, steps=200, key=key)
    trained = jax.tree.leaves(eqx.filter((half.players, half.state), eqx.is_inexact_array))
    assert {leaf.dtype for leaf in trained} == {jnp.dtype("float32")}
    one, other = (run.history[games.DISCRIMINATOR] for run in (full, half))
    assert not np.array_equal(one[:5], other[:5]), "it does round"
    np.testing.assert_allclose(one[:5], other[:5], rtol=2e-2)
    assert jnp.all(jnp.isfinite(other))
    assert abs(float(jnp.mean(other[-50:])) - float(jnp.mean(one[-50:]))) < 0.1


def test_half_precision_is_really_computed(key):
    network = InHalf(networks.MLP(1, 1, width=8, depth=1, activation=jnp.tanh, key=key))
    operations = str(jax.make_jaxpr(lambda x: network(x))(jnp.ones(1)))
    assert "bf16[8]" in operations
    assert "dot_general" in operations
    gradient = jax.grad(lambda network: jnp.sum(network(jnp.ones(1))))(network)
    assert gradient.network.layers[0].weight.dtype == jnp.float32


def test_a_learning_rate_of_zero_moves_nobody(key):
    trainer = Trainer(Bowl(), noise, optimisers={"a": sgd(0.0)})
    state = trainer.init({"a": player()}, key=key)
    result = trainer.train(state, 2)
    np.testing.assert_array_equal(result.players["a"]["w"], player()["w"])


def test_a_plateau_slows_the_player_whose_loss_stands_still(key):
    """The rate is halved after two losses that are no better than nine tenths off the best."""
    trainer = Trainer(Bowl(), noise, optimisers={"a": Optimiser(on_plateau, learning_rate=0.1)})
    result = trainer.train(trainer.init({"a": player()}, key=key), 6)
    assert result.state.optimiser_states["a"][1].scale < 1


# What is refused


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
@pytest.mark.parametrize("name", ["learning_rate", "momentum"])
def test_a_number_that_is_none_is_refused(name, number):
    with pytest.raises(ValueError, match=f"{name} must be"):
        Optimiser(optax.sgd, **{"learning_rate": 0.1, name: number})


@pytest.mark.parametrize("number", [-0.1, -1, jnp.asarray([0.1, -0.1])])
def test_a_negative_rate_is_refused(number):
    with pytest.raises(ValueError, match="learning_rate must be non-negative"):
        Optimiser(optax.sgd, learning_rate=number)


def warm_rate(learning_rate):
    return optax.adam(optax.warmup_cosine_decay_schedule(0.0, learning_rate, 10, 100))


def looking_ahead(learning_rate):
    return optax.lookahead(optax.sgd(learning_rate), sync_period=2, slow_step_size=0.5)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (warm_rate, "looks at one of its numbers.*Either give the schedule itself.*or fix the"),
        (looking_ahead, "optax.lookahead keeps two sets of parameters.*ema="),
        (optax.lbfgs, "evaluates the loss several times.*linesearch=None"),
    ],
)
def test_what_cannot_fit_says_which_way_works(make, text, key):
    trainer = Trainer(Bowl(), noise, optimisers={"a": Optimiser(make, learning_rate=0.1)})
    with pytest.raises(TypeError, match=text):
        eqx.filter_jit(trainer.train)(trainer.init({"a": player()}, key=key), 2)


def test_an_optimiser_that_wants_more_than_gradient_and_loss_says_so_itself(key):
    trainer = Trainer(
        Bowl(), noise, optimisers={"a": Optimiser(optax.contrib.sophia, learning_rate=0.1)}
    )
    with pytest.raises(ValueError, match="obj_fn must be provided"):
        eqx.filter_jit(trainer.train)(trainer.init({"a": player()}, key=key), 2)


def test_both_ways_of_the_text_work(key):
    """A schedule as the hyperparameter, or its numbers inside the function: the same training."""

    def fixed():
        return optax.adam(optax.warmup_cosine_decay_schedule(0.0, 0.1, 3, 10))

    results = []
    for optimiser in (Optimiser(optax.adam, learning_rate=WARM_UP), Optimiser(fixed)):
        trainer = Trainer(Bowl(), noise, optimisers={"a": optimiser})
        state = trainer.init({"a": player()}, key=key)
        results.append(eqx.filter_jit(trainer.train)(state, STEPS))
    assert same_bits(results[0].players, results[1].players)


def test_a_key_is_shown_in_few_words():
    shown = repr(Optimiser(optax.noisy_sgd, learning_rate=0.1, key=jax.random.key(3)))
    assert shown == "Optimiser(noisy_sgd, learning_rate=0.1, key=an array of key<fry>[])"


def test_a_second_moment_that_overflows_ends_the_run(key):
    """One gradient above 1.8e19, whose square is infinite, would freeze the player for ever."""

    class Steep(games.Game):
        turns: tuple[Turn, ...] = eqx.field(static=True, default=(Turn(("a",)),))

        def losses(self, players, batch):
            return {"a": 1e20 * players["a"] + 0 * batch}

    adam = Optimiser(optax.adam, learning_rate=0.1)
    trainer = Trainer(Steep(), noise, optimisers={"a": adam})
    result = trainer.fit(trainer.init({"a": jnp.zeros(())}, key=key), 3, progress=False)
    assert result.status == Status.nonfinite
    assert result.state.step == 0
    assert "'a'" in str(result.failure)
