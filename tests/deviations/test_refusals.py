"""What the deviation terms refuse, and in which words."""

import subprocess
import sys
from functools import partial

import jax.numpy as jnp
import pytest
from jaxtyping import TypeCheckError

from gantheory.deviations import (
    bce_deviation,
    entropy_deviation,
    mce_deviation,
    sharma_mittal_deviation,
)

PLAIN = {
    "softmax-bce": bce_deviation,
    "sigmoid-bce": partial(bce_deviation, link="sigmoid"),
    "mce": mce_deviation,
    "entropy": entropy_deviation,
    "sharma-mittal": partial(sharma_mittal_deviation, alpha=0.5, beta=0.6),
}
every = pytest.mark.parametrize("name", sorted(PLAIN))


@every
@pytest.mark.parametrize("shape", [(1,), (5, 1)])
def test_fewer_than_two_styles_are_refused(name, shape):
    with pytest.raises(ValueError, match="style_logits must have at least two styles"):
        PLAIN[name](jnp.zeros(shape))


@every
@pytest.mark.parametrize("shape", [(0, 3), (0,)])
def test_no_logits_are_refused(name, shape):
    with pytest.raises(ValueError, match="style_logits must not be empty"):
        PLAIN[name](jnp.zeros(shape))


@every
def test_integers_and_scalars_are_refused(name):
    with pytest.raises(TypeError, match="style_logits must hold floating-point numbers"):
        PLAIN[name](jnp.zeros((3, 2), int))
    with pytest.raises(ValueError, match="style_logits must have at least 1 axis"):
        PLAIN[name](jnp.zeros(()))


def test_unknown_link_is_refused():
    with pytest.raises(TypeCheckError):
        bce_deviation(jnp.zeros(3), link="tanh")


@pytest.mark.parametrize("alpha", [0.0, -1.0, float("nan"), float("inf")])
def test_order_outside_its_range_is_refused(alpha):
    with pytest.raises(ValueError, match="alpha must be positive and finite"):
        sharma_mittal_deviation(jnp.zeros(3), alpha, 1.0)


@pytest.mark.parametrize("beta", [float("nan"), float("inf")])
def test_degree_that_is_not_finite_is_refused(beta):
    with pytest.raises(ValueError, match="beta must be finite"):
        sharma_mittal_deviation(jnp.zeros(3), 0.5, beta)


def test_without_the_type_checker_errors_are_our_own():
    program = """
import jax.numpy as jnp
from gantheory import deviations

for call, words in (
    (lambda: deviations.bce_deviation(jnp.zeros(3), link="tanh"), 'link must be "softmax" or'),
    (lambda: deviations.mce_deviation(jnp.zeros((3, 2), int)), "style_logits must hold floating"),
    (lambda: deviations.mce_deviation(jnp.zeros(())), "style_logits must have at least 1 axis"),
    (lambda: deviations.sharma_mittal_deviation(jnp.zeros((3, 2), int), 1, 1), "style_logits must"),
):
    try:
        call()
    except (TypeError, ValueError) as error:
        assert words in str(error), error
    else:
        raise SystemExit(f"nothing was raised for: {words}")
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
