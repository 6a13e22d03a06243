r"""BEGAN: an autoencoder as discriminator, and the balance of the two errors as a third player.

The discriminator judges a sample by how well it reconstructs it,
$\mathcal L(x) = \operatorname{mean}\lvert x - A(x)\rvert$. The published control law,
$k \leftarrow \operatorname{clip}(k + \lambda_k(\gamma\mathcal L(x) - \mathcal L(G(z))))$, is
gradient descent of a third player on the linear loss
$-k\,(\gamma\mathcal L(x) - \mathcal L(G(z)))$, with learning rate $\lambda_k$ and a projection into
$[0, 1]$.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from gantheory._checks import described, is_array, is_known, require_fraction, require_number
from gantheory._steps import at_step
from gantheory.data import Batch
from gantheory.games._batches import (
    DISCRIMINATOR,
    FAKE,
    GENERATOR,
    REAL,
    Apply,
    Played,
    require_apply,
)
from gantheory.games.game import Entry, Game, Players
from gantheory.games.turns import Turn
from gantheory.shapes import Samples, Scalar

BALANCE = "balance"
"""The name of the third player."""

SIMULTANEOUS = (Turn((DISCRIMINATOR, GENERATOR, BALANCE), simultaneous=True),)
"""All three players move from the same point, on one batch. (The paper draws latents of its own
for the discriminator and for the generator.)"""


class Balance(eqx.Module):
    """The third player: how much the discriminator minds reconstructing fakes, in [0, 1].

    Examples:
        >>> from gantheory import games
        >>> print(games.Balance().k, games.Balance(0.5).k)
        0.0 0.5
    """

    k: Scalar

    def __init__(self, k: Float[Array, ""] | float = 0.0):
        """Start from `k`; the published start is 0."""
        require_number(k=k)
        if is_known(k) and not 0 <= np.asarray(k) <= 1:
            raise ValueError(f"k must lie in [0, 1], got {k}.")
        self.k = jnp.asarray(k, float)


class BoundaryEquilibriumGame(Game[Batch]):
    r"""Generator, autoencoding discriminator and balance.

    $$L_D = \mathcal L(x) - k\,\mathcal L(G(z)), \qquad L_G = \mathcal L(G(z)), \qquad
    L_k = -k\,(\gamma\mathcal L(x) - \mathcal L(G(z)))$$

    Each player's gradient is that of its own loss in its own parameters; so $k$ is a constant for
    the discriminator, and the errors are constants for $k$. An `apply` is that of
    [`AdversarialGame`][gantheory.games.AdversarialGame]; a reconstruction is compared with the
    sample as it was before.

    Further scalars of the discriminator's move: both errors, and the published measure of
    convergence $\mathcal L(x) + \lvert\gamma\mathcal L(x) - \mathcal L(G(z))\rvert$.

    Examples:
        >>> import jax
        >>> from gantheory import data, games, networks
        >>> line = networks.Linear(1, 1, key=jax.random.key(0))
        >>> players = {"generator": line, "discriminator": line, "balance": games.Balance()}
        >>> source = data.Synthetic(data.Normal(4.0, 1.0), data.Uniform(1), batch_size=8)
        >>> sorted(games.began().entries(players, source(jax.random.key(1))))
        ['balance', 'discriminator', 'fake_error', 'generator', 'measure', 'real_error']
    """

    gamma: Scalar
    turns: tuple[Turn, ...] = eqx.field(static=True, default=SIMULTANEOUS)
    apply: Apply | None = None

    def __check_init__(self) -> None:
        require_apply(self.apply)

    def losses(self, players: Players, batch: Batch) -> dict[str, Entry]:
        """The three players' losses; both errors and the measure are the discriminator's."""
        played = Played(batch, self.apply)
        fake = played.generated(players[GENERATOR])
        real_error = _reconstruction_error(played, players[DISCRIMINATOR], batch.real, REAL)
        fake_error = _reconstruction_error(played, players[DISCRIMINATOR], fake, FAKE)
        k = players[BALANCE].k
        surplus = self.gamma * real_error - fake_error
        seen = {
            "real_error": real_error,
            "fake_error": fake_error,
            "measure": real_error + jnp.abs(surplus),
        }
        return {
            GENERATOR: fake_error,
            DISCRIMINATOR: (real_error - k * fake_error, seen),
            BALANCE: -k * surplus,
        }

    def project(self, mover: str, players: Players) -> Players:
        """The balance, once it has moved, is projected into [0, 1]."""
        if mover != BALANCE:
            return players
        clipped = eqx.tree_at(
            lambda b: b.k, players[BALANCE], replace_fn=lambda k: jnp.clip(k, 0, 1)
        )
        return {**players, BALANCE: clipped}

    def at(self, step: Int[Array, ""]) -> Game:
        """The game with its `apply` as that is at a step."""
        return self if self.apply is None else replace(self, apply=at_step(self.apply, step))


def began(
    *, gamma: Float[Array, ""] | float = 0.75, turns: tuple[Turn, ...] = SIMULTANEOUS
) -> BoundaryEquilibriumGame:
    r"""The boundary-equilibrium game; players are the generator, an autoencoder and a `Balance`.

    The ratio $\gamma\in[0,1)$ of the two errors that the balance holds trades diversity (high) for
    quality. The defaults of Lucic et al. are 0.75 and, for the balance, plain gradient descent at
    rate $\lambda_k = 0.001$; for the others Adam at 1e-4, $\beta_1 = 0.5$, with five moves of the
    discriminator per move of the generator. Their code lets $k$ leave $[0, 1]$; here it is
    projected, as the source says.

    Examples:
        >>> from gantheory import games
        >>> game = games.began(gamma=0.5)
        >>> print(game.gamma, game.turns[0].players, game.turns[0].simultaneous)
        0.5 ('discriminator', 'generator', 'balance') True

    Source:
        Berthelot, Schumm and Metz (2017), BEGAN.
    """
    require_number(gamma=gamma)
    require_fraction(gamma=gamma)
    return BoundaryEquilibriumGame(gamma=jnp.asarray(gamma, float), turns=turns)


def _reconstruction_error(
    played: Played, autoencoder: Callable[..., Any], samples: Samples, side: str
) -> Scalar:
    """Mean absolute error over the samples and over their entries."""
    reconstructions = played.mapped(DISCRIMINATOR, autoencoder, samples, side)
    shape = reconstructions.shape[1:] if is_array(reconstructions) else described(reconstructions)
    if shape != samples.shape[1:]:
        raise ValueError(
            f"players[{DISCRIMINATOR!r}] must map a sample to a reconstruction of the same shape, "
            f"{samples.shape[1:]}; it returns {shape}."
        )
    return jnp.mean(jnp.abs(reconstructions - samples))
