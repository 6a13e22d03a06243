r"""Whose idea it was: the works behind losses, penalties, divergences, deviations and games, as BibTeX.

`BIBLIOGRAPHY` holds every work that the docstrings and the site name, `SOURCES` says which public object
comes from which of them, and `cite` puts the two together. A work cited by its preprint has no venue.
"""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module

from gantheory.games import OBJECTIVES, AdversarialGame, CreativeGame, Game

__all__ = ["BIBLIOGRAPHY", "SOURCES", "Work", "bibtex", "cite"]

ICLR = "International Conference on Learning Representations"
ICML = "Proceedings of the {}th International Conference on Machine Learning"
NEURIPS = "Advances in Neural Information Processing Systems {}"


@dataclass(frozen=True)
class Work:
    """A published work.

    Attributes:
        authors: Every author, as "Family, Given".
        title: The title as printed.
        year: The year by which the docstrings name it.
        venue: The proceedings, if it appeared in some.
        arxiv: The identifier of its preprint, if it has one.
    """

    authors: tuple[str, ...]
    title: str
    year: int
    venue: str | None = None
    arxiv: str | None = None


BIBLIOGRAPHY: Mapping[str, Work] = {
    "arjovsky2017principled": Work(
        ("Arjovsky, Martin", "Bottou, Léon"),
        "Towards Principled Methods for Training Generative Adversarial Networks",
        2017,
        venue=ICLR,
        arxiv="1701.04862",
    ),
    "arjovsky2017wasserstein": Work(
        ("Arjovsky, Martin", "Chintala, Soumith", "Bottou, Léon"),
        "Wasserstein Generative Adversarial Networks",
        2017,
        venue=ICML.format(34),
        arxiv="1701.07875",
    ),
    "berthelot2017": Work(
        ("Berthelot, David", "Schumm, Thomas", "Metz, Luke"),
        "BEGAN: Boundary Equilibrium Generative Adversarial Networks",
        2017,
        arxiv="1703.10717",
    ),
    "burda2016": Work(
        ("Burda, Yuri", "Grosse, Roger", "Salakhutdinov, Ruslan"),
        "Importance Weighted Autoencoders",
        2016,
        venue=ICLR,
        arxiv="1509.00519",
    ),
    "elgammal2017": Work(
        ("Elgammal, Ahmed", "Liu, Bingchen", "Elhoseiny, Mohamed", "Mazzone, Marian"),
        "CAN: Creative Adversarial Networks, Generating “Art” by Learning About Styles and "
        "Deviating from Style Norms",
        2017,
        arxiv="1706.07068",
    ),
    "goodfellow2014": Work(
        (
            "Goodfellow, Ian J.",
            "Pouget-Abadie, Jean",
            "Mirza, Mehdi",
            "Xu, Bing",
            "Warde-Farley, David",
            "Ozair, Sherjil",
            "Courville, Aaron",
            "Bengio, Yoshua",
        ),
        "Generative Adversarial Nets",
        2014,
        venue=NEURIPS.format(27),
        arxiv="1406.2661",
    ),
    "gulrajani2017": Work(
        (
            "Gulrajani, Ishaan",
            "Ahmed, Faruk",
            "Arjovsky, Martin",
            "Dumoulin, Vincent",
            "Courville, Aaron",
        ),
        "Improved Training of Wasserstein GANs",
        2017,
        venue=NEURIPS.format(30),
        arxiv="1704.00028",
    ),
    "heusel2017": Work(
        (
            "Heusel, Martin",
            "Ramsauer, Hubert",
            "Unterthiner, Thomas",
            "Nessler, Bernhard",
            "Hochreiter, Sepp",
        ),
        "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium",
        2017,
        venue=NEURIPS.format(30),
        arxiv="1706.08500",
    ),
    "huang2024": Work(
        ("Huang, Yiwen", "Gokaslan, Aaron", "Kuleshov, Volodymyr", "Tompkin, James"),
        "The GAN is dead; long live the GAN! A Modern GAN Baseline",
        2024,
        venue=NEURIPS.format(37),
        arxiv="2501.05441",
    ),
    "jolicoeurmartineau2018": Work(
        ("Jolicoeur-Martineau, Alexia",),
        "The relativistic discriminator: a key element missing from standard GAN",
        2018,
        arxiv="1807.00734",
    ),
    "kingma2014": Work(
        ("Kingma, Diederik P.", "Welling, Max"),
        "Auto-Encoding Variational Bayes",
        2014,
        venue=ICLR,
        arxiv="1312.6114",
    ),
    "kodali2017": Work(
        ("Kodali, Naveen", "Abernethy, Jacob", "Hays, James", "Kira, Zsolt"),
        "On Convergence and Stability of GANs",
        2017,
        arxiv="1705.07215",
    ),
    "kynkaanniemi2019": Work(
        (
            "Kynkäänniemi, Tuomas",
            "Karras, Tero",
            "Laine, Samuli",
            "Lehtinen, Jaakko",
            "Aila, Timo",
        ),
        "Improved Precision and Recall Metric for Assessing Generative Models",
        2019,
        venue=NEURIPS.format(32),
        arxiv="1904.06991",
    ),
    "lim2017": Work(
        ("Lim, Jae Hyun", "Ye, Jong Chul"),
        "Geometric GAN",
        2017,
        arxiv="1705.02894",
    ),
    "lucic2018": Work(
        (
            "Lucic, Mario",
            "Kurach, Karol",
            "Michalski, Marcin",
            "Gelly, Sylvain",
            "Bousquet, Olivier",
        ),
        "Are GANs Created Equal? A Large-Scale Study",
        2018,
        venue=NEURIPS.format(31),
        arxiv="1711.10337",
    ),
    "mao2017": Work(
        (
            "Mao, Xudong",
            "Li, Qing",
            "Xie, Haoran",
            "Lau, Raymond Y. K.",
            "Wang, Zhen",
            "Smolley, Stephen Paul",
        ),
        "Least Squares Generative Adversarial Networks",
        2017,
        venue="Proceedings of the IEEE International Conference on Computer Vision",
        arxiv="1611.04076",
    ),
    "mescheder2018": Work(
        ("Mescheder, Lars", "Geiger, Andreas", "Nowozin, Sebastian"),
        "Which Training Methods for GANs do actually Converge?",
        2018,
        venue=ICML.format(35),
        arxiv="1801.04406",
    ),
    "miyato2018": Work(
        ("Miyato, Takeru", "Kataoka, Toshiki", "Koyama, Masanori", "Yoshida, Yuichi"),
        "Spectral Normalization for Generative Adversarial Networks",
        2018,
        venue=ICLR,
        arxiv="1802.05957",
    ),
    "nielsen2011": Work(
        ("Nielsen, Frank", "Nock, Richard"),
        "A closed-form expression for the Sharma-Mittal entropy of exponential families",
        2011,
        arxiv="1112.4221",
    ),
    "nowozin2016": Work(
        ("Nowozin, Sebastian", "Cseke, Botond", "Tomioka, Ryota"),
        "f-GAN: Training Generative Neural Samplers using Variational Divergence Minimization",
        2016,
        venue=NEURIPS.format(29),
        arxiv="1606.00709",
    ),
    "sbai2018": Work(
        (
            "Sbai, Othman",
            "Elhoseiny, Mohamed",
            "Bordes, Antoine",
            "LeCun, Yann",
            "Couprie, Camille",
        ),
        "DesIGN: Design Inspiration from Generative Networks",
        2018,
        arxiv="1804.00921",
    ),
    "sun2020": Work(
        ("Sun, Ruoyu", "Fang, Tiantian", "Schwing, Alex"),
        "Towards a Better Global Loss Landscape of GANs",
        2020,
        venue=NEURIPS.format(33),
        arxiv="2011.04926",
    ),
}
"""Key to work, in alphabetical order."""

SOURCES: Mapping[str, tuple[str, ...]] = {
    "deviations.bce_deviation": ("elgammal2017",),
    "deviations.mce_deviation": ("sbai2018",),
    "deviations.sharma_mittal_deviation": ("nielsen2011", "sbai2018"),
    "divergences.F_DIVERGENCES": ("nowozin2016",),
    "divergences.kl_to_standard_normal": ("kingma2014",),
    "divergences.variational_bound": ("nowozin2016",),
    "dynamics": ("mescheder2018",),
    "games.VariationalGame": ("kingma2014",),
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
    "metrics.frechet_distance": ("heusel2017",),
    "metrics.precision_recall": ("kynkaanniemi2019",),
    "penalties.clip_weights": ("arjovsky2017wasserstein",),
    "penalties.dragan": ("kodali2017",),
    "penalties.r1": ("mescheder2018",),
    "penalties.r2": ("mescheder2018",),
    "penalties.spectral_normalise": ("miyato2018",),
    "penalties.wgan_gp": ("gulrajani2017",),
}
"""Public name, without the package's, to the keys of the works that its docstring names as its source."""

_LATEX = str.maketrans({"é": r"{\'e}", "ä": r"{\"a}", "“": "``", "”": "''"})


def cite(*used: object) -> str:
    """The BibTeX of what was used: each work once, in the order of the bibliography.

    A game cites its losses, penalties and projection, or its deviation and the game it is built on, and the
    objective that has just these. What has no source, a loss of your own say, adds nothing to a game.

    Args:
        used: Public functions, classes and modules of the package, built games, or names of objectives.

    Returns:
        BibTeX entries with an empty line between them.

    Raises:
        ValueError: Nothing was given, nothing is cited for one of the objects, or no objective has that name.
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


def bibtex(key: str) -> str:
    """The BibTeX entry of one work, in ASCII.

    Args:
        key: A key of `BIBLIOGRAPHY`.

    Returns:
        The entry.

    Raises:
        ValueError: No work has that key.
    """
    if key not in BIBLIOGRAPHY:
        raise ValueError(f"key must be one of {', '.join(BIBLIOGRAPHY)}; got {key!r}.")
    work = BIBLIOGRAPHY[key]
    fields = {
        "author": " and ".join(work.authors),
        "title": f"{{{work.title}}}",  # the inner braces keep its capitals
        "booktitle": work.venue,
        "year": work.year,
        "eprint": work.arxiv,
        "archiveprefix": work.arxiv and "arXiv",
    }
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value is not None]
    kind = "inproceedings" if work.venue else "misc"
    entry = ",\n".join([f"@{kind}{{{key}", *lines]) + "\n}"
    return entry.translate(_LATEX)


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
    """What a game is made of; one of another kind is told by its class."""
    if isinstance(game, AdversarialGame):
        penalties = (term.penalty for term in game.penalties)
        return (game.generator_loss, game.discriminator_loss, *penalties, game.projection)
    if isinstance(game, CreativeGame):
        return (game.deviation, game.adversarial)
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
