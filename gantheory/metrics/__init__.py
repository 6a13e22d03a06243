"""Distances between what is generated and what should be, and the quality of samples.

The arrays hold floating-point numbers, of JAX or of NumPy; others raise a `TypeError`, and empty
ones, wrong shapes and samples that are not finite a `ValueError` (but `wasserstein_1d` and
`kolmogorov_smirnov_1d` do not ask that). Whatever the precision of the samples, everything is
computed in single precision or better, and returned in the precision of the first sample (or, if
that is single and the other's double, in double by most of them); a result beyond its range is not
finite.
Values are checked only where they are known, that is, outside `jax.jit`.

The points of a sample have equal weights, and their order does not matter. Unless said otherwise,
distances are at least 0 and in the units of the samples or features.
"""

from gantheory.metrics.frechet import frechet_distance
from gantheory.metrics.inversion import inversion_distances
from gantheory.metrics.kernel import kernel_distance
from gantheory.metrics.kolmogorov_smirnov import kolmogorov_smirnov_1d
from gantheory.metrics.modes import ModeCoverage, mode_coverage
from gantheory.metrics.neighbours import (
    DensityCoverage,
    PrecisionRecall,
    density_coverage,
    nearest_distances,
    precision_recall,
)
from gantheory.metrics.polygons import distance_to_polygons
from gantheory.metrics.wasserstein import (
    midpoints,
    sliced_wasserstein,
    wasserstein_1d,
    wasserstein_assignment,
    wasserstein_samples_1d,
)

__all__ = [
    "DensityCoverage",
    "ModeCoverage",
    "PrecisionRecall",
    "density_coverage",
    "distance_to_polygons",
    "frechet_distance",
    "inversion_distances",
    "kernel_distance",
    "kolmogorov_smirnov_1d",
    "midpoints",
    "mode_coverage",
    "nearest_distances",
    "precision_recall",
    "sliced_wasserstein",
    "wasserstein_1d",
    "wasserstein_assignment",
    "wasserstein_samples_1d",
]
