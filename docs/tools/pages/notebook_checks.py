"""The self-checks of the notebook: each compares what was filled in with the library, and says what
went wrong.

`notebook.py` puts this file into the notebook's first cell, so it needs nothing but gantheory and
its dependencies.
"""

import jax
import jax.numpy as jnp
import optax
from jax.scipy.special import ndtri

from gantheory import losses

REAL_LOGITS = jnp.array([3.1, -0.4, 1.7, 5.2, 0.3])
FAKE_LOGITS = jnp.array([-2.6, 0.9, -4.3, -0.2, 1.4])  # not the mirror image of the real ones


def check_map(exact_map):
    """The increasing map from uniform to N(4, 1.25²)."""
    u = jnp.array([0.02, 0.2, 0.5, 0.7, 0.99])
    found, wanted = jnp.asarray(exact_map(u)), 4.0 + 1.25 * ndtri(u)
    mistakes = {
        "it is decreasing: the mirror image has the right distribution too, but the "
        "increasing map was asked for": 4.0 - 1.25 * ndtri(u),
        "1.25² is the variance; the map stretches by the standard deviation 1.25": 4.0
        + 1.25**2 * ndtri(u),
        "that is the distribution function; its inverse, norm.ppf, is what turns shares "
        "into numbers": 4.0 + 1.25 * jax.scipy.stats.norm.cdf(u),
        "that is N(0, 1): stretch it by 1.25 and shift it to 4": ndtri(u),
        "the shift to the mean 4 is missing": 1.25 * ndtri(u),
        "the stretch by 1.25 is missing": 4.0 + ndtri(u),
    }
    _compare(
        "exact_map",
        found,
        wanted,
        mistakes,
        "at u = ½ it must give 4, at u = Φ(1) = 0.841 it must give 5.25",
    )


def check_players(make_players):
    """Two networks under their names, each drawn from a key of its own."""
    players = make_players(jax.random.key(3))
    assert isinstance(players, dict), f"return a dict of two networks, not {type(players).__name__}"
    assert set(players) == {"generator", "discriminator"}, (
        f"the names are 'generator' and 'discriminator', not {sorted(players)}"
    )
    one, other = (players[name].layers[1].weight for name in ("generator", "discriminator"))
    assert players["generator"](jnp.zeros(1)).shape == (1,), (
        "the generator maps one number to one number: mlp(1, 1, ...)"
    )
    assert players["discriminator"](jnp.zeros(1)).shape == (), (
        'the discriminator maps one number to one logit without an axis: mlp(1, "scalar", ...)'
    )
    assert one.shape == (32, 32), (
        f"mlp has the width and the depth already; this hidden layer is {one.shape}"
    )
    assert not jnp.allclose(one, other), (
        "both networks were drawn from the same key: give each its own"
    )
    again = make_players(jax.random.key(4))["generator"].layers[1].weight
    assert not jnp.allclose(one, again), (
        "another key must draw other networks: use the keys that were split from `key`"
    )
    _right("make_players")


def check_losses(discriminator_loss, generator_loss):
    """Both losses of the sheet."""
    check_discriminator_loss(discriminator_loss)
    check_generator_loss(generator_loss)


def check_discriminator_loss(discriminator_loss):
    """-E log σ(real) - E log(1 - σ(fake)), its value and both gradients."""
    real, fake, up = REAL_LOGITS, FAKE_LOGITS, jax.nn.softplus
    mean = jnp.mean
    wanted = losses.logistic_discriminator_loss(real, fake)
    mistakes = {
        "real and fake are exchanged: the discriminator should call the real samples real": mean(
            up(real)
        )
        + mean(up(-fake)),
        "the sign of the whole loss: every player minimises, so it is minus the expected "
        "logarithms": -wanted,
        "the real term has the wrong sign inside: -log σ(h) = softplus(-h)": mean(up(real))
        + mean(up(fake)),
        "the fake term has the wrong sign inside: -log(1 - σ(h)) = softplus(+h)": mean(up(-real))
        + mean(up(-fake)),
        "the real term has the wrong sign in front": -mean(up(-real)) + mean(up(fake)),
        "the fake term has the wrong sign in front": mean(up(-real)) - mean(up(fake)),
        "take means over the batch, not sums": jnp.sum(up(-real)) + jnp.sum(up(fake)),
        "the fake term is missing": mean(up(-real)),
        "the real term is missing": mean(up(fake)),
        "it is the sum of two expectations, without a factor ½": wanted / 2,
        "logarithms are natural, not of base 2": wanted / jnp.log(2.0),
        "logarithms are natural, not of base 10": wanted / jnp.log(10.0),
        "σ was applied twice: softplus takes the logit itself": mean(up(-jax.nn.sigmoid(real)))
        + mean(up(jax.nn.sigmoid(fake))),
    }
    rule = (
        "-E log σ(real) is the mean of softplus(-real), -E log(1 - σ(fake)) that of softplus(fake)"
    )
    _compare("discriminator_loss", discriminator_loss(real, fake), wanted, mistakes, rule)
    for place, name in enumerate(("real", "fake")):
        found = jax.grad(discriminator_loss, argnums=place)(real, fake)
        wanted_slope = jax.grad(losses.logistic_discriminator_loss, argnums=place)(real, fake)
        _same_slope(f"discriminator_loss, in the {name} logits", found, wanted_slope)
    _warn_at_large("discriminator_loss", discriminator_loss(-200 * real, 200 * fake))


def check_generator_loss(generator_loss):
    """-E log σ(fake), its value and its gradient."""
    fake, up = FAKE_LOGITS, jax.nn.softplus
    wanted = losses.nonsaturating_generator_loss(fake)
    mistakes = {
        "that is the minimax loss E log(1 - σ(h)); the non-saturating one, -E log σ(h), "
        "was asked for": -jnp.mean(up(fake)),
        "softplus(+h) is the discriminator's loss on fakes: the generator wants high "
        "logits, softplus(-h)": jnp.mean(up(fake)),
        "every player minimises: the generator minimises MINUS the expected logarithm": -wanted,
        "take the mean over the batch, not the sum": jnp.sum(up(-fake)),
        "logarithms are natural, not of base 2": wanted / jnp.log(2.0),
        "logarithms are natural, not of base 10": wanted / jnp.log(10.0),
        "σ was applied twice: softplus takes the logit itself": jnp.mean(up(-jax.nn.sigmoid(fake))),
        "the logarithm is missing": -jnp.mean(jax.nn.sigmoid(fake)),
        "that is Wasserstein's loss, without σ and logarithm": -jnp.mean(fake),
        "the logarithm is taken of the mean; it stands inside the expectation": -jnp.log(
            jnp.mean(jax.nn.sigmoid(fake))
        ),
    }
    rule = "-E log σ(fake) is the mean of softplus(-fake)"
    _compare("generator_loss", generator_loss(fake), wanted, mistakes, rule)
    wanted_slope = jax.grad(losses.nonsaturating_generator_loss)(fake)
    _same_slope("generator_loss", jax.grad(generator_loss)(fake), wanted_slope)
    _warn_at_large("generator_loss", generator_loss(100 * fake))


def check_step(step, players, optimiser):
    """Two steps on few samples, compared with the same two written out here.

    Adam's moves hardly depend on a gradient's size, but its memory does. A share of a move may
    differ: where a gradient is nearly 0, rounding decides about its sign.
    """
    memories = {name: optimiser.init(players[name]) for name in players}
    found, wanted = (players, memories), (players, memories)
    for number in range(2):
        keys = jax.random.split(jax.random.key(number), 3)
        real = 4.0 + 1.25 * jax.random.normal(keys[0], (4, 1))
        noise = tuple(jax.random.uniform(key, (4, 1)) for key in keys[1:])
        before, (right, simultaneous) = found, _right_step(*wanted, optimiser, real, noise)
        try:
            result = step(*found, real, noise)
        except (TypeError, ValueError) as error:
            raise AssertionError(
                f"step stopped with a {type(error).__name__}: give each network its own "
                f"gradient and its own memory"
            ) from error
        whole = isinstance(result, tuple) and len(result) == 3
        assert whole, "return players, memories and the two losses"
        found, wanted = result[:2], right[:2]
        for name in ("discriminator", "generator"):
            _same_move(name, before[0], found[0], wanted[0])
        assert not _near(found[1]["generator"], simultaneous, share=1e-3), (
            "the generator moved against the discriminator as it was; they alternate: "
            "against the one that has just moved"
        )
        for name in ("discriminator", "generator"):
            assert _near(found[1][name], wanted[1][name], share=1e-3), (
                f"the {name}'s optimiser remembers something else: give `move` its own "
                f"memory, and keep what comes back"
            )
        for name in ("discriminator", "generator"):
            assert _near(result[2][name], right[2][name], share=1e-4), (
                f"the {name}'s loss is the one that it had before its own move"
            )
    _right("step")


def _right_step(players, memories, optimiser, real, noise):
    """The right outcome; and the generator's memory, had it moved against the discriminator as it
    was."""

    def discriminator_objective(discriminator, generator, noise):
        fake = jax.vmap(discriminator)(jax.vmap(generator)(noise))
        return losses.logistic_discriminator_loss(jax.vmap(discriminator)(real), fake)

    def generator_objective(generator, discriminator, noise):
        return losses.nonsaturating_generator_loss(
            jax.vmap(discriminator)(jax.vmap(generator)(noise))
        )

    def moved(name, objective, other, noise):
        loss, gradient = jax.value_and_grad(objective)(players[name], other, noise)
        with jax.numpy_dtype_promotion("standard"):  # optax multiplies integers with floats
            update, memory = optimiser.update(gradient, memories[name])
        return optax.apply_updates(players[name], update), memory, loss

    discriminator, d_memory, d_loss = moved(
        "discriminator", discriminator_objective, players["generator"], noise[0]
    )
    generator, g_memory, g_loss = moved("generator", generator_objective, discriminator, noise[1])
    too_early = moved("generator", generator_objective, players["discriminator"], noise[1])[1]
    right = (
        {"generator": generator, "discriminator": discriminator},
        {"generator": g_memory, "discriminator": d_memory},
        {"generator": g_loss, "discriminator": d_loss},
    )
    return right, too_early


def _same_move(name, before, found, wanted):
    start, there, right = (_flat(players[name]) for players in (before, found, wanted))
    assert there.shape == start.shape, f"the {name} that came back is another network"
    there, right = there - start, right - start
    if _near(there, right, share=0.1):
        return
    assert jnp.any(there != 0), (
        f"the {name} did not move: was its gradient cut off, or the moved network not returned?"
    )
    uphill = jnp.vdot(there, right) < -0.9 * jnp.vdot(right, right)
    assert not uphill, f"the {name} went uphill: it minimises its own loss"
    noise = "noise[0]" if name == "discriminator" else "noise[1]"
    raise AssertionError(
        f"the {name} moved elsewhere: differentiate its own objective in its own "
        f"parameters, on {noise}"
    )


def _compare(name, found, wanted, mistakes, rule):
    found = jnp.asarray(found)
    assert found.shape == wanted.shape, (
        f"{name}: the result has shape {found.shape} where {wanted.shape} is wanted"
        + (", a mean over the batch" if wanted.shape == () else "")
    )
    if jnp.allclose(found, wanted, rtol=1e-4, atol=1e-5):
        if wanted.shape:
            _right(name)
        return
    for hint, value in mistakes.items():
        assert not jnp.allclose(found, value, rtol=1e-4, atol=1e-5), f"{name}: {hint}"
    raise AssertionError(f"{name}: {rule}")


def _same_slope(name, found, wanted):
    assert jnp.allclose(found, wanted, rtol=1e-3, atol=1e-5), (
        f"{name}: the value is right, but not its gradient: no stop_gradient, and jnp in "
        f"the place of numpy"
    )


def _warn_at_large(name, value):
    _right(name)
    if not jnp.isfinite(value):
        print("On paper. At logits of some hundreds it overflows: jax.nn.softplus does not.")


def _right(name):
    print(f"{name}: right.")


def _flat(tree):
    """All real numbers of a tree, as one vector."""
    leaves = [
        jnp.ravel(leaf)
        for leaf in jax.tree.leaves(tree)
        if jnp.issubdtype(leaf.dtype, jnp.floating)
    ]
    return jnp.concatenate(leaves) if leaves else jnp.zeros(0)


def _near(one, other, *, share):
    """Whether two trees differ by less than a share of the second one."""
    one, other = _flat(one), _flat(other)
    return one.shape == other.shape and bool(
        jnp.linalg.norm(one - other) <= share * jnp.linalg.norm(other) + 1e-9
    )
