"""Which public object comes from which works, and the BibTeX of what was used."""

import inspect
from collections.abc import Mapping
from functools import partial
from importlib import import_module

from gantheory.citations.bibliography import BIBLIOGRAPHY
from gantheory.citations.entries import bibtex
from gantheory.games import (
    OBJECTIVES,
    AdversarialGame,
    CreativeGame,
    Game,
    RegressionGame,
    WalkGame,
)

SOURCES: Mapping[str, tuple[str, ...]] = {
    "data.ConvexPolygons": ("lucic2018",),
    "deviations.bce_deviation": ("elgammal2017",),
    "deviations.mce_deviation": ("sbai2018",),
    "deviations.sharma_mittal_deviation": ("nielsen2011", "sbai2018"),
    "deviations.walk_deviation": ("jha2021", "jha2022"),
    "divergences.F_DIVERGENCES": ("nowozin2016",),
    "divergences.kl_k1": ("schulman2020",),
    "divergences.kl_k2": ("schulman2020",),
    "divergences.kl_k3": ("schulman2020",),
    "divergences.kl_to_standard_normal": ("kingma2014",),
    "divergences.variational_bound": ("nowozin2016",),
    "dynamics": ("mescheder2018",),
    "games.RegressionGame": ("isola2017",),
    "games.VariationalGame": ("kingma2014",),
    "games.WalkGame": ("jha2021", "jha2022"),
    "games.began": ("berthelot2017",),
    "games.can": ("elgammal2017",),
    "games.can_holistic": ("sbai2018",),
    "games.dragan": ("kodali2017",),
    "games.f_gan": ("nowozin2016",),
    "games.hinge": ("lim2017",),
    "games.importance_weighted_bound": ("burda2016",),
    "games.least_squares": ("mao2017",),
    "games.minimax": ("goodfellow2014",),
    "games.nonsaturating": ("goodfellow2014",),
    "games.relativistic_r1_r2": ("huang2024",),
    "games.wgan": ("arjovsky2017wasserstein",),
    "games.wgan_gp": ("gulrajani2017",),
    "losses.f_gan_critic_loss": ("nowozin2016",),
    "losses.f_gan_generator_loss": ("nowozin2016",),
    "losses.hinge_discriminator_loss": ("lim2017",),
    "losses.hinge_generator_loss": ("lim2017",),
    "losses.least_squares_discriminator_loss": ("mao2017",),
    "losses.least_squares_generator_loss": ("mao2017",),
    "losses.logistic_discriminator_loss": ("goodfellow2014",),
    "losses.minimax_generator_loss": ("goodfellow2014",),
    "losses.nonsaturating_generator_loss": ("goodfellow2014",),
    "losses.relativistic_discriminator_loss": ("jolicoeurmartineau2018",),
    "losses.relativistic_generator_loss": ("jolicoeurmartineau2018",),
    "losses.wasserstein_critic_loss": ("arjovsky2017wasserstein",),
    "losses.wasserstein_generator_loss": ("arjovsky2017wasserstein",),
    "metrics.density_coverage": ("naeem2020",),
    "metrics.distance_to_polygons": ("lucic2018",),
    "metrics.frechet_distance": ("heusel2017",),
    "metrics.inversion_distances": ("lucic2018",),
    "metrics.kernel_distance": ("binkowski2018",),
    "metrics.precision_recall": ("kynkaanniemi2019",),
    "penalties.PowerIterated": ("miyato2018",),
    "penalties.clip_weights": ("arjovsky2017wasserstein",),
    "penalties.dragan": ("kodali2017",),
    "penalties.r1": ("mescheder2018",),
    "penalties.r2": ("mescheder2018",),
    "penalties.spectral_normalise": ("miyato2018",),
    "penalties.wgan_gp": ("gulrajani2017",),
    "study.expected_best": ("lucic2018",),
}
"""Public name, without the package's, to the keys of the works that are its docstring's source."""


def cite(*used: object) -> str:
    r"""The BibTeX of what was used: each work once, in the order of the bibliography.

    An empty line separates the entries. A game cites its losses, penalties and projection, or its
    own source, its deviation and the game it is built on, and the objective that has just these.
    What has no source, such as a loss of your own, adds nothing to a game.

    Args:
        used: Public functions and classes of the package, the module `dynamics`, built games, or
            names of objectives.

    Raises:
        ValueError: Nothing was given, nothing is cited for one of the objects, or no objective has
            that name.

    Examples:
        >>> from gantheory import cite, penalties
        >>> entries = cite("hinge", penalties.r1).split("\n\n")
        >>> print(*[entry.splitlines()[0] for entry in entries])
        @misc{lim2017, @inproceedings{mescheder2018,
    """
    if not used:
        raise ValueError(
            "cite needs at least one object of the package, or the name of one objective."
        )
    wanted: set[str] = set()
    for one in used:
        keys = _keys(one)
        if not keys:
            raise ValueError(
                f"nothing is cited for {_name(one)}: its documentation names no source."
            )
        wanted |= keys
    return "\n\n".join(bibtex(key) for key in BIBLIOGRAPHY if key in wanted)


def _keys(used: object) -> set[str]:
    """The works behind one object; none if it has no source."""
    if isinstance(used, str):
        if used not in OBJECTIVES:
            known = ", ".join(sorted(OBJECTIVES))
            raise ValueError(f"nothing is cited for {used!r}: a name must be one of {known}.")
        return _keys(OBJECTIVES[used]())
    for builder in OBJECTIVES.values():
        if used is builder:
            return _keys(builder())
    if isinstance(used, Game):
        return set().union(*map(_keys, _parts(used)), _keys_of_objective(used))
    return _keys_of_original(_original(used))


def _keys_of_objective(game: Game) -> set[str]:
    """The source of the objective that is made of the same parts, if there is one."""
    parts = [_original(part) for part in _parts(game)]
    for builder in OBJECTIVES.values():
        if [_original(part) for part in _parts(builder())] == parts:
            return _keys_of_original(_original(builder))
    return set()


def _keys_of_original(original: object) -> set[str]:
    return {key for name, keys in SOURCES.items() if _public(name) is original for key in keys}


def _parts(game: Game) -> tuple[object, ...]:
    """What a game is made of; any other game is identified by its class."""
    if isinstance(game, AdversarialGame):
        penalties = (term.penalty for term in game.penalties)
        return (game.generator_loss, game.discriminator_loss, *penalties, game.projection)
    if isinstance(game, CreativeGame):
        return (game.deviation, game.adversarial)
    if isinstance(game, RegressionGame | WalkGame):
        return (type(game), game.adversarial)
    return (type(game),)


def _original(function: object) -> object:
    """The function inside partial applications and wrappers."""
    while isinstance(function, partial):
        function = function.func
    return inspect.unwrap(function) if callable(function) else function


def _public(name: str) -> object:
    """The object of a public name."""
    module, _, attribute = name.partition(".")
    found = import_module(f"gantheory.{module}")
    return _original(getattr(found, attribute)) if attribute else found


def _name(used: object) -> str:
    """How an error calls an object."""
    if inspect.ismodule(used):
        return used.__name__
    if isinstance(used, type) or inspect.isroutine(used):
        return f"{used.__module__}.{used.__qualname__}"
    return f"an object of the class {_name(type(used))}"
