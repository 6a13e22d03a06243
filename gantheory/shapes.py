"""The shape vocabulary: one named alias per kind of array, and a decorator that checks them.

Axis names mean the same thing everywhere. `real` and `fake` are different axes, so the two batches
may differ in size; a loss that pairs its samples uses `pair` for both and thereby says so.
"""

from jaxtyping import Array, Float, Integer, PRNGKeyArray

from gantheory._checks import checked

__all__ = [
    "FakeBatch",
    "FakeLogits",
    "Key",
    "Labels",
    "LatentBatch",
    "PairedLogits",
    "RealBatch",
    "RealLogits",
    "Sample",
    "Samples",
    "Scalar",
    "StyleLogits",
    "StyleVector",
    "Values",
    "checked",
]

Scalar = Float[Array, ""]
"""One real number: a loss, a logit, a weight."""

Key = PRNGKeyArray
"""A JAX random key."""

RealLogits = Float[Array, " *real"]
"""Logits of real samples, of any shape. A logit is a real-valued score; higher means more real."""

FakeLogits = Float[Array, " *fake"]
"""Logits of generated samples, of any shape."""

PairedLogits = Float[Array, " *pair"]
"""Logits that are compared one by one with those of the other side, so both have this shape."""

Sample = Float[Array, " *sample"]
"""One sample, as a critic sees it."""

Samples = Float[Array, " batch *sample"]
"""A batch of samples of either origin."""

RealBatch = Float[Array, " real *sample"]
"""A batch of data."""

FakeBatch = Float[Array, " fake *sample"]
"""A batch of generated samples."""

LatentBatch = Float[Array, " fake *latent"]
"""A batch of the generator's inputs."""

Labels = Integer[Array, " real"]
"""One class label per real sample, counted from 0; signed or unsigned integers."""

StyleLogits = Float[Array, "*batch style"]
"""Class logits of a style model, the styles on the last axis."""

StyleVector = Float[Array, " style"]
"""One number per style of one sample: logits, probabilities or their logarithms."""

Values = Float[Array, " count"]
"""Real numbers in a row: a one-dimensional sample, a grid, a curve."""
