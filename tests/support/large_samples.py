"""The distances between two large samples whose memory is tested and whose cost is measured."""

from jax.scipy.stats import norm

from gantheory import metrics

OF_FEATURES = {
    "frechet_distance": metrics.frechet_distance,
    "kernel_distance": metrics.kernel_distance,
    "precision_recall": lambda a, b: metrics.precision_recall(
        features=a, reference=b, neighbours=3
    ),
    "density_coverage": lambda a, b: metrics.density_coverage(
        features=a, reference=b, neighbours=5
    ),
    "nearest_distances": metrics.nearest_distances,
}
OF_NUMBERS = {
    "wasserstein_1d": lambda a, _: metrics.wasserstein_1d(a, norm.ppf),
    "wasserstein_samples_1d": metrics.wasserstein_samples_1d,
    "kolmogorov_smirnov_1d": lambda a, _: metrics.kolmogorov_smirnov_1d(a, norm.cdf),
}
