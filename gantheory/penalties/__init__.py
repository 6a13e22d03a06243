r"""Gradient penalties of a critic, and the projections of its weights.

A critic maps **one sample** to a scalar logit, never to its sigmoid; batching is done by the
library. Norms are taken per sample, over all axes of the sample, and averaged over the batch last.
Where points are drawn between two ends, each sample has one weight of its own. Sums are in single
precision or better, and a penalty has the precision of its samples. It is at least 0, and without
a weight.

A critic that also takes a label, or anything else that belongs to a sample, is given with
`condition=`: arrays with one entry per sample, of which the critic gets one as its second argument.
Do not close over a batch of labels instead, as in `lambda x: critic(x, labels)`: every sample would
meet all of them.

The samples hold floating-point numbers; others raise a `TypeError`. An empty batch, a critic that
does not return a scalar, and a condition that does not have one entry per sample raise a
`ValueError`.
"""

from gantheory.penalties.gradients import dragan, r1, r2, wgan_gp
from gantheory.penalties.projections import PowerIterated, clip_weights, spectral_normalise

__all__ = [
    "PowerIterated",
    "clip_weights",
    "dragan",
    "r1",
    "r2",
    "spectral_normalise",
    "wgan_gp",
]
