"""Every adversarial objective by name, and the function that builds its game."""

from collections.abc import Callable, Mapping

from jaxtyping import Array, Float

from gantheory import losses, penalties
from gantheory.games.adversarial import ALTERNATING, AdversarialGame, WeightedPenalty
from gantheory.games.game import Game, Turn
from gantheory.shapes import Key, Scalar


def minimax(*, turns: tuple[Turn, ...] = ALTERNATING) -> AdversarialGame:
    """The zero-sum game: the generator minimises E log(1 - D(G(z)))."""
    return AdversarialGame(
        generator_loss=_minimax_generator,
        discriminator_loss=losses.logistic_discriminator_loss,
        turns=turns,
    )


def nonsaturating(*, turns: tuple[Turn, ...] = ALTERNATING) -> AdversarialGame:
    """The classical game with the generator loss that does not vanish: -E log D(G(z))."""
    return AdversarialGame(
        generator_loss=_nonsaturating_generator,
        discriminator_loss=losses.logistic_discriminator_loss,
        turns=turns,
    )


def relativistic_r1_r2(
    *,
    r1_weight: Float[Array, ""] | float = 1.0,
    r2_weight: Float[Array, ""] | float = 1.0,
    turns: tuple[Turn, ...] = ALTERNATING,
) -> AdversarialGame:
    """Relativistic pairing with both zero-centred gradient penalties.

    The weights multiply the penalties with their factor one half inside. Good values depend on the
    scale of the data; the source uses between 0.05 and 150 on images.

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


OBJECTIVES: Mapping[str, Callable[..., Game]] = {
    "minimax": minimax,
    "nonsaturating": nonsaturating,
    "relativistic_r1_r2": relativistic_r1_r2,
}
"""Name of an objective to the function that builds its game."""


def build(name: str, **settings: object) -> Game:
    """Build a game by the name of its objective.

    Args:
        name: A key of `OBJECTIVES`.
        settings: Keyword arguments of the function that builds it, such as penalty weights.

    Returns:
        The game.

    Raises:
        ValueError: No objective has that name.
    """
    if name not in OBJECTIVES:
        raise ValueError(f"name must be one of {', '.join(sorted(OBJECTIVES))}; got {name!r}.")
    return OBJECTIVES[name](**settings)


def _minimax_generator(real_logits: Array, fake_logits: Array) -> Scalar:
    del real_logits
    return losses.minimax_generator_loss(fake_logits)


def _nonsaturating_generator(real_logits: Array, fake_logits: Array) -> Scalar:
    del real_logits
    return losses.nonsaturating_generator_loss(fake_logits)


def _r1(critic: Callable, real: Array, fake: Array, key: Key) -> Scalar:
    del fake, key
    return penalties.r1(critic, real)


def _r2(critic: Callable, real: Array, fake: Array, key: Key) -> Scalar:
    del real, key
    return penalties.r2(critic, fake)
