"""How near a generator can come to given samples: the distance that makes recall measurable."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from gantheory._checks import require_count, require_finite, require_floating, require_positive
from gantheory.shapes import Sample, Scalar

Latent = Float[Array, " *latent"]


def inversion_distances(
    generator: Callable[[Latent], Sample],
    targets: Float[Array, " count *sample"],
    starts: Float[Array, " restarts *latent"],
    *,
    steps: int,
    learning_rate: float,
) -> Float[Array, " count"]:
    r"""Euclidean distance from each target to the nearest output of the generator, as a multi-start upper bound.

    $$
    \min_z \bigl\lVert x - G(z)\bigr\rVert_2
    $$

    The problem is not convex. From every start Adam ($\beta_1 = 0.9$, $\beta_2 = 0.999$) descends on the squared
    distance, with a learning rate that falls to zero along a cosine; the nearest output met on the way is kept, and of
    all starts the best one. The latents are not confined, so give starts of a law without bounds, such as the normal.

    Args:
        generator: From one latent to one sample.
        targets: The samples that shall be reached, usually held-out data.
        starts: Where the descent starts, for each target alike; draw them from the latents' law.
        steps: Steps of Adam from each start.
        learning_rate: The first learning rate.

    Returns:
        One distance for each target, at least 0, in the units of the samples.

    Raises:
        TypeError: Targets or starts do not hold floating-point numbers.
        ValueError: Targets or starts are empty or not finite, a number is out of range, or the generator's outputs do not
            have the targets' shape.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import metrics
        >>> def circle(angle):
        ...     return jnp.stack([jnp.cos(angle), jnp.sin(angle)])
        >>> targets = jnp.asarray([[0.0, 1.0], [2.0, 0.0]])
        >>> starts = jnp.asarray([0.0, 2.0, 4.0])
        >>> missed = metrics.inversion_distances(circle, targets, starts, steps=100, learning_rate=0.1)
        >>> [round(float(one), 3) for one in missed]
        [0.0, 1.0]

    Source:
        The idea, a share of held-out samples that a generator can be made to meet, is that of Lucic et al. (2018); the
        optimiser and its numbers are this library's choice.
    """
    require_floating(targets=targets, starts=starts)
    require_finite(targets=targets, starts=starts)
    require_count(steps=steps)
    require_positive(learning_rate=learning_rate)
    made = jax.eval_shape(generator, starts[0])
    if made.shape != targets.shape[1:]:
        raise ValueError(
            f"generator must return samples of the targets' shape, {targets.shape[1:]}, got {made.shape}."
        )
    adam = optax.adam(optax.cosine_decay_schedule(learning_rate, steps))

    def square(latent: Latent, target: Sample) -> Scalar:
        return jnp.sum((generator(latent) - target) ** 2)

    def squares(latents: Float[Array, " restarts *latent"], target: Sample):
        return jax.vmap(jax.value_and_grad(square), in_axes=(0, None))(latents, target)

    def nearest(target: Sample) -> Scalar:
        def step(state, _: None):
            latents, adam_state, least = state
            values, gradients = squares(latents, target)
            with jax.numpy_dtype_promotion("standard"):  # optax mixes integer counts with floats
                moves, adam_state = adam.update(gradients, adam_state)
            return (latents + moves, adam_state, jnp.minimum(least, jnp.min(values))), None

        first = (starts, adam.init(starts), jnp.asarray(jnp.inf, targets.dtype))
        (latents, _, least), _ = jax.lax.scan(step, first, length=steps)
        last = jnp.min(jax.vmap(square, in_axes=(0, None))(latents, target))
        return jnp.sqrt(jnp.minimum(least, last))

    return jax.lax.map(nearest, targets, batch_size=64)
