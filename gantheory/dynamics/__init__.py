r"""Dynamics of a game: its vector field, and what one step of gradient play does near a point.

The object analysed is the game that `training` trains. Who moves is who has a turn, and all movers
together are one vector, their *position* $x$, in the order in which they first move. Two maps of it
matter:

* the **flow** $\dot x = v(x)$, where the entries of $v$ that belong to a player are minus the
  gradient of that player's own loss in its own parameters;
* the **step** $x \mapsto F_\eta(x)$, all turns of the game played once by gradient steps of size
  $\eta$: literally one step of `train` with plain gradient descent. Players who move together give
  $F_\eta(x) = x + \eta\,v(x)$, and if they extrapolate, $F_\eta(x) = x + \eta\,v(x +
  \eta\,v(x))$; players who move in turn see the moves before their own.

At a point that a map leaves in place, and around which it is continuously differentiable, the
eigenvalues of its Jacobian decide: nearby positions converge to the point if all eigenvalues of the
flow have negative real part, or all eigenvalues of the step lie inside the unit circle; some
positions, however near, leave it if one eigenvalue lies beyond that border; and on the border the
eigenvalues do not decide. (A penalty that asks for slope 1, such as `penalties.wgan_gp`, has a kink
where the critic is flat, which a Jacobian there does not see.)

Everything is computed on one given batch, so that the game is deterministic. Give the batch of a
quadrature rule to analyse an expected loss. The game is taken as it is given, at every step; of one
that changes with the step, give `game.at(step)`. Nothing is claimed for runs with Adam, whose steps
do not follow this field.

The functions of a game take the game, in which the players who have a turn are the movers; the
players, by name; and the batch: all that is random, held fixed, or None for a game without
randomness. They raise a `TypeError` for a mover that owns no floating-point array or has
complex parameters, and a `ValueError` for players that do not fit the game, parameters that are not
finite, or a missing batch that the game needs.

Source:
    Mescheder, Geiger and Nowozin (2018) analyse GANs in this way; the criterion itself is
    Lyapunov's first method, for maps as for flows.
"""

from gantheory.dynamics.field import jacobian, linearised_field, position, vector_field
from gantheory.dynamics.play import gradient_play, step_jacobian
from gantheory.dynamics.spectrum import Verdict, eigenvalues, flow_verdict, step_verdict

__all__ = [
    "Verdict",
    "eigenvalues",
    "flow_verdict",
    "gradient_play",
    "jacobian",
    "linearised_field",
    "position",
    "step_jacobian",
    "step_verdict",
    "vector_field",
]
