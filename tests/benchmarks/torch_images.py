"""The creative game on images in PyTorch, at its best on a CPU: convolutions of oneDNN, channels
last, data and fakes in one pass of the discriminator and both penalties in one backward pass.

Sizes, and noise for data, are those of the other arms.
"""

import math
from itertools import pairwise

import torch
from images import BATCH, CHANNELS, LATENTS, STYLES, WIDTHS
from torch.nn.functional import (
    conv2d,
    cross_entropy,
    leaky_relu,
    linear,
    log_softmax,
    pixel_shuffle,
    softplus,
)
from torch_gan import Network, Task

RATE, B1, B2, PENALTY, WEIGHT = 1e-3, 0.0, 0.99, 1.0, 0.1


def layer(*shape: int) -> Network:
    """A weight, outputs first, and a bias, initially as those of `torch.nn.Linear`."""
    bound = 1 / math.sqrt(math.prod(shape[1:]))
    weight, bias = torch.empty(shape), torch.empty(shape[0])
    if weight.ndim == 4:
        weight = weight.to(memory_format=torch.channels_last)
    return [array.uniform_(-bound, bound) for array in (weight, bias)]


def make_generator(stages: int) -> Network:
    """A linear layer to 4 by 4, and sub-pixel stages that double the side."""
    widths = [*(WIDTHS[0] * 2**stage for stage in reversed(range(stages))), CHANNELS]
    network = layer(16 * widths[0], LATENTS)
    for before, after in pairwise(widths):
        network += layer(4 * after, before, 3, 3)
    return network


def make_discriminator(stages: int) -> Network:
    """Convolutions of stride 2 down to 4 by 4; a real/fake logit and the logits of the styles."""
    widths = [CHANNELS, *(WIDTHS[1] * 2**stage for stage in range(stages))]
    network = []
    for before, after in pairwise(widths):
        network += layer(after, before, 3, 3)
    return network + layer(1 + STYLES, 16 * widths[-1])


def generate(network: Network, latent: torch.Tensor) -> torch.Tensor:
    weight, bias, *stages = network
    image = linear(latent, weight, bias).view(len(latent), -1, 4, 4)
    image = image.contiguous(memory_format=torch.channels_last)
    for kernel, bias in zip(stages[::2], stages[1::2], strict=True):
        image = pixel_shuffle(conv2d(torch.relu(image), kernel, bias, padding=1), 2)
    return torch.tanh(image)


def judge(network: Network, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    *stages, weight, bias = network
    for kernel, shift in zip(stages[::2], stages[1::2], strict=True):
        image = leaky_relu(conv2d(image, kernel, shift, stride=2, padding=1), 0.2)
    answers = linear(image.flatten(1), weight, bias)
    return answers[:, 0], answers[:, 1:]


def creative(side: int) -> Task:
    """Relativistic pairing with R1, R2 and a style head, on images of noise."""
    torch.manual_seed(0)
    stages = side.bit_length() - 3
    generator, discriminator = make_generator(stages), make_discriminator(stages)
    last = {"memory_format": torch.channels_last}
    images = (2 * torch.rand(10 * STYLES, CHANNELS, side, side) - 1).to(**last)
    labels = torch.arange(10 * STYLES) % STYLES

    def pairs(generator: Network) -> tuple[torch.Tensor, torch.Tensor]:
        """A batch of images with as many fakes behind them, and the labels."""
        chosen = torch.randint(len(images), (BATCH,))
        fake = generate(generator, torch.randn(BATCH, LATENTS))
        return torch.cat([images[chosen].contiguous(**last), fake]), labels[chosen]

    def discriminator_loss(discriminator: Network, generator: Network) -> torch.Tensor:
        def summed(both: torch.Tensor) -> tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor]]:
            logits, style = judge(discriminator, both)
            return logits.sum(), (logits, style)

        both, label = pairs(generator)
        slopes, (logits, style) = torch.func.grad(summed, has_aux=True)(both.detach())
        penalty = PENALTY / 2 * slopes.square().sum() / BATCH  # R1 and R2 in one
        margins = logits[:BATCH] - logits[BATCH:]
        return softplus(-margins).mean() + penalty + cross_entropy(style[:BATCH], label)

    def generator_loss(generator: Network, discriminator: Network) -> torch.Tensor:
        both, _ = pairs(generator)
        logits, style = judge(discriminator, both)
        margins = logits[BATCH:] - logits[:BATCH]
        log_p = log_softmax(style[BATCH:], dim=1)
        log_rest = torch.log1p(-log_p.exp().clamp(max=1 - 1e-7))
        deviation = -(log_p + (STYLES - 1) * log_rest).mean(0).sum() / STYLES
        return softplus(-margins).mean() + WEIGHT * deviation

    moves = (
        (discriminator_loss, discriminator, generator),
        (generator_loss, generator, discriminator),
    )
    return Task(generator, moves, RATE, B1, B2)
