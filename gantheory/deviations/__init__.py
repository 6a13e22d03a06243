r"""Style deviation: how far a style posterior is from "could be any style".

A style model gives a sample $K$ logits $o_1, \dots, o_K$, one per style. Their softmax $p =
\operatorname{softmax}(o)$ is the posterior over styles, and $u = (1/K, \dots, 1/K)$ is the uniform
distribution. A deviation is small where $p$ is near $u$; a creative adversarial network's generator
adds one to its adversarial loss, so that its samples are hard to place.

Most of them take logits with the styles on the last axis, are in nats unless said otherwise, are to
be minimised, and return the mean over the batch. Among finite logits each is stationary only where
the posterior is uniform (for per-class sigmoids: where every $\sigma(o_k) = 1/K$). A logit of
$-\infty$ is a style of probability zero, at which a deviation is infinite or has its limit. What is
not an array of floating-point numbers raises a `TypeError`, what is empty or has fewer than two
styles a `ValueError`.

| function | of one posterior | least value |
| --- | --- | --- |
| `bce_deviation` | $\sum_k \mathrm{BCE}(1/K, p_k)$ | $K\,H_b(1/K)$ |
| `mce_deviation` | $-\tfrac1K\sum_k\log p_k = \log K + \mathrm{KL}(u\Vert p)$ | $\log K$ |
| `entropy_deviation` | $\mathrm{KL}(p\Vert u) = \log K - H(p)$ | $0$ |
| `sharma_mittal_deviation` | $\mathrm{SM}_{\alpha,\beta}(u\Vert p)$ | $0$ |

`walk_deviation` looks at a whole batch instead: it takes features, and asks at which style a random
walk from style to style through the generated samples ends.
"""

from gantheory.deviations.posteriors import (
    bce_deviation,
    entropy_deviation,
    mce_deviation,
    sharma_mittal_deviation,
    style_cross_entropy,
)
from gantheory.deviations.random_walk import walk_deviation

__all__ = [
    "bce_deviation",
    "entropy_deviation",
    "mce_deviation",
    "sharma_mittal_deviation",
    "style_cross_entropy",
    "walk_deviation",
]
