r"""Convex polygons: images of a known distribution, so that distances to it can be measured.

The vertices lie on a circle, one in each of $n$ equal sectors, and the polygon is then rotated. The
image is the share of each pixel that the polygon leaves uncovered: 0 inside, 1 outside, exact areas
on the edges. It is a function of $n + 1$ numbers, smooth almost everywhere, and JAX differentiates
it.
"""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from gantheory._checks import require_count
from gantheory.shapes import Key

__all__ = ["ConvexPolygons"]

LEAST_GAP = math.radians(20)
"""The least angle between two neighbouring vertices, seen from the centre of their circle."""

CIRCUMRADIUS = 0.375
"""The radius of the circle, as a share of the image's side: 3/4 of the largest that fits."""

Parameters = Float[Array | np.ndarray, " numbers"]
"""The turn, in whole turns, and each vertex's place in its sector, from 0 to 1."""

Vertices = Float[Array, " sides 2"]
"""Corners in pixels, horizontal before vertical, in order around the polygon."""

Image = Float[Array, " pixels pixels 1"]


class ConvexPolygons(eqx.Module):
    r"""A sampler of grey images of convex polygons with `sides` sides, 0 on a background of 1.

    With $t$ uniform on $[0, 1)$ and $u_i$ on $[0, 1]$, vertex $i$ stands at the angle

    $$2\pi t + \frac{2\pi i}n + \frac g2 + u_i\Bigl(\frac{2\pi}n - g\Bigr), \qquad g = 20^\circ,$$

    on a circle whose radius is 3/8 of the side of the image; then the mean of the vertices is moved
    to the centre.

    This is what the generator that Lucic et al. released draws, with two errors of it corrected:
    there, only $g/2$ is subtracted, so that neighbours come as near as 10°, and the turn is given
    in radians where degrees are expected, so that it covers 6.28° and not the circle. Pixels hold
    exact areas instead of counts of 8 by 8 sub-pixels.

    Examples:
        >>> import jax
        >>> from gantheory import data
        >>> triangles = data.ConvexPolygons(sides=3, pixels=16)
        >>> images = triangles(jax.random.key(0), 5)
        >>> images.shape
        (5, 16, 16, 1)
        >>> float(images.min()), float(images.max())
        (0.0, 1.0)

    Source:
        Lucic et al. (2018), with the polygon generator that its authors released later.
    """

    sides: int = eqx.field(static=True)
    pixels: int = eqx.field(static=True)

    def __init__(self, sides: int, pixels: int):
        """Set the number of sides, from 3 to 17, and the side of the image in pixels.

        Raises:
            ValueError: There are fewer than three sides, more than fit with 20° between neighbours,
                or no pixels.
        """
        require_count(sides=sides, pixels=pixels)
        if sides < 3 or 2 * math.pi / sides <= LEAST_GAP:
            raise ValueError(f"sides must be an integer from 3 to 17, got {sides}.")
        self.sides, self.pixels = sides, pixels

    def __call__(self, key: Key, count: int) -> Float[Array, " count pixels pixels 1"]:
        """Draw `count` images."""
        return jax.vmap(self.render)(self.parameters(key, count))

    def parameters(self, key: Key, count: int) -> Float[Array, " count numbers"]:
        """Draw the turns and places of `count` polygons."""
        return jax.random.uniform(key, (count, self.sides + 1))

    def vertices(self, parameters: Parameters) -> Vertices:
        """The corners of one polygon, in pixels."""
        parameters = jnp.asarray(parameters)
        turn, places = parameters[:1], parameters[1:]
        sector = 2 * math.pi / self.sides
        starts = sector * jnp.arange(self.sides, dtype=parameters.dtype) + LEAST_GAP / 2
        angles = 2 * math.pi * turn + starts + places * (sector - LEAST_GAP)
        corners = jnp.stack([jnp.cos(angles), jnp.sin(angles)], axis=1)
        centred = corners - jnp.mean(corners, axis=0, keepdims=True)
        return self.pixels * (0.5 + CIRCUMRADIUS * centred)

    def render(self, parameters: Parameters) -> Image:
        """The image of one polygon."""
        corners = self.vertices(parameters)
        covered = jax.vmap(lambda start, end: _area_left_of_edge(start, end, self.pixels))(
            corners, jnp.roll(corners, -1, axis=0)
        )
        return (1 - jnp.sum(covered, axis=0))[:, :, None]


def _area_left_of_edge(
    start: Float[Array, " 2"], end: Float[Array, " 2"], pixels: int
) -> Float[Array, " pixels pixels"]:
    r"""What one directed edge adds to the area of the polygon within each pixel.

    By Green's theorem the area is $\oint x\,dy$, and within a pixel $x$ is clipped to its left and
    right sides. The integral of a clipped linear function is taken piece by piece.
    """
    rows = jnp.arange(pixels, dtype=start.dtype)
    rise = end[1] - start[1]
    level = jnp.abs(rise) < 1e-6
    below, above = (jnp.clip(y, rows, rows + 1) for y in (start[1], end[1]))
    run = (end[0] - start[0]) / jnp.where(level, 1, rise)
    entry, leave = (  # of a level edge the corners, so that its derivative is the mean along it
        jnp.where(level, corner[0], start[0] + jnp.where(level, 0, y - start[1]) * run)
        for y, corner in ((below, start), (above, end))
    )
    mean = _mean_of_clipped(entry[:, None] - rows[None], leave[:, None] - rows[None])
    return (above - below)[:, None] * mean


def _mean_of_clipped(first: Array, last: Array) -> Array:
    """The mean of the numbers between two ends, evenly spread, each clipped into [0, 1]."""
    width = last - first
    narrow = jnp.abs(width) < 1e-4
    safe = jnp.where(narrow, 1, width)
    inside_first, inside_last = jnp.clip(first, 0, 1), jnp.clip(last, 0, 1)
    inside = (inside_last - inside_first) / safe * (inside_first + inside_last) / 2
    beyond = (jnp.maximum(last, 1) - jnp.maximum(first, 1)) / safe
    return jnp.where(narrow, jnp.clip((first + last) / 2, 0, 1), inside + beyond)
