"""Distances between a generated law and the law it should have, and what many runs have in common."""

from gantheory.metrics.features import frechet_distance
from gantheory.metrics.inversion import inversion_distances
from gantheory.metrics.kernel import KernelDistance, kernel_distance
from gantheory.metrics.line import kolmogorov_smirnov_1d, midpoints, wasserstein_1d
from gantheory.metrics.neighbours import (
    DensityCoverage,
    PrecisionRecall,
    density_coverage,
    nearest_distances,
    precision_recall,
)
from gantheory.metrics.plane import ModeCoverage, mode_coverage, sliced_wasserstein
from gantheory.metrics.polygons import distance_to_polygons
from gantheory.metrics.runs import Band, band
from gantheory.metrics.transport import wasserstein_assignment, wasserstein_samples_1d

__all__ = [
    "Band",
    "DensityCoverage",
    "KernelDistance",
    "ModeCoverage",
    "PrecisionRecall",
    "band",
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
