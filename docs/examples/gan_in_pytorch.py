"""The plain GAN of page 1.3 in PyTorch, for those who know it better than JAX. Run by `nox -s
pytorch`."""

import torch
from torch import nn
from torch.nn.functional import softplus

BATCH, MEAN, STANDARD_DEVIATION = 256, 4.0, 1.25


def perceptron() -> nn.Module:
    return nn.Sequential(
        nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1)
    )


torch.manual_seed(0)
generator, discriminator = perceptron(), perceptron()
discriminator_adam, generator_adam = (
    torch.optim.Adam(network.parameters(), lr=1e-3, betas=(0.5, 0.999))
    for network in (discriminator, generator)
)


def step() -> None:
    real = MEAN + STANDARD_DEVIATION * torch.randn(BATCH, 1)
    fake = generator(torch.rand(BATCH, 1)).detach()  # the generator is held fixed
    d_loss = softplus(-discriminator(real)).mean() + softplus(discriminator(fake)).mean()
    discriminator_adam.zero_grad()  # also of what the generator's move has left in it
    d_loss.backward()
    discriminator_adam.step()

    g_loss = softplus(-discriminator(generator(torch.rand(BATCH, 1)))).mean()
    generator_adam.zero_grad()
    g_loss.backward()
    generator_adam.step()


def wasserstein(points: int = 20_000) -> float:
    """The mean distance of the outputs, sorted, from the quantiles of the target."""
    middles = (torch.arange(points) + 0.5) / points
    quantiles = MEAN + STANDARD_DEVIATION * torch.special.ndtri(middles)
    with torch.no_grad():
        outputs = generator(middles[:, None])[:, 0]
    return (outputs.sort().values - quantiles).abs().mean().item()


before = wasserstein()
for _ in range(4_000):
    step()
after = wasserstein()
print(f"W1: {before:.2f} untrained, {after:.2f} after 4,000 steps")

# check
assert after < 1.5 < before
