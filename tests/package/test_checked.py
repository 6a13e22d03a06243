"""The decorator that holds a function to the shapes in its signature, without any type checker."""

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array, Bool, Float, Integer

from gantheory._checks import checked
from gantheory.shapes import Key, PairedLogits, Samples, Scalar, Values

# Asked without the hook, as users are: the errors must be our own.
pytestmark = pytest.mark.usefixtures("without_hook")


@checked
def paired(first: PairedLogits, second: PairedLogits) -> Scalar:
    """The mean difference."""
    return jnp.mean(first - second)


@checked
def row(samples: Values, *, order: Scalar | float = 1.0, weights: Values | None = None) -> Scalar:
    """A power mean."""
    weighted = samples if weights is None else samples * weights
    return jnp.mean(weighted ** jnp.asarray(order, samples.dtype))


@checked
def normal(
    mean: Float[Array, " *batch k"], covariance: Float[Array, " *batch k k"]
) -> Float[Array, " *batch"]:
    """Nothing in particular."""
    return jnp.sum(mean, -1) + jnp.trace(covariance, axis1=-2, axis2=-1)


@checked
def corners(polygon: Float[Array, "count 2"], inside: Bool[Array, " count"]) -> Scalar:
    """Nothing in particular."""
    return jnp.sum(polygon) + jnp.sum(inside)


@checked
def labelled(style_logits: Float[Array, " real style"], labels: Integer[Array, " real"]) -> Scalar:
    """Nothing in particular."""
    return jnp.sum(style_logits[:, 0] * labels.astype(style_logits.dtype))


@checked
def mapped(batch: Samples, critic, key: Key) -> Scalar:
    """Annotations that are no arrays are left alone."""
    return jnp.mean(jax.vmap(critic)(batch))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: row([1.0]), TypeError, "samples must be an array, got list."),
        (lambda: row(1.0), TypeError, "samples must be an array, got 1.0."),
        (
            lambda: row(jnp.ones(3, int)),
            TypeError,
            "samples must hold floating-point numbers, got dtype int32.",
        ),
        (lambda: row(jnp.ones(0)), ValueError, "samples must not be empty, got shape (0,)."),
        (
            lambda: row(jnp.ones((3, 1))),
            ValueError,
            "samples must have 1 axis (count), got shape (3, 1): take samples[:, 0].",
        ),
        (
            lambda: row(jnp.ones((3, 2))),
            ValueError,
            "samples must have 1 axis (count), got shape (3, 2).",
        ),
        (
            lambda: row(jnp.ones(3), order=jnp.ones(3)),
            ValueError,
            "order must be a single number, got shape (3,).",
        ),
        (lambda: row(jnp.ones(3), order="one"), TypeError, "order must be a number, got 'one'."),
        (
            lambda: row(jnp.ones(3), weights=jnp.ones(1)),
            ValueError,
            "weights must have shape (3,) to fit samples (axis 'count'), got (1,).",
        ),
        (
            lambda: row(jnp.ones(3), weights=1.0),
            TypeError,
            "weights must be an array, got 1.0.",
        ),
        (
            lambda: paired(jnp.ones((3, 2)), jnp.ones((1, 2))),
            ValueError,
            "second must have shape (3, 2) to fit first (axis '*pair'), got (1, 2).",
        ),
        (
            lambda: normal(jnp.ones(()), jnp.eye(2)),
            ValueError,
            "mean must have at least 1 axis (*batch, k), got shape ().",
        ),
        (
            lambda: normal(jnp.ones((3, 2)), jnp.eye(2)),
            ValueError,
            "covariance must have shape (3, 2, 2) to fit mean (axis '*batch'), got (2, 2).",
        ),
        (
            lambda: normal(jnp.ones(2), jnp.eye(3)),
            ValueError,
            "covariance must have shape (2, 2) to fit mean (axis 'k'), got (3, 3).",
        ),
        (
            lambda: corners(jnp.ones((4, 3)), jnp.ones(4, bool)),
            ValueError,
            "polygon must have shape (4, 2), got (4, 3).",
        ),
        (
            lambda: corners(jnp.ones((4, 2)), jnp.ones(4)),
            TypeError,
            "inside must hold Booleans, got dtype float32.",
        ),
        (
            lambda: labelled(jnp.ones((6, 4)), jnp.array([2])),
            ValueError,
            "labels must have shape (6,) to fit style_logits (axis 'real'), got (1,).",
        ),
        (
            lambda: labelled(jnp.ones((6, 4)), jnp.ones(6)),
            TypeError,
            "labels must hold integers, got dtype float32.",
        ),
        (lambda: row(), TypeError, "missing 1 required positional argument: 'samples'"),
        (lambda: row(jnp.ones(3), axis=0), TypeError, "unexpected keyword argument 'axis'"),
    ],
)
def test_the_error_names_the_argument_and_says_what_was_expected(call, error, words):
    with pytest.raises(error) as raised:
        call()
    assert words in str(raised.value)


def test_a_square_declared_in_one_argument_must_be_square():
    @checked
    def trace(matrix: Float[Array, "k k"]) -> Scalar:
        return jnp.trace(matrix)

    assert trace(jnp.eye(3)) == 3
    with pytest.raises(ValueError, match=r"matrix must have shape \(2, 2\) to be square"):
        trace(jnp.ones((2, 3)))


def test_what_fits_goes_through():
    assert paired(jnp.ones((3, 2)), jnp.zeros((3, 2))) == 1
    assert paired(jnp.ones(()), second=jnp.zeros(())) == 1
    assert row(jnp.full(3, 2.0), order=2, weights=None) == 4
    assert row(jnp.full(3, 2.0), order=jnp.array(2)) == 4  # an integer array in a number's place
    assert normal(jnp.ones((5, 3, 2)), jnp.zeros((5, 3, 2, 2))).shape == (5, 3)
    assert mapped(jnp.ones((2, 3)), jnp.sum, jax.random.key(0)) == 3


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float32", "uint8", "int8"])
def test_every_type_of_a_kind_is_accepted(dtype):
    if dtype.endswith("int8"):
        assert labelled(jnp.ones((3, 2)), jnp.ones(3, dtype)) == 3
    else:
        assert row(jnp.ones(3, dtype)).dtype == dtype


def test_numpy_arrays_become_arrays_without_a_warning():
    assert isinstance(row(np.ones(3)), jax.Array)
    assert row(np.full(3, 2.0), order=np.float64(2)) == 4


def test_traced_arrays_are_checked_while_tracing():
    assert jax.jit(paired)(jnp.ones(3), jnp.zeros(3)) == 1
    assert jax.vmap(row)(jnp.ones((4, 3))).shape == (4,)
    with pytest.raises(ValueError, match="second must have shape"):
        jax.jit(paired)(jnp.ones(3), jnp.zeros(1))
    with pytest.raises(ValueError, match="samples must have 1 axis"):
        jax.vmap(row)(jnp.ones((4, 3, 1)))


def test_nothing_is_added_to_the_traced_program():
    plain = inspect.unwrap(paired)
    arrays = jnp.ones(3), jnp.zeros(3)
    assert str(jax.make_jaxpr(paired)(*arrays)) == str(jax.make_jaxpr(plain)(*arrays))


def test_signature_name_and_docstring_stay():
    assert str(inspect.signature(paired)).startswith("(first: ")
    assert (paired.__name__, paired.__doc__) == ("paired", "The mean difference.")
    assert inspect.isfunction(paired)


@pytest.mark.parametrize("axes", ["count+1", "#count"])
def test_axes_that_it_cannot_read_are_refused_where_the_function_is_defined(axes):
    with pytest.raises(NotImplementedError, match="checked cannot read"):

        @checked
        def one(samples: Float[Array, axes]) -> Scalar:
            return jnp.mean(samples)
