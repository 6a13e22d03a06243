"""Plain gradient play in the game's order of turns, and the Jacobian of one step of it."""

from collections.abc import Mapping

import equinox as eqx
import jax
import optax
from jaxtyping import Array, Float, PyTree

from gantheory._checks import require_number, require_positive
from gantheory.dynamics.field import Matrix, Vector, matrix_of, position, require_batch
from gantheory.games import Game, Players, Turn
from gantheory.games.game import Entry
from gantheory.shapes import Scalar
from gantheory.training import Every, Optimiser, Result, Trainer, TrainState

StepSize = Float[Array, ""] | float


def gradient_play(
    game: Game,
    players: Players,
    batch: PyTree,
    *,
    step_size: StepSize | Mapping[str, StepSize],
    steps: int,
    stride: int = 1,
) -> Result:
    r"""The trajectory of plain gradient play on one batch: training by gradient descent.

    The step size $\eta$ is one for all movers, or one for each by name. In the result of training
    the history is the `position` after every `stride` steps.

    Raises:
        ValueError: A step size is not positive, `step_size` does not name exactly the movers, or
            `steps` is not a multiple of `stride`.

    Examples:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from jax.tree_util import Partial
        >>> from gantheory import data, dynamics, games
        >>> players = {"generator": Partial(jnp.add, jnp.array(1.0))}
        >>> players["discriminator"] = Partial(jnp.multiply, jnp.array(0.0))
        >>> batch = data.Batch(real=jnp.zeros(1), latent=jnp.zeros(1), key=jax.random.key(0))
        >>> result = dynamics.gradient_play(games.minimax(), players, batch, step_size=0.1, steps=2)
        >>> print([f"{one:.3f}" for one in result.history[-1]])
        ['-0.099', '0.993']
    """
    optimisers = {
        name: Optimiser(optax.sgd, learning_rate=rate)
        for name, rate in _step_sizes(game, step_size).items()
    }
    position(game, players)
    require_batch(game, players, batch)

    def record(state: TrainState, batch: PyTree, entries: dict[str, Scalar]) -> Vector:
        del batch, entries
        return position(game, state.players)[0]

    trainer = Trainer(
        _AsGiven(game, game.turns),
        lambda key: batch,
        optimisers=optimisers,
        record=Every(stride, record),
    )
    state = trainer.init(players, key=jax.random.key(0))  # it draws nothing
    return trainer.train(state, steps)


def step_jacobian(
    game: Game,
    players: Players,
    batch: PyTree,
    *,
    step_size: StepSize | Mapping[str, StepSize],
) -> Matrix:
    r"""The Jacobian of one step of gradient play, in the game's own order of turns.

    $$F_\eta'(x) = I + \eta J \quad\text{(together)}, \qquad
    F_\eta'(x) = (I + \eta P_kJ_k)\cdots(I + \eta P_1J_1) \quad\text{(in turn)}$$

    Here $P_i$ keeps the rows of the $i$-th mover and sets the others to zero, and $J_i$ is the
    Jacobian of the field where that mover moves from, which at an equilibrium is $J$ for all. If
    all extrapolate together, $F_\eta'$ is $I + \eta J + (\eta J)^2$ at an equilibrium. The step
    size $\eta$ is one for all movers, or one for each by name. Projections are part of the step.
    For the smallest GAN with the minimax losses the eigenvalues are located in
    [When does GAN training converge?][thm-dirac-minimax].

    Raises:
        ValueError: A step size is not positive, or `step_size` does not name exactly the movers.

    Examples:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from jax.tree_util import Partial
        >>> from gantheory import data, dynamics, games
        >>> players = {"generator": Partial(jnp.add, jnp.array(0.0))}
        >>> players["discriminator"] = Partial(jnp.multiply, jnp.array(0.0))
        >>> batch = data.Batch(real=jnp.zeros(1), latent=jnp.zeros(1), key=jax.random.key(0))
        >>> print(dynamics.step_jacobian(games.minimax(), players, batch, step_size=0.5))
        [[ 1.     -0.25  ]
         [ 0.25    0.9375]]
    """
    x, rebuild = position(game, players)

    def step(x: Vector) -> Vector:
        return gradient_play(game, rebuild(x), batch, step_size=step_size, steps=1).history[0]

    _, product = jax.linearize(step, x)
    return matrix_of(product, x)


class _AsGiven(Game):
    """A game whose steps are all played as it is now."""

    game: Game
    turns: tuple[Turn, ...] = eqx.field(static=True)

    def losses(self, players: Players, batch: PyTree) -> Mapping[str, Entry]:
        return self.game.losses(players, batch)

    def project(self, mover: str, players: Players) -> Players:
        return self.game.project(mover, players)


def _step_sizes(game: Game, step_size: StepSize | Mapping[str, StepSize]) -> Mapping[str, StepSize]:
    """One positive step size for each mover."""
    names = game.movers
    sizes = step_size if isinstance(step_size, Mapping) else dict.fromkeys(names, step_size)
    if set(sizes) != set(names):
        raise ValueError(
            f"step_size must name exactly the players who have a turn, "
            f"{', '.join(map(repr, names))}; got {', '.join(map(repr, sizes)) or 'none'}."
        )
    for name, size in sizes.items():
        require_number(**{f"step_size of {name!r}": size})
        require_positive(**{f"step_size of {name!r}": size})
    return sizes
