"""Distances between a generated law and the law it should have, and what many runs have in common."""

from gantheory.metrics.features import (
    PrecisionRecall,
    frechet_distance,
    nearest_distances,
    precision_recall,
)
from gantheory.metrics.line import kolmogorov_smirnov_1d, midpoints, wasserstein_1d
from gantheory.metrics.plane import ModeCoverage, mode_coverage, sliced_wasserstein
from gantheory.metrics.runs import Band, band

__all__ = [
    "Band",
    "ModeCoverage",
    "PrecisionRecall",
    "band",
    "frechet_distance",
    "kolmogorov_smirnov_1d",
    "midpoints",
    "mode_coverage",
    "nearest_distances",
    "precision_recall",
    "sliced_wasserstein",
    "wasserstein_1d",
]
