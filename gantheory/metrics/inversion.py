"""How near a generator can come to given samples, which makes recall measurable."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from gantheory._checks import checked, require_count, require_finite, require_positive
from gantheory._lengths import safe_sqrt, wide
from gantheory._types import AnyArray
from gantheory.shapes import Sample, Scalar

Latent = Float[Array, " *latent"]


@checked
def inversion_distances(
    generator: Callable[[Latent], Sample],
    targets: Float[AnyArray, " count *sample"],
    starts: Float[AnyArray, " restarts *latent"],
    *,
    steps: int,
    learning_rate: float,
) -> Float[Array, " count"]:
    r"""Euclidean distance from each target to the nearest output of the generator: an upper bound.

    $$\min_z \bigl\lVert x - G(z)\bigr\rVert_2$$

    The problem is not convex. From every start Adam ($\beta_1 = 0.9$, $\beta_2 = 0.999$) descends
    on the squared distance, with a learning rate that falls to zero along a cosine; the nearest
    output met on the way is kept, and of all starts the best one. The latents are not confined, so
    give starts of a distribution without bounds, such as the normal. Latents of half precision are
    moved in single precision, and the generator sees them in their own.

    Args:
        generator: From one latent to one sample.
        targets: The samples to reach, usually held-out data.
        starts: Where descents to each target start; draws from the latents' distribution.
        steps: Steps of Adam from each start.
        learning_rate: The first learning rate.

    Raises:
        ValueError: A number is out of range, or the outputs' shape is not that of the targets.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import metrics
        >>> def circle(angle):
        ...     return jnp.stack([jnp.cos(angle), jnp.sin(angle)])
        >>> targets = jnp.asarray([[0.0, 1.0], [2.0, 0.0]])
        >>> starts = jnp.asarray([0.0, 2.0, 4.0])
        >>> descent = {"steps": 100, "learning_rate": 0.1}
        >>> print(metrics.inversion_distances(circle, targets, starts, **descent).round(3))
        [0. 1.]

    Source:
        Data on which recall can be computed are an idea of Lucic et al. (2018), whose own procedure
        we could not check; the optimiser and its numbers are this library's choice.
    """
    require_finite(targets=targets, starts=starts)
    require_count(steps=steps)
    require_positive(learning_rate=learning_rate)
    made = jax.eval_shape(generator, starts[0])
    if made.shape != targets.shape[1:]:
        raise ValueError(
            "generator must return samples of the targets' shape, "
            f"{targets.shape[1:]}, got {made.shape}."
        )
    wide_targets, wide_starts = wide(targets), wide(starts)
    adam = optax.adam(optax.cosine_decay_schedule(learning_rate, steps))

    def square(latent: Latent, target: Sample) -> Scalar:
        return jnp.sum((wide(generator(latent.astype(starts.dtype))) - target) ** 2)

    def squares(
        latents: Float[Array, " restarts *latent"], target: Sample
    ) -> tuple[Float[Array, " restarts"], Float[Array, " restarts *latent"]]:
        return jax.vmap(jax.value_and_grad(square), in_axes=(0, None))(latents, target)

    def nearest(target: Sample) -> Scalar:
        def step(state, _: None):
            latents, adam_state, least = state
            values, gradients = squares(latents, target)
            with jax.numpy_dtype_promotion("standard"):  # optax mixes integer counts with floats
                moves, adam_state = adam.update(gradients, adam_state)
            best = values[jnp.argmin(values)]  # the derivative of `min` may be lost, compiled
            return (latents + moves, adam_state, jnp.minimum(least, best)), None

        first = (wide_starts, adam.init(wide_starts), jnp.asarray(jnp.inf, target.dtype))
        (latents, _, least), _ = jax.lax.scan(step, first, length=steps)
        last = jax.vmap(square, in_axes=(0, None))(latents, target)
        return safe_sqrt(jnp.minimum(least, last[jnp.argmin(last)]))

    return jax.lax.map(nearest, wide_targets, batch_size=64).astype(targets.dtype)
