"""The relativistic game with R1 and R2 in the plane, in PyTorch: data and fakes in one pass of the
discriminator, and both penalties in one."""

from functools import partial

import torch
from torch.nn.functional import softplus
from torch_gan import Adam, Network, Run, apply, perceptron, training

BOUND = 3**0.5  # noise of variance 1

judged = partial(apply, activation=torch.relu)


def plane(
    centres: torch.Tensor,
    spread: float,
    *,
    width: int,
    depth: int,
    batch: int,
    gain: float,
    adam: Adam,
    compiled: str | None,
    seed: int,
) -> Run:
    """One run on normal distributions of equal weights."""
    torch.manual_seed(seed)
    hidden = (width,) * depth
    generator = perceptron((2, *hidden, 2), gain=gain)
    discriminator = perceptron((2, *hidden, 1), gain=gain)

    def both(generator: Network) -> torch.Tensor:
        chosen = centres[torch.randint(len(centres), (batch,))]
        real = chosen + spread * torch.randn(batch, 2)
        return torch.cat([real, judged(generator, BOUND * (2 * torch.rand(batch, 2) - 1))])

    def slopes(discriminator: Network, samples: torch.Tensor) -> torch.Tensor:
        if compiled is not None:
            return torch.func.grad(lambda x: judged(discriminator, x).sum())(samples)
        samples = samples.detach().requires_grad_()
        return torch.autograd.grad(
            judged(discriminator, samples).sum(), samples, create_graph=True
        )[0]

    def discriminator_loss(discriminator: Network, generator: Network) -> torch.Tensor:
        samples = both(generator)
        logits = judged(discriminator, samples)
        penalty = slopes(discriminator, samples).square().sum() / (2 * batch)
        return softplus(logits[batch:] - logits[:batch]).mean() + penalty

    def generator_loss(generator: Network, discriminator: Network) -> torch.Tensor:
        logits = judged(discriminator, both(generator))
        return softplus(logits[:batch] - logits[batch:]).mean()

    turns = [
        (discriminator_loss, discriminator, generator),
        (generator_loss, generator, discriminator),
    ]
    return Run(training(turns, adam, compiled), partial(judged, generator))
