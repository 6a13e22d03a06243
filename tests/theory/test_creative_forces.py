"""How much harder the binary terms on a softmax push than the multi-class form: a search for
posteriors at which the page's two bounds fail."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import minimize

from gantheory import deviations


def forces(logits):
    """The gradients in the logits of the binary and of the multi-class form.

    Written so that nothing cancels where one style is all but certain; a generic optimiser would
    otherwise find the rounding.
    """
    styles = logits.size
    p = np.exp(logits - logits.max())
    p /= p.sum()
    top = np.arange(styles) == np.argmax(p)
    rest = np.where(top, p[~top].sum(), 1 - p)
    odds = p / rest
    of_others = odds[~top].sum()
    barrier = odds - p[top] * p / rest[top] - p * of_others
    barrier[top] = p[top] * (1 - of_others)
    multi = p - 1 / styles
    return multi + (1 - 1 / styles) * barrier, multi


def norm_ratio(logits):
    binary, multi = forces(logits)
    return np.linalg.norm(binary) / np.linalg.norm(multi)


def ratio_on_the_favourite(logits):
    binary, multi = forces(logits)
    favourite = np.argmax(logits)
    return binary[favourite] / multi[favourite]


def largest(ratio, styles, starts=12):
    rng = np.random.default_rng(styles)
    found = [
        minimize(
            lambda o: -ratio(np.clip(o, -90, 90)),  # nothing underflows
            rng.choice([0.5, 2.0, 6.0, 12.0]) * rng.normal(size=styles),
            method="Nelder-Mead",
            options={"maxiter": 1500},
        )
        for _ in range(starts)
    ]
    return -min(result.fun for result in found)


def test_the_forces_are_those_of_the_library():
    logits = 2 * np.random.default_rng(0).normal(size=7)
    for stated, form in zip(
        forces(logits), (deviations.bce_deviation, deviations.mce_deviation), strict=True
    ):
        np.testing.assert_allclose(stated, jax.grad(form)(jnp.asarray(logits)), atol=1e-5)


@pytest.mark.parametrize("styles", [2, 3, 5, 16])
def test_no_posterior_is_found_at_which_the_bounds_fail(styles):
    assert largest(ratio_on_the_favourite, styles) < 2 + 1e-9
    assert largest(norm_ratio, styles) < np.sqrt(5 - 2 / styles) + 1e-9


def test_the_bounds_are_reached_where_one_style_is_certain():
    logits = np.full(1000, -80.0)
    logits[:2] = 0.0, -30.0
    assert ratio_on_the_favourite(logits) > 2 - 1e-6
    assert norm_ratio(logits) > np.sqrt(5) - 1e-3
