"""The Dirac-GAN on the library's own objectives and penalties: eigenvalues in closed form,
verdicts, laws."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gantheory import dynamics, games, penalties
from gantheory.data import Batch
from gantheory.dynamics import Verdict
from gantheory.games import DISCRIMINATOR, GENERATOR, Turn

pytestmark = pytest.mark.usefixtures("x64")

TOGETHER = (Turn((DISCRIMINATOR, GENERATOR), simultaneous=True),)
IN_TURN = (Turn((DISCRIMINATOR, GENERATOR)),)
SMOOTH_ZERO_SUM = {  # the value of |f'(0)|, where the game is f(ψθ) near the equilibrium
    "minimax": 0.5,
    "nonsaturating": 0.5,
    "wgan": 1.0,
    "hinge": 1.0,
    "f_gan_kl": np.exp(-1),
    "f_gan_pearson_chi2": 1.0,
    "f_gan_gan": 0.5,
}


class Shift(eqx.Module):
    """The generator of a point mass at θ."""

    theta: jax.Array

    def __call__(self, z):
        return self.theta + z


class Slope(eqx.Module):
    """The discriminator h(x) = ψx."""

    psi: jax.Array

    def __call__(self, x):
        return self.psi * x


def dirac(theta=0.0, psi=0.0):
    return {
        GENERATOR: Shift(jnp.asarray(theta, float)),
        DISCRIMINATOR: Slope(jnp.asarray(psi, float)),
    }


def drawn(count=1):
    zeros = jnp.zeros(count)
    return Batch(real=zeros, latent=zeros, key=jax.random.key(0))


def with_penalty(penalty, weight, turns=TOGETHER):
    plain = games.nonsaturating(turns=turns)
    return games.AdversarialGame(
        generator_loss=plain.generator_loss,
        discriminator_loss=plain.discriminator_loss,
        penalties=(games.WeightedPenalty("penalty", penalty, weight),),
        turns=turns,
    )


def r1(weight, turns=TOGETHER):
    return with_penalty(lambda h, real, fake, key: penalties.r1(h, real), weight, turns)


def r2(weight, turns=TOGETHER):
    return with_penalty(lambda h, real, fake, key: penalties.r2(h, fake), weight, turns)


@eqx.filter_jit
def spectrum(game):
    return dynamics.eigenvalues(dynamics.jacobian(game, dirac(), drawn()))


@eqx.filter_jit
def step_spectrum(game, h):
    return dynamics.eigenvalues(dynamics.step_jacobian(game, dirac(), drawn(), step_size=h))


@eqx.filter_jit
def radii(game, h, theta, psi, steps, stride=1):
    play = dynamics.gradient_play(
        game, dirac(theta, psi), drawn(2), step_size=h, steps=steps, stride=stride
    )
    return jnp.linalg.norm(play.history, axis=1)


@pytest.mark.parametrize("objective", SMOOTH_ZERO_SUM)
def test_without_a_penalty_the_eigenvalues_are_imaginary(objective):
    slope = SMOOTH_ZERO_SUM[objective]
    found = spectrum(games.build(objective))
    np.testing.assert_allclose(found, [1j * slope, -1j * slope], atol=1e-12)
    assert dynamics.flow_verdict(found, tolerance=1e-9) == Verdict.undecided


@pytest.mark.parametrize("penalty", [r1, r2])
@pytest.mark.parametrize("weight", [0.3, 1.0, 2.0])
def test_zero_centred_penalties_pull_the_eigenvalues_to_the_left(penalty, weight):
    root = np.sqrt(complex(weight**2 / 4 - 0.25))
    found = spectrum(penalty(weight))
    tolerance = 1e-7 if weight == 1.0 else 1e-12  # a double eigenvalue has half of the digits
    expected = [-weight / 2 + root, -weight / 2 - root]
    np.testing.assert_allclose(found, expected, atol=tolerance)
    assert dynamics.flow_verdict(found, tolerance=1e-3) == Verdict.converges


@pytest.mark.parametrize(("one", "other"), [(0.3, 0.0), (0.1, 0.5), (1.5, 0.5)])
def test_the_weights_of_both_penalties_add_up_under_relativistic_pairing(one, other):
    weight = one + other
    root = np.sqrt(complex(weight**2 / 4 - 0.25))
    found = spectrum(games.build("relativistic_r1_r2", r1_weight=one, r2_weight=other))
    np.testing.assert_allclose(found, [-weight / 2 + root, -weight / 2 - root], atol=1e-12)


@pytest.mark.parametrize("h", [0.02, 0.2, 4.0, 4.2])
def test_the_step_together_leaves_the_unit_circle_for_every_size(h):
    found = step_spectrum(games.minimax(turns=TOGETHER), jnp.asarray(h))
    np.testing.assert_allclose(abs(found), np.sqrt(1 + h**2 / 4), rtol=1e-12)
    assert dynamics.step_verdict(found, tolerance=1e-9) == Verdict.diverges


@pytest.mark.parametrize("turns", [IN_TURN, games.ALTERNATING])
def test_the_step_in_turn_stays_on_the_unit_circle_up_to_size_four(turns):
    game = games.minimax(turns=turns)
    for h in (0.02, 0.2, 3.9):
        found = step_spectrum(game, jnp.asarray(h))
        np.testing.assert_allclose(abs(found), 1.0, rtol=1e-12)
        assert dynamics.step_verdict(found, tolerance=1e-9) == Verdict.undecided
    beyond = step_spectrum(game, jnp.asarray(4.2))
    trace = 2 - 2.1**2
    root = np.sqrt(trace**2 / 4 - 1)
    np.testing.assert_allclose(beyond, [trace / 2 + root, trace / 2 - root], rtol=1e-12)
    assert dynamics.step_verdict(beyond, tolerance=1e-9) == Verdict.diverges


@pytest.mark.parametrize("weight", [0.1, 0.3, 0.9])
def test_with_a_weak_penalty_steps_together_must_be_shorter_than_four_times_its_weight(weight):
    game = r1(weight)
    inside, outside = (
        step_spectrum(game, jnp.asarray(4 * weight * factor)) for factor in (0.99, 1.01)
    )
    assert dynamics.step_verdict(inside, tolerance=1e-6) == Verdict.converges
    assert dynamics.step_verdict(outside, tolerance=1e-6) == Verdict.diverges


def test_the_published_radii():
    """From the published start, in this library's sign (high is real): θ = 1, ψ = -1, 500 steps of
    0.2."""
    expected = {
        ("minimax", TOGETHER): (3.10, 0.01),
        ("minimax", IN_TURN): (1.42, 0.01),
        ("nonsaturating", TOGETHER): (0.64, 0.005),
        ("nonsaturating", IN_TURN): (0.28, 0.015),  # the orbit is an ellipse, so the phase matters
    }
    for (objective, turns), (radius, tolerance) in expected.items():
        found = radii(games.build(objective, turns=turns), 0.2, 1.0, -1.0, 500)[-1]
        assert found == pytest.approx(radius, abs=tolerance)


@pytest.mark.parametrize(("h", "start"), [(0.2, 0.05), (0.2, 1.0), (0.02, 0.15), (0.02, 0.4)])
def test_steps_together_grow_or_shrink_to_a_cycle_of_radius_root_two_h(h, start):
    game = games.nonsaturating(turns=TOGETHER)
    found = radii(game, jnp.asarray(h), start, 0.0, 40_000, 40)
    rest = 2 * h / start**2 - 1
    steps = 40 * np.arange(1, 1001)
    expected = np.sqrt(2 * h / (1 + rest * np.exp(-(h**2) * steps / 4)))
    np.testing.assert_allclose(found, expected, rtol=0.02)


def test_steps_in_turn_decay_like_the_root_of_eight_over_time():
    game = games.nonsaturating(turns=IN_TURN)
    h, steps = 0.2, 40_000
    found = radii(game, jnp.asarray(h), 1.0, 0.0, steps)[-2_000:]
    assert np.mean(found) == pytest.approx(np.sqrt(8 / (h * (steps - 1_000))), rel=0.02)


@pytest.mark.parametrize(
    ("objective", "turns"),
    [("wgan", IN_TURN), ("wgan_gp", IN_TURN), ("dragan", IN_TURN), ("wgan", TOGETHER)],
)
def test_clipping_and_penalties_centred_at_one_do_not_converge(objective, turns):
    """Every start in a grid stays away, at a step so small that the step is not the reason."""
    weight = {"clip_bound": 1.0} if objective == "wgan" else {"penalty_weight": 0.7}
    game = games.build(objective, **weight, turns=turns)
    starts = jnp.asarray([0.3, 1.0, 2.0])
    last = eqx.filter_vmap(lambda s: radii(game, 0.01, s, -0.1, 20_000, 100)[-100:])(starts)
    assert np.min(last) > 0.1 if objective == "wgan" else np.max(last, axis=1).min() > 0.5


def test_zero_centred_penalties_do_converge_from_the_same_starts():
    starts = jnp.asarray([0.3, 1.0, 2.0])
    last = eqx.filter_vmap(lambda s: radii(r1(0.7), 0.01, s, -0.1, 20_000, 100)[-1])(starts)
    assert np.max(last) < 1e-10
