"""What the theorems say of Wasserstein critics on the line, against independent computations."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from experiments.critic import kernel, line, tangent
from jaxtyping import Array
from scipy import stats


def test_the_integral_of_the_excess_is_that_of_the_normal_densities() -> None:
    # given α the points between N(0, 1) and N(0, 0.5²) are normal, too
    x = np.linspace(-6, 6, 1_201)
    alpha = (np.arange(1_000) + 0.5) / 1_000
    spread = np.sqrt(alpha**2 + (1 - alpha) ** 2 / 4)
    between = np.array([stats.norm.pdf(at, 0, spread).mean() for at in x])
    gap = stats.norm.cdf(x / 0.5) - stats.norm.cdf(x)
    exact = np.sum(gap**2 / between) * (x[1] - x[0])
    assert line.facts("narrow").excess == pytest.approx(exact, rel=0.01)


@pytest.mark.parametrize("weight", [0.1, 1.0, 10.0])
def test_no_other_slopes_are_better(weight: float) -> None:
    facts, random = line.facts("two spots"), np.random.default_rng(0)

    def objective(slope: np.ndarray) -> float:
        penalty = facts.between * (np.abs(slope) - 1) ** 2
        return float(np.sum(facts.gap * slope - weight * penalty))

    best = facts.slope(weight)
    for size in (0.01, 0.1, 1.0):
        assert objective(best + size * random.normal(size=best.size)) < objective(best)
    estimate = float(np.sum(facts.gap * best)) * facts.cell / facts.distance
    assert estimate == pytest.approx(line.penalised_ratio("two spots", weight), rel=1e-6)


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_slopes_between_matrices_of_norm_one_lie_in_a_short_interval(depth: int) -> None:
    random, width = np.random.default_rng(depth), 6
    for _ in range(50):
        shapes = [(width, 1), *[(width, width)] * (depth - 1), (1, width)]
        matrices = [random.normal(size=shape) for shape in shapes]
        matrices = [one / np.linalg.norm(one, 2) for one in matrices]
        slopes = []
        for _ in range(20):
            product = matrices[0]
            for matrix in matrices[1:]:
                product = matrix @ (random.integers(0, 2, size=(width, 1)) * product)
            slopes.append(product.item())
        assert max(slopes) - min(slopes) <= 2 - 2.0 ** (1 - depth)
    # as much has to move left as right
    assert line.normalised_ratio("narrow", depth) == pytest.approx(1 - 2.0**-depth)


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_clipped_network_is_as_steep_as_it_can_be_with_all_numbers_equal(depth: int) -> None:
    bound, width = 0.1, 8

    def score(x: float) -> float:
        values = np.full((1,), x)
        for size in [width] * depth:
            values = np.maximum(np.full((size, values.size), bound) @ values + bound, 0)
        return float(bound * np.sum(values) + bound)

    # the units are active above -1
    assert (score(3) - score(-0.9)) / 3.9 == pytest.approx(line.clipped_slope(bound, width, depth))


@pytest.mark.parametrize("weight", [1.0, 10.0])
def test_with_one_sign_change_in_the_middle_few_kinks_find_the_squared_distance(
    weight: float,
) -> None:
    # N(0, 1) and N(0, 0.5²) are half the mean modulus of N(0, 1) apart
    distance = np.sqrt(2 / np.pi) / 2
    expected = 1 + distance / (2 * weight)
    assert line.kinked_ratio("narrow", weight) == pytest.approx(expected, abs=1e-3 / weight)
    assert line.kinked_ratio("two spots", weight) < line.penalised_ratio("two spots", weight)


def test_witness_and_mmd_are_those_of_the_kernel() -> None:
    # numbers of samples that differ, so that no mean can be mistaken for a sum
    real, fake = jnp.array([-1.0, 0.5, 2.0]), jnp.array([0.0, 1.0])
    both = jnp.concatenate([real, fake])

    @eqx.filter_jit
    def found() -> tuple[Array, Array, Array]:
        critic = tangent.fresh(4, jax.random.key(0))
        return (
            kernel.tangent_kernel(critic, both, both),
            kernel.witness(critic, both, real, fake),
            kernel.squared_mmd(critic, real, fake),
        )

    gram, witness, mmd = map(np.asarray, found())
    weights = np.array([1 / 3, 1 / 3, 1 / 3, -1 / 2, -1 / 2])
    np.testing.assert_allclose(witness, gram @ weights, atol=1e-4)
    np.testing.assert_allclose(mmd, weights @ gram @ weights, rtol=1e-3)
