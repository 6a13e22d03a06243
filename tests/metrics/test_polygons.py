"""The distance to the polygons, where it is known; recall by inversion, on generators whose range
is known."""

import itertools
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gantheory.data import ConvexPolygons
from gantheory.metrics import distance_to_polygons, inversion_distances

SETTINGS = {"bank": 2_048, "starts": 6, "iterations": 25}
COUNT = 16  # always as many images, so that the tests of a law share a compilation

distances_to = jax.jit(partial(distance_to_polygons, **SETTINGS), static_argnums=1)


@pytest.fixture(params=[3, 5])
def polygons(request: pytest.FixtureRequest) -> ConvexPolygons:
    return ConvexPolygons(request.param, 16)


def test_a_polygon_is_at_distance_zero(polygons: ConvexPolygons) -> None:
    images = polygons(jax.random.key(1), COUNT)
    distances = distances_to(images, polygons, jax.random.key(2))
    assert float(jnp.max(distances)) <= 1e-3


@pytest.mark.parametrize("length", [0.1, 1.0])
def test_a_perturbation_is_never_further_than_its_length(length: float) -> None:
    polygons = ConvexPolygons(3, 16)
    images = polygons(jax.random.key(1), COUNT)
    noise = jax.random.normal(jax.random.key(3), images.shape)
    norms = jnp.sqrt(jnp.sum(noise**2, axis=(1, 2, 3), keepdims=True))
    distances = distances_to(images + length * noise / norms, polygons, jax.random.key(2))
    assert float(jnp.max(distances)) <= length * (1 + 1e-5)
    assert (
        float(jnp.min(distances)) > 0.9 * length
    )  # three directions of 256 lead along the polygons


def test_the_gradient_at_a_polygon_itself_is_finite() -> None:
    """Where the distance is exactly 0 the root has no derivative."""
    polygons, key = ConvexPolygons(3, 8), jax.random.key(0)
    images = jax.jit(jax.vmap(polygons.render))(polygons.parameters(key, 64))

    def distances(images: jax.Array) -> jax.Array:
        return distance_to_polygons(images, polygons, key, bank=64, starts=1, iterations=1)

    assert jnp.any(distances(images) == 0)
    gradient = jax.grad(lambda images: jnp.sum(distances(images)))(images)
    assert jnp.all(jnp.isfinite(gradient))


def test_it_agrees_with_brute_force_over_a_grid_of_vertices() -> None:
    """At 8 by 8 every polygon of a fine grid is tried: none is nearer, and the best is hardly
    further."""
    polygons = ConvexPolygons(3, 8)
    images = jnp.concatenate(
        [
            jax.random.uniform(jax.random.key(0), (4, 8, 8, 1)),
            jnp.mean(polygons(jax.random.key(1), 64).reshape(4, 16, 8, 8, 1), axis=1),
            jnp.ones((1, 8, 8, 1)),
        ]
    )
    found = distances_to(images, polygons, jax.random.key(2))
    turns, places = np.linspace(0, 1, 72, endpoint=False), np.linspace(0, 1, 9)
    grid = jnp.asarray(list(itertools.product(turns, places, places, places)), jnp.float32)

    def nearest(image: jax.Array) -> jax.Array:
        def squares(parameters: jax.Array) -> jax.Array:
            return jnp.sum((polygons.render(parameters) - image) ** 2)

        return jnp.sqrt(jnp.min(jax.lax.map(squares, grid, batch_size=4_096)))

    brute = jax.lax.map(nearest, images)
    assert bool(jnp.all(found <= brute + 1e-4))
    assert bool(jnp.all(found >= brute - 0.1))


class Saturating(ConvexPolygons):
    """One number, and an image of it whose slope leads far beyond its root."""

    def parameters(self, key: jax.Array, count: int) -> jax.Array:
        return jnp.full((count, 2), 2.0)

    def render(self, parameters: jax.Array | np.ndarray) -> jax.Array:
        return jnp.full((self.pixels, self.pixels, 1), 100.0) * jnp.tanh(parameters[0])


def test_a_step_that_leads_away_is_not_taken() -> None:
    """The first ones end where the image hardly changes any more, and nothing leads back."""
    distances = distance_to_polygons(
        jnp.zeros((1, 2, 2, 1)),
        Saturating(3, 2),
        jax.random.key(0),
        bank=1,
        starts=1,
        iterations=15,
    )
    assert float(distances[0]) < 1e-3


def test_images_of_another_size_are_refused() -> None:
    with pytest.raises(ValueError, match=r"images must have shape \(count, 16, 16, 1\)"):
        distance_to_polygons(
            jnp.ones((2, 8, 8, 1)), ConvexPolygons(3, 16), jax.random.key(0), **SETTINGS
        )
    with pytest.raises(ValueError, match="starts must be at most bank"):
        distance_to_polygons(
            jnp.ones((2, 8, 8, 1)),
            ConvexPolygons(3, 8),
            jax.random.key(0),
            bank=4,
            starts=5,
            iterations=1,
        )


def shares(generator, latents: jax.Array, starts: jax.Array) -> tuple[float, float]:
    """Precision and recall at 0.75 of a generator of triangles at 16 by 16."""
    polygons = ConvexPolygons(3, 16)
    held_out = polygons(jax.random.key(9), COUNT)
    off = distances_to(jax.vmap(generator)(latents), polygons, jax.random.key(2))
    missed = inversion_distances(generator, held_out, starts, steps=200, learning_rate=0.02)
    return float(jnp.mean(off <= 0.75)), float(jnp.mean(missed <= 0.75))


def test_an_exact_renderer_has_precision_and_recall_one() -> None:
    polygons = ConvexPolygons(3, 16)
    starts = polygons.parameters(jax.random.key(4), 48)
    assert shares(polygons.render, starts[:COUNT], starts) == (1.0, 1.0)


def test_a_single_image_has_recall_near_zero_and_noise_has_precision_zero() -> None:
    polygons = ConvexPolygons(3, 16)
    image = polygons(jax.random.key(5), 1)[0]
    latents = jax.random.normal(jax.random.key(6), (COUNT, 2))
    precision, recall = shares(lambda z: image + 0 * jnp.sum(z), latents, latents[:4])
    assert precision == 1.0
    assert recall < 0.15
    pixels = jax.random.normal(jax.random.key(7), (COUNT, 16, 16, 1))
    off = distances_to(jax.nn.sigmoid(pixels), polygons, jax.random.key(2))
    assert float(jnp.mean(off <= 0.75)) == 0.0


def test_inversion_of_a_linear_map_is_the_least_squares_residual() -> None:
    matrix = jax.random.normal(jax.random.key(0), (3, 8))
    targets = jax.random.normal(jax.random.key(1), (5, 8))
    starts = jax.random.normal(jax.random.key(2), (3, 3))
    found = inversion_distances(lambda z: z @ matrix, targets, starts, steps=400, learning_rate=0.2)
    solved = np.linalg.lstsq(np.asarray(matrix).T, np.asarray(targets).T, rcond=None)[0]
    residual = np.linalg.norm(np.asarray(targets).T - np.asarray(matrix).T @ solved, axis=0)
    np.testing.assert_allclose(found, residual, rtol=1e-3)


def test_a_generator_of_other_samples_is_refused() -> None:
    with pytest.raises(ValueError, match="generator must return samples of the targets' shape"):
        inversion_distances(
            lambda z: z, jnp.ones((2, 3)), jnp.ones((1, 2)), steps=1, learning_rate=0.1
        )


def test_inversion_keeps_the_nearest_output_met_on_the_way() -> None:
    """One long step away from where the descent starts."""
    missed = inversion_distances(
        lambda z: z, jnp.ones((1, 2)), jnp.full((1, 2), 0.9), steps=1, learning_rate=10.0
    )
    np.testing.assert_allclose(missed, 0.1 * 2**0.5, rtol=1e-5)


@pytest.mark.parametrize("argument", ["targets", "starts"])
def test_inversion_refuses_what_is_not_finite(argument: str) -> None:
    given = {"targets": jnp.ones((2, 2)), "starts": jnp.ones((3, 2))}
    given[argument] = given[argument].at[1, 0].set(jnp.nan)
    with pytest.raises(ValueError, match=f"{argument} must be finite"):
        inversion_distances(lambda z: z, **given, steps=1, learning_rate=0.1)
