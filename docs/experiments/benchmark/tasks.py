"""The tasks, frozen: where the data come from, how many moves a generator may make, how many
samples are scored, and by what.

A change of anything here is another benchmark, so a task that has to change gets another name.
"""

import math
from abc import abstractmethod
from functools import cache

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float
from sklearn.datasets import load_digits

from gantheory import data, metrics
from gantheory.shapes import Key, Scalar

Rows = Float[Array, " count size"]

SEEDS = 3
KEY = 2026
LEAST_SHARE = 0.2
"""A mode is held if it gets this part of an even share of the samples."""

NEAR = 1.0
"""A sample counts as a triangle within this distance of one; white to black in one pixel is 1."""

SEARCH = {"bank": 1024, "starts": 2, "iterations": 15}
LOOKED_AT = 200
"""Of so many images the nearest triangle is looked for."""

NEIGHBOURS = 5
DIGITS_SEEN = 1000


class Task(eqx.Module):
    """A task. Methods see `real`, which draws data as rows of `size` numbers, divided by `unit`.

    `unit` is the standard deviation of a coordinate of a mixture's centres, so that a method meets
    numbers of the size of 1; of the images it is 1.
    """

    name: str = eqx.field(static=True)
    moves: int = eqx.field(static=True)
    samples: int = eqx.field(static=True)
    size: int = eqx.field(static=True)
    unit: float = eqx.field(static=True)

    @abstractmethod
    def real(self, key: Key, count: int) -> Rows:
        """Draw data, as a method sees them."""

    @abstractmethod
    def score(self, samples: Rows) -> dict[str, Scalar]:
        """The metrics of `self.samples` rows, in the units of `real`."""

    def fresh(self, key: Key) -> Rows:
        """As many real samples as are scored, for the floors."""
        return self.real(key, self.samples)


class Mixture(Task):
    """Equal normal distributions in the plane."""

    target: data.NormalMixture
    spread: float = eqx.field(static=True)

    def real(self, key: Key, count: int) -> Rows:
        return self.target(key, count) / self.unit

    def score(self, samples: Rows) -> dict[str, Scalar]:
        """Modes with at least one sample within three standard deviations, modes with a fifth of an
        even share, the share of all samples so near, and the KL divergence of the modes' shares."""
        modes = len(self.target.centres)
        coverage = metrics.mode_coverage(
            samples * self.unit, self.target.centres, radius=3 * self.spread, min_count=1
        )
        least = math.ceil(LEAST_SHARE * self.samples / modes)
        return {
            "modes": coverage.found.astype(float),
            "held": jnp.sum(coverage.counts >= least).astype(float),
            "share": coverage.share_on_modes,
            "kl": coverage.reverse_kl,
        }


class Triangles(Task):
    """Images of triangles at 16 by 16, of a known distribution."""

    def real(self, key: Key, count: int) -> Rows:
        return _triangles()(key, count).reshape(count, self.size)

    def score(self, samples: Rows) -> dict[str, Scalar]:
        """The share of samples that are triangles, and how much of a held-out sample is covered."""
        search_key, held_out_key = jax.random.split(jax.random.key(KEY))
        images = samples[:LOOKED_AT].reshape(-1, 16, 16, 1)
        off = metrics.distance_to_polygons(images, _triangles(), search_key, **SEARCH)
        held_out = self.real(held_out_key, self.samples)
        return {"near": jnp.mean((off <= NEAR).astype(float)), **_covered(samples, held_out)}


class Digits(Task):
    """scikit-learn's digits at 8 by 8: a thousand to learn from, the others to be compared with."""

    def real(self, key: Key, count: int) -> Rows:
        seen = _digits()[:DIGITS_SEEN]
        return seen[jax.random.randint(key, (count,), 0, DIGITS_SEEN)]

    def fresh(self, key: Key) -> Rows:
        """Each image at most once, which no draw with replacement is."""
        return jax.random.permutation(key, _digits()[:DIGITS_SEEN])[: self.samples]

    def score(self, samples: Rows) -> dict[str, Scalar]:
        """The Fréchet distance of the pixels, and how much of the held-out images is covered."""
        held_out = _digits()[DIGITS_SEEN:]
        distance = metrics.frechet_distance(samples, held_out)
        return {"frechet": distance, **_covered(samples, held_out)}


def _covered(samples: Rows, held_out: Rows) -> dict[str, Scalar]:
    found = metrics.density_coverage(features=samples, reference=held_out, neighbours=NEIGHBOURS)
    return {"coverage": found.coverage}


@cache
def _digits() -> Rows:
    """All 1,797 images, shuffled once, as rows of pixels in [0, 1]."""
    with jax.ensure_compile_time_eval():
        images, _ = load_digits(return_X_y=True)
        order = jax.random.permutation(jax.random.key(KEY), len(images))
        return jnp.asarray(images, jnp.float32)[order] / 16


def _triangles() -> data.ConvexPolygons:
    return data.ConvexPolygons(3, 16)


def _ring(name: str, moves: int, modes: int, radius: float, spread: float) -> Mixture:
    target = data.ring_of_normals(modes, radius, spread)
    return Mixture(name, moves, 10_000, 2, radius / math.sqrt(2), target, spread)


def _grid(name: str, moves: int, side: int, spacing: float, spread: float) -> Mixture:
    target = data.grid_of_normals(side, spacing, spread)
    unit = spacing * math.sqrt((side**2 - 1) / 12)
    return Mixture(name, moves, 10_000, 2, unit, target, spread)


TASKS = {
    "ring-8": _ring("ring-8", 1_000, 8, 2.0, 0.05),
    "grid-25": _grid("grid-25", 2_000, 5, 2.0, 0.05),
    "grid-100": _grid("grid-100", 10_000, 10, 1.0, 0.03),
    "triangles": Triangles("triangles", 1_000, 1_000, 256, 1.0),
    "digits": Digits("digits", 1_000, 797, 64, 1.0),
}
