"""The same GANs in PyTorch, at their best: the arms that the trainer is compared with.

A network is a list of weights and biases; with many runs in one batch each has an axis of runs in
front. Adam's update is PyTorch's fused one; where the whole step is compiled it is written out, so
that the compiler sees it. All is on a GPU where JAX computes on one.
"""

import math
import types
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import jax
import torch
from torch.nn.functional import leaky_relu, softplus

Network = list[torch.Tensor]
Move = tuple[Callable[[Network, Network], torch.Tensor], Network, Network]
"""A loss of a player and of its opponent, and these two."""

WAYS = (None, "losses", "step", "step in C++")
"""The ways of running a task: what `trainer` takes as `compiled`."""

EPSILON = 1e-8

ON_GPU = jax.default_backend() == "gpu"

if ON_GPU:
    torch.set_default_device("cuda")  # not also for the CPU: it makes every call slower


class Task(NamedTuple):
    """A generator, all losses in the order of play, the settings of Adam, and of a recipe: the
    step at which the learning rate has fallen to zero along a cosine, the decay of the generator's
    average, and that average."""

    generator: Network
    moves: Sequence[Move]
    rate: float
    b1: float
    b2: float
    fades_until: int | None = None
    decay: float | None = None
    average: Sequence[torch.Tensor] = ()


def perceptron(
    sizes: Sequence[int], runs: int | None = None, first_layer_gain: float = 1.0
) -> Network:
    """Weights and biases, initially as those of `torch.nn.Linear` but for the gain."""
    front = () if runs is None else (runs,)
    network = []
    for inputs, outputs in pairwise(sizes):
        bound = (1.0 if network else first_layer_gain) / math.sqrt(inputs)
        for rows in (inputs, 1):
            network.append(torch.empty(*front, rows, outputs).uniform_(-bound, bound))
    return network


def apply(
    network: Network, x: torch.Tensor, activation: Callable[[torch.Tensor], torch.Tensor]
) -> torch.Tensor:
    product = torch.addmm if x.ndim == 2 else torch.baddbmm
    *hidden, (weight, bias) = zip(network[::2], network[1::2], strict=True)
    for hidden_weight, hidden_bias in hidden:
        x = activation(product(hidden_bias, x, hidden_weight))
    return product(bias, x, weight)


def line(width: int, batch: int, runs: int | None = None) -> Task:
    """The non-saturating game of the 1-D task, one run or many in one batch."""
    shape = (batch, 1) if runs is None else (runs, batch, 1)
    sizes = (1, width, width, 1)
    generator, discriminator = perceptron(sizes, runs), perceptron(sizes, runs)

    def discriminator_loss(discriminator: Network, generator: Network) -> torch.Tensor:
        real = 4 + 1.25 * torch.randn(shape)
        fake = apply(generator, torch.rand(shape), torch.tanh)
        real, fake = (apply(discriminator, x, torch.tanh) for x in (real, fake))
        losses = softplus(-real) + softplus(fake)
        return losses.mean(-2).sum()  # over the batch, and over the runs

    def generator_loss(generator: Network, discriminator: Network) -> torch.Tensor:
        fake = apply(generator, torch.rand(shape), torch.tanh)
        return softplus(-apply(discriminator, fake, torch.tanh)).mean(-2).sum()

    moves = (
        (discriminator_loss, discriminator, generator),
        (generator_loss, generator, discriminator),
    )
    return Task(generator, moves, rate=1e-3, b1=0.5, b2=0.999)


def recipe(width: int, batch: int, steps: int) -> Task:
    """The recipe of the page on the 1-D task, on data that are standardised."""
    generator, discriminator = (
        perceptron((1, width, width, 1), first_layer_gain=3.0) for _ in range(2)
    )

    def real() -> torch.Tensor:
        return torch.randn(batch, 1)

    def latent() -> torch.Tensor:
        return math.sqrt(3) * (2 * torch.rand(batch, 1) - 1)

    moves = _paired(generator, discriminator, real, latent, (torch.tanh, torch.tanh))
    average = [array.clone() for array in generator]
    return Task(generator, moves, 1e-3, 0.0, 0.99, steps, 0.995, average)


def grid(centres: torch.Tensor, spread: float, *, latents: int, width: int, batch: int) -> Task:
    """Relativistic pairing on normal distributions in the plane."""
    generator = perceptron((latents, width, width, 2))
    discriminator = perceptron((2, width, width, 1))

    def real() -> torch.Tensor:
        return centres[torch.randint(len(centres), (batch,))] + spread * torch.randn(batch, 2)

    def latent() -> torch.Tensor:
        return torch.randn(batch, latents)

    def leaky(x: torch.Tensor) -> torch.Tensor:
        return leaky_relu(x, 0.2)

    moves = _paired(generator, discriminator, real, latent, (torch.relu, leaky))
    return Task(generator, moves, rate=2e-4, b1=0.0, b2=0.99)


def _paired(
    generator: Network,
    discriminator: Network,
    real: Callable[[], torch.Tensor],
    latent: Callable[[], torch.Tensor],
    activations: tuple[Callable, Callable],
) -> Sequence[Move]:
    """Relativistic pairing with R1 and R2 of weight 1.

    Data and fakes pass the discriminator together, and both penalties are one backward pass.
    """
    making, judging = activations

    def pairs(generator: Network) -> torch.Tensor:
        return torch.cat([real(), apply(generator, latent(), making)])

    def discriminator_loss(discriminator: Network, generator: Network) -> torch.Tensor:
        def summed(both: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            logits = apply(discriminator, both, judging)
            return logits.sum(), logits

        both = pairs(generator).detach()
        slopes, logits = torch.func.grad(summed, has_aux=True)(both)
        of_real, of_fake = logits.chunk(2)
        return softplus(of_fake - of_real).mean() + slopes.square().sum() / len(both)

    def generator_loss(generator: Network, discriminator: Network) -> torch.Tensor:
        of_real, of_fake = apply(discriminator, pairs(generator), judging).chunk(2)
        return softplus(of_real - of_fake).mean()

    return (
        (discriminator_loss, discriminator, generator),
        (generator_loss, generator, discriminator),
    )


def arm_name(compiled: str | None, threads: int) -> str:
    """What the tables call a way with so many threads."""
    kind = "eager" if compiled is None else f"compiled {compiled}"
    return f"PyTorch {kind}, {threads} thread{'s' * (threads > 1)}"


def trainer(task: Task, threads: int, compiled: str | None = None) -> Callable[[int], None]:
    """A function that trains the networks of a task for some steps, with so many threads.

    `compiled` is None, or how: "losses" compiles them apart, "step" the whole step with its
    optimiser, "step in C++" likewise without Python between the kernels.
    """
    if compiled is None or compiled == "losses":
        steps = _with_fused_adam(task, compiled)
    else:
        steps = _compiled_step(task, {"cpp_wrapper": True} if compiled == "step in C++" else {})

    def train(count: int) -> None:
        torch.set_num_threads(threads)  # before the first step, which compiles
        steps(count)
        if ON_GPU:
            torch.cuda.synchronize()

    return train


def _compiled(function: Callable, options: dict[str, bool] | None = None) -> Callable:
    """The function compiled apart from all others of its code.

    PyTorch keeps compiled programs with the code of a function, and gives up after eight of them
    (here: batch sizes, threads, seeds); so each arm compiles a code of its own.
    """
    code = function.__code__.replace()
    alone = types.FunctionType(code, function.__globals__, closure=function.__closure__)
    return torch.compile(alone, options=options or {}, dynamic=False)


def _with_fused_adam(task: Task, compiled: str | None) -> Callable[[int], None]:
    moves = []
    betas = task.b1, task.b2
    for loss, player, other in task.moves:
        for array in player:
            array.requires_grad_()
        adam = torch.optim.Adam(player, lr=task.rate, betas=betas, eps=EPSILON, fused=True)
        moves.append((_compiled(loss) if compiled else loss, player, other, adam))
    count = 0

    def train(steps: int) -> None:
        nonlocal count
        for _ in range(steps):
            for loss, player, other, adam in moves:
                if task.fades_until is not None:
                    share = 0.5 * (1 + math.cos(math.pi * count / task.fades_until))
                    adam.param_groups[0]["lr"] = task.rate * share
                value = loss(player, [array.detach() for array in other])
                for array, gradient in zip(player, torch.autograd.grad(value, player), strict=True):
                    array.grad = gradient
                adam.step()
            count += 1
            if task.decay is not None:
                new = (1 - task.decay) / (1 - task.decay**count)
                with torch.no_grad():
                    torch._foreach_lerp_(task.average, task.generator, new)

    return train


def _compiled_step(task: Task, options: dict[str, bool]) -> Callable[[int], None]:
    moments = [
        [[torch.zeros_like(array) for array in player] for _ in "mv"] for _, player, _ in task.moves
    ]
    count = torch.zeros(())
    rate, b1, b2, decay = task.rate, task.b1, task.b2, task.decay

    def step(
        moves: Sequence[Move],
        moments: list,
        average: Sequence[torch.Tensor],
        generator: Network,
        count,
    ) -> None:
        share = 1.0
        if task.fades_until is not None:
            share = 0.5 * (1 + torch.cos(math.pi * count / task.fades_until))
        count += 1
        for (loss, player, other), (first, second) in zip(moves, moments, strict=True):
            gradients = torch.func.grad(loss)(player, other)
            for array, gradient, m, v in zip(player, gradients, first, second, strict=True):
                m.mul_(b1).add_((1 - b1) * gradient)
                v.mul_(b2).add_((1 - b2) * gradient * gradient)
                scale = torch.sqrt(v / (1 - b2**count)) + EPSILON
                array.sub_(share * rate / (1 - b1**count) * m / scale)
        if decay is not None:
            for kept, array in zip(average, generator, strict=True):
                kept.add_((1 - decay) / (1 - decay**count) * (array - kept))

    program = _compiled(step, options)

    def train(steps: int) -> None:
        for _ in range(steps):
            program(task.moves, moments, task.average, task.generator, count)

    return train
