"""Arrays from outside: read as what they are, or refused with what to do."""

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest

from gantheory.data import (
    ConvexPolygons,
    Dataset,
    Normal,
    NormalMixture,
    Standardised,
    Uniform,
    to_bytes,
    to_signed,
)

NUMBERS = np.asarray([[0.5, -1.0], [0.25, 2.0], [0.0, 1.0]])
LATENT = Uniform(1)


@pytest.mark.parametrize("kind", ["f2", "f4", "f8", ">f4", ">f8", ml_dtypes.bfloat16], ids=str)
def test_floating_point_numbers_of_every_kind_are_read(kind):
    """Also by the type checker, and where NumPy and JAX disagree about the byte order."""
    given = NUMBERS.astype(kind)
    source = Dataset(given, LATENT, 2, np.asarray([0, 1, 0], ">i8"))
    np.testing.assert_array_equal(np.asarray(source.samples, float), NUMBERS)
    assert source.samples.dtype == jnp.dtype(
        given.dtype.newbyteorder("=") if given.dtype.itemsize <= 4 else jnp.float32
    )
    assert source.labels.tolist() == [0, 1, 0]
    np.testing.assert_allclose(
        Standardised(LATENT, given).mean.astype(float), [0.25, 2 / 3], rtol=1e-2
    )
    centres = NormalMixture(given, 0.1).centres
    np.testing.assert_array_equal(np.asarray(centres, float), NUMBERS)


def test_parameters_may_be_arrays_of_numpy(key):
    normal = Normal(np.zeros(2, ">f8"), np.ones(2))
    assert normal(key, 3).shape == (3, 2)
    standard = Standardised(normal, np.asarray(normal(key, 9)))
    assert standard.restore(np.zeros((4, 2))).shape == (4, 2)
    assert ConvexPolygons(3, 8).render(np.full(4, 0.5)).shape == (8, 8, 1)


def test_parameters_of_another_shape_are_refused_without_the_type_checker_too(without_hook):
    for make, words in (
        (lambda: Normal(NUMBERS, NUMBERS), r"mean must have the axes \(size\), got shape \(3, 2\)"),
        (
            lambda: NormalMixture(np.zeros(3), 0.1),
            r"centres must have the axes \(modes, size\), got",
        ),
        (lambda: NormalMixture(NUMBERS, np.ones(2)), "standard_deviation must be one number, got"),
        (lambda: Standardised(LATENT, np.zeros(3)), r"sample must have the axes \(count, size\)"),
        (lambda: Dataset(np.float32(1.0), LATENT, 2), "samples must have a leading axis"),
    ):
        with pytest.raises(ValueError, match=words):
            make()


def test_a_memory_map_is_read(tmp_path):
    np.save(tmp_path / "samples.npy", NUMBERS)
    source = Dataset(np.load(tmp_path / "samples.npy", mmap_mode="r"), LATENT, 2)
    np.testing.assert_array_equal(source.samples, NUMBERS)


REFUSED = {
    "masked": (np.ma.masked_greater(NUMBERS, 1.0), "masked array, whose mask would be lost: fill"),
    "structured": (np.zeros(3, "f4, f4"), "got the fields f0, f1: numpy.lib.recfunctions"),
    "objects": (np.asarray([None, 1.0]), "got an array of objects: np.stack"),
    "texts": (np.asarray(["a", "b"]), "must hold floating-point numbers, got dtype <U1"),
    "integers": (np.arange(3), "must hold floating-point numbers, got dtype int64"),
    "complex": (np.ones(3, complex), "must hold floating-point numbers, got dtype complex128"),
    "long complex": (np.ones(3, "G"), "must hold floating-point numbers, got dtype complex"),
    "bools": (np.ones(3, bool), "must hold floating-point numbers, got dtype bool"),
    "dates": (np.zeros(3, "M8[s]"), "must hold floating-point numbers, got dtype datetime64"),
    "a dict": ({"image": 1, "label": 2}, "got a dict with the keys image, label: pass the array"),
    "a list": ([[0.0]], "must be an array, got list: np.asarray makes one"),
    "an abstract array": (jax.ShapeDtypeStruct((3, 1), jnp.float32), "must be an array, got"),
}


@pytest.mark.parametrize(("given", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_read_is_refused_with_what_to_do(given, words, without_hook):
    """In one line that does not print the array."""
    for name, take in (
        ("samples", lambda: Dataset(given, LATENT, 2)),
        ("sample", lambda: Standardised(LATENT, given)),
        ("centres", lambda: NormalMixture(given, 0.1)),
        ("samples", lambda: to_bytes(given)),
    ):
        with pytest.raises(
            TypeError, match=f"{name} must .*{words.removeprefix('must ')}"
        ) as raised:
            take()
        assert len(str(raised.value)) < 300


@pytest.mark.parametrize("name", ["masked", "structured", "objects", "a dict", "a list", "texts"])
def test_labels_and_images_that_cannot_be_read_are_refused_too(name, without_hook):
    given, _ = REFUSED[name]
    with pytest.raises(TypeError, match=r"labels must "):
        Dataset(NUMBERS, LATENT, 2, given)
    with pytest.raises(TypeError, match=r"images must "):
        to_signed(given)


def test_long_doubles_are_read(without_hook):
    """The type checker does not count them as floating-point numbers; JAX does not know them."""
    source = Dataset(NUMBERS.astype("g"), LATENT, 2)
    assert source.samples.dtype == jnp.float32
    np.testing.assert_array_equal(source.samples, NUMBERS)


def test_numbers_beyond_single_precision_are_not_made_infinite(without_hook):
    for kind in ("f8", "g"):
        with pytest.raises(ValueError, match="samples must lie within the range of float32"):
            Dataset(np.asarray([[1e300], [1.0]], kind), LATENT, 2)
    with pytest.raises(ValueError, match="samples must be finite"):
        Dataset(np.asarray([[np.longdouble("1e4000")], [1.0]], "g"), LATENT, 2)


def test_double_precision_stays_where_it_is_switched_on(x64):
    samples = Dataset(NUMBERS.astype(">f8") / 3, LATENT, 2).samples
    assert samples.dtype == jnp.float64
    np.testing.assert_array_equal(samples, NUMBERS / 3)


@pytest.mark.parametrize("kind", ["f2", "f8", ">f4", "g", ml_dtypes.bfloat16], ids=str)
def test_samples_of_every_kind_become_bytes(kind):
    given = np.asarray([-1.0, 0.0, 0.5, 1.0]).astype(kind)
    np.testing.assert_array_equal(to_bytes(given), [0, 128, 191, 255])
    if np.dtype(kind).itemsize <= 4 and np.dtype(kind).isnative:
        np.testing.assert_array_equal(to_bytes(jnp.asarray(given)), [0, 128, 191, 255])
