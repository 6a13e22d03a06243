"""The works, and their BibTeX."""

from collections.abc import Mapping
from dataclasses import dataclass

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
        journal: The journal with volume, number and pages, if it appeared in one.
        url: The address of what is only on the web.

    Examples:
        >>> from gantheory import citations
        >>> work = citations.BIBLIOGRAPHY["lim2017"]
        >>> print(f"{work.title} ({work.year}), arXiv {work.arxiv}")
        Geometric GAN (2017), arXiv 1705.02894
    """

    authors: tuple[str, ...]
    title: str
    year: int
    venue: str | None = None
    arxiv: str | None = None
    journal: tuple[str, int, int, str] | None = None
    url: str | None = None


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
    "binkowski2018": Work(
        ("Bińkowski, Mikołaj", "Sutherland, Danica J.", "Arbel, Michael", "Gretton, Arthur"),
        "Demystifying MMD GANs",
        2018,
        venue=ICLR,
        arxiv="1801.01401",
    ),
    "blau2018": Work(
        ("Blau, Yochai", "Michaeli, Tomer"),
        "The Perception-Distortion Tradeoff",
        2018,
        arxiv="1711.06077",
    ),
    "burda2016": Work(
        ("Burda, Yuri", "Grosse, Roger", "Salakhutdinov, Ruslan"),
        "Importance Weighted Autoencoders",
        2016,
        venue=ICLR,
        arxiv="1509.00519",
    ),
    "dai2019": Work(
        ("Dai, Bin", "Wipf, David"),
        "Diagnosing and Enhancing VAE Models",
        2019,
        venue=ICLR,
        arxiv="1903.05789",
    ),
    "daskalakis2017": Work(
        (
            "Daskalakis, Constantinos",
            "Ilyas, Andrew",
            "Syrgkanis, Vasilis",
            "Zeng, Haoyang",
        ),
        "Training GANs with Optimism",
        2017,
        arxiv="1711.00141",
    ),
    "elgammal2017": Work(
        ("Elgammal, Ahmed", "Liu, Bingchen", "Elhoseiny, Mohamed", "Mazzone, Marian"),
        "CAN: Creative Adversarial Networks, Generating “Art” by Learning About Styles and "
        "Deviating from Style Norms",
        2017,
        arxiv="1706.07068",
    ),
    "fiez2021": Work(
        ("Fiez, Tanner", "Ratliff, Lillian J."),
        "Local Convergence Analysis of Gradient Descent Ascent with Finite Timescale Separation",
        2021,
        venue=ICLR,
    ),
    "gidel2018": Work(
        (
            "Gidel, Gauthier",
            "Hemmat, Reyhane Askari",
            "Pezeshki, Mohammad",
            "Priol, Rémi Le",
            "Huang, Gabriel",
            "Lacoste-Julien, Simon",
            "Mitliagkas, Ioannis",
        ),
        "Negative Momentum for Improved Game Dynamics",
        2018,
        arxiv="1807.04740",
    ),
    "gidel2019": Work(
        (
            "Gidel, Gauthier",
            "Berard, Hugo",
            "Vignoud, Gaetan",
            "Vincent, Pascal",
            "Lacoste-Julien, Simon",
        ),
        "A Variational Inequality Perspective on Generative Adversarial Networks",
        2019,
        venue=ICLR,
        arxiv="1802.10551",
    ),
    "gonzalezsanz2022": Work(
        ("González-Sanz, Alberto", "Lara, Lucas de", "Béthune, Louis", "Loubes, Jean-Michel"),
        "GAN Estimation of Lipschitz Optimal Transport Maps",
        2022,
        arxiv="2202.07965",
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
    "isola2017": Work(
        ("Isola, Phillip", "Zhu, Jun-Yan", "Zhou, Tinghui", "Efros, Alexei A."),
        "Image-to-Image Translation with Conditional Adversarial Networks",
        2017,
        arxiv="1611.07004",
    ),
    "jin2020": Work(
        ("Jin, Chi", "Netrapalli, Praneeth", "Jordan, Michael I."),
        "What is Local Optimality in Nonconvex-Nonconcave Minimax Optimization?",
        2020,
        venue=ICML.format(37),
        arxiv="1902.00618",
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
    "lin1991": Work(
        ("Lin, Jianhua",),
        "Divergence measures based on the Shannon entropy",
        1991,
        journal=("IEEE Transactions on Information Theory", 37, 1, "145--151"),
    ),
    "lin2025": Work(
        ("Lin, Shanchuan", "Yang, Ceyuan", "Lin, Zhijie", "Chen, Hao", "Fan, Haoqi"),
        "Adversarial Flow Models",
        2025,
        arxiv="2511.22475",
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
    "mescheder2017": Work(
        ("Mescheder, Lars", "Nowozin, Sebastian", "Geiger, Andreas"),
        "The Numerics of GANs",
        2017,
        venue=NEURIPS.format(30),
        arxiv="1705.10461",
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
    "naeem2020": Work(
        (
            "Naeem, Muhammad Ferjad",
            "Oh, Seong Joon",
            "Uh, Youngjung",
            "Choi, Yunjey",
            "Yoo, Jaejun",
        ),
        "Reliable Fidelity and Diversity Metrics for Generative Models",
        2020,
        venue=ICML.format(37),
        arxiv="2002.09797",
    ),
    "nagarajan2017": Work(
        ("Nagarajan, Vaishnavh", "Kolter, J. Zico"),
        "Gradient descent GAN optimization is locally stable",
        2017,
        venue=NEURIPS.format(30),
        arxiv="1706.04156",
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
    "schulman2020": Work(
        ("Schulman, John",),
        "Approximating KL Divergence",
        2020,
        url="http://joschu.net/blog/kl-approx.html",
    ),
    "shannon2020": Work(
        (
            "Shannon, Matt",
            "Poole, Ben",
            "Mariooryad, Soroosh",
            "Bagby, Tom",
            "Battenberg, Eric",
            "Kao, David",
            "Stanton, Daisy",
            "Skerry-Ryan, RJ",
        ),
        "Non-saturating GAN training as divergence minimization",
        2020,
        arxiv="2010.08029",
    ),
    "sonderby2017": Work(
        (
            "Sønderby, Casper Kaae",
            "Caballero, Jose",
            "Theis, Lucas",
            "Shi, Wenzhe",
            "Huszár, Ferenc",
        ),
        "Amortised MAP Inference for Image Super-resolution",
        2017,
        venue=ICLR,
        arxiv="1610.04490",
    ),
    "sun2020": Work(
        ("Sun, Ruoyu", "Fang, Tiantian", "Schwing, Alex"),
        "Towards a Better Global Loss Landscape of GANs",
        2020,
        venue=NEURIPS.format(33),
        arxiv="2011.04926",
    ),
    "zhang2019": Work(
        ("Zhang, Dan", "Khoreva, Anna"),
        "Progressive Augmentation of GANs",
        2019,
        venue=NEURIPS.format(32),
        arxiv="1901.10422",
    ),
    "zhang2019bilinear": Work(
        ("Zhang, Guojun", "Yu, Yaoliang"),
        "Convergence of Gradient Methods on Bilinear Zero-Sum Games",
        2019,
        arxiv="1908.05699",
    ),
}
"""Key to work, in alphabetical order."""

_LATEX = str.maketrans(
    {
        "á": r"{\'a}",
        "é": r"{\'e}",
        "ä": r"{\"a}",
        "ń": r"{\'n}",
        "ł": r"{\l}",
        "ø": r"{\o}",
        "“": "``",
        "”": "''",
    }
)


def bibtex(key: str) -> str:
    """The BibTeX entry of one work, in ASCII.

    Raises:
        ValueError: `key` is not in `BIBLIOGRAPHY`.

    Examples:
        >>> from gantheory import citations
        >>> print(citations.bibtex("lim2017").splitlines()[0])
        @misc{lim2017,
    """
    if key not in BIBLIOGRAPHY:
        raise ValueError(f"key must be one of {', '.join(BIBLIOGRAPHY)}; got {key!r}.")
    work = BIBLIOGRAPHY[key]
    journal, volume, number, pages = work.journal or (None, None, None, None)
    fields = {
        "author": " and ".join(work.authors),
        "title": f"{{{work.title}}}",  # the inner braces keep its capitals
        "booktitle": work.venue,
        "journal": journal,
        "volume": volume,
        "number": number,
        "pages": pages,
        "year": work.year,
        "eprint": work.arxiv,
        "archiveprefix": work.arxiv and "arXiv",
        "url": work.url,
    }
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value is not None]
    kind = "article" if journal else "inproceedings" if work.venue else "misc"
    entry = ",\n".join([f"@{kind}{{{key}", *lines]) + "\n}"
    return entry.translate(_LATEX)
