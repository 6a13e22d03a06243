"""What an optimiser, a state and a result show of themselves, in a line and in a notebook."""

import importlib
import sys
from xml.etree import ElementTree

import equinox as eqx
import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import optax
import pytest
from support.first_runs import KEY, SGD, SOURCE, fit, line

import gantheory as gt
from gantheory import games, plots


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
