"""The style model's cross-entropy on data: its value, and labels that are no style."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import log_softmax

from gantheory.deviations import style_cross_entropy

STYLES = 5
LOGITS = 3 * jax.random.normal(jax.random.key(4), (3, STYLES))
traced = jax.jit(style_cross_entropy)


@pytest.mark.parametrize("labels", [[0, 4, 2], [4, 4, 0]])
def test_value_is_that_of_the_formula_known_or_traced(labels):
    expected = -np.mean(log_softmax(np.asarray(LOGITS, float), axis=1)[np.arange(3), labels])
    for function in (style_cross_entropy, traced):
        assert function(LOGITS, jnp.asarray(labels)) == pytest.approx(expected, rel=1e-6)


def test_gradient_is_the_posterior_less_the_true_style():
    labels = jnp.asarray([0, 4, 2])
    expected = (jax.nn.softmax(LOGITS) - jax.nn.one_hot(labels, STYLES)) / 3
    np.testing.assert_allclose(jax.grad(traced)(LOGITS, labels), expected, atol=1e-6)


@pytest.mark.parametrize("wrong", [-1, STYLES, -STYLES, 100])
def test_a_label_that_is_no_style_is_refused_and_where_traced_spoils_the_loss(wrong):
    """Nothing counts backwards and nothing is clamped to the last style."""
    labels = jnp.asarray([0, wrong, 4])
    low, high = min(wrong, 0), max(wrong, 4)
    with pytest.raises(
        ValueError,
        match=f"labels must lie between 0 and 4, one for each of the 5 styles, got labels "
        f"from {low} to {high}",
    ):
        style_cross_entropy(LOGITS, labels)
    assert jnp.isnan(traced(LOGITS, labels))


def test_one_style_is_refused():
    with pytest.raises(ValueError, match="style_logits must have at least two styles"):
        style_cross_entropy(jnp.zeros((3, 1)), jnp.zeros(3, jnp.int32))
