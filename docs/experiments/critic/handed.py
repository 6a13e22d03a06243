"""What a critic that descends the linear loss hands to the generator, beside the gradient of the
squared MMD under its tangent kernel."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array
from tools.results.cache import cached

from experiments.critic.kernel import Critic, squared_mmd, witness
from experiments.critic.tangent import fresh, samples, scores
from gantheory import losses
from gantheory.shapes import Scalar, Values

PIECES = 20


@cached
def handed(changes: tuple[float, ...]) -> dict[str, Array]:
    """For each distance that the scores are to move: the cosine of the change of the slopes at the
    fakes with the gradient of the MMD, and their relative distance."""

    def both(critic: Critic, sizes: Values) -> tuple[Values, Values]:
        real, fake = samples()
        # -n/2 times the gradient of the squared MMD in each fake
        push = -fake.size / 2 * jax.grad(lambda fakes: squared_mmd(critic, real, fakes))(fake)
        scale = jnp.std(witness(critic, fake, real, fake))

        def slopes(one: Critic) -> Values:
            return jax.vmap(jax.grad(lambda x: one(x[None])))(fake)

        def loss(one: Critic) -> Scalar:
            return losses.wasserstein_critic_loss(scores(one, real), scores(one, fake))

        def after(change: Scalar) -> tuple[Scalar, Scalar]:
            time = change / scale

            def descend(_: Scalar, one: Critic) -> Critic:
                return jax.tree.map(lambda a, g: a - time / PIECES * g, one, jax.grad(loss)(one))

            got = (slopes(jax.lax.fori_loop(0, PIECES, descend, critic)) - slopes(critic)) / time
            length = jnp.linalg.norm(push)
            return got @ push / jnp.linalg.norm(got) / length, jnp.linalg.norm(got - push) / length

        return jax.vmap(after)(sizes)

    cosine, error = eqx.filter_jit(both)(fresh(64, jax.random.key(1)), jnp.asarray(changes))
    return {"cosine": cosine, "error": error}
