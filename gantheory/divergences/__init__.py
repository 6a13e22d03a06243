r"""Divergences of distributions: closed forms, estimators with error bars, and the f-divergences.

Normal distributions with independent coordinates are given by mean and **log-variance** along the
last axis, general ones by mean and covariance, categorical ones by logits; leading axes are
batches. Logarithms are natural: a divergence in which they occur is in nats. Unless a function says
otherwise, a divergence is at least 0, one number for each distribution or pair of distributions.

Nothing is broadcast: what is not an array of floating-point numbers raises a `TypeError`; what is
empty, has other axes than those declared, or holds infinities or NaNs where numbers are needed, a
`ValueError`. For half-precision arguments a divergence is computed in single precision and
returned in their type.

The three estimators of the KL divergence from samples are compared in [2.1 The KL divergence of a
Gaussian][when-there-is-no-closed-form-estimate-with-an-error-bar].
"""

from gantheory.divergences.arithmetic import exponential_excess
from gantheory.divergences.categorical import (
    hellinger_categorical,
    jensen_shannon_categorical,
    kl_categorical,
    total_variation_categorical,
)
from gantheory.divergences.estimators import Estimate, kl_k1, kl_k2, kl_k3
from gantheory.divergences.f_divergences import (
    F_DIVERGENCES,
    FDivergence,
    f_divergence_categorical,
    variational_bound,
)
from gantheory.divergences.gaussian import (
    jeffreys_normal,
    kl_normal,
    kl_to_standard_normal,
    reverse_kl_to_standard_normal,
)
from gantheory.divergences.jensen_shannon import (
    coin_information,
    jensen_shannon_1d,
    jensen_shannon_estimate,
)
from gantheory.divergences.multivariate import kl_multivariate_normal
from gantheory.divergences.renyi import bhattacharyya_normal, renyi_normal
from gantheory.divergences.transport import (
    squared_wasserstein_multivariate_normal,
    squared_wasserstein_normal,
)

__all__ = [
    "F_DIVERGENCES",
    "Estimate",
    "FDivergence",
    "bhattacharyya_normal",
    "coin_information",
    "exponential_excess",
    "f_divergence_categorical",
    "hellinger_categorical",
    "jeffreys_normal",
    "jensen_shannon_1d",
    "jensen_shannon_categorical",
    "jensen_shannon_estimate",
    "kl_categorical",
    "kl_k1",
    "kl_k2",
    "kl_k3",
    "kl_multivariate_normal",
    "kl_normal",
    "kl_to_standard_normal",
    "renyi_normal",
    "reverse_kl_to_standard_normal",
    "squared_wasserstein_multivariate_normal",
    "squared_wasserstein_normal",
    "total_variation_categorical",
    "variational_bound",
]
