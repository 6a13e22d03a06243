"""All movers as one vector, the field that moves it, and the field's Jacobian."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, PyTree

from gantheory._checks import require_finite
from gantheory.games import Game, Players

Vector = Float[Array, " size"]
Matrix = Float[Array, " size size"]

COLUMNS_AT_ONCE = 64


def position(game: Game, players: Players) -> tuple[Vector, Callable[[Vector], Players]]:
    """All movers as one vector, and the way back.

    The vector holds the movers' floating-point parameters, in the order in which the players first
    move; the function puts such a vector back into all players.

    Examples:
        >>> import jax.numpy as jnp
        >>> from jax.tree_util import Partial
        >>> from gantheory import dynamics, games
        >>> players = {"generator": Partial(jnp.add, jnp.array(0.5))}
        >>> players["discriminator"] = Partial(jnp.multiply, jnp.array(2.0))
        >>> vector, rebuild = dynamics.position(games.minimax(), players)
        >>> print(vector, rebuild(vector + 1)["generator"](0.0))
        [2.  0.5] 1.5
    """
    names = game.movers
    missing = sorted(set(names) - set(players))
    if missing:
        raise ValueError(
            "players must hold each player who has a turn, but "
            f"{', '.join(map(repr, missing))} is missing."
        )
    moving = tuple(eqx.filter(players[name], eqx.is_inexact_array) for name in names)
    for name, parameters in zip(names, moving, strict=True):
        _require_real_parameters(name, parameters)
    vector, unravel = ravel_pytree(moving)
    require_finite(players=vector)

    def rebuild(vector: Vector) -> Players:
        own = dict(zip(names, unravel(vector), strict=True))
        return {
            name: eqx.combine(own[name], player) if name in own else player
            for name, player in players.items()
        }

    return vector, rebuild


def vector_field(game: Game, players: Players, batch: PyTree) -> Vector:
    r"""The vector field of play: minus each mover's gradient of its own loss, as one vector.

    $$v(x) = \bigl(-\nabla_{x_1} L_1(x),\; -\nabla_{x_2} L_2(x),\; \dots\bigr)$$

    It is zero where the flow rests, and only there. A game's projections (`Game.project`) belong to
    its steps, not to its field.

    Examples:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from jax.tree_util import Partial
        >>> from gantheory import data, dynamics, games
        >>> players = {"generator": Partial(jnp.add, jnp.array(1.0))}
        >>> players["discriminator"] = Partial(jnp.multiply, jnp.array(2.0))
        >>> batch = data.Batch(real=jnp.zeros(1), latent=jnp.zeros(1), key=jax.random.key(0))
        >>> print(dynamics.vector_field(games.least_squares(), players, batch))
        [-2. -2.]
    """
    x, rebuild = position(game, players)
    return _field(game, rebuild, batch)(x)


def linearised_field(game: Game, players: Players, batch: PyTree) -> Callable[[Vector], Vector]:
    r"""The Jacobian of the vector field as a linear operator, without its matrix.

    $$u \mapsto J u, \qquad J = \frac{\partial v}{\partial x}$$

    One product costs a few evaluations of the losses, so the leading eigenvalues of a game with
    millions of parameters are within reach of an Arnoldi iteration such as SciPy's `eigs`.

    Examples:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from jax.tree_util import Partial
        >>> from gantheory import data, dynamics, games
        >>> players = {"generator": Partial(jnp.add, jnp.array(1.0))}
        >>> players["discriminator"] = Partial(jnp.multiply, jnp.array(2.0))
        >>> batch = data.Batch(real=jnp.zeros(1), latent=jnp.zeros(1), key=jax.random.key(0))
        >>> product = dynamics.linearised_field(games.least_squares(), players, batch)
        >>> print(product(jnp.array([1.0, 0.0])))
        [-1. -3.]
    """
    x, rebuild = position(game, players)
    _, product = jax.linearize(_field(game, rebuild, batch), x)
    return product


def jacobian(game: Game, players: Players, batch: PyTree) -> Matrix:
    r"""The Jacobian of the vector field as a matrix.

    $$J = \frac{\partial v}{\partial x} = \begin{pmatrix}
    -\nabla^2_{11} L_1 & -\nabla^2_{12} L_1 & \cdots \\
    -\nabla^2_{21} L_2 & -\nabla^2_{22} L_2 & \cdots \\
    \vdots & \vdots & \ddots \end{pmatrix}$$

    For the smallest GAN with the minimax losses its eigenvalues at the equilibrium are
    $\pm\tfrac i2$, as proved in [When does GAN training converge?][thm-dirac-minimax]. In general
    $J$ is not symmetric: a game is not the descent of one function.

    Examples:
        >>> import jax
        >>> import jax.numpy as jnp
        >>> from jax.tree_util import Partial
        >>> from gantheory import data, dynamics, games
        >>> players = {"generator": Partial(jnp.add, jnp.array(1.0))}
        >>> players["discriminator"] = Partial(jnp.multiply, jnp.array(2.0))
        >>> batch = data.Batch(real=jnp.zeros(1), latent=jnp.zeros(1), key=jax.random.key(0))
        >>> print(dynamics.jacobian(games.least_squares(), players, batch))
        [[-1. -4.]
         [-3. -4.]]
    """
    x, _ = position(game, players)
    return matrix_of(linearised_field(game, players, batch), x)


def matrix_of(product: Callable[[Vector], Vector], x: Vector) -> Matrix:
    """A linear operator's matrix, some columns at a time, so that memory stays small."""
    basis = jnp.eye(x.size, dtype=x.dtype)
    return jax.lax.map(product, basis, batch_size=COLUMNS_AT_ONCE).T


def require_batch(game: Game, players: Players, batch: PyTree) -> None:
    """Raise a clear error if the game needs a batch and `batch` is None."""
    if batch is not None:
        return
    try:
        eqx.filter_eval_shape(game.losses, players, batch)
    except (AttributeError, TypeError) as error:
        raise ValueError("batch must not be None: the game's losses need one.") from error


def _field(
    game: Game, rebuild: Callable[[Vector], Players], batch: PyTree
) -> Callable[[Vector], Vector]:
    """The vector field as a function of the position."""
    names = game.movers

    def field(x: Vector) -> Vector:
        players = rebuild(x)
        require_batch(game, players, batch)
        return -ravel_pytree(tuple(game.gradient(players, n, batch)[0] for n in names))[0]

    return field


def _require_real_parameters(name: str, parameters: PyTree) -> None:
    leaves = jax.tree.leaves(parameters)
    if not leaves:
        raise TypeError(
            f"players[{name!r}] has a turn, so it must own a floating-point JAX array; "
            "it owns none (a plain Python float is not a parameter)."
        )
    for leaf in leaves:
        if jnp.iscomplexobj(leaf):
            raise TypeError(
                f"players[{name!r}] must have real parameters, but one has dtype {leaf.dtype}."
            )
