"""What the theorems say of Wasserstein critics on the line, against independent computations."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from experiments.critic import kernel, line, tangent
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
    # one hidden layer attains it: a unit that is switched on
    assert line.normalised_ratio("narrow", 1) == pytest.approx(0.5)


def test_a_clipped_network_is_as_steep_as_it_can_be_with_all_weights_equal() -> None:
    critic = tangent.fresh(8, jax.random.key(0))
    equal = jax.tree.map(lambda leaf: jnp.full_like(leaf, 0.1), critic)
    paths = [layer.weight for layer in equal.layers]
    steepest = (paths[0] @ paths[1] @ paths[2]).item()
    assert steepest == pytest.approx(line.clipped_slope(0.1, 8, 2))


def test_witness_and_mmd_are_those_of_the_kernel() -> None:
    critic, (real, fake) = tangent.fresh(8, jax.random.key(0)), tangent.samples()
    both = jnp.concatenate([real, fake])
    weights = jnp.where(jnp.arange(both.size) < real.size, 1.0, -1.0) / real.size
    gram = kernel.tangent_kernel(critic, both, both)
    assert jnp.allclose(kernel.witness(critic, both, real, fake), gram @ weights, atol=1e-4)
    mmd = kernel.squared_mmd(critic, real, fake)
    assert jnp.allclose(mmd, weights @ gram @ weights, rtol=1e-3)
