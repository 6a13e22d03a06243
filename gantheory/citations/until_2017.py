"""The works of 2017 and before."""

from collections.abc import Mapping

from gantheory.citations.venues import CVPR, ICLR, ICML, NEURIPS
from gantheory.citations.work import Work

UNTIL_2017: Mapping[str, Work] = {
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
    "isola2017": Work(
        ("Isola, Phillip", "Zhu, Jun-Yan", "Zhou, Tinghui", "Efros, Alexei A."),
        "Image-to-Image Translation with Conditional Adversarial Networks",
        2017,
        venue=CVPR,
        arxiv="1611.07004",
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
}
