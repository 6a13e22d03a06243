"""The same GAN in PyTorch, as it is usually written: the arms that the trainer is compared with."""

from collections.abc import Callable

import torch
from torch import nn
from torch.nn.functional import softplus


def perceptron(width: int) -> nn.Module:
    return nn.Sequential(
        nn.Linear(1, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 1)
    )


def trainer(width: int, batch: int, *, compiled: bool) -> Callable[[int], None]:
    """A function that trains for some steps; the losses are compiled or not, Adam is fused."""
    torch.manual_seed(0)
    generator, discriminator = perceptron(width), perceptron(width)
    moves = [
        torch.optim.Adam(player.parameters(), lr=1e-3, betas=(0.5, 0.999), fused=True)
        for player in (discriminator, generator)
    ]

    def discriminator_loss() -> torch.Tensor:
        real = 4 + 1.25 * torch.randn(batch, 1)
        with torch.no_grad():
            fake = generator(torch.rand(batch, 1))
        return softplus(-discriminator(real)).mean() + softplus(discriminator(fake)).mean()

    def generator_loss() -> torch.Tensor:
        return softplus(-discriminator(generator(torch.rand(batch, 1)))).mean()

    losses = [discriminator_loss, generator_loss]
    if compiled:
        losses = [torch.compile(loss) for loss in losses]

    def train(steps: int) -> None:
        for _ in range(steps):
            for loss, optimiser in zip(losses, moves, strict=True):
                optimiser.zero_grad(set_to_none=True)
                loss().backward()
                optimiser.step()

    return train
