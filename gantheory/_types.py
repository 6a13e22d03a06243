"""Types that several parts of the library share. The shapes of arrays are in `gantheory.shapes`."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Array, Float, Integer, PyTree

from gantheory.shapes import Key, Samples

Sampler = Callable[[Key, int], Samples]
"""From a random key and a count to that many samples, or latents."""

Source = Callable[[Key], PyTree]
"""From a random key to the batch that one turn of a game is played on."""

AnyArray = Array | np.ndarray
"""An array of JAX or of NumPy, which `checked` makes one of JAX."""

SamplesLike = Float[AnyArray, " batch *sample"]
"""A batch of samples, from JAX or from NumPy."""

ValuesLike = Float[AnyArray, " count"]
"""Real numbers in a row, from JAX or from NumPy."""

LabelsLike = Integer[AnyArray, " batch"]
"""One class label per sample, from JAX or from NumPy."""
