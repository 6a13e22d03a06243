"""The creative game on images in PyTorch, at its best on a CPU: convolutions of oneDNN, channels
last, data and fakes in one pass of the discriminator and both penalties in one backward pass."""

from collections.abc import Callable
from itertools import pairwise

import images as images_of_noise
import torch
from torch import nn
from torch.nn.functional import cross_entropy, leaky_relu, log_softmax, softplus

RATE, BETAS, PENALTY, WEIGHT = 1e-3, (0.0, 0.99), 1.0, 0.1


class Generator(nn.Module):
    """A linear layer to 4 by 4, and sub-pixel stages that double the side."""

    def __init__(self, latents: int, doublings: int, channels: int, width: int):
        super().__init__()
        widths = [*(width * 2**stage for stage in reversed(range(doublings))), channels]
        self.first = widths[0]
        self.project = nn.Linear(latents, 16 * self.first)
        self.stages = nn.ModuleList(
            nn.Conv2d(before, 4 * after, 3, padding=1) for before, after in pairwise(widths)
        )

    def forward(self, latent: torch.Tensor) -> torch.Tensor:
        image = self.project(latent).view(-1, self.first, 4, 4)
        image = image.contiguous(memory_format=torch.channels_last)
        for stage in self.stages:
            image = nn.functional.pixel_shuffle(stage(torch.relu(image)), 2)
        return torch.tanh(image)


class Discriminator(nn.Module):
    """Convolutions of stride 2 down to 4 by 4; a real/fake logit and the logits of the styles."""

    def __init__(self, halvings: int, channels: int, width: int, styles: int):
        super().__init__()
        widths = [channels, *(width * 2**stage for stage in range(halvings))]
        self.stages = nn.ModuleList(
            nn.Conv2d(before, after, 3, stride=2, padding=1) for before, after in pairwise(widths)
        )
        self.heads = nn.Linear(16 * widths[-1], 1 + styles)

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        for stage in self.stages:
            image = leaky_relu(stage(image), 0.2)
        answers = self.heads(image.flatten(1))
        return answers[:, 0], answers[:, 1:]


def trainer(side: int) -> Callable[[int], None]:
    """A function that trains for some steps; sizes and noise for data are as for the other arms."""
    batch, latents, styles = images_of_noise.BATCH, images_of_noise.LATENTS, images_of_noise.STYLES
    channels, widths = images_of_noise.CHANNELS, images_of_noise.WIDTHS
    torch.manual_seed(0)
    halvings = side.bit_length() - 3
    generator = Generator(latents, halvings, channels, widths[0])
    discriminator = Discriminator(halvings, channels, widths[1], styles)
    last = {"memory_format": torch.channels_last}
    generator, discriminator = generator.to(**last), discriminator.to(**last)
    first, second = (
        torch.optim.Adam(player.parameters(), lr=RATE, betas=BETAS, fused=True)
        for player in (discriminator, generator)
    )
    images = (2 * torch.rand(10 * styles, channels, side, side) - 1).to(**last)
    labels = torch.arange(10 * styles) % styles

    def draw() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        chosen = torch.randint(len(images), (batch,))
        return images[chosen].contiguous(**last), labels[chosen], torch.randn(batch, latents)

    def move_discriminator() -> None:
        real, label, latent = draw()
        with torch.no_grad():
            fake = generator(latent)
        both = torch.cat([real, fake]).requires_grad_()
        logits, style = discriminator(both)
        [slopes] = torch.autograd.grad(logits.sum(), both, create_graph=True)
        penalty = PENALTY / 2 * slopes.square().sum() / batch  # R1 and R2 in one
        margins = logits[:batch] - logits[batch:]
        loss = softplus(-margins).mean() + penalty + cross_entropy(style[:batch], label)
        first.zero_grad()
        loss.backward()
        first.step()

    def move_generator() -> None:
        real, _, latent = draw()
        fake = generator(latent)
        logits, style = discriminator(torch.cat([real, fake]))
        margins = logits[batch:] - logits[:batch]
        log_p = log_softmax(style[batch:], dim=1)
        log_rest = torch.log1p(-log_p.exp().clamp(max=1 - 1e-7))
        deviation = -(log_p + (styles - 1) * log_rest).mean(0).sum() / styles
        gradients = torch.autograd.grad(
            softplus(-margins).mean() + WEIGHT * deviation, list(generator.parameters())
        )
        for parameter, gradient in zip(generator.parameters(), gradients, strict=True):
            parameter.grad = gradient
        second.step()

    def train(steps: int) -> None:
        for _ in range(steps):
            move_discriminator()
            move_generator()

    return train
