"""A hook of the MkDocs build: words by which people search for a page, though its text does not say
them in front.

The theme's search counts them like a title's. The reference comes after the pages that explain,
except for its own names.
"""

from typing import Any

WORDS = {
    "answers/can-deviation.md": ("creative adversarial network", "style ambiguity loss", "art"),
    "answers/can-digits.md": ("creative network on MNIST digits",),
    "answers/can-portraits.md": ("creative network on images", "generated art"),
    "answers/can-holistic.md": ("style ambiguity loss", "multi-class cross entropy"),
    "answers/gaussian-kl.md": ("KL divergence formula", "KL divergence between two Gaussians"),
    "answers/loss-gallery.md": ("WGAN-GP", "gradient penalty", "mode collapse", "hinge loss"),
    "answers/non-saturating-losses.md": ("non-saturating loss", "generator loss"),
    "answers/uniform-to-normal.md": ("notebook", "1D GAN", "training loop", "exercise"),
    "answers/vae.md": ("ELBO", "reparameterisation trick", "reparameterization", "VAE loss"),
    "answers/vanishing-gradient.md": ("vanishing gradient", "saturating loss"),
    "faq.md": (
        *("NaN", "mode collapse", "label smoothing", "conditional GAN", "pytorch", "GPU"),
        *("TTUR", "learning rate", "overfitting", "save and load", "pickle", "moving average"),
    ),
    "guides/choosing.md": ("which loss", "learning rate", "mode collapse"),
    "guides/cookbook/beside-a-regression.md": ("pix2pix", "image-to-image", "paired translation"),
    "guides/cookbook/codes-and-encoders.md": ("InfoGAN", "BiGAN", "ALI", "encoder"),
    "guides/cookbook/conditional.md": ("conditional GAN", "cGAN", "class labels"),
    "guides/cookbook/critics.md": ("spectral normalization", "SNGAN", "Lipschitz"),
    "guides/cookbook/index.md": ("recipes",),
    "guides/cookbook/noise.md": ("instance noise", "Diffusion-GAN", "dropout", "augmentation"),
    "guides/cookbook/other-dynamics.md": (
        *("unrolled GAN", "optimistic gradient", "extragradient", "TTUR"),
    ),
    "guides/cookbook/two-domains.md": ("CycleGAN", "unpaired translation"),
    "guides/install.md": ("pip install", "pytorch", "GPU"),
    "guides/many-machines.md": ("Slurm", "Dask", "cluster", "hyperparameter search"),
    "guides/many-seeds.md": ("random seeds", "hyperparameter sweep", "vmap"),
    "guides/new-loss.md": ("custom loss", "own loss", "new objective"),
    "guides/reading-the-history.md": ("NaN", "loss curves", "generator loss increases"),
    "guides/resume.md": ("save and load a model", "checkpoint", "resume training"),
    "guides/several-devices.md": ("multiple GPUs", "TPU", "sharding", "data parallel"),
    "guides/three-players.md": ("third player", "multi-player game"),
    "guides/your-optimiser.md": ("learning rate", "TTUR", "schedule", "optimizer"),
    "guides/your-tools.md": (
        *("FID", "TensorBoard", "wandb", "Weights & Biases", "Hugging Face", "Optuna"),
        *("export to PyTorch", "safetensors", "serving"),
    ),
    "guides/your-own-images.md": ("own dataset images", "overfitting", "custom dataset"),
    "theory/adversarial-weight.md": (
        *("adversarial loss weight", "reconstruction loss", "perceptual loss", "L1 loss"),
        *("pix2pix", "VQGAN", "disc_weight", "tokenizer", "vocoder", "super-resolution"),
    ),
    "theory/are-gans-created-equal.md": ("hyperparameters", "random seeds"),
    "theory/benchmark.md": (
        *("25 Gaussians", "100 Gaussians", "mode collapse", "Fourier features"),
        *("samples between modes", "disconnected manifold", "Jacobian rejection"),
    ),
    "theory/disjoint-supports.md": ("JS divergence", "Jensen-Shannon"),
    "theory/dynamics.md": ("does GAN training converge", "R1 regularization", "Dirac GAN"),
    "theory/live.md": ("interactive demo", "run in the browser", "playground"),
    "theory/live-2d.md": ("GAN Lab", "draw your own data", "heat map"),
    "theory/numbers-to-expect.md": ("what loss value is good", "discriminator loss 0.69", "0.693"),
    "theory/optimal-discriminator.md": ("optimal discriminator", "JS divergence"),
    "theory/penalty-strength.md": (
        *("gradient penalty weight", "R1 gamma", "r1_gamma", "lambda gp", "lazy regularization"),
        *("which gamma", "StyleGAN gamma", "approximate R1", "finite difference penalty"),
    ),
    "theory/ways-of-playing.md": (
        *("extragradient", "optimistic gradient descent", "negative momentum", "TTUR"),
        *("consensus optimization", "two time-scale", "local minimax", "spectral normalization"),
    ),
    "theory/what-the-critic-computes.md": (
        *("WGAN-GP", "gradient penalty", "Wasserstein distance estimate", "critic loss"),
        *("weight clipping", "spectral normalization", "neural tangent kernel", "NTK", "MMD"),
    ),
    "theory/which-map.md": ("optimal transport map", "monotone rearrangement", "Monge map"),
}
REFERENCE_BOOST = 0.1


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> None:
    """Give the page its words, beside those of its own front matter."""
    del markdown
    place = page.file.src_uri
    words = [*page.meta.get("tags", []), *WORDS.get(place, ())]
    if words:
        page.meta["tags"] = words
    if place.startswith("api/"):
        page.meta.setdefault("search", {"boost": REFERENCE_BOOST})
