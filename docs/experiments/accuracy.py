"""How exact the functions of arrays are: the largest error, in units of the last place, against 50
digits.

`CASES` has an entry for each function: how to call it, the same formula for mpmath, and points over
the range of the type. Cases of other modules are added to it. A value below a thousand times the
smallest normal number may come out as 0, as one of its factors may, and one beyond the largest
number as infinity. The unit of a gradient is that of its largest entry. Where terms of both signs
are added, the unit is that of the largest term, as no sum can do better.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import mpmath
import numpy as np

from gantheory import deviations, divergences, losses

DIGITS = 50
POINTS = 16
UNDERFLOW = 2.0**10
TYPES = ("float32", "bfloat16", "float16", "float64")

Random = np.random.Generator
Exact = Callable[..., Any]


@dataclass(frozen=True)
class Case:
    """A function, what it should return, and where it is asked.

    Attributes:
        function: Of the arrays of one point, to a number.
        exact: The same of nested lists of mpmath's numbers.
        points: Arrays for a type, drawn; their first axis counts the points.
        terms: Size of the largest term of the value, if terms of both signs are added.
        slope_terms: The same for the entries of the gradient.
        why: A word on the range, if it is not that of the type.
    """

    function: Callable[..., Any]
    exact: Exact
    points: Callable[[Random, Any], tuple[np.ndarray, ...]]
    terms: Exact | None = None
    slope_terms: float = 0.0
    why: str = ""


@dataclass(frozen=True)
class Accuracy:
    """The largest errors of one function in one type, in units of the last place."""

    value: float
    gradient: float


# --- points ----------------------------------------------------------------------------------


def signed(random: Random, shape: tuple[int, ...], low: float, high: float) -> np.ndarray:
    """Numbers of both signs, of sizes spread evenly over powers of ten."""
    return random.choice([-1.0, 1.0], shape) * 10 ** random.uniform(low, high, shape)


def logits(*sides: int, high: float = 4.0) -> Callable[[Random, Any], tuple[np.ndarray, ...]]:
    """Logits of each side: some tiny, some huge, and in the last points the sizes that are
    usual."""

    def draw(random: Random, _: Any) -> tuple[np.ndarray, ...]:
        half = POINTS // 2
        return tuple(
            np.concatenate(
                [signed(random, (half, side), -4, high), random.normal(0, 3, (half, side))]
            )
            for side in sides
        )

    return draw


def normals(count: int) -> Callable[[Random, Any], tuple[np.ndarray, ...]]:
    """Means and log-variances in turn, to the ends of the range of a type; close pairs at the
    end."""

    def draw(random: Random, type_: Any) -> tuple[np.ndarray, ...]:
        most = 1.9 * min(math.log(float(type_.max)), 88.0)
        third = POINTS // 4
        found = []
        for which in range(count):
            mean = signed(random, (POINTS, 2), -6, 3)
            wide = random.uniform(-most, most, (third, 2))
            usual = random.uniform(-6, 6, (POINTS - 2 * third, 2))
            near = 1.0 + signed(random, (third, 2), -3, -1)
            mean[-third:] = 0.5 + which * signed(random, (third, 2), -3, -1)
            found += [mean, np.concatenate([wide, usual, near])]
        return tuple(found)

    return draw


def classes(sides: int = 2, rows: int = 0) -> Callable[[Random, Any], tuple[np.ndarray, ...]]:
    """Logits of four classes: far apart, usual, and nearly those of the first side."""

    def draw(random: Random, _: Any) -> tuple[np.ndarray, ...]:
        shape = (rows, 4) if rows else (4,)
        third = POINTS // 3
        first = random.normal(0, 2, (POINTS, *shape))
        found = [first]
        for _side in range(sides - 1):
            far = signed(random, (third, *shape), 0, 1.8)
            usual = random.normal(0, 2, (POINTS - 2 * third, *shape))
            close = first[-third:] + signed(random, (third, *shape), -3, -1)
            found.append(np.concatenate([far, usual, close]))
        if sides == 1:
            first[:third] = signed(random, (third, *shape), 0, 1.8)
            first[-third:] = 0.7 + signed(random, (third, *shape), -3, -1)
        return tuple(found)

    return draw


def covariances(random: Random, _: Any) -> tuple[np.ndarray, ...]:
    """Means of two numbers and covariances (variance, covariance, variance), of any scale."""
    found = []
    for _side in range(2):
        correlation = random.uniform(-0.7, 0.7, POINTS)
        deviation = np.exp(random.uniform(-1, 1, (POINTS, 2)))
        both = correlation * deviation[:, 0] * deviation[:, 1]
        covariance = np.stack([deviation[:, 0] ** 2, both, deviation[:, 1] ** 2], axis=1)
        found += [signed(random, (POINTS, 2), -2, 2), covariance]
    return tuple(found)


def row(low: float, high: float, size: int = 4) -> Callable[[Random, Any], tuple[np.ndarray, ...]]:
    return lambda random, _: (signed(random, (POINTS, size), low, high),)


def rows(count: int, high: float) -> Callable[[Random, Any], tuple[np.ndarray, ...]]:
    return lambda random, _: tuple(signed(random, (POINTS, 3), -3, high) for _ in range(count))


# --- the same formulas, for mpmath -----------------------------------------------------------

log, exp, expm1, sqrt = mpmath.log, mpmath.exp, mpmath.expm1, mpmath.sqrt


def mean(values: Any) -> Any:
    values = list(values)
    return mpmath.fsum(values) / len(values)


def softplus(x: Any) -> Any:
    return mpmath.log1p(exp(x))


def softmax(logits: Any) -> list[Any]:
    top = max(logits)
    weights = [exp(one - top) for one in logits]
    total = mpmath.fsum(weights)
    return [weight / total for weight in weights]


def paired(term: Callable[[Any, Any], Any]) -> Exact:
    return lambda first, second: mpmath.fsum(map(term, first, second))


def of_classes(term: Callable[[Any, Any], Any]) -> Exact:
    return lambda p, q: mpmath.fsum(map(term, softmax(p), softmax(q)))


def of_rows(term: Callable[[list[Any]], Any]) -> Exact:
    return lambda table: mean(term(softmax(one)) for one in table)


def jensen_shannon_term(p: Any, q: Any) -> Any:
    middle = (p + q) / 2
    return (p * log(p / middle) + q * log(q / middle)) / 2


def coin(ratio: Any) -> Any:
    p, q = 1 / (1 + exp(-ratio)), 1 / (1 + exp(ratio))
    return log(2) + p * log(p) + q * log(q)


def kl_of_normals(mean_p: Any, s_p: Any, mean_q: Any, s_q: Any) -> Any:
    return mpmath.fsum(
        ((a - b) ** 2 * exp(-t) + exp(s - t) - 1 - (s - t)) / 2
        for a, s, b, t in zip(mean_p, s_p, mean_q, s_q, strict=True)
    )


def renyi_of_normals(order: float) -> Exact:
    def value(mean_p: Any, s_p: Any, mean_q: Any, s_q: Any) -> Any:
        total = mpmath.mpf(0)
        for a, s, b, t in zip(mean_p, s_p, mean_q, s_q, strict=True):
            mixed = order * exp(t) + (1 - order) * exp(s)
            if mixed <= 0:
                return mpmath.inf
            spread = log(mixed) - (1 - order) * s - order * t
            total += (order * (a - b) ** 2 / mixed + spread / (1 - order)) / 2
        return total

    return value


def transport_of_normals(mean_p: Any, s_p: Any, mean_q: Any, s_q: Any) -> Any:
    return mpmath.fsum(
        (a - b) ** 2 + (exp(s / 2) - exp(t / 2)) ** 2
        for a, s, b, t in zip(mean_p, s_p, mean_q, s_q, strict=True)
    )


def shift_and_covariances(function: Exact) -> Exact:
    return lambda mean_p, p, mean_q, q: function(
        [a - b for a, b in zip(mean_p, mean_q, strict=True)], p, q
    )


def kl_of_covariances(shift: Any, p: Any, q: Any) -> Any:
    (a, b, c), (d, e, f), (x, y) = p, q, shift
    det_p, det_q = a * c - b * b, d * f - e * e
    trace = (f * a - 2 * e * b + d * c) / det_q
    return (trace + (f * x * x - 2 * e * x * y + d * y * y) / det_q - 2 + log(det_q / det_p)) / 2


def transport_of_covariances(shift: Any, p: Any, q: Any) -> Any:
    (a, b, c), (d, e, f), (x, y) = p, q, shift
    root = sqrt((a * c - b * b) * (d * f - e * e))
    return x * x + y * y + a + c + d + f - 2 * sqrt(a * d + 2 * b * e + c * f + 2 * root)


def matrix(entries: jax.Array) -> jax.Array:
    return jnp.stack([entries[:2], entries[1:]])


def with_matrices(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda mean_p, p, mean_q, q: function(mean_p, matrix(p), mean_q, matrix(q))


def binary(p: Any, target: Any) -> Any:
    return -target * log(p) - (1 - target) * mpmath.log1p(-p)


def sharma_mittal(alpha: float, beta: float) -> Exact:
    def value(p: list[Any]) -> Any:
        count = len(p)
        if alpha == 1:
            renyi = -mean(log(count * one) for one in p)
        else:
            renyi = log(mean((count * one) ** (1 - alpha) for one in p)) / (alpha - 1)
        return renyi if beta == 1 else expm1((beta - 1) * renyi) / (beta - 1)

    return of_rows(value)


def shifted(table: Any) -> list[list[Any]]:
    return [[one - max(row_) for one in row_] for row_ in table]


# --- the cases -------------------------------------------------------------------------------

DIVERGENCES = divergences.F_DIVERGENCES
EXACT_ROWS: dict[str, tuple[Exact, Exact, Exact]] = {  # f(u), g_f(v), f*(g_f(v))
    "kl": (lambda u: u * log(u), lambda v: v, lambda v: exp(v - 1)),
    "reverse_kl": (lambda u: -log(u), lambda v: -exp(-v), lambda v: v - 1),
    "pearson_chi2": (lambda u: (u - 1) ** 2, lambda v: v, lambda v: v * v / 4 + v),
    "squared_hellinger": (lambda u: (sqrt(u) - 1) ** 2, lambda v: -expm1(-v), expm1),
    "jensen_shannon": (
        lambda u: u * log(u) - (u + 1) * log((u + 1) / 2),
        lambda v: log(2) - softplus(-v),
        lambda v: softplus(v) - log(2),
    ),
    "gan": (
        lambda u: u * log(u) - (u + 1) * log(u + 1),
        lambda v: -softplus(-v),
        softplus,
    ),
}


def one_side(function: Callable[..., Any], term: Exact, **more: Any) -> Case:
    return Case(function, lambda h: mean(map(term, h)), logits(3), **more)


def two_sides(function: Callable[..., Any], real: Exact, fake: Exact, **more: Any) -> Case:
    return Case(
        function,
        lambda x, h: mean(map(real, x)) + mean(map(fake, h)),
        more.pop("points", logits(3, 2)),
        terms=lambda x, h: max(abs(f(v)) for f, row_ in ((real, x), (fake, h)) for v in row_),
        **more,
    )


def size(x: Any) -> Any:
    return max(map(abs, x))


CASES: dict[str, Case] = {
    "losses.minimax_generator_loss": one_side(
        losses.minimax_generator_loss, lambda h: -softplus(h)
    ),
    "losses.nonsaturating_generator_loss": one_side(
        losses.nonsaturating_generator_loss, lambda h: softplus(-h)
    ),
    "losses.logistic_discriminator_loss": two_sides(
        losses.logistic_discriminator_loss, lambda x: softplus(-x), softplus
    ),
    "losses.wasserstein_generator_loss": one_side(
        losses.wasserstein_generator_loss, lambda h: -h, terms=size
    ),
    "losses.wasserstein_critic_loss": two_sides(
        losses.wasserstein_critic_loss, lambda x: -x, lambda h: h
    ),
    "losses.hinge_generator_loss": one_side(losses.hinge_generator_loss, lambda h: -h, terms=size),
    "losses.hinge_discriminator_loss": two_sides(
        losses.hinge_discriminator_loss, lambda x: max(0, 1 - x), lambda h: max(0, 1 + h)
    ),
    "losses.least_squares_generator_loss": one_side(
        losses.least_squares_generator_loss, lambda h: (h - 1) ** 2 / 2
    ),
    "losses.least_squares_discriminator_loss": two_sides(
        losses.least_squares_discriminator_loss, lambda x: (x - 1) ** 2 / 2, lambda h: h * h / 2
    ),
    "losses.relativistic_generator_loss": Case(
        losses.relativistic_generator_loss,
        lambda x, h: paired(lambda a, b: softplus(a - b))(x, h) / 3,
        logits(3, 3),
    ),
    "losses.relativistic_discriminator_loss": Case(
        losses.relativistic_discriminator_loss,
        lambda x, h: paired(lambda a, b: softplus(b - a))(x, h) / 3,
        logits(3, 3),
    ),
    "divergences.exponential_excess": Case(
        lambda s: divergences.exponential_excess(s)[0],
        lambda s: expm1(s[0]) - s[0],
        row(-15, 4, 1),
    ),
    "divergences.coin_information": Case(
        lambda r: divergences.coin_information(r)[0], lambda r: coin(r[0]), row(-10, 1.9, 1)
    ),
    "divergences.kl_to_standard_normal": Case(
        divergences.kl_to_standard_normal,
        lambda m, s: kl_of_normals(m, s, [0, 0], [0, 0]),
        normals(1),
    ),
    "divergences.reverse_kl_to_standard_normal": Case(
        divergences.reverse_kl_to_standard_normal,
        lambda m, s: kl_of_normals([0, 0], [0, 0], m, s),
        normals(1),
    ),
    "divergences.kl_normal": Case(divergences.kl_normal, kl_of_normals, normals(2)),
    "divergences.jeffreys_normal": Case(
        divergences.jeffreys_normal,
        lambda a, s, b, t: kl_of_normals(a, s, b, t) + kl_of_normals(b, t, a, s),
        normals(2),
    ),
    "divergences.squared_wasserstein_normal": Case(
        divergences.squared_wasserstein_normal, transport_of_normals, normals(2)
    ),
    "divergences.bhattacharyya_normal": Case(
        divergences.bhattacharyya_normal,
        lambda *given: renyi_of_normals(0.5)(*given) / 2,
        normals(2),
    ),
    "divergences.kl_multivariate_normal": Case(
        with_matrices(divergences.kl_multivariate_normal),
        shift_and_covariances(kl_of_covariances),
        covariances,
        why="correlations below 0.7",
    ),
    "divergences.squared_wasserstein_multivariate_normal": Case(
        with_matrices(divergences.squared_wasserstein_multivariate_normal),
        shift_and_covariances(transport_of_covariances),
        covariances,
        why="correlations below 0.7",
    ),
    "divergences.kl_categorical": Case(
        divergences.kl_categorical, of_classes(lambda p, q: p * log(p / q)), classes()
    ),
    "divergences.jensen_shannon_categorical": Case(
        divergences.jensen_shannon_categorical, of_classes(jensen_shannon_term), classes()
    ),
    "divergences.total_variation_categorical": Case(
        divergences.total_variation_categorical,
        of_classes(lambda p, q: abs(p - q) / 2),
        classes(),
    ),
    "divergences.hellinger_categorical": Case(
        divergences.hellinger_categorical,
        lambda p, q: sqrt(of_classes(lambda a, b: (sqrt(a) - sqrt(b)) ** 2 / 2)(p, q)),
        classes(),
    ),
    "divergences.jensen_shannon_1d": Case(
        lambda p, q: divergences.jensen_shannon_1d(p, q, jnp.arange(3.0, dtype=p.dtype)),
        lambda p, q: mpmath.fsum(
            weight * jensen_shannon_term(exp(a), exp(b))
            for weight, a, b in zip((mpmath.mpf("0.5"), 1, mpmath.mpf("0.5")), p, q, strict=True)
        ),
        rows(2, 1.0),
        why="log-densities from -10 to 10",
    ),
    "divergences.jensen_shannon_estimate": Case(
        lambda p, q: divergences.jensen_shannon_estimate(p, q).value,
        lambda p, q: (mean(map(coin, p)) + mean(map(coin, q))) / 2,
        rows(2, 1.9),
    ),
    "divergences.kl_k1": Case(lambda r: divergences.kl_k1(r).value, mean, row(-3, 3), terms=size),
    "divergences.kl_k2": Case(
        lambda r: divergences.kl_k2(r).value, lambda r: mean(x * x / 2 for x in r), row(-3, 3)
    ),
    "divergences.kl_k3": Case(
        lambda r: divergences.kl_k3(r).value, lambda r: mean(expm1(-x) + x for x in r), row(-3, 1.9)
    ),
    "deviations.mce_deviation": Case(
        deviations.mce_deviation,
        of_rows(lambda p: -mean(map(log, p))),
        classes(1, rows=2),
        slope_terms=1 / 8,
    ),
    "deviations.entropy_deviation": Case(
        deviations.entropy_deviation,
        of_rows(lambda p: mpmath.fsum(one * log(len(p) * one) for one in p)),
        classes(1, rows=2),
    ),
    "deviations.bce_deviation": Case(
        deviations.bce_deviation,
        of_rows(lambda p: mpmath.fsum(binary(one, mpmath.mpf(1) / len(p)) for one in p)),
        classes(1, rows=2),
        slope_terms=1 / 8,
    ),
    'deviations.bce_deviation, link="sigmoid"': Case(
        lambda o: deviations.bce_deviation(o, link="sigmoid"),
        lambda table: mean(
            mpmath.fsum((softplus(-o) + 3 * softplus(o)) / 4 for o in one) for one in table
        ),
        classes(1, rows=2),
        slope_terms=1 / 8,
    ),
    "deviations.style_cross_entropy": Case(
        lambda o: deviations.style_cross_entropy(o, jnp.array([0, 2])),
        lambda table: -mean(log(softmax(one)[c]) for one, c in zip(table, (0, 2), strict=True)),
        classes(1, rows=2),
    ),
}

for order in (0.1, 0.5, 0.9, 1.1, 3.0, 32.0):
    CASES[f"divergences.renyi_normal, order={order:g}"] = Case(
        lambda *given, order=order: divergences.renyi_normal(*given, order=order),
        lambda *given, order=order: renyi_of_normals(order)(*given),
        normals(2),
    )
for alpha, beta in ((0.3, 0.3), (0.7, 1.0), (1.0, 0.5), (1.0, 1.0), (2.0, 1.5)):
    CASES[f"deviations.sharma_mittal_deviation, {alpha:g}, {beta:g}"] = Case(
        lambda o, alpha=alpha, beta=beta: deviations.sharma_mittal_deviation(o, alpha, beta),
        sharma_mittal(alpha, beta),
        classes(1, rows=2),
    )
for name, (_generator, _activation, _conjugate) in EXACT_ROWS.items():
    CASES[f"divergences.f_divergence_categorical, {name}"] = Case(
        lambda p, q, name=name: divergences.f_divergence_categorical(DIVERGENCES[name], p, q),
        of_classes(lambda p, q, f=_generator: q * f(p / q)),
        classes(),
        terms=(lambda p, q: 2 * log(2)) if name == "gan" else None,
    )
    CASES[f"losses.f_gan_generator_loss, {name}"] = Case(
        lambda h, name=name: losses.f_gan_generator_loss(DIVERGENCES[name], h),
        lambda h, f=_conjugate: -mean(map(f, h)),
        logits(3, high=1.9),
        terms=lambda h, f=_conjugate: max(abs(f(v)) for v in h),
    )
    CASES[f"losses.f_gan_critic_loss, {name}"] = two_sides(
        lambda x, h, name=name: losses.f_gan_critic_loss(DIVERGENCES[name], x, h),
        lambda x, f=_activation: -f(x),
        _conjugate,
        points=logits(3, 2, high=1.9),
    )


# A rounded difference of large logits enters an exponential, or a large power of a ratio does: an
# error of half a unit in an exponent of 80 is 40 units in the result, and no more than that can be
# asked of one subtraction.
LIMITS: dict[str, Accuracy] = {
    "losses.relativistic_generator_loss": Accuracy(64.0, 64.0),
    "losses.relativistic_discriminator_loss": Accuracy(64.0, 64.0),
    "divergences.renyi_normal": Accuracy(8.0, 48.0),
    "divergences.f_divergence_categorical, pearson_chi2": Accuracy(100.0, 100.0),
    "deviations.entropy_deviation": Accuracy(8.0, 32.0),
    "deviations.sharma_mittal_deviation": Accuracy(8.0, 32.0),
    "deviations.sharma_mittal_deviation, 2, 1.5": Accuracy(100.0, 100.0),
}


# --- measuring -------------------------------------------------------------------------------


def measured(name: str, type_name: str) -> Accuracy:
    """The largest errors of a case over its points, in units of the last place of the type."""
    case = CASES[name]
    with jax.enable_x64(type_name == "float64"):
        type_ = jnp.finfo(type_name)
        drawn = case.points(np.random.default_rng(0), type_)
        given = [jnp.asarray(one).astype(type_name) for one in drawn]
        slope = jax.vmap(jax.value_and_grad(case.function, argnums=tuple(range(len(given)))))
        values, slopes = jax.jit(slope)(*given)
        assert values.dtype == type_name, (name, values.dtype)
        values = np.asarray(values, float)
        slopes = [np.asarray(one, float) for one in slopes]
    inputs = [np.asarray(one, float) for one in given]
    with mpmath.workdps(DIGITS):
        pairs = [
            _errors(case, type_, [one[i] for one in inputs], values[i], [one[i] for one in slopes])
            for i in range(len(values))
        ]
    return Accuracy(*map(max, zip(*pairs, strict=True)))


def bound(name: str) -> Accuracy:
    """What the errors in single precision never exceed: eight units, but for the functions named in
    `LIMITS`."""
    return LIMITS.get(name, LIMITS.get(name.split(",")[0], Accuracy(8.0, 16.0)))


def _errors(
    case: Case, type_: Any, inputs: list[np.ndarray], value: float, slopes: list[np.ndarray]
) -> tuple[float, float]:
    given = [_exactly(one) for one in inputs]
    exact = case.exact(*given)
    unit = max(abs(exact), abs(case.terms(*given)) if case.terms else 0)
    error = _in_units(value, exact, unit, type_)
    if not math.isfinite(error) or abs(exact) > type_.max:
        return error, 0.0  # where the value is infinite, so may be the gradient
    worst = 0.0
    for k, (array, slope) in enumerate(zip(inputs, slopes, strict=True)):
        exact_slopes = [_slope(case, given, k, index) for index in np.ndindex(array.shape)]
        unit = max(case.slope_terms, *map(abs, exact_slopes))
        for index, true in zip(np.ndindex(array.shape), exact_slopes, strict=True):
            worst = max(worst, _in_units(float(slope[index]), true, unit, type_))
    return error, worst


def _exactly(array: np.ndarray) -> Any:
    return [_exactly(one) if one.ndim else mpmath.mpf(float(one)) for one in array]


def _slope(case: Case, given: list[Any], argument: int, index: tuple[int, ...]) -> Any:
    """The exact partial derivative, by central differences with many more digits."""

    def moved(by: Any) -> Any:
        changed = _copied(given[argument])
        inner = changed
        for i in index[:-1]:
            inner = inner[i]
        inner[index[-1]] += by
        return case.exact(*given[:argument], changed, *given[argument + 1 :])

    with mpmath.workdps(2 * DIGITS + 20):
        here = given[argument]
        for i in index:
            here = here[i]
        step = mpmath.mpf(10) ** -DIGITS * max(abs(here), mpmath.mpf(10) ** -DIGITS)
        return (moved(step) - moved(-step)) / (2 * step)


def _copied(nested: Any) -> Any:
    return [_copied(one) for one in nested] if isinstance(nested, list) else nested


def _in_units(found: float, exact: Any, unit: Any, type_: Any) -> float:
    """The error in units of the last place at `unit`, with what underflow and overflow may do."""
    smallest, largest = UNDERFLOW * float(type_.smallest_normal), float(type_.max)
    if abs(exact) >= largest * (1 - 8 * float(type_.eps)) and abs(found) >= largest:
        return 0.0
    if abs(exact) < smallest and abs(found) <= smallest:
        return 0.0
    if not math.isfinite(found):
        return math.inf
    exponent = mpmath.floor(mpmath.log(max(unit, smallest), 2))
    return float(abs(found - exact) / (mpmath.mpf(2) ** exponent * float(type_.eps)))


def promises() -> str:
    """What the test of the accuracy holds every function to, in Markdown."""
    lines = ["| function | value | gradient | where |", "| --- | ---: | ---: | --- |"]
    for name, case in CASES.items():
        most = bound(name)
        lines.append(f"| `{name}` | {most.value:g} | {most.gradient:g} | {case.why} |")
    return "\n".join(lines)


def table(types: tuple[str, ...] = TYPES) -> str:
    """The largest errors of all functions in Markdown: of the value / of the gradient."""
    lines = [f"| function | {' | '.join(types)} |", f"| --- |{' ---: |' * len(types)}"]
    for name in CASES:
        found = [measured(name, type_) for type_ in types]
        cells = [f"{one.value:.1f} / {one.gradient:.1f}" for one in found]
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    return "\n".join(lines)
