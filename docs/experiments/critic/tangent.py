"""Discriminators of several widths, trained by gradient descent on given samples, beside what their
tangent kernel at the start predicts.

Run by `nox -s experiments -- tangent`; the small table it writes is `docs/results/tangent.json`.
"""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.scipy.stats import norm
from jaxtyping import Array, Float

from experiments.critic.kernel import Critic, tangent_kernel
from gantheory import losses, metrics, networks
from gantheory.shapes import Key, Scalar, Values

LOSSES: dict[str, Callable[[Values, Values], Scalar]] = {
    "linear": losses.wasserstein_critic_loss,
    "least squares": losses.least_squares_discriminator_loss,
    "logistic": losses.logistic_discriminator_loss,
}
SEEDS, COUNT, DEPTH, FIRST_STEP = 4, 24, 2, 1 / 80
TIMES = {"0.1": 8, "0.3": 24, "1": 80, "3": 240}
"""Numbers of steps: the scores would have moved by 0.1 … 3 if they moved on as in the first one."""

ROWS = {"16": 16, "64": 64, "256": 256}
FLOORS = {f"{name} {time}": 0.02 for name in LOSSES for time in TIMES}
"""Metric to the difference that a second run may show in any case."""

CONFIGURATION = {
    "losses": list(LOSSES),
    "widths": ROWS,
    "depth": DEPTH,
    "seeds": SEEDS,
    "samples of each side": COUNT,
    "first step moves the scores by": FIRST_STEP,
    "steps": TIMES,
}


def samples() -> tuple[Values, Values]:
    """Quantiles of N(0, 1), and of N(1, 0.5²) for the generator."""
    u = metrics.midpoints(COUNT)
    return norm.ppf(u), norm.ppf(u, 1.0, 0.5)


def fresh(width: int, key: Key) -> Critic:
    """A tanh network as it is drawn."""
    return networks.MLP(1, "scalar", width=width, depth=DEPTH, activation=jnp.tanh, key=key)


def run_row(name: str) -> dict[str, Array]:
    """One entry per seed."""
    keys = jax.random.split(jax.random.key(2029), SEEDS)
    run = eqx.filter_jit(
        jax.vmap(lambda key: {of: missed(LOSSES[of], fresh(ROWS[name], key)) for of in LOSSES})
    )
    return {
        f"{of} {time}": off[:, index]
        for of, off in run(keys).items()
        for index, time in enumerate(TIMES)
    }


def missed(loss: Callable[[Values, Values], Scalar], critic: Critic) -> Float[Array, " times"]:
    """By what part of their change the scores of the linearised network miss those of the network
    itself, at the given numbers of steps."""
    real, fake = samples()
    points = jnp.concatenate([real, fake])
    kernel = tangent_kernel(critic, points, points)
    start = scores(critic, points)

    def of_scores(values: Values) -> Scalar:
        return loss(values[:COUNT], values[COUNT:])

    first = kernel @ jax.grad(of_scores)(start)
    size = FIRST_STEP / jnp.sqrt(jnp.mean(first**2))
    arrays, rest = eqx.partition(critic, eqx.is_inexact_array)

    def step(state: tuple[Critic, Values], _: None) -> tuple[tuple[Critic, Values], Scalar]:
        arrays, linear = state
        gradient = jax.grad(lambda one: of_scores(scores(eqx.combine(one, rest), points)))(arrays)
        arrays = jax.tree.map(lambda leaf, slope: leaf - size * slope, arrays, gradient)
        linear = linear - size * kernel @ jax.grad(of_scores)(linear)
        moved = scores(eqx.combine(arrays, rest), points) - start
        off = jnp.linalg.norm(moved - (linear - start)) / jnp.linalg.norm(moved)
        return (arrays, linear), off

    _, off = jax.lax.scan(step, (arrays, start), length=max(TIMES.values()))
    return off[jnp.asarray(list(TIMES.values())) - 1]


def scores(critic: Critic, points: Values) -> Values:
    """The network at each point."""
    return jax.vmap(lambda x: critic(x[None]))(points)
