"""What the distances between large samples cost: features of 2,048 numbers, and ten million
numbers.

Run by `nox -s bench -- metrics`. The features are those of a network in size only.
`GANTHEORY_POINTS` sets how many points there are; time grows with their square, but for the Fréchet
distance, and memory with their number. 50,000, as is usual for the FID, take hours of two cores for
all rows together. Times are of this machine and this hour; compare the rows of one run with each
other.
"""

import os
import resource

import jax
import jax.numpy as jnp
import pytest
from jax.scipy.stats import norm

from gantheory import metrics

POINTS = int(os.environ.get("GANTHEORY_POINTS", "5000"))
FEATURES = 2_048
NUMBERS = 10_000_000

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


def timed(benchmark, name, measure, shape):
    """One round, compilation included; the peak is that of the process up to now."""
    one, other = jax.block_until_ready(
        tuple(jax.random.normal(key, shape) for key in jax.random.split(jax.random.key(0)))
    )
    value = benchmark.pedantic(lambda: jax.block_until_ready(measure(one, other)), rounds=1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    benchmark.extra_info["peak_gigabytes"] = round(peak, 2)
    assert all(jnp.all(jnp.isfinite(leaf)) for leaf in jax.tree.leaves(value))
    seconds = benchmark.stats.stats.mean
    print(f"\n{name:24s} {shape!s:16s} {seconds:7.1f} s, peak up to now {peak:4.1f} GB")


@pytest.mark.parametrize("name", OF_FEATURES)
def bench_of_features(name, benchmark):
    timed(benchmark, name, OF_FEATURES[name], (POINTS, FEATURES))


@pytest.mark.parametrize("name", OF_NUMBERS)
def bench_of_numbers(name, benchmark):
    timed(benchmark, name, OF_NUMBERS[name], (NUMBERS,))
