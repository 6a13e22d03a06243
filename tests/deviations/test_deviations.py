"""Deviation terms against exact values, their theory as identities, and their behaviour at
extremes."""

from functools import partial

import hypothesis
import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
import sympy

from gantheory.deviations import (
    bce_deviation,
    entropy_deviation,
    mce_deviation,
    sharma_mittal_deviation,
)

ORDERS = ((0.5, 0.5), (0.3, 0.6), (0.5, 1), (1, 1), (1, 0.5), (2, 1), (2, 0.5), (1.5, 1.5))
PLAIN = {
    "softmax-bce": partial(bce_deviation, link="softmax"),
    "sigmoid-bce": partial(bce_deviation, link="sigmoid"),
    "mce": mce_deviation,
    "entropy": entropy_deviation,
} | {f"sm-{a}-{b}": partial(sharma_mittal_deviation, alpha=a, beta=b) for a, b in ORDERS}

# Compiled once per shape, values and gradients together; the family's orders share one compilation.
_compiled = {
    name: jax.jit(jax.value_and_grad(deviation))
    for name, deviation in PLAIN.items()
    if not name.startswith("sm")
}
_compiled_family = jax.jit(jax.value_and_grad(sharma_mittal_deviation))


def value_and_gradient(name, logits):
    if name.startswith("sm"):
        return _compiled_family(logits, *(float(part) for part in name.split("-")[1:]))
    return _compiled[name](logits)


def value_of(name, logits):
    return value_and_gradient(name, logits)[0]


def gradient_of(name, logits):
    return value_and_gradient(name, logits)[1]


def sharma_mittal(logits, alpha, beta):
    return _compiled_family(logits, float(alpha), float(beta))[0]


DEVIATIONS = {name: partial(value_of, name) for name in PLAIN}
softmax_bce, sigmoid_bce, mce = (DEVIATIONS[name] for name in ("softmax-bce", "sigmoid-bce", "mce"))
SHIFT_INVARIANT = sorted(set(DEVIATIONS) - {"sigmoid-bce"})
every = pytest.mark.parametrize("name", sorted(DEVIATIONS))


def exact(name, logits):
    """The textbook formula in 60 digits for one sample, without any stabilisation."""
    with mpmath.workdps(60):
        o = [mpmath.mpf(float(value)) for value in logits]
        count = len(o)
        u = mpmath.mpf(1) / count
        total = mpmath.fsum(mpmath.exp(value) for value in o)
        p = [mpmath.exp(value) / total for value in o]
        if name == "sigmoid-bce":
            p = [1 / (1 + mpmath.exp(-value)) for value in o]
        if name.endswith("bce"):
            return -mpmath.fsum(u * mpmath.log(q) + (1 - u) * mpmath.log(1 - q) for q in p)
        if name == "mce":
            return -mpmath.fsum(mpmath.log(q) for q in p) * u
        if name == "entropy":
            return mpmath.fsum(q * mpmath.log(q / u) for q in p)
        alpha, beta = (mpmath.mpf(part) for part in name.split("-")[1:])
        return exact_sharma_mittal(p, alpha, beta)


def exact_sharma_mittal(p, alpha, beta):
    u = mpmath.mpf(1) / len(p)
    if alpha == 1:
        renyi = mpmath.fsum(u * mpmath.log(u / q) for q in p)
    else:
        renyi = mpmath.log(mpmath.fsum(u**alpha * q ** (1 - alpha) for q in p)) / (alpha - 1)
    return renyi if beta == 1 else mpmath.expm1((beta - 1) * renyi) / (beta - 1)


def random_logits(classes, batch=(), scale=3.0, seed=0):
    noise = np.random.default_rng(seed).normal(size=(*batch, classes))
    return jnp.asarray(scale * noise, jnp.float32)


def close(value, expected, *, relative=2e-6, absolute=2e-6):
    expected = float(expected)
    return abs(float(value) - expected) <= absolute + relative * abs(expected)


# --- values ---------------------------------------------------------------------------------------


@every
@pytest.mark.parametrize("classes", [2, 10, 1000])
@pytest.mark.parametrize("scale", [0.01, 1.0, 8.0])
def test_value_is_that_of_the_textbook_formula(name, classes, scale):
    logits = random_logits(classes, scale=scale)
    assert close(DEVIATIONS[name](logits), exact(name, logits), relative=1e-5)


@every
def test_batch_of_any_shape_is_averaged(name):
    logits = random_logits(10, batch=(2, 3))
    singles = [DEVIATIONS[name](row) for row in logits.reshape(6, 10)]
    assert close(DEVIATIONS[name](logits), np.mean(singles))


def test_known_values_at_the_uniform_posterior():
    for classes in (2, 10, 1000):
        logits = jnp.full(classes, 7.0)
        floor = np.log(classes) + (classes - 1) * np.log(classes / (classes - 1))
        assert close(softmax_bce(logits), floor)
        assert close(sigmoid_bce(jnp.full(classes, -np.log(classes - 1))), floor)
        assert close(mce(logits), np.log(classes))
        for name in (*[name for name in DEVIATIONS if name.startswith("sm")], "entropy"):
            assert close(DEVIATIONS[name](logits), 0.0)


def test_default_link_is_the_class_posterior_of_the_value_function():
    logits = random_logits(10)
    default = jax.jit(bce_deviation)(logits)
    assert close(default, softmax_bce(logits))
    assert not close(default, sigmoid_bce(logits), absolute=0.1)


# --- identities -----------------------------------------------------------------------------------

logit_rows = hnp.arrays(np.float32, st.sampled_from([2, 10]), elements=st.floats(-20, 20, width=32))
many = hypothesis.settings(max_examples=60, deadline=None)


@many
@hypothesis.given(logit_rows)
def test_softmax_bce_is_mce_plus_a_price_for_every_likely_class(row):
    classes = row.size
    with mpmath.workdps(60):
        top = [mpmath.exp(mpmath.mpf(float(value))) for value in row]
        price = -mpmath.fsum(
            mpmath.log(mpmath.fsum(top[:k] + top[k + 1 :]) / mpmath.fsum(top))
            for k in range(classes)
        )
    logits = jnp.asarray(row)
    expected = float(mce(logits)) + (1 - 1 / classes) * float(price)
    assert close(softmax_bce(logits), expected, relative=1e-5, absolute=1e-5)


@many
@hypothesis.given(logit_rows)
def test_mce_is_log_k_plus_kl_from_uniform(row):
    p = np.exp(row.astype(np.float64) - row.max())
    p /= p.sum()
    kl = np.mean(np.log(1 / row.size / p))
    logits = jnp.asarray(row)
    assert close(mce(logits), np.log(row.size) + kl, absolute=1e-5)
    assert close(sharma_mittal(logits, 1, 1), kl, absolute=1e-5)


@many
@hypothesis.given(logit_rows)
def test_no_deviation_is_below_its_value_at_uniform(row):
    floors = {"softmax-bce": softmax_bce(jnp.zeros(row.size)), "mce": np.log(row.size)}
    floors["sigmoid-bce"] = floors["softmax-bce"]
    for name, deviation in DEVIATIONS.items():
        assert deviation(jnp.asarray(row)) >= floors.get(name, 0.0) - 1e-5


@pytest.mark.parametrize(
    ("alpha", "beta", "law"),
    [
        (0.4, 1, lambda u, p: np.log(np.sum(u**0.4 * p**0.6)) / (0.4 - 1)),
        (0.4, 0.4, lambda u, p: (np.sum(u**0.4 * p**0.6) - 1) / (0.4 - 1)),
        (0.5, 0.5, lambda u, p: np.sum((np.sqrt(u) - np.sqrt(p)) ** 2)),
        (0.5, 1, lambda u, p: -2 * np.log(np.sum(np.sqrt(u * p)))),
        (2, 2, lambda u, p: np.sum((u - p) ** 2 / p)),
        (1, 1, lambda u, p: np.sum(u * np.log(u / p))),
    ],
    ids=["renyi", "tsallis", "hellinger", "bhattacharyya", "chi-squared", "kullback-leibler"],
)
def test_sharma_mittal_contains_the_named_divergences(alpha, beta, law):
    logits = random_logits(10, scale=1.5)
    p = np.asarray(jax.nn.softmax(logits), np.float64)
    assert close(sharma_mittal(logits, alpha, beta), law(np.full(10, 0.1), p))


@pytest.mark.parametrize("classes", [10, 1000])
@pytest.mark.parametrize("scale", [0.05, 4.0, 40.0])
@pytest.mark.parametrize("offset", [0.0, 1e-6, -1e-4, 1e-2, -0.05])
def test_sharma_mittal_is_continuous_through_both_limits(classes, scale, offset):
    logits = random_logits(classes, scale=scale)
    with mpmath.workdps(60):
        total = mpmath.fsum(mpmath.exp(mpmath.mpf(float(value))) for value in logits)
        p = [mpmath.exp(mpmath.mpf(float(value))) / total for value in logits]
        near_one = mpmath.mpf(float(np.float32(1 + offset)))
        both = exact_sharma_mittal(p, near_one, near_one)
        only_alpha = exact_sharma_mittal(p, near_one, mpmath.mpf("0.5"))
        only_beta = exact_sharma_mittal(p, mpmath.mpf("0.5"), near_one)
    one = float(near_one)
    assert close(sharma_mittal(logits, one, one), both, relative=2e-5)
    assert close(sharma_mittal(logits, one, 0.5), only_alpha, relative=2e-5)
    assert close(sharma_mittal(logits, 0.5, one), only_beta, relative=2e-5)


def test_power_inside_the_sum_is_not_a_divergence():
    def quoted(p, q, alpha, beta):
        return (np.sum((p ** (1 - alpha) * q**alpha) ** ((1 - beta) / (1 - alpha))) - 1) / (
            beta - 1
        )

    for classes, value in ((5, -2.48), (7, -3.26), (25, -7.43)):
        uniform = np.full(classes, 1 / classes)
        assert quoted(uniform, uniform, 0.3, 0.6) == pytest.approx(value, abs=0.01)
    assert sharma_mittal(jnp.zeros(10), 0.3, 0.6) == pytest.approx(0, abs=1e-6)


# --- gradients ------------------------------------------------------------------------------------


def stated_gradient(name, o):
    """The logit gradients that the docstrings and pages state."""
    o = np.asarray(o, np.float64)
    classes = o.size
    p = np.exp(o - o.max())
    p /= p.sum()
    if name == "mce":
        return p - 1 / classes
    if name == "sigmoid-bce":
        return 1 / (1 + np.exp(-o)) - 1 / classes
    if name == "softmax-bce":
        odds = p / (1 - p)
        return p - 1 / classes + (1 - 1 / classes) * (odds - p * odds.sum())
    if name == "entropy":
        return p * (np.log(p) - np.sum(p * np.log(p)))
    alpha, beta = (float(part) for part in name.split("-")[1:])
    escort = p ** (1 - alpha) / np.sum(p ** (1 - alpha))
    renyi = float(exact_sharma_mittal([mpmath.mpf(q) for q in p], alpha, 1))
    return np.exp((beta - 1) * renyi) * (p - escort)


@every
@pytest.mark.parametrize("classes", [2, 10, 1000])
@pytest.mark.parametrize("scale", [0.01, 1.0, 3.0])
def test_gradient_is_the_stated_one(name, classes, scale):
    logits = random_logits(classes, scale=scale)
    gradient = gradient_of(name, logits)
    np.testing.assert_allclose(gradient, stated_gradient(name, logits), rtol=2e-4, atol=2e-6)


@pytest.mark.parametrize("name", SHIFT_INVARIANT)
def test_softmax_forms_ignore_a_common_shift(name):
    logits = random_logits(10)
    assert close(DEVIATIONS[name](logits + 50.0), DEVIATIONS[name](logits), absolute=5e-5)
    assert abs(jnp.sum(gradient_of(name, logits))) < 1e-5


def test_sigmoid_form_does_not_ignore_a_common_shift():
    logits = random_logits(10)
    assert abs(sigmoid_bce(logits + 5.0) - sigmoid_bce(logits)) > 1.0
    assert abs(jnp.sum(gradient_of("sigmoid-bce", logits))) > 0.1


def test_curvatures_at_the_minimum():
    classes = 10
    direction = np.zeros(classes)
    direction[:2] = np.array([1.0, -1.0]) / np.sqrt(2)
    expected = {
        "mce": 1 / classes,
        "softmax-bce": 1 / (classes - 1),
        "sigmoid-bce": (1 - 1 / classes) / classes,
        "entropy": 1 / classes,
        "sm-0.5-0.5": 0.5 / classes,
        "sm-2-0.5": 2 / classes,
    }
    for name, curvature in expected.items():
        start = -jnp.log(classes - 1.0) if name == "sigmoid-bce" else jnp.zeros(())
        along = jax.jit(lambda o, d, f=PLAIN[name]: jax.jvp(jax.grad(f), (o,), (d,))[1])
        bend = along(jnp.full(classes, start), jnp.asarray(direction, jnp.float32))
        assert direction @ np.asarray(bend) == pytest.approx(curvature, rel=1e-4)


def test_stated_gradients_follow_symbolically_from_the_formulas():
    o = sympy.symbols("o1:4", real=True)
    count = len(o)
    p = [sympy.exp(value) / sum(map(sympy.exp, o)) for value in o]
    odds = [q / (1 - q) for q in p]
    mce = -sum(map(sympy.log, p)) / count
    bce = mce - sympy.Rational(count - 1, count) * sum(sympy.log(1 - q) for q in p)
    for j, value in enumerate(o):
        assert sympy.simplify(sympy.diff(mce, value) - (p[j] - sympy.Rational(1, count))) == 0
        price = sympy.Rational(count - 1, count) * (odds[j] - p[j] * sum(odds))
        stated = p[j] - sympy.Rational(1, count) + price
        assert sympy.simplify(sympy.diff(bce, value) - stated) == 0


def test_far_from_uniform_each_form_moves_mass_its_own_way():
    """One style nearly certain: MCE pulls all others up alike, BCE also by their present shares."""
    shares = np.array([0.75, 0.25])
    logits = jnp.concatenate([jnp.asarray([12.0]), jnp.log(jnp.asarray(shares, jnp.float32))])
    third = 1 / 3
    np.testing.assert_allclose(gradient_of("mce", logits), [2 * third, -third, -third], atol=1e-4)
    bce = gradient_of("softmax-bce", logits)
    np.testing.assert_allclose(bce, [4 * third, *(-third - 2 * third * shares)], atol=1e-4)
    for fading in ("entropy", "sm-0.5-1"):
        assert jnp.max(jnp.abs(gradient_of(fading, logits))) < 0.01


# --- extremes -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(set(DEVIATIONS) - {"sm-1.5-1.5"}))  # overflows, as stated
@pytest.mark.parametrize("classes", [2, 10, 1000])
@pytest.mark.parametrize("size", [50.0, 1e4])
def test_extreme_logits_keep_value_and_gradient_finite_and_right(name, classes, size):
    for first, others in ((size, -size), (-size, size), (-size, -size), (size, size)):
        logits = jnp.full(classes, others).at[0].set(first)
        value, gradient = value_and_gradient(name, logits)
        assert jnp.all(jnp.isfinite(gradient))
        with mpmath.workdps(30):
            assert close(value, extreme_value(name, classes, first, others), relative=1e-5)


def extreme_value(name, classes, first, others):
    """The limit formulas of one posterior entry against equal others, in exact arithmetic."""
    u, gap = mpmath.mpf(1) / classes, mpmath.mpf(others) - mpmath.mpf(first)

    def softplus(x):
        return max(x, 0) + mpmath.log1p(mpmath.exp(-abs(x)))

    log_first = -softplus(gap + mpmath.log(classes - 1))
    log_other = gap + log_first
    if name == "sigmoid-bce":
        terms = [u * softplus(-h) + (1 - u) * softplus(h) for h in (first, others)]
        return terms[0] + (classes - 1) * terms[1]
    mce = -u * (log_first + (classes - 1) * log_other)
    if name == "mce":
        return mce
    if name == "softmax-bce":
        log_rest = mpmath.log(classes - 1) + log_other
        not_other = mpmath.log1p(-mpmath.exp(log_other)) if classes > 2 else log_first
        return mce - (1 - u) * (log_rest + (classes - 1) * not_other)
    entries = ((log_first, 1), (log_other, classes - 1))
    if name == "entropy":
        return mpmath.fsum(n * mpmath.exp(lp) * (lp + mpmath.log(classes)) for lp, n in entries)
    alpha, beta = (mpmath.mpf(part) for part in name.split("-")[1:])
    total = mpmath.fsum(n * u**alpha * mpmath.exp((1 - alpha) * lp) for lp, n in entries)
    renyi = mce - mpmath.log(classes) if alpha == 1 else mpmath.log(total) / (alpha - 1)
    return renyi if beta == 1 else mpmath.expm1((beta - 1) * renyi) / (beta - 1)


def test_ties_at_the_top_are_counted_once():
    logits = jnp.asarray([30.0, 30.0, -30.0])
    assert close(softmax_bce(logits), exact("softmax-bce", logits))
    gradient = gradient_of("softmax-bce", logits)
    np.testing.assert_allclose(gradient[0], gradient[1], atol=1e-6)


def test_order_and_degree_are_arrays_that_can_be_vmapped():
    logits = random_logits(10, scale=1.0)
    orders = jnp.asarray([0.3, 1.0, 1.0 + 1e-4, 2.0])
    values = jax.jit(jax.vmap(lambda order: sharma_mittal_deviation(logits, order, order)))(orders)
    singles = [sharma_mittal(logits, order, order) for order in orders]
    np.testing.assert_allclose(values, np.asarray(singles), rtol=1e-5)


@pytest.mark.parametrize("position", [0, 1], ids=["alpha", "beta"])
@pytest.mark.parametrize("value", [1.0, 1.001, 0.6])
def test_slopes_in_order_and_degree_are_right_through_the_limits(position, value):
    logits = random_logits(10, scale=1.0)
    order = [0.7, 0.8]
    order[position] = value
    slope = _slopes(logits, *order)[position]
    with mpmath.workdps(40):
        p = [mpmath.exp(float(entry)) for entry in logits]
        p = [q / mpmath.fsum(p) for q in p]
        point = [mpmath.mpf(float(np.float32(number))) for number in order]

        def along(number):
            moved = list(point)
            moved[position] = number
            return exact_sharma_mittal(p, *moved)

        step = mpmath.mpf("1e-10")
        expected = (along(point[position] + step) - along(point[position] - step)) / (2 * step)
    assert close(slope, expected, relative=2e-3, absolute=1e-5)


_slopes = jax.jit(jax.grad(sharma_mittal_deviation, argnums=(1, 2)))
