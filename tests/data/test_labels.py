"""Labelled data: the classes are counted once, checked once, and stay with their samples."""

import subprocess
import sys

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import TypeCheckError

from gantheory.data import Dataset, Uniform

LABELS = jnp.asarray([0, 2, 1, 2, 0, 1, 1, 0])
SAMPLES = jnp.stack([10.0 * LABELS.astype(float), jnp.arange(8.0)], axis=1)


def dataset(labels, samples=SAMPLES, batch_size=64):
    return Dataset(samples, Uniform(1), batch_size, labels)


def test_classes_are_counted_and_labels_stay_with_their_samples(key):
    source = dataset(LABELS)
    assert source.classes == 3
    batch = eqx.filter_jit(source)(key)
    assert batch.classes == 3
    np.testing.assert_array_equal(batch.real[:, 0], 10.0 * np.asarray(batch.label))
    assert set(np.asarray(batch.label)) == {0, 1, 2}


@pytest.mark.parametrize("kind", ["u1", ">u2", "u8", "i1", ">i4"])
def test_labels_may_be_integers_of_every_kind(kind, key):
    source = dataset(np.asarray(LABELS).astype(kind))
    assert source.classes == 3
    assert source.labels.tolist() == LABELS.tolist()
    assert jnp.issubdtype(source(key).label.dtype, jnp.signedinteger)


def test_labels_do_not_change_which_rows_are_drawn(key):
    np.testing.assert_array_equal(dataset(LABELS)(key).real, dataset(None)(key).real)


def test_without_labels_there_are_no_classes(key):
    source = dataset(None)
    assert source.classes is None
    assert source(key).label is None
    assert source(key).classes is None


def test_a_source_that_is_an_argument_of_jit_keeps_its_classes(key):
    assert eqx.filter_jit(lambda source: source(key))(dataset(LABELS)).classes == 3


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ([0, 1, -1, 0, 1, 0, 1, 0], "labels must be counted from 0, got -1"),
        ([1, 2, 1, 2, 1, 2, 1, 2], "counted from 0 without gaps: the largest is 2, but 1 smaller"),
        ([0, 1, 4, 0, 1, 4, 0, 1], "but 2 smaller ones never occur, the first of them 2"),
        ([0] * 8, "labels must hold at least two classes, got only 0"),
        ([3] * 8, "labels must hold at least two classes, got only 3"),
    ],
)
def test_labels_that_are_no_classes_are_refused(labels, words):
    with pytest.raises(ValueError, match=words):
        dataset(jnp.asarray(labels))


@pytest.mark.parametrize(
    "labels", [LABELS[:7], LABELS[:, None], LABELS.astype(float), LABELS > 0], ids=str
)
def test_labels_of_the_wrong_shape_or_kind_are_refused_by_type(labels):
    with pytest.raises(TypeCheckError):
        dataset(labels)


def test_labels_that_are_being_traced_are_refused():
    with pytest.raises(ValueError, match="labels must be known when the source is built"):
        jax.jit(lambda labels: dataset(labels).samples)(LABELS)


def test_without_the_type_checker_errors_are_our_own():
    program = """
import jax.numpy as jnp
from gantheory.data import Dataset, Uniform

for labels, words in (
    (jnp.arange(3), "labels must hold one label for each of the 4 samples, got shape (3,)"),
    (jnp.zeros((4, 1), int), "one label for each of the 4 samples, got shape (4, 1)"),
    (jnp.zeros(4), "labels must hold integers, got dtype float32"),
):
    try:
        Dataset(jnp.zeros((4, 2)), Uniform(1), 2, labels)
    except (TypeError, ValueError) as error:
        assert words in str(error), error
    else:
        raise SystemExit(f"nothing was raised for: {words}")
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
