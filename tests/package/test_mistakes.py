"""What a newcomer gets wrong about the parts of a run, without run-time type checking: each error
says what to do."""

import tempfile
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from support.first_runs import KEY, SOURCE, U, X, fit, line, mlp

from gantheory import data, dynamics, games, losses, metrics, networks, penalties, study

LABELS = jnp.arange(10) % 2


def own_game(**parts) -> games.AdversarialGame:
    return games.AdversarialGame(
        losses.relativistic_generator_loss, losses.relativistic_discriminator_loss, **parts
    )


def of_data(critic: Callable, real: jax.Array) -> jax.Array:
    """A penalty that wants less than a game gives; not of the library, whose functions the hook
    wraps."""
    return penalties.r1(critic, real)


def into_box(critic: networks.MLP, bound: float) -> networks.MLP:
    return penalties.clip_weights(critic, bound)


def trial_of(run: Callable) -> list[study.Row]:
    """One trial of a run; the mistake is found while it is traced."""
    trials = study.repeated_trials("toy", {"rate": 0.1}, phase="one", count=1)
    with tempfile.TemporaryDirectory() as folder:
        table = study.Table(f"{folder}/runs.sqlite")
        return study.run_trials(lambda *_: run, trials, key=KEY, table=table, progress=False)


MISTAKES: dict[str, tuple[Callable[[], object], str]] = {
    "a creative game of a name": (
        lambda: games.can("hinge", weight=1.0),
        "adversarial must be a game, .* got 'hinge'",
    ),
    "a loss of one side": (
        lambda: games.AdversarialGame(lambda fake: fake, losses.hinge_discriminator_loss),
        "generator_loss must take the logits of both sides.* got the function <lambda>",
    ),
    "a loss by its name": (
        lambda: games.AdversarialGame("hinge", "hinge"),
        "generator_loss must be a function of the logits of both sides, got 'hinge'",
    ),
    "a turn of one string": (
        lambda: games.Turn("generator"),
        r"players of a turn must be a tuple of names, such as \('generator',\)",
    ),
    "an integer as a network's key": (lambda: mlp(key=0), "key must be a random key, .* got 0"),
    "an integer as a sampler's key": (lambda: U(0, 5), "key must be a random key, .* got 0"),
    "an integer as a source's key": (lambda: SOURCE(0), "key must be a random key, .* got 0"),
    "an integer as the key of orders": (
        lambda: data.Shuffled([np.zeros(1)], 1, 0),
        "key must be a random key, .* got 0",
    ),
    "an activation by its name": (
        lambda: mlp(activation="tanh"),
        "activation must be a function .* got 'tanh'",
    ),
    "a misspelt scalar": (
        lambda: mlp(out_size="scaler"),
        "out_size must be an integer of at least 1 or \"scalar\", got 'scaler'",
    ),
    "a network on a batch": (
        lambda: line(1, 2)(X),
        r"x must be one vector of 1 numbers, got shape \(10, 1\).*jax.vmap\(network\) a batch",
    ),
    "channels first": (
        lambda: networks.Convolution(3, 4, stride=1, key=KEY)(jnp.zeros((3, 8, 8))),
        r"image must have shape \(height, width, 3\), the channels last, got \(3, 8, 8\)",
    ),
    "an image of another size": (
        lambda: networks.ConvolutionalTrunk(8, 1, width=2, activation=jnp.tanh, key=KEY)(
            jnp.zeros((16, 16, 1))
        ),
        "image must be 8 pixels high and wide, got 16 by 16",
    ),
    "samples in a list": (
        lambda: data.Dataset([[0.0], [1.0]], U, 2),
        "samples must be an array, got list",
    ),
    "bytes as samples": (
        lambda: data.Dataset(np.zeros((4, 8, 8, 1), np.uint8), U, 2),
        r"samples must hold floating-point numbers, got bytes \(uint8\): data.to_signed",
    ),
    "one number as samples": (
        lambda: data.Dataset(jnp.asarray(1.0), U, 2),
        "samples must have a leading axis",
    ),
    "labels in a list": (
        lambda: data.Dataset(X, U, 2, [0, 1] * 5),
        "labels must be an array, got list: names, labels = np.unique",
    ),
    "labels of real numbers": (
        lambda: data.Dataset(X, U, 2, LABELS.astype(float)),
        "labels must hold integers, got dtype float32",
    ),
    "a NumPy number as a count": (
        lambda: data.Dataset(X, U, np.int64(2)),
        r"batch_size must be an integer of at least 1, got .*2.*: take int\(\) of it",
    ),
    "a size as sampler": (
        lambda: data.Dataset(X, 1, 2),
        "latent must be a sampler, a function of a key and a count",
    ),
    "an array as sampler": (
        lambda: data.Synthetic(X, U, 2),
        "real must be a sampler, .* got an array",
    ),
    "a class as sampler": (
        lambda: data.Synthetic(data.Normal, U, 2),
        "real must be a sampler, .* got the class Normal",
    ),
    "a list as stream": (
        lambda: data.Stream([X], U),
        "batches must be a function of a batch's number, .* got list",
    ),
    "an iterator in order": (
        lambda: data.InOrder(iter([])),
        "make_iterator must be a function that makes a new iterator, .* got list_iterator",
    ),
    "an iterator to shuffle": (
        lambda: data.Shuffled(iter([]), 1, KEY),
        "samples must have a length and integer indexing, .* got list_iterator",
    ),
    "a penalty of two arguments": (
        lambda: games.WeightedPenalty("r1", of_data, 1.0),
        r"penalty must take .* lambda critic, real, fake, key: penalties.r1\(critic, "
        r"real\); got the function of_data",
    ),
    "a penalty without a weight": (
        lambda: own_game(penalties=(penalties.wgan_gp,)),
        "penalties must be a tuple of games.WeightedPenalty, .* got the function wgan_gp",
    ),
    "a penalty without a tuple": (
        lambda: own_game(penalties=games.WeightedPenalty("penalty", penalties.wgan_gp, 10.0)),
        "penalties must be a tuple of games.WeightedPenalty, .* got WeightedPenalty",
    ),
    "a projection that is a number": (
        lambda: own_game(projection=0.01),
        "projection must be a function of the discriminator, got 0.01",
    ),
    "a projection of two arguments": (
        lambda: own_game(projection=into_box),
        "projection must take the discriminator alone, .* got the function into_box: .*'bound'",
    ),
    "a critic of one number in a vector": (
        lambda: penalties.r1(lambda x: x[:1], jnp.ones((4, 2))),
        "critic must map one sample to a scalar, but it returns an array of float32",
    ),
    "a critic that is mapped already": (
        lambda: penalties.r1(jax.vmap(jnp.sum), jnp.ones(4)),
        r"critic could not map one sample of shape \(\) .* lambda x: critic\(x\[None\]\)\[0\]",
    ),
    "a Jacobian instead of its eigenvalues": (
        lambda: dynamics.flow_verdict(jnp.eye(2), tolerance=1e-3),
        r"spectrum must be a vector of eigenvalues, as dynamics.eigenvalues\(matrix\) gives",
    ),
    "images for features": (
        lambda: metrics.frechet_distance(jnp.ones((4, 3, 3, 1)), jnp.ones((4, 3, 3, 1))),
        r"features must have 2 axes \(count, size\), got shape \(4, 3, 3, 1\)",
    ),
    "names of styles for labels": (
        lambda: data.Dataset(jnp.ones((2, 1)), U, 2, labels=np.array(["cubism", "pop"])),
        r"labels must hold integers, got dtype <U6: .* np.unique\(styles, return_inverse=True\)",
    ),
    "a file for a table": (
        lambda: study.run_trials(lambda *_: None, [], key=KEY, table="runs.csv", progress=False),
        "table must be a study.Table, .* got 'runs.csv'",
    ),
    "an outcome that is no scalar": (
        lambda: trial_of(lambda key, numbers: {"score": jnp.zeros(3)}),
        "a run must return a dict of scalar arrays, but 'score' is an array of float32",
    ),
    "a list for a range": (
        lambda: study.sample_setting({"rate": [0.1, 0.2]}, KEY),
        r"space\['rate'\] must be a study.Uniform, study.LogUniform or study.Choice, got list",
    ),
    "a choice of names": (
        lambda: study.Choice(("relu", "tanh")),
        "values must be all real numbers, all integers or all bools, got .*'relu'",
    ),
    "a choice of two kinds": (
        lambda: study.Choice((1, 0.5)),
        "values must be all real numbers, all integers or all bools, got .*0.5",
    ),
    "a setting of NumPy": (
        lambda: study.Trial("toy", "one", 0, {"moves": np.int64(5)}),
        r"setting\['moves'\] must be a float, an int or a bool of Python, got an array of int64",
    ),
    "an outcome that is no dict": (
        lambda: trial_of(lambda key, numbers: jnp.zeros(())),
        "a run must return a dict of scalar arrays, got an array of float32",
    ),
    "logits in a list": (
        lambda: losses.minimax_generator_loss([0.0]),
        "fake_logits must be an array, got list",
    ),
}


@pytest.mark.parametrize(("mistake", "text"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_answered_by_what_to_do(mistake, text, without_hook):
    with pytest.raises((TypeError, ValueError), match=text):
        mistake()


def test_what_was_right_all_along_stays_right(without_hook):
    """Beside the refusals: old keys, arrays of NumPy, one logit in a vector."""
    scores = np.asarray([3.0, 1.0, 2.0])
    curve = study.expected_best(scores, failed_as=9.0, resamples=5, coverage=0.8, key=KEY)
    np.testing.assert_allclose(curve.expected, [2, 4 / 3, 1], rtol=1e-5)
    numpy_source = data.Dataset(np.arange(10.0)[:, None], U, 4, np.arange(10) % 2)
    assert numpy_source.samples.dtype == jnp.float32
    assert numpy_source(KEY).real.shape == (4, 1)
    result = fit(source=numpy_source, key=jax.random.PRNGKey(0))
    assert result.state.step == 4
