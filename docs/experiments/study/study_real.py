"""What the study's scores are on images that nobody had to learn: real ones, blank pages and noise.

Run by `nox -s experiments -- study_real`; the table it writes is `docs/results/study_real.json`.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array

from experiments.study.bed import bed
from experiments.study.study import SAMPLES
from gantheory import metrics

ROWS = {"triangles": "triangles", "digits": "digits"}
FLOORS = {"real": 5.0, "blank": 300.0, "noise": 150.0, "accuracy": 0.05}
"""Metric to the difference that a second run may show in any case."""

CONFIGURATION = {"samples": SAMPLES, "real": "two samples of the images that the games see"}


def run_row(name: str) -> dict[str, Array]:
    """Fréchet distances from the images that samples are compared with, and the classifier's
    accuracy."""
    images = bed(name)
    features = jax.jit(jax.vmap(images.features_of))
    reference = images.compared[:SAMPLES]
    count = len(reference)
    some = {
        "real": (images.seen[:count], images.seen[-count:]),
        "blank": (jnp.ones_like(reference),),
        "noise": (jax.random.uniform(jax.random.key(0), reference.shape),),
    }
    distances = {
        kind: jnp.stack(
            [metrics.frechet_distance(features(one), features(reference)) for one in pages]
        )
        for kind, pages in some.items()
    }
    return distances | {"accuracy": images.accuracy[None]}
