"""Convex polygons: exact areas, the distribution of the vertices, and derivatives."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gantheory.data import ConvexPolygons
from gantheory.data.polygons import CIRCUMRADIUS, LEAST_GAP


def counted(corners: np.ndarray, pixels: int, finer: int) -> np.ndarray:
    """The share of each pixel outside of the polygon, by looking at a grid of points in it."""
    line = (np.arange(pixels * finer) + 0.5) / finer
    x, y = np.meshgrid(line, line)
    inside = np.ones_like(x, bool)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        inside &= (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0) >= 0
    return 1 - inside.reshape(pixels, finer, pixels, finer).mean(axis=(1, 3))


@pytest.mark.parametrize("sides", [3, 7])
def test_pixels_hold_the_share_that_is_not_covered(sides: int, key: jax.Array) -> None:
    polygons = ConvexPolygons(sides, 16)
    parameters = polygons.parameters(key, 5)
    images = jax.vmap(polygons.render)(parameters)
    assert images.shape == (5, 16, 16, 1)
    for one, image in zip(parameters, images, strict=True):
        corners = np.asarray(polygons.vertices(one), float)
        np.testing.assert_allclose(image[..., 0], counted(corners, 16, 64), atol=5e-3)


def test_the_covered_area_is_that_of_the_shoelace_formula(key: jax.Array) -> None:
    polygons = ConvexPolygons(5, 28)
    parameters = polygons.parameters(key, 20)
    corners = jax.vmap(polygons.vertices)(parameters)
    following = jnp.roll(corners, -1, axis=1)
    cross = corners[..., 0] * following[..., 1] - corners[..., 1] * following[..., 0]
    area = 0.5 * jnp.sum(cross, axis=1)
    covered = jnp.sum(1 - jax.vmap(polygons.render)(parameters), axis=(1, 2, 3))
    np.testing.assert_allclose(covered, area, rtol=1e-4)


def test_level_edges_and_edges_on_the_border_of_pixels_are_exact() -> None:
    """A square whose edges are level and upright: turned by -45° it has both."""
    polygons = ConvexPolygons(4, 16)
    parameters = jnp.asarray([0.0, 0.5, 0.5, 0.5, 0.5])
    corners = polygons.vertices(parameters)
    assert abs(float(corners[0, 1] - corners[1, 1])) < 1e-5
    image = polygons.render(parameters)
    np.testing.assert_allclose(
        image[..., 0], counted(np.asarray(corners, float), 16, 256), atol=5e-3
    )
    assert bool(jnp.all(jnp.isfinite(jax.jacrev(polygons.render)(parameters))))


def test_neighbours_keep_the_least_gap_and_the_turn_covers_the_circle(key: jax.Array) -> None:
    """The two defects of the published generator: a gap of 10°, and a turn of at most 6.28°."""
    polygons = ConvexPolygons(3, 16)
    corners = jax.vmap(polygons.vertices)(polygons.parameters(key, 4_000))
    np.testing.assert_allclose(jnp.mean(corners, axis=1), 8.0, atol=1e-4)
    # the centre of the circle is where the perpendiculars of the sides meet: angles between corners
    # seen from it are twice the angles of the triangle (inscribed angle theorem)
    one, two = (jnp.roll(corners, -shift, axis=1) - corners for shift in (1, 2))
    cosines = jnp.sum(one * two, axis=-1) / (
        jnp.linalg.norm(one, axis=-1) * jnp.linalg.norm(two, axis=-1)
    )
    gaps = jnp.degrees(2 * jnp.arccos(jnp.clip(cosines, -1, 1)))
    least = math.degrees(LEAST_GAP)
    assert least - 0.1 < float(jnp.min(gaps)) < least + 5
    direction = corners[:, 0] - 8.0
    angles = jnp.arctan2(direction[:, 1], direction[:, 0])
    counts, _ = np.histogram(np.asarray(angles), bins=12, range=(-math.pi, math.pi))
    assert counts.min() > 250  # 4,000 / 12 = 333, standard deviation 17


def test_the_circle_has_the_published_radius(key: jax.Array) -> None:
    polygons = ConvexPolygons(3, 28)
    a, b, c = polygons.vertices(polygons.parameters(key, 1)[0])
    sides = [float(jnp.linalg.norm(p - q)) for p, q in ((a, b), (b, c), (c, a))]
    (x0, y0), (x1, y1) = np.asarray(b - a), np.asarray(c - a)
    area = abs(x0 * y1 - x1 * y0) / 2
    assert math.prod(sides) / (4 * area) == pytest.approx(28 * CIRCUMRADIUS, rel=1e-4)
    assert 28 * CIRCUMRADIUS == 10.5


def test_derivatives_agree_with_differences(x64: None) -> None:
    polygons = ConvexPolygons(3, 16)
    parameters = polygons.parameters(jax.random.key(5), 1)[0].astype(float)
    jacobian = jax.jacfwd(polygons.render)(parameters)
    for index in range(4):
        step = 1e-6 * jnp.eye(4)[index]
        difference = (
            polygons.render(parameters + step) - polygons.render(parameters - step)
        ) / 2e-6
        np.testing.assert_allclose(jacobian[..., index], difference, atol=1e-3)


@pytest.mark.parametrize(("sides", "pixels"), [(2, 16), (18, 16), (3, 0), (3.0, 16)])
def test_impossible_sizes_are_refused(sides: int, pixels: int, without_hook: None) -> None:
    with pytest.raises(ValueError, match=r"(sides|pixels) must be"):
        ConvexPolygons(sides, pixels)


def test_a_level_edge_has_the_derivative_of_its_neighbours() -> None:
    """Of a square along the axes, where two edges are exactly level."""
    polygons = ConvexPolygons(sides=4, pixels=16)
    square, step = jnp.array([0.0, 0.5, 0.5, 0.5, 0.5]), 1e-3
    found = jax.jacfwd(polygons.render)(square)
    for place in range(square.size):
        ahead, behind = (
            np.asarray(polygons.render(square.at[place].add(side * step))) for side in (1, -1)
        )
        np.testing.assert_allclose(found[..., place], (ahead - behind) / (2 * step), atol=5e-3)
