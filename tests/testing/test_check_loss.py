"""The protocol of a loss refuses what breaks it, and says which question was answered wrongly."""

import inspect
from functools import partial

import jax
import jax.numpy as jnp
import pytest

from gantheory import losses, testing


def both(loss):
    """A loss of both sides out of one of the fakes."""
    return lambda real_logits, fake_logits: loss(fake_logits) + jnp.mean(real_logits)


def checked(formula):
    """A loss with the checks that a user writes first."""

    def loss(fake_logits):
        if not jnp.issubdtype(fake_logits.dtype, jnp.floating):
            raise TypeError("fake_logits must be floating-point numbers.")
        if fake_logits.size == 0:
            raise ValueError("fake_logits must not be empty.")
        return formula(fake_logits)

    return loss


def defaulted(fake_logits, scale=1.0):
    return jnp.mean(-scale * fake_logits)


BREAKS = {
    "a sum": (lambda fake_logits: jnp.sum(-fake_logits), "must be the mean"),
    "other names": (lambda logits: jnp.mean(-logits), "the arguments must be"),
    "a default": (defaulted, "the arguments must be"),
    "single precision throughout": (
        lambda fake_logits: jnp.mean(-fake_logits.astype(jnp.float32)),
        "dtype of the logits",
    ),
    "a stopped gradient": (
        lambda fake_logits: -jnp.mean(jax.lax.stop_gradient(fake_logits)),
        "gradient in fake_logits must be that of finite differences",
    ),
    "no checks": (
        lambda fake_logits: jnp.mean(jax.nn.softplus(-fake_logits)),
        "must be refused",
    ),
    "an exponential": (checked(lambda h: jnp.mean(jnp.exp(-h))), "must be finite where"),
    "a parabola": (checked(lambda h: jnp.mean((h - 1) ** 2) / 2), "must never fall"),
    "the wrong sign": (checked(lambda h: jnp.mean(jax.nn.softplus(h))), "must never fall"),
}


@pytest.mark.parametrize(("loss", "text"), BREAKS.values(), ids=BREAKS)
def test_a_loss_that_breaks_the_protocol_is_told_where(loss, text):
    with pytest.raises(AssertionError, match=text):
        testing.check_loss(loss, "generator")


def test_a_sound_loss_of_ones_own_passes():
    testing.check_loss(checked(lambda h: jnp.mean(jax.nn.softplus(-h))), "generator")
    testing.check_loss(checked(lambda h: jnp.mean((h - 1) ** 2) / 2), "generator", monotone=False)


def test_pairing_is_checked_in_both_directions():
    with pytest.raises(AssertionError, match="when the loss is not paired"):
        testing.check_loss(losses.relativistic_discriminator_loss, "discriminator")
    with pytest.raises(AssertionError, match="must depend on who is compared with whom"):
        testing.check_loss(losses.hinge_discriminator_loss, "discriminator", paired=True)


def test_one_empty_side_is_as_wrong_as_two():
    def loss(real_logits, fake_logits):
        if not all(jnp.issubdtype(h.dtype, jnp.floating) for h in (real_logits, fake_logits)):
            raise TypeError("Logits must be floating-point numbers.")
        if real_logits.size == 0:
            raise ValueError("real_logits must not be empty.")
        return jnp.mean(jax.nn.softplus(-real_logits)) + jnp.mean(jax.nn.softplus(fake_logits))

    with pytest.raises(AssertionError, match="empty fake_logits must be refused"):
        testing.check_loss(loss, "discriminator")


def test_the_players_of_a_discriminator_want_opposite_things():
    """The same formula, read as the loss of the other player, falls on the way away."""
    assert testing.steepest_fall(losses.hinge_discriminator_loss, "discriminator") == 0
    assert testing.steepest_fall(losses.hinge_discriminator_loss, "generator") < 0


def test_the_promises_are_keywords():
    parameters = inspect.signature(testing.check_loss).parameters
    assert [name for name, one in parameters.items() if one.kind is one.KEYWORD_ONLY] == [
        "paired",
        "monotone",
        "finite",
    ]
    assert partial(testing.check_loss, finite=False)
