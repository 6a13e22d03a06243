"""How far an image is from the convex polygons, which makes precision measurable."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from gantheory._checks import checked, require_count, require_finite
from gantheory._lengths import safe_sqrt
from gantheory._numerics import widened
from gantheory._types import AnyArray
from gantheory.data.polygons import ConvexPolygons
from gantheory.shapes import Key, Scalar

Image = Float[Array, " pixels pixels 1"]
Parameters = Float[Array, " numbers"]

FIRST_DAMPING, LEAST_DAMPING, MOST_DAMPING = 1.0, 1e-6, 1e8


@checked
@widened
def distance_to_polygons(
    images: Float[AnyArray, " count pixels pixels 1"],
    polygons: ConvexPolygons,
    key: Key,
    *,
    bank: int,
    starts: int,
    iterations: int,
) -> Float[Array, " count"]:
    r"""Euclidean distance from each image to the nearest polygon, as a multi-start upper bound.

    $$\min_{t,\,u\in[0,1]^n} \bigl\lVert x - \operatorname{render}(t, u)\bigr\rVert_2$$

    The problem is not convex. A bank of polygons drawn from the distribution itself is searched for
    the nearest ones; from each of these the damped Gauss-Newton method of Levenberg and Marquardt
    continues, with places clipped into their sectors and only such steps taken as come nearer. The
    best end is kept. The number returned is an upper bound: a nearer polygon may have been missed.
    Its gradient at a polygon itself is taken as 0.

    Args:
        images: Images with values around 0 (polygon) and 1 (background), of signed ones
            `(images + 1) / 2`; they need not be polygons.
        polygons: The distribution; its number of pixels is that of the images.
        key: Random key of the bank.
        bank: How many polygons are drawn; 4,096 serve triangles.
        starts: How many of the nearest are improved, at most `bank`; 8 serve triangles.
        iterations: Steps from each start; 30 serve triangles.

    Raises:
        ValueError: The images are not of the polygons' size, a number is not an integer of at
            least 1, or `starts` exceeds `bank`.

    Examples:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from gantheory import data, metrics
        >>> triangles = data.ConvexPolygons(sides=3, pixels=16)
        >>> images = jnp.stack([triangles(jax.random.key(0), 1)[0], jnp.ones((16, 16, 1))])
        >>> search = {"key": jax.random.key(1), "bank": 512, "starts": 4, "iterations": 20}
        >>> print(metrics.distance_to_polygons(images, triangles, **search).round(1))
        [0.  2.5]

    Source:
        Data on which precision can be computed, among them polygons, are an idea of Lucic et al.
        (2018); how the nearest polygon is found is this library's choice.
    """
    require_finite(images=images)
    require_count(bank=bank, starts=starts, iterations=iterations)
    if images.shape[1:] != (polygons.pixels, polygons.pixels, 1):
        raise ValueError(
            f"images must have shape (count, {polygons.pixels}, {polygons.pixels}, 1), "
            f"got {images.shape}."
        )
    if starts > bank:
        raise ValueError(f"starts must be at most bank, {bank}, got {starts}.")
    drawn = polygons.parameters(key, bank).astype(images.dtype)
    rendered = jax.vmap(polygons.render)(drawn)

    def nearest(image: Image) -> Scalar:
        squares = jnp.sum((rendered - image[None]) ** 2, axis=(1, 2, 3))
        _, rows = jax.lax.top_k(-squares, starts)
        ends = jax.vmap(lambda start: _descend(image, polygons, start, iterations))(drawn[rows])
        return safe_sqrt(ends[jnp.argmin(ends)])

    return jax.lax.map(nearest, images)


def _descend(image: Image, polygons: ConvexPolygons, start: Parameters, iterations: int) -> Scalar:
    """The squared distance after so many steps of Levenberg and Marquardt."""

    def residual(parameters: Parameters) -> Float[Array, " entries"]:
        return jnp.ravel(polygons.render(parameters) - image)

    def step(
        state: tuple[Parameters, Scalar, Scalar], _: None
    ) -> tuple[tuple[Parameters, Scalar, Scalar], None]:
        parameters, square, damping = state
        jacobian = jax.jacfwd(residual)(parameters)
        matrix = jacobian.T @ jacobian + damping * jnp.eye(start.size, dtype=start.dtype)
        move = jnp.linalg.solve(matrix, jacobian.T @ residual(parameters))
        tried = parameters - move
        tried = tried.at[1:].set(jnp.clip(tried[1:], 0, 1))
        tried_square = jnp.sum(residual(tried) ** 2)
        nearer = tried_square < square
        damping = jnp.clip(damping * jnp.where(nearer, 0.2, 4.0), LEAST_DAMPING, MOST_DAMPING)
        return (
            jnp.where(nearer, tried, parameters),
            jnp.where(nearer, tried_square, square),
            damping,
        ), None

    square = jnp.sum(residual(start) ** 2)
    first = (start, square, jnp.asarray(FIRST_DAMPING, start.dtype))
    (_, square, _), _ = jax.lax.scan(step, first, length=iterations)
    return square
