"""The deviation of a whole batch: where random walks between the styles end."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from gantheory._checks import (
    checked,
    is_known,
    require_count,
    require_non_negative,
    require_number,
)
from gantheory._numerics import log_softmax, widened
from gantheory.deviations.posteriors import require_labels
from gantheory.shapes import Labels, Scalar

Number = Float[Array, ""] | float | int
LogPlaces = Float[Array, " style fake"]


@checked
@widened
def walk_deviation(
    real_features: Float[Array, " real feature"],
    labels: Labels,
    fake_features: Float[Array, " fake feature"],
    *,
    styles: int,
    steps: int,
    discount: Number,
    visit_weight: Number,
) -> Scalar:
    r"""The creative walk: walks between styles through generated samples should end anywhere.

    The centre $c_i$ of a style is the mean of the features of its real samples, $x_1, \dots, x_N$
    are the features of the generated ones. A walk goes from a centre to a generated sample, $t$
    times from there to another one, and then to a centre. Nearer is likelier, by a softmax over
    all places to go to:

    $$A_{in} \propto e^{-\lVert c_i - x_n\rVert^2}, \qquad
    S_{nm} \propto e^{-\lVert x_n - x_m\rVert^2}\,[m \ne n], \qquad
    B_{nj} \propto e^{-\lVert x_n - c_j\rVert^2}, \qquad P(t) = A\,S^t\,B$$

    $$\sum_{t=0}^T \gamma^t\,\frac1K\sum_{i=1}^K\Bigl[-\frac1K\sum_{j=1}^K\log P_{ij}(t)\Bigr]
    + w\,\Bigl[-\frac1N\sum_{n=1}^N\log\frac1K\sum_{i=1}^K A_{in}\Bigr]$$

    The first term is the cross-entropy from the uniform distribution to where the walks land, as
    `mce_deviation` has it of posteriors; the second asks that every generated sample be visited.
    Both are least where landings and visits are uniform, for instance where all features are the
    same. The temperature is in the features: multiply both sides' by a number, or scale each
    vector to one length first.

    A style without a sample in the batch has no centre: no walk begins or ends there, and $K$
    counts the others. With a single centre left every walk ends there: the first term is 0, and
    asks for nothing.

    Args:
        real_features: Features of data, a row for each sample.
        labels: The true styles of the data, counted from 0.
        fake_features: Features of $N \ge 2$ generated samples.
        styles: The number of styles that the labels count, at least 2.
        steps: The longest walk takes $T \ge 0$ steps between generated samples. A step costs time
            and memory in proportion to $K N^2$.
        discount: $0 \le \gamma \le 1$, by which a step more makes a walk count less.
        visit_weight: Weight $w \ge 0$ of the visits; 0 leaves the walks alone.

    Returns:
        One number for the batch, in nats; at least $\log K\sum_t\gamma^t + w\log N$, and what it
        has above that is a sum of weighted KL divergences. Where labels are being traced, so that
        their values cannot be checked, a label outside 0 … `styles` - 1 makes it NaN.

    Raises:
        ValueError: A label is not one of the styles; there are fewer than two styles or two
            generated samples; `steps` is not an integer of at least 0; `discount` is not in [0, 1];
            or `visit_weight` is negative.

    Examples:
        >>> import jax.numpy as jnp
        >>> from gantheory import deviations
        >>> real, labels = 2 * jnp.eye(2), jnp.array([0, 1])
        >>> walk = {"styles": 2, "steps": 3, "discount": 0.7, "visit_weight": 1.0}
        >>> for fake in (jnp.ones((4, 2)), jnp.repeat(real, 2, axis=0)):
        ...     print(f"{deviations.walk_deviation(real, labels, fake, **walk):.3f}")
        3.142
        9.894

    Source:
        The walks, their discount and their target: Jha, Yi, Skorokhodov and Elhoseiny (2022), by
        the figure of the method on the page of their project. Squared distances, the mean over
        centres and the visits: the code of Jha, Yi, Skorokhodov and Elhoseiny (2021).
    """
    _require_walk(labels, fake_features, styles, steps)
    require_number(discount=discount, visit_weight=visit_weight)
    require_discount(discount)
    require_non_negative(visit_weight=visit_weight)
    gamma = jnp.asarray(discount, fake_features.dtype)
    centres, present = _centres(real_features, labels, styles)
    near = _closeness(centres, fake_features)
    outward = log_softmax(near)
    home = log_softmax(jnp.where(present[None], near.T, -jnp.inf))
    home = jnp.where(present[None], home, 0)  # walks that do not count need a finite slope, too
    among = _closeness(fake_features, fake_features)
    among = log_softmax(jnp.where(jnp.eye(len(among), dtype=bool), -jnp.inf, among))

    def cost(log_places: LogPlaces) -> Scalar:
        return -_mean(_mean(_log_product(log_places, home), present), present)

    def further(walk: tuple[LogPlaces, Scalar], _: None) -> tuple[tuple[LogPlaces, Scalar], Scalar]:
        log_places, weight = _log_product(walk[0], among), walk[1] * gamma
        return (log_places, weight), weight * cost(log_places)

    start = outward, jnp.ones_like(gamma)
    _, costs = jax.lax.scan(further, start, length=steps)
    visits = jax.nn.logsumexp(jnp.where(present[:, None], outward, -jnp.inf), axis=0)
    visit = jnp.log(_count(present, visits)) - jnp.mean(visits)
    walks = cost(outward) + jnp.sum(costs)
    return walks + jnp.asarray(visit_weight, visit.dtype) * visit


def _require_walk(
    labels: Labels, fake_features: Float[Array, " fake feature"], styles: int, steps: int
) -> None:
    require_count(styles=styles)
    if styles < 2:
        raise ValueError(f"styles must be at least 2, got {styles}.")
    require_steps(steps)
    if len(fake_features) < 2:
        raise ValueError(
            "fake_features must be of at least two generated samples, between which a walk steps, "
            f"got shape {fake_features.shape}."
        )
    require_labels(labels, styles)


def require_steps(steps: int) -> None:
    """Raise unless a number of steps is an integer of at least 0."""
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 0:
        raise ValueError(f"steps must be an integer of at least 0, got {steps!r}.")


def require_discount(discount: Number) -> None:
    """Raise unless a known discount lies in [0, 1]."""
    if is_known(discount) and not np.all((np.asarray(discount) >= 0) & (np.asarray(discount) <= 1)):
        raise ValueError(f"discount must lie in [0, 1], got {discount}.")


def _centres(
    features: Float[Array, " real feature"], labels: Labels, styles: int
) -> tuple[Float[Array, " style feature"], Bool[Array, " style"]]:
    """The mean features of each style, and which styles have samples; NaN for unknown labels."""
    index = labels.astype(int)
    counts = jax.ops.segment_sum(jnp.ones_like(features[:, 0]), index, styles)
    sums = jax.ops.segment_sum(features, index, styles)
    known = jnp.all((index >= 0) & (index < styles))
    present = counts > 0
    means = sums / jnp.where(present, counts, 1)[:, None]
    return jnp.where(known, means, jnp.nan), present


def _closeness(
    starts: Float[Array, " start feature"], ends: Float[Array, " end feature"]
) -> Float[Array, " start end"]:
    """The negative squared distances; of differences, for which close points lose no digits."""
    return -jnp.sum((starts[:, None] - ends[None]) ** 2, axis=-1)


def _log_product(
    first: Float[Array, " start place"], second: Float[Array, " place end"]
) -> Float[Array, " start end"]:
    """The product of two matrices of probabilities, all of them as logarithms."""
    return jax.nn.logsumexp(first[:, :, None] + second[None], axis=1)


def _count(present: Bool[Array, " style"], like: Array) -> Scalar:
    return jnp.sum(present.astype(like.dtype))


def _mean(values: Float[Array, "*any style"], present: Bool[Array, " style"]) -> Array:
    """The mean over the last axis, of the styles that are present."""
    shown = jnp.broadcast_to(present, values.shape)
    return jnp.sum(jnp.where(shown, values, 0), axis=-1) / _count(present, values)
