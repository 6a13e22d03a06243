"""Every adversarial objective by name, and the function that builds its game.

A builder's defaults are published numbers (penalty weights, clip bound, order of the turns but for
`f_gan`, whose players move in turn here as elsewhere): the authors' own or, as the ratio of `began`
and the noise of `dragan`, those of the survey of Lucic et al. and its code. Optimisers are not part
of a game; where we know which one its authors used, or the survey takes by default in their name,
its docstring says so.
"""

from collections.abc import Callable, Mapping
from functools import cache, partial, wraps

import jax
from jaxtyping import Array, Float, PyTree

from gantheory import losses, penalties
from gantheory._checks import require_non_negative, require_number, require_positive
from gantheory.divergences import F_DIVERGENCES
from gantheory.games.adversarial import (
    ALTERNATING,
    CRITIC_FIVE_TIMES,
    AdversarialGame,
    WeightedPenalty,
)
from gantheory.games.boundary_equilibrium import began
from gantheory.games.game import Game
from gantheory.games.turns import Turn
from gantheory.shapes import Key, Scalar

Number = Float[Array, ""] | float


def minimax(*, turns: tuple[Turn, ...] = ALTERNATING) -> AdversarialGame:
    r"""The zero-sum game: the generator minimises $\mathbb E[\log(1 - D(G(z)))]$.

    The default of Lucic et al. is Adam at 5e-5, $\beta_1 = 0$. Why its generator learns little from
    rejected samples is proved in [The vanishing gradient][thm-minimax-gradient].

    Examples:
        >>> from gantheory import games
        >>> print(games.minimax().generator_loss.__name__)
        minimax_generator_loss

    Source:
        Goodfellow et al. (2014).
    """
    return AdversarialGame(
        generator_loss=_of_fakes(losses.minimax_generator_loss),
        discriminator_loss=losses.logistic_discriminator_loss,
        turns=turns,
    )


def nonsaturating(*, turns: tuple[Turn, ...] = ALTERNATING) -> AdversarialGame:
    r"""The classical game with the generator loss that does not vanish, $-\mathbb E[\log D(G(z))]$.

    Labels are exact: no smoothing on either side. The default of Lucic et al. is Adam at 5e-5,
    $\beta_1 = 0$. Why it does not vanish is proved in [Losses that do not
    vanish][thm-same-direction], what it descends in [When the distributions do not
    overlap][thm-ns-gradient].

    Examples:
        >>> from gantheory import games
        >>> print(games.nonsaturating().generator_loss.__name__)
        nonsaturating_generator_loss

    Source:
        Goodfellow et al. (2014).
    """
    return AdversarialGame(
        generator_loss=_of_fakes(losses.nonsaturating_generator_loss),
        discriminator_loss=losses.logistic_discriminator_loss,
        turns=turns,
    )


def wgan(
    *, clip_bound: Number = 0.01, turns: tuple[Turn, ...] = CRITIC_FIVE_TIMES
) -> AdversarialGame:
    """The Wasserstein game; after each move of the critic its weights are clipped into a box.

    The authors train with RMSProp at 5e-5, five moves of the critic per move of the generator. That
    no 1-Lipschitz critic exceeds the Wasserstein distance is proved in [Objectives and their
    divergences][thm-wasserstein]; a clipped one has another constant.

    Examples:
        >>> from gantheory import games
        >>> [(turn.players, turn.times) for turn in games.wgan(clip_bound=0.01).turns]
        [(('discriminator',), 5), (('generator',), 1)]

    Source:
        Arjovsky, Chintala and Bottou (2017).
    """
    require_number(clip_bound=clip_bound)
    require_positive(clip_bound=clip_bound)
    return AdversarialGame(
        generator_loss=_of_fakes(losses.wasserstein_generator_loss),
        discriminator_loss=losses.wasserstein_critic_loss,
        projection=jax.tree_util.Partial(_clip, jax.numpy.asarray(clip_bound, float)),
        turns=turns,
    )


def wgan_gp(
    *, penalty_weight: Number = 10.0, turns: tuple[Turn, ...] = CRITIC_FIVE_TIMES
) -> AdversarialGame:
    r"""The Wasserstein game with a gradient penalty between data and fakes.

    The authors train with Adam at 1e-4, $\beta_1 = 0$, $\beta_2 = 0.9$, five moves of the critic
    per move of the generator, no batch statistics in the critic.

    Examples:
        >>> from gantheory import games
        >>> print(games.wgan_gp(penalty_weight=10.0).penalties[0].weight)
        10.0

    Source:
        Gulrajani et al. (2017).
    """
    return AdversarialGame(
        generator_loss=_of_fakes(losses.wasserstein_generator_loss),
        discriminator_loss=losses.wasserstein_critic_loss,
        penalties=(WeightedPenalty("penalty", penalties.wgan_gp, penalty_weight),),
        turns=turns,
    )


def least_squares(*, turns: tuple[Turn, ...] = ALTERNATING) -> AdversarialGame:
    r"""Both sides regress the raw score: data to 1, fakes to 0, and the generator's fakes to 1.

    The code of Lucic et al. regresses the sigmoid of the score, by default with Adam at 2e-4,
    $\beta_1 = 0.5$; here it is the score itself, as in the source.

    Examples:
        >>> from gantheory import games
        >>> print(games.least_squares().discriminator_loss.__name__)
        least_squares_discriminator_loss

    Source:
        Mao et al. (2017).
    """
    return AdversarialGame(
        generator_loss=_of_fakes(losses.least_squares_generator_loss),
        discriminator_loss=losses.least_squares_discriminator_loss,
        turns=turns,
    )


def dragan(
    *,
    penalty_weight: Number = 10.0,
    noise_scale: Number = 0.5,
    turns: tuple[Turn, ...] = ALTERNATING,
) -> AdversarialGame:
    r"""The non-saturating game with a gradient penalty around the data.

    A public copy of the table of Lucic et al. has the minimax generator loss; their code trains
    with the other one, and so does this game. Its default is Adam at 1e-4, $\beta_1 = 0.5$.

    Examples:
        >>> from gantheory import games
        >>> print(games.dragan(penalty_weight=10.0, noise_scale=0.5).penalties[0].weight)
        10.0

    Source:
        Kodali et al. (2017).
    """
    require_number(noise_scale=noise_scale)
    require_non_negative(noise_scale=noise_scale)
    penalty = jax.tree_util.Partial(_dragan, jax.numpy.asarray(noise_scale, float))
    return AdversarialGame(
        generator_loss=_of_fakes(losses.nonsaturating_generator_loss),
        discriminator_loss=losses.logistic_discriminator_loss,
        penalties=(WeightedPenalty("penalty", penalty, penalty_weight),),
        turns=turns,
    )


def hinge(*, turns: tuple[Turn, ...] = ALTERNATING) -> AdversarialGame:
    """The discriminator keeps a margin, the generator raises the mean score.

    Examples:
        >>> from gantheory import games
        >>> print(games.hinge().discriminator_loss.__name__)
        hinge_discriminator_loss

    Source:
        Lim and Ye (2017).
    """
    return AdversarialGame(
        generator_loss=_of_fakes(losses.hinge_generator_loss),
        discriminator_loss=losses.hinge_discriminator_loss,
        turns=turns,
    )


def relativistic_r1_r2(
    *,
    r1_weight: Number = 1.0,
    r2_weight: Number = 1.0,
    turns: tuple[Turn, ...] = ALTERNATING,
) -> AdversarialGame:
    r"""Relativistic pairing with both zero-centred gradient penalties.

    The weights multiply the penalties with their factor one half inside. Good values depend on the
    scale of the data; the source starts between 0.05 and 150 on images and ends at a tenth of that,
    with Adam, $\beta_1 = 0$. This game draws its pairs afresh at each turn; what that does to the
    landscape, and what fixed pairs would do, is proved in [Comparing in pairs][thm-traps]; what
    either penalty does to the smallest GAN, in [When does GAN training
    converge?][thm-dirac-damping].

    Examples:
        >>> from gantheory import games
        >>> [term.name for term in games.relativistic_r1_r2(r1_weight=0.1, r2_weight=0.1).penalties]
        ['r1', 'r2']

    Source:
        Huang et al. (2024), R3GAN.
    """
    return AdversarialGame(
        generator_loss=losses.relativistic_generator_loss,
        discriminator_loss=losses.relativistic_discriminator_loss,
        penalties=(
            WeightedPenalty("r1", _r1, r1_weight),
            WeightedPenalty("r2", _r2, r2_weight),
        ),
        turns=turns,
    )


def f_gan(divergence: str, *, turns: tuple[Turn, ...] = ALTERNATING) -> AdversarialGame:
    r"""The zero-sum game on the variational bound of an f-divergence.

    The bound is proved in [Objectives and their divergences][thm-variational].

    Raises:
        ValueError: `divergence` is not a key of `divergences.F_DIVERGENCES`.

    Examples:
        >>> from gantheory import games
        >>> print(games.f_gan("reverse_kl").discriminator_loss.__name__)
        f_gan_critic_loss

    Source:
        Nowozin, Cseke and Tomioka (2016).
    """
    if divergence not in F_DIVERGENCES:
        known = ", ".join(sorted(F_DIVERGENCES))
        raise ValueError(f"divergence must be one of {known}; got {divergence!r}.")
    generator_loss, critic_loss = _f_gan_losses(divergence)
    return AdversarialGame(
        generator_loss=generator_loss, discriminator_loss=critic_loss, turns=turns
    )


OBJECTIVES: Mapping[str, Callable[..., Game]] = {
    "minimax": minimax,
    "nonsaturating": nonsaturating,
    "wgan": wgan,
    "wgan_gp": wgan_gp,
    "least_squares": least_squares,
    "dragan": dragan,
    "began": began,
    "hinge": hinge,
    "relativistic_r1_r2": relativistic_r1_r2,
    **{f"f_gan_{name}": partial(f_gan, name) for name in F_DIVERGENCES},
}
"""Name of an objective to the function that builds its game."""


def build(name: str, **settings: object) -> Game:
    """Build a game by the name of its objective; `settings` go to the function that builds it.

    Raises:
        ValueError: `name` is not a key of `OBJECTIVES`.

    Examples:
        >>> from gantheory import games
        >>> games.build("wgan_gp", penalty_weight=1.0).penalties[0].name
        'penalty'
        >>> sorted(games.OBJECTIVES)[:3]
        ['began', 'dragan', 'f_gan_gan']
    """
    if name not in OBJECTIVES:
        raise ValueError(f"name must be one of {', '.join(sorted(OBJECTIVES))}; got {name!r}.")
    return OBJECTIVES[name](**settings)


@cache
def _of_fakes(loss: Callable[[Array], Scalar]) -> Callable[[Array, Array], Scalar]:
    """A loss of the fakes as a loss of both sides; the same object for the same loss."""

    @wraps(loss)
    def of_both(real_logits: Array, fake_logits: Array) -> Scalar:
        del real_logits
        return loss(fake_logits)

    return of_both


@cache
def _f_gan_losses(name: str) -> tuple[Callable, Callable]:
    """Both losses of a row of the table, the same objects at each call."""
    row = F_DIVERGENCES[name]

    @wraps(losses.f_gan_generator_loss)
    def generator_loss(real_logits: Array, fake_logits: Array) -> Scalar:
        del real_logits
        return losses.f_gan_generator_loss(row, fake_logits)

    @wraps(losses.f_gan_critic_loss)
    def critic_loss(real_logits: Array, fake_logits: Array) -> Scalar:
        return losses.f_gan_critic_loss(row, real_logits, fake_logits)

    return generator_loss, critic_loss


@wraps(penalties.clip_weights)
def _clip(bound: Array, critic: Callable) -> Callable:
    return penalties.clip_weights(critic, bound)


@wraps(penalties.dragan)
def _dragan(
    noise_scale: Array,
    critic: Callable,
    real: Array,
    fake: Array,
    key: Key,
    *,
    condition: PyTree | None = None,
) -> Scalar:
    del fake
    return penalties.dragan(critic, real, key, noise_scale, condition=condition)


@wraps(penalties.r1)
def _r1(
    critic: Callable, real: Array, fake: Array, key: Key, *, condition: PyTree | None = None
) -> Scalar:
    del fake, key
    return penalties.r1(critic, real, condition=condition)


@wraps(penalties.r2)
def _r2(
    critic: Callable, real: Array, fake: Array, key: Key, *, condition: PyTree | None = None
) -> Scalar:
    del real, key
    return penalties.r2(critic, fake, condition=condition)
