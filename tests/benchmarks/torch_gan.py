"""The same GAN in PyTorch, at its best: the arms that the trainer is compared with.

A network is a list of weights and biases; with many runs in one batch each has an axis of runs in
front. Adam's update is PyTorch's fused one; where the whole step is compiled it is written out, so
that the compiler sees it.
"""

import math
import types
from collections.abc import Callable
from itertools import pairwise

import torch
from torch.nn.functional import softplus

Network = list[torch.Tensor]

RATE, B1, B2, EPSILON = 1e-3, 0.5, 0.999, 1e-8


def perceptron(width: int, runs: int | None) -> Network:
    """Weights and biases, initially as those of `torch.nn.Linear`."""
    front = () if runs is None else (runs,)
    network = []
    for inputs, outputs in pairwise((1, width, width, 1)):
        bound = 1 / math.sqrt(inputs)
        for rows in (inputs, 1):
            network.append(torch.empty(*front, rows, outputs).uniform_(-bound, bound))
    return network


def apply(network: Network, x: torch.Tensor) -> torch.Tensor:
    product = torch.addmm if x.ndim == 2 else torch.baddbmm
    *hidden, (weight, bias) = zip(network[::2], network[1::2], strict=True)
    for hidden_weight, hidden_bias in hidden:
        x = torch.tanh(product(hidden_bias, x, hidden_weight))
    return product(bias, x, weight)


def trainer(
    width: int, batch: int, *, compiled: str | None = None, runs: int | None = None
) -> Callable[[int], None]:
    """A function that trains for some steps, one run or many in one batch.

    `compiled` is None, or how: "losses" compiles them apart, "step" the whole step with its
    optimiser, "step in C++" likewise without Python between the kernels.
    """
    torch.manual_seed(0)
    shape = (batch, 1) if runs is None else (runs, batch, 1)
    generator, discriminator = perceptron(width, runs), perceptron(width, runs)

    def discriminator_loss(discriminator: Network, generator: Network) -> torch.Tensor:
        real = 4 + 1.25 * torch.randn(shape)
        fake = apply(generator, torch.rand(shape))
        losses = softplus(-apply(discriminator, real)) + softplus(apply(discriminator, fake))
        return losses.mean(-2).sum()  # over the batch, and over the runs

    def generator_loss(generator: Network, discriminator: Network) -> torch.Tensor:
        fake = apply(generator, torch.rand(shape))
        return softplus(-apply(discriminator, fake)).mean(-2).sum()

    turns = [
        (discriminator_loss, discriminator, generator),
        (generator_loss, generator, discriminator),
    ]
    if compiled is None or compiled == "losses":
        return _with_fused_adam(turns, compiled)
    return _compiled_step(turns, {"cpp_wrapper": True} if compiled == "step in C++" else {})


def _compiled(function: Callable, options: dict[str, bool] | None = None) -> Callable:
    """The function compiled apart from all others of its code.

    PyTorch keeps compiled programs with the code of a function, and gives up after eight of them
    (here: batch sizes, threads, seeds); so each arm compiles a code of its own.
    """
    code = function.__code__.replace()
    alone = types.FunctionType(code, function.__globals__, closure=function.__closure__)
    return torch.compile(alone, options=options or {}, dynamic=False)


def _with_fused_adam(turns: list, compiled: str | None) -> Callable[[int], None]:
    moves = []
    for loss, player, other in turns:
        for array in player:
            array.requires_grad_()
        adam = torch.optim.Adam(player, lr=RATE, betas=(B1, B2), eps=EPSILON, fused=True)
        moves.append((_compiled(loss) if compiled else loss, player, other, adam))

    def train(steps: int) -> None:
        for _ in range(steps):
            for loss, player, other, adam in moves:
                value = loss(player, [array.detach() for array in other])
                for array, gradient in zip(player, torch.autograd.grad(value, player), strict=True):
                    array.grad = gradient
                adam.step()

    return train


def _compiled_step(turns: list, options: dict[str, bool]) -> Callable[[int], None]:
    moments = [
        [[torch.zeros_like(array) for array in player] for _ in "mv"] for _, player, _ in turns
    ]
    count = torch.zeros(())

    def step(turns: list, moments: list, count: torch.Tensor) -> None:
        count += 1
        for (loss, player, other), (first, second) in zip(turns, moments, strict=True):
            gradients = torch.func.grad(loss)(player, other)
            for array, gradient, m, v in zip(player, gradients, first, second, strict=True):
                m.mul_(B1).add_((1 - B1) * gradient)
                v.mul_(B2).add_((1 - B2) * gradient * gradient)
                scale = torch.sqrt(v / (1 - B2**count)) + EPSILON
                array.sub_(RATE / (1 - B1**count) * m / scale)

    program = _compiled(step, options)

    def train(steps: int) -> None:
        for _ in range(steps):
            program(turns, moments, count)

    return train
