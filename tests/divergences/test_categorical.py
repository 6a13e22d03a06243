"""Categorical laws and the table of f-divergences."""

import math
from functools import partial

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize
from scipy.spatial import distance
from scipy.stats import entropy

from gantheory import divergences
from gantheory.divergences import F_DIVERGENCES

FUNCTIONS = {
    name: jax.jit(getattr(divergences, f"{name}_categorical"))
    for name in ("kl", "jensen_shannon", "total_variation", "hellinger")
}
f_divergence = jax.jit(divergences.f_divergence_categorical, static_argnums=0)
logits = st.lists(st.floats(-5, 5, width=32), min_size=4, max_size=4)
pairs = st.tuples(logits, logits).map(lambda pair: [jnp.asarray(x, jnp.float32) for x in pair])


def softmax(x) -> np.ndarray:
    weights = np.exp(np.asarray(x, float) - np.max(np.asarray(x, float)))
    return weights / weights.sum()


def expected(name: str, p: np.ndarray, q: np.ndarray) -> float:
    if name == "kl":
        return float(entropy(p, q))
    if name == "jensen_shannon":
        return float(distance.jensenshannon(p, q) ** 2)
    if name == "total_variation":
        return 0.5 * float(np.sum(np.abs(p - q)))
    return float(np.sqrt(np.sum((np.sqrt(p) - np.sqrt(q)) ** 2) / 2))


@settings(max_examples=40, deadline=None)
@given(pairs)
def test_closed_forms_agree_with_scipy(pair):
    p, q = map(softmax, pair)
    for name, function in FUNCTIONS.items():
        assert float(function(*pair)) == pytest.approx(expected(name, p, q), rel=2e-5, abs=2e-7)


@settings(max_examples=40, deadline=None)
@given(pairs)
def test_inequalities_between_the_divergences(pair):
    kl, js, tv, hellinger = (float(function(*pair)) for function in FUNCTIONS.values())
    room = 1 + 1e-5
    assert 0 <= js <= math.log(2)
    assert js <= math.log(2) * tv * room + 1e-7
    assert hellinger**2 <= tv * room + 1e-7
    assert tv <= math.sqrt(2) * hellinger * room + 1e-7
    assert 2 * tv**2 <= kl * room + 1e-7
    for function in FUNCTIONS.values():
        assert float(function(pair[0], pair[0])) == 0
        shifted = float(function(pair[0] + 3, pair[1] - 2))
        assert shifted == pytest.approx(float(function(*pair)), rel=1e-3, abs=1e-5)


@pytest.mark.parametrize("step", [1e-6, 1e-4, 1e-2])
def test_near_equality_no_divergence_is_lost_to_rounding(step):
    """All are quadratic there: KL is half, JS an eighth of the sum of squares over p."""
    p = jnp.zeros(4)
    q = jnp.asarray([step, -step, 0.0, 0.0], jnp.float32)
    square = 2 * float(q[0]) ** 2 / 4
    assert float(FUNCTIONS["kl"](p, q)) == pytest.approx(square / 2, rel=2e-2, abs=0)
    assert float(FUNCTIONS["jensen_shannon"](p, q)) == pytest.approx(square / 8, rel=2e-2, abs=0)


def test_excluded_classes_are_handled_exactly():
    never = -jnp.inf
    p, q = jnp.asarray([0.0, 0.0, never]), jnp.asarray([never, 0.0, 0.0])
    assert float(FUNCTIONS["kl"](p, q)) == np.inf
    assert float(FUNCTIONS["kl"](p, jnp.zeros(3))) == pytest.approx(math.log(1.5), rel=1e-6)
    assert float(FUNCTIONS["jensen_shannon"](p, q)) == pytest.approx(math.log(2) / 2, rel=1e-6)
    disjoint = jnp.asarray([0.0, never]), jnp.asarray([never, 0.0])
    assert float(FUNCTIONS["jensen_shannon"](*disjoint)) == pytest.approx(math.log(2), rel=1e-6)
    assert float(FUNCTIONS["total_variation"](*disjoint)) == 1
    assert float(FUNCTIONS["hellinger"](*disjoint)) == 1


@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradients_are_finite_for_extreme_and_for_equal_laws(name):
    slope = jax.jit(jax.grad(FUNCTIONS[name], argnums=(0, 1)))
    for p, q in [([1e4, 0.0], [0.0, 1e4]), ([0.0, 0.0], [0.0, 0.0]), ([80.0, 0.0], [80.0, 0.1])]:
        for gradient in slope(jnp.asarray(p), jnp.asarray(q)):
            assert np.isfinite(gradient).all()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_excluded_class_has_no_slope_and_spoils_no_other(name):
    """optax PR 1786, tfp#975: a class at -inf on both sides, or on one."""
    p, q, never = jnp.asarray([0.3, -0.2, 0.9]), jnp.asarray([0.1, 0.4, -0.6]), -jnp.inf
    measure = jax.jit(jax.value_and_grad(FUNCTIONS[name], argnums=(0, 1)))
    value, slopes = measure(*(jnp.append(one, never) for one in (p, q)))
    expected, plain = measure(p, q)
    assert float(value) == pytest.approx(float(expected), rel=1e-6)
    for slope, wanted in zip(slopes, plain, strict=True):
        np.testing.assert_allclose(slope, np.append(wanted, 0), rtol=1e-5, atol=1e-7)
    for pair in ((p.at[2].set(never), q), (p, q.at[2].set(never))):
        value, slopes = measure(*pair)
        assert not np.isnan([value, *slopes[0], *slopes[1]]).any()
        assert np.isfinite(value) == np.isfinite(slopes).all()
        assert np.isfinite(value) or (name == "kl" and pair[0] is p)


def test_logits_that_are_no_law_are_named():
    good = jnp.zeros(3)
    for bad in (good.at[0].set(jnp.nan), jnp.full(3, -jnp.inf), good.at[1].set(jnp.inf)):
        with pytest.raises(ValueError, match="logits_q must be finite, or -inf"):
            divergences.kl_categorical(good, bad)
    with pytest.raises(ValueError, match=r"logits_q must have shape \(2, 1\) to fit logits_p"):
        divergences.kl_categorical(jnp.zeros((2, 1)), jnp.zeros((2, 3)))


SYMBOL = sympy.symbols("u", positive=True)
GENERATORS = {
    "kl": SYMBOL * sympy.log(SYMBOL),
    "reverse_kl": -sympy.log(SYMBOL),
    "pearson_chi2": (SYMBOL - 1) ** 2,
    "squared_hellinger": (sympy.sqrt(SYMBOL) - 1) ** 2,
    "jensen_shannon": SYMBOL * sympy.log(SYMBOL) - (SYMBOL + 1) * sympy.log((SYMBOL + 1) / 2),
    "gan": SYMBOL * sympy.log(SYMBOL) - (SYMBOL + 1) * sympy.log(SYMBOL + 1),
}
RATIOS = np.array([0.05, 0.4, 1.0, 1.7, 6.0])


@pytest.mark.parametrize("name", [*FUNCTIONS, *F_DIVERGENCES])
def test_batches_are_rows(name):
    function = FUNCTIONS.get(name) or partial(f_divergence, F_DIVERGENCES[name])
    p, q = np.random.default_rng(1).normal(size=(2, 2, 3, 4)).astype(np.float32)
    values = function(jnp.asarray(p), jnp.asarray(q))
    assert values.shape == (2, 3)
    alone = [function(*map(jnp.asarray, rows)) for rows in zip(p[1], q[1], strict=True)]
    np.testing.assert_allclose(values[1], alone, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["kl", "squared_hellinger", "jensen_shannon", "gan"])
def test_a_ratio_that_underflows_to_zero_costs_what_the_generator_says_at_zero(name):
    """All of the first law sits on one class of two: the other class costs half of f(0)."""
    at_zero = float(sympy.limit(GENERATORS[name], SYMBOL, 0))
    expected = (float(GENERATORS[name].subs(SYMBOL, 2)) + at_zero) / 2
    value = f_divergence(F_DIVERGENCES[name], jnp.asarray([200.0, 0.0]), jnp.zeros(2))
    assert float(value) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", [one for one in F_DIVERGENCES if one != "gan"])  # -log 4
def test_a_row_keeps_its_digits_near_equality(name):
    """They were below 0 there; the terms are of first order, and their sum is of second."""
    p = np.asarray([0.7, -1.3, 2.1, 0.2], np.float32)
    q = p + np.asarray([1e-4, -3e-4, 2e-4, 0], np.float32)
    generator = sympy.lambdify(SYMBOL, GENERATORS[name], "mpmath")
    with mpmath.workdps(40):
        weights = [[mpmath.exp(mpmath.mpf(float(x))) for x in one] for one in (p, q)]
        (of_p, of_q) = ([x / mpmath.fsum(one) for x in one] for one in weights)
        exact = mpmath.fsum(y * generator(x / y) for x, y in zip(of_p, of_q, strict=True))
    value = f_divergence(F_DIVERGENCES[name], jnp.asarray(p), jnp.asarray(q))
    assert float(value) == pytest.approx(float(exact), rel=1e-5, abs=0)


@pytest.mark.parametrize("name", F_DIVERGENCES)
def test_each_row_holds_together(name):
    """f is convex, T* = f', f* is its Legendre transform, and g_f maps onto the domain of f*."""
    row, generator = F_DIVERGENCES[name], GENERATORS[name]
    slope = sympy.diff(generator, SYMBOL)
    assert sympy.simplify(generator.subs(SYMBOL, 1)) == (-sympy.log(4) if name == "gan" else 0)
    u = jnp.asarray(RATIOS, jnp.float32)
    for point in RATIOS:
        assert float(sympy.diff(slope, SYMBOL).subs(SYMBOL, point)) > 0
    values = [float(generator.subs(SYMBOL, point)) for point in RATIOS]
    np.testing.assert_allclose(row.generator(u), values, rtol=2e-5, atol=1e-6)
    slopes = np.array([float(slope.subs(SYMBOL, point)) for point in RATIOS])
    np.testing.assert_allclose(row.optimal_statistic(jnp.log(u)), slopes, rtol=1e-5, atol=1e-6)
    conjugates = RATIOS * slopes - np.array(values)
    statistic = jnp.asarray(slopes, jnp.float32)
    np.testing.assert_allclose(row.conjugate(statistic), conjugates, rtol=2e-4, atol=2e-6)


@pytest.mark.parametrize("name", F_DIVERGENCES)
def test_the_conjugate_is_a_supremum(name):
    row, generator = F_DIVERGENCES[name], sympy.lambdify(SYMBOL, GENERATORS[name])
    for t in (-1.5, -0.6, -0.1):
        best = optimize.minimize_scalar(
            lambda log_u, t=t: generator(np.exp(log_u)) - t * np.exp(log_u),
            bounds=(-12, 12),
            method="bounded",
            options={"xatol": 1e-10},
        )
        assert float(jax.jit(row.conjugate)(t)) == pytest.approx(-best.fun, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("name", F_DIVERGENCES)
def test_output_activations_reach_the_domain_and_compose_stably(name):
    row = F_DIVERGENCES[name]
    scores = jnp.linspace(-8.0, 8.0, 33)
    statistic = row.output_activation(scores)
    assert np.all(np.asarray(statistic) < row.conjugate_end)
    assert np.all(np.diff(statistic) > 0)
    composed, conjugate = jax.jit(row.conjugate_of_activation), jax.jit(row.conjugate)
    np.testing.assert_allclose(
        composed(scores)[8:25], conjugate(statistic)[8:25], rtol=2e-3, atol=2e-5
    )
    if math.isfinite(row.conjugate_end):
        beyond = np.asarray(conjugate(jnp.linspace(row.conjugate_end, 3.0, 33)))
        assert np.all(beyond == np.inf)
        assert np.isfinite(float(jax.jit(jax.grad(row.conjugate))(-0.5)))


@pytest.mark.parametrize("name", F_DIVERGENCES)
def test_the_bound_is_below_and_is_reached_by_the_optimal_statistic(name):
    """On two laws of four classes, all expectations exact: F(T) <= D, with equality at T*."""
    row = F_DIVERGENCES[name]
    logits_p, logits_q = jnp.asarray([0.5, -0.3, 1.0, 0.0]), jnp.asarray([-0.2, 0.4, 0.1, 0.9])
    p, q = softmax(logits_p), softmax(logits_q)
    exact = float(f_divergence(row, logits_p, logits_q))
    conjugate = jax.jit(row.conjugate)
    best = jax.jit(row.optimal_statistic)(jnp.asarray(np.log(p / q), jnp.float32))

    def bound(shift):
        statistic = best + shift
        return float(p @ np.asarray(statistic, float) - q @ np.asarray(conjugate(statistic), float))

    assert bound(0.0) == pytest.approx(exact, rel=1e-5, abs=1e-6)
    for shift in (-0.05, 0.03):
        assert bound(shift) < exact
    scores = jnp.asarray([0.3, -0.1, 0.2, 0.0])
    statistic = jax.jit(row.output_activation)(scores)
    expected_bound = float(np.mean(statistic)) - float(np.mean(conjugate(statistic)))
    measured = divergences.variational_bound(row, scores, scores)
    assert float(measured) == pytest.approx(expected_bound, rel=1e-5, abs=1e-6)


def test_the_table_s_normalisations_are_as_documented():
    p, q = jnp.asarray([0.5, -0.3, 1.0]), jnp.asarray([-0.2, 0.4, 0.1])
    by_name = {name: float(f_divergence(row, p, q)) for name, row in F_DIVERGENCES.items()}
    js = float(FUNCTIONS["jensen_shannon"](p, q))
    assert by_name["kl"] == pytest.approx(float(FUNCTIONS["kl"](p, q)), rel=1e-5)
    assert by_name["reverse_kl"] == pytest.approx(float(FUNCTIONS["kl"](q, p)), rel=1e-5)
    assert by_name["squared_hellinger"] == pytest.approx(
        2 * float(FUNCTIONS["hellinger"](p, q)) ** 2, rel=1e-4
    )
    assert by_name["jensen_shannon"] == pytest.approx(2 * js, rel=1e-4)
    assert by_name["gan"] == pytest.approx(2 * js - math.log(4), rel=1e-5)


@pytest.mark.parametrize("name", ["kl", "reverse_kl"])
def test_what_is_excluded_on_one_side_alone_is_infinitely_far_however_rare(name: str) -> None:
    """The probability of the other side underflows, and the infinity must not turn into a NaN."""
    rare, excluded = jnp.array([0.0, -200.0]), jnp.array([0.0, -jnp.inf])
    pair = (rare, excluded) if name == "kl" else (excluded, rare)
    assert f_divergence(F_DIVERGENCES[name], *pair) == jnp.inf
    assert FUNCTIONS["kl"](rare, excluded) == jnp.inf
    assert FUNCTIONS["kl"](excluded, excluded) == 0
