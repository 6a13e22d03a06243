"""The first minutes with the library: what importing it costs, what it answers to mistakes, what it
shows."""

import importlib
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import equinox as eqx
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import optax
import pytest
from support import helpers

import gantheory as gt
from gantheory import data, dynamics, games, losses, metrics, networks, penalties, plots, study

ROOT = Path(__file__).resolve().parents[2]

EXTRAS = {"IPython", "PIL", "matplotlib", "mpmath", "pandas", "scipy", "sklearn", "sympy", "tqdm"}


def test_an_import_brings_in_its_own_modules_and_no_extra_and_starts_no_device():
    """What is slow is somebody else's package, or a device; `jax.distributed` must still be
    possible."""
    program = """
import sys
import jax, equinox, optax, jaxtyping
before = set(sys.modules)
import gantheory
print(*sorted({name.partition(".")[0] for name in set(sys.modules) - before}))
print("gantheory.plots" in sys.modules)
jax.config.update("jax_platforms", "no such platform")
try:
    jax.devices()
except RuntimeError:
    print("no device was started")
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    packages, plots, devices = done.stdout.splitlines()
    assert "gantheory" in packages.split()
    assert not EXTRAS & set(packages.split())
    assert plots == "False"
    assert devices == "no device was started"


# What a newcomer gets wrong, without run-time type checking


def line(inputs: int = 1, outputs: int = 1) -> networks.Linear:
    return networks.Linear(inputs, outputs, key=KEY)


def mlp(**changes: Any) -> networks.MLP:
    settings = {"width": 2, "depth": 1, "activation": jnp.tanh, "key": KEY, **changes}
    return networks.MLP(1, settings.pop("out_size", "scalar"), **settings)


class Batched(eqx.Module):
    """A network written for a batch, as other libraries have them."""

    inner: networks.Linear

    def __call__(self, x):
        return jax.vmap(self.inner)(x)


class AsksForKey(eqx.Module):
    inner: networks.Linear

    def __call__(self, x, key):
        return self.inner(x)


class Unreduced(games.Game):
    """Forgets the mean over the batch."""

    turns: tuple[games.Turn, ...] = eqx.field(static=True, default=games.ALTERNATING)

    def losses(self, players, batch):
        values = jax.vmap(players["generator"])(batch.latent)[:, 0]
        return {"generator": values, "discriminator": jnp.mean(values)}


KEY = jax.random.key(0)
SGD = gt.Optimiser(optax.sgd, learning_rate=0.1)
U = data.Uniform(1)
X = jnp.arange(10.0)[:, None]
LABELS = jnp.arange(10) % 2
SOURCE = data.Synthetic(data.Normal(4.0, 1.0), U, batch_size=8)
TWO_HEADS = networks.TwoHeaded(line(1, 4), 4, 2, activation=jnp.tanh, key=KEY)


def fit(**changes: Any) -> gt.Result:
    """A run with some of its arguments, or one of its players, changed."""
    arguments = {
        "game": games.nonsaturating(),
        "players": {"generator": line(), "discriminator": line()},
        "source": SOURCE,
        "optimisers": {"generator": SGD, "discriminator": SGD},
        "steps": 4,
        "key": KEY,
    }
    for name in ("generator", "discriminator"):
        if name in changes:
            arguments["players"][name] = changes.pop(name)
    return helpers.fit(**{**arguments, **changes})


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
    "one optimiser for all": (
        lambda: fit(optimisers=SGD),
        "optimisers must be a dict from the name",
    ),
    "an optax optimiser": (
        lambda: fit(optimisers={"generator": optax.adam(1e-3)}),
        r"optimisers\['generator'\] must be an Optimiser.* gt.Optimiser\(optax.adam, "
        r"learning_rate=1e-3\) instead of",
    ),
    "an optimiser of an optimiser": (
        lambda: gt.Optimiser(optax.adam(1e-3)),
        "make must be a function that makes an optimiser, such as optax.adam",
    ),
    "an optimiser by its name": (
        lambda: gt.Optimiser("adam", learning_rate=1e-3),
        "make must be a function .* got 'adam'",
    ),
    "players in a list": (
        lambda: fit(players=[line(), line()]),
        "players must be a dict from the name .* got list",
    ),
    "a misspelt player": (
        lambda: fit(players={"gen": line(), "discriminator": line()}),
        "optimisers names 'generator', but players has only 'discriminator', 'gen'",
    ),
    "a class as network": (
        lambda: fit(generator=networks.MLP),
        r"players\['generator'\] must be a network, got the class MLP",
    ),
    "an array as network": (
        lambda: fit(generator=jnp.ones(3)),
        r"players\['generator'\] must be a function of one sample, .* got an array of float32\[3\]",
    ),
    "samples of another size": (
        lambda: fit(generator=line(1, 2)),
        r"players\['generator'\] must make samples of the shape of the data, \(1,\), but "
        r"makes \(2,\)",
    ),
    "samples that are scalars": (
        lambda: fit(generator=mlp()),
        r"players\['generator'\] must make samples of the shape of the data, \(1,\), but "
        r"makes \(\)",
    ),
    "latents of another size": (
        lambda: fit(generator=line(3, 1)),
        r"players\['generator'\] could not map one sample of shape \(1,\).*one vector of 3 numbers",
    ),
    "a generator of batches": (
        lambda: fit(generator=Batched(line())),
        r"players\['generator'\] could not map one sample of shape \(1,\) \(the game "
        r"makes the batches\)",
    ),
    "a discriminator of batches": (
        lambda: fit(discriminator=Batched(line())),
        r"players\['discriminator'\] could not map one sample of shape \(1,\)",
    ),
    "a generator that wants a key": (
        lambda: fit(generator=AsksForKey(line())),
        r"players\['generator'\] could not map one sample .* missing 1 required "
        r"positional argument: 'key'",
    ),
    "two logits": (
        lambda: fit(discriminator=line(1, 2)),
        r"players\['discriminator'\] must map a sample to one logit, a scalar, but "
        r"returns shape \(2,\)",
    ),
    "a style head in an ordinary game": (
        lambda: fit(discriminator=TWO_HEADS),
        r"players\['discriminator'\] must map a sample to one logit, but returns a "
        r"tuple.*games.can",
    ),
    "a game by its name": (
        lambda: fit(game="hinge"),
        r"game must be a game, .* got 'hinge': games.build\('hinge'\) builds",
    ),
    "the function that builds a game": (
        lambda: fit(game=games.hinge),
        "game must be a game, .* got the function hinge: call it",
    ),
    "the class of a game": (
        lambda: fit(game=games.AdversarialGame),
        "game must be a game, .* got the class AdversarialGame",
    ),
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
    "a loss without its mean": (
        lambda: fit(game=Unreduced()),
        r"'generator' is an array of float32\[8\]: take the mean",
    ),
    "a turn of one string": (
        lambda: games.Turn("generator"),
        r"players of a turn must be a tuple of names, such as \('generator',\)",
    ),
    "an integer as key": (
        lambda: fit(key=0),
        r"key must be a random key, such as jax.random.key\(0\), got 0",
    ),
    "no key": (lambda: fit(key=None), "key must be a random key, .* got None"),
    "several keys": (
        lambda: fit(key=jax.random.split(KEY, 2)),
        r"key must be one random key, got keys of shape \(2,\)",
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
    "an array as source": (
        lambda: fit(source=X),
        "source must be a function of a random key, .* got an array",
    ),
    "a source of pairs": (
        lambda: fit(source=lambda key: (X, X)),
        "source must make a Batch of real samples, latents and a key, .* makes tuple",
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
    "one decay for all": (
        lambda: fit(ema=0.9),
        "ema must be a dict from names of players to decays, got 0.9",
    ),
    "a record of names": (
        lambda: fit(record=["generator"]),
        "record must be an Every, such as gt.Every.* got list",
    ),
    "a record of nothing": (
        lambda: fit(record=gt.Every(1, lambda state, batch, entries: None)),
        "record must return at least one array, but .* returns none",
    ),
    "a callback that is none": (
        lambda: fit(callback=3),
        "callback must be a function of the result of a piece, got 3",
    ),
    "a folder as checkpoint": (
        lambda: fit(checkpoint="."),
        "checkpoint must be a file, but . is a folder",
    ),
    "a folder to load from": (
        lambda: gt.load_player(".", "generator", line()),
        "checkpoint must be a file, but . is a folder",
    ),
    "fit inside jit": (
        lambda: jax.jit(lambda key: fit(key=key).state.step)(KEY),
        "fit is a loop on the host, .* use train inside",
    ),
    "fit inside an ensemble": (
        lambda: gt.fit_ensemble(lambda key: fit(key=key), jax.random.split(KEY), progress=False),
        "fit is a loop on the host, .* use train inside",
    ),
    "one key for an ensemble": (
        lambda: gt.fit_ensemble(lambda key: key, KEY, progress=False),
        r"key must hold only arrays with a leading run axis, .*jax.random.split\(key, runs\)",
    ),
    "too many values for an ensemble": (
        lambda: gt.fit_ensemble(lambda key: key, jax.random.split(KEY), X, progress=False),
        r"values must be those that run\(key\) takes, got 2",
    ),
    "going on from a result": (
        lambda: gt.Trainer(games.hinge(), SOURCE, optimisers={"generator": SGD}).fit(fit(), 1),
        "state must be a TrainState, .* result.state; got Result",
    ),
    "numbers for an ensemble in a list": (
        lambda: gt.fit_ensemble(lambda rate: rate, [0.1, 0.2], progress=False),
        "rate must hold only arrays with a leading run axis, but holds 0.1: one entry for each run",
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


# What is shown


def test_an_optimiser_and_a_state_are_one_line():
    trainer = gt.Trainer(games.hinge(), SOURCE, optimisers={"generator": SGD})
    state = trainer.init({"generator": line(), "discriminator": line()}, key=KEY)
    assert repr(state) == "TrainState(step 0; players: generator (moves), discriminator (frozen))"
    assert repr(SGD) == "Optimiser(sgd, learning_rate=0.1)"
    schedule = gt.Optimiser(optax.sgd, learning_rate=optax.constant_schedule(0.1))
    assert repr(schedule).startswith("Optimiser(sgd, learning_rate=the function ")
    failed = eqx.tree_at(lambda s: s.failed, state, jnp.ones((), bool))
    assert repr(failed).startswith("TrainState(step 0; the next step failed; players")


def test_what_is_being_traced_is_shown_as_such():
    shown = []

    def traced(key, rate):
        optimiser = gt.Optimiser(optax.sgd, learning_rate=rate)
        players = {"generator": line(), "discriminator": line()}
        trainer = gt.Trainer(games.hinge(), SOURCE, optimisers={"generator": optimiser})
        result = trainer.train(trainer.init(players, key=key), 1)
        shown.extend([repr(result), repr(result.state), repr(optimiser)])
        return result

    results = eqx.filter_jit(eqx.filter_vmap(traced, in_axes=(0, None)))(
        jax.random.split(KEY, 3), jnp.asarray(0.1)
    )
    assert shown == [
        "Result(being traced; players: discriminator, generator)",
        "TrainState(being traced; players: discriminator (frozen), generator (moves))",
        "Optimiser(sgd, learning_rate=an array of float32[])",
    ]
    assert repr(results) == "Result(3 runs; players: discriminator, generator)"
    assert repr(results.state).startswith("TrainState(3 runs; players: ")
    page = drawing(results)
    assert "Result(3 runs" in "".join(page.itertext())
    assert len(bands(results)) == 1, "one for the only player who moves"
    assert len(bands(fit())) == 0


SVG = "{http://www.w3.org/2000/svg}"


def drawing(result: gt.Result) -> ElementTree.Element:
    shown = result._repr_html_()
    assert shown is not None
    return ElementTree.fromstring(shown)


def bands(result: gt.Result) -> list[str]:
    """The shaded areas of the figure."""
    groups = (group.get("id", "") for group in drawing(result).iter(SVG + "g"))
    return [name for name in groups if name.startswith(("FillBetween", "PolyCollection"))]


def test_a_notebook_shows_the_losses_and_says_in_words_what_they_are():
    result = fit(steps=1000)
    page = drawing(result)
    (svg,) = page.iter(SVG + "svg")
    name = svg.get("aria-label", "")
    assert svg.get("role") == "img"
    assert name.startswith("Curves against the step: discriminator, generator.")
    assert svg[0].tag == SVG + "title"
    assert svg[0].text == name
    assert page.findtext("figcaption") == repr(result)
    texts = {text.text for text in page.iter(SVG + "text")}
    assert {"step", "loss", "generator", "discriminator"} <= texts
    assert bands(result) == []


def test_a_notebook_loads_nothing_and_leaves_no_figure_open():
    page = drawing(fit())
    for element in page.iter():
        for name, value in element.attrib.items():
            assert "://" not in value, name
            if name.endswith("href"):
                assert value.startswith("#")
    assert plt.get_fignums() == []


def test_a_history_without_losses_is_shown_by_its_other_numbers_or_as_text():
    one = fit(record=gt.Every(1, lambda state, batch, entries: {"spread": jnp.std(batch.real)}))
    assert "spread" in {text.text for text in drawing(one).iter(SVG + "text")}
    assert fit(record=gt.Every(1, lambda state, batch, entries: batch.real))._repr_html_() is None


def test_a_long_history_is_thinned_evenly():
    steps = jnp.arange(1, 1001)
    figure = plots.losses(steps, {"generator": steps.astype(float)})
    (curve,) = figure.axes[0].lines
    np.testing.assert_array_equal(curve.get_xdata(), np.arange(3, 1000, 3))
    plt.close(figure)


def test_the_figures_without_matplotlib_say_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.delitem(sys.modules, "gantheory.plots")
    with pytest.raises(ImportError, match=r"needs matplotlib: pip install .gantheory\[plots\]"):
        importlib.import_module("gantheory.plots")


def test_a_notebook_without_matplotlib_falls_back_to_the_text(monkeypatch):
    result = fit()
    monkeypatch.delattr(gt, "plots", raising=False)
    monkeypatch.setitem(sys.modules, "gantheory.plots", None)
    assert result._repr_html_() is None
