"""Bands over runs, and figures that leave nothing behind."""

import io

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import pytest

from gantheory import plots


@pytest.mark.parametrize("coverage", [0.0, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("shape", [(1,), (2, 3), (9, 4), (64, 2, 5)])
def test_a_band_is_the_median_and_the_quantiles_of_numpy(shape, coverage, x64):
    runs = jax.random.normal(jax.random.key(3), shape)
    band = plots.band(runs, coverage=coverage)
    orders = [(1 - coverage) / 2, 0.5, (1 + coverage) / 2]
    np.testing.assert_allclose(
        np.stack(band), np.quantile(np.asarray(runs), orders, axis=0), rtol=1e-12, atol=1e-14
    )


def test_the_widest_band_is_bounded_by_the_extreme_runs():
    runs = jnp.asarray([[3.0, -1.0], [1.0, 7.0], [2.0, 0.0]])
    low, middle, high = plots.band(runs, coverage=1.0)
    np.testing.assert_array_equal(low, [1, -1])
    np.testing.assert_array_equal(middle, [2, 0])
    np.testing.assert_array_equal(high, [3, 7])


def test_a_run_that_broke_is_not_hidden():
    low, middle, high = plots.band(jnp.asarray([[1.0, jnp.nan], [2.0, 3.0]]), coverage=0.5)
    assert np.isfinite([low[0], middle[0], high[0]]).all()
    assert np.isnan([low[1], middle[1], high[1]]).all()


def test_what_is_not_a_band_is_refused():
    with pytest.raises(ValueError, match="coverage must lie in"):
        plots.band(jnp.ones(3), coverage=1.5)
    with pytest.raises(ValueError, match="runs must not be empty"):
        plots.band(jnp.ones((0, 2)), coverage=0.5)


def test_integers_have_no_band(without_hook):
    with pytest.raises(TypeError, match="runs must hold floating-point"):
        plots.band(jnp.ones(3, int), coverage=0.5)


def test_double_precision_of_numpy_gives_no_warning(without_hook):
    assert plots.band(np.ones((3, 2)), coverage=0.5).middle.shape == (2,)


GRID = np.linspace(-1.0, 1.0, 9)
FIGURES = {
    "losses": lambda: plots.losses(np.arange(5), {"generator": np.arange(5.0)}),
    "densities": lambda: plots.densities(GRID, GRID**2, GRID),
    "spread": lambda: plots.spread({"a": GRID}, y_label="distance"),
    "curves": lambda: plots.curves(
        {"a": plots.Curve(GRID, GRID, "real")}, x_label="x", y_label="y"
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_no_figure_is_left_open(name):
    """matplotlib warns of more than twenty open ones, and warnings are errors here."""
    for _ in range(25):
        FIGURES[name]().savefig(io.BytesIO())
    assert plt.get_fignums() == []


def test_a_notebook_shows_a_figure():
    assert "<svg" in FIGURES["curves"]()._repr_svg_()


def test_lines_differ_by_more_than_their_colour():
    recorded = {"discriminator": GRID, "generator": GRID, "distance": GRID}
    [history] = plots.losses(np.arange(9), recorded).axes
    of_both = plots.densities(GRID, GRID**2, GRID, discriminator=GRID, optimal=GRID)
    for lines in (history.lines, [line for axes in of_both.axes for line in axes.lines]):
        assert len({line.get_linestyle() for line in lines}) == len(lines) == 3
