"""Every case by the name of its function, and what its errors never exceed."""

from experiments.accuracy.case import Accuracy, Case
from experiments.accuracy.of_deviations import DEVIATIONS
from experiments.accuracy.of_divergences import DIVERGENCES
from experiments.accuracy.of_f_gan import F_GAN
from experiments.accuracy.of_losses import LOSSES
from experiments.accuracy.of_metrics import METRICS
from experiments.accuracy.of_penalties import PENALTIES

TYPES = ("float32", "float64")
"""The types of the table; half precision is single precision rounded once, as the tests hold."""

CASES: dict[str, Case] = dict(
    sorted({**LOSSES, **PENALTIES, **DIVERGENCES, **DEVIATIONS, **F_GAN, **METRICS}.items())
)

# The causes of large errors. A rounded difference of large logits enters an exponential, or a large
# power of a ratio does: an error of half a unit in an exponent of 80 is 40 units in the result, and
# no more than that can be asked of one subtraction. The factors of covariances, and variances less
# other variances, are differences of larger numbers.
LIMITS: dict[str, Accuracy] = {
    "losses.relativistic_generator_loss": Accuracy(64.0, 64.0),
    "losses.relativistic_discriminator_loss": Accuracy(64.0, 64.0),
    "divergences.renyi_normal": Accuracy(8.0, 48.0),
    "divergences.f_divergence_categorical, pearson_chi2": Accuracy(100.0, 100.0),
    "deviations.entropy_deviation": Accuracy(8.0, 32.0),
    "deviations.sharma_mittal_deviation": Accuracy(8.0, 32.0),
    "deviations.sharma_mittal_deviation, 2, 1.5": Accuracy(100.0, 100.0),
    "metrics.frechet_distance": Accuracy(32.0, 32.0),
    "metrics.kernel_distance, standard error": Accuracy(8.0, 100.0),
}


def bound(name: str, type_name: str) -> Accuracy:
    """What the errors never exceed.

    In single precision these are eight units for a value and sixteen for a gradient, but for the
    functions named in `LIMITS`; in double precision, whose exponentials and logarithms are less
    exact, twice and four times as many. In half precision a result is rounded once, to half a unit;
    only a critic of half-precision samples computes its slopes in their precision itself.
    """
    if type_name in ("bfloat16", "float16"):
        return Accuracy(3.0, 3.0) if name.startswith("penalties.") else Accuracy(0.75, 0.75)
    single = LIMITS.get(name, LIMITS.get(name.split(",")[0], Accuracy(8.0, 16.0)))
    return single if type_name == "float32" else Accuracy(2 * single.value, 4 * single.gradient)
