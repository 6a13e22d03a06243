"""A step of the creative game on images: the trainer, a bare scan, and PyTorch at its best.

Run by `nox -s bench -- creative`. The networks are the convolutional ones of
`experiments/can_portraits/can.py`, with R1 and R2, at batch 32. PyTorch stands there as it is
usually written and compiled in three ways, each with one thread and with all. The roof is the rate
of the generator's largest matrix product. The table goes to docs/benchmarks/creative.json.
"""

import math
from collections.abc import Callable
from functools import partial

import images
import jax
import jax.numpy as jnp
import pytest
import rounds
import torch_gan
import torch_images
from rounds import Arm

STEPS, ROUNDS, PRODUCTS = 20, 7, 200
PRODUCT = (images.BATCH * 64, 9 * 2 * images.WIDTHS[0], 4 * images.WIDTHS[0])
LIBRARIES = ("jax", "equinox", "optax", "torch")


def torch_arms(side: int) -> dict[str, Arm]:
    found = {}
    for threads in sorted({1, rounds.cores()}):
        for compiled in torch_gan.WAYS:
            train = torch_gan.trainer(torch_images.creative(side), threads, compiled)
            found[torch_gan.arm_name(compiled, threads)] = Arm(partial(train, STEPS), STEPS)
    return found


def product_arm() -> Callable[[], object]:
    """The largest product of the generator at 32 pixels: windows of 8 by 8 maps, and a weight."""
    patches, weight = jnp.ones(PRODUCT[:2]), jnp.ones(PRODUCT[1:])
    program = jax.jit(jnp.matmul).lower(patches, weight).compile()
    return lambda: [jax.block_until_ready(program(patches, weight)) for _ in range(PRODUCTS)]


@pytest.mark.parametrize("side", [16, 32])
def bench_creative_step(side, benchmark):
    """Milliseconds a step of every arm, and how many times faster than PyTorch at its best."""
    in_torch = torch_arms(side)
    arms = {
        **in_torch,
        "train": Arm(images.train(side, STEPS), STEPS),
        "bare scan": Arm(images.scan(side, STEPS), STEPS),
        "matrix product": Arm(product_arm(), PRODUCTS),
    }
    one_round = rounds.in_turns(arms)
    seen = benchmark.pedantic(one_round, rounds=ROUNDS)
    best = rounds.best(seen, in_torch)
    table = {
        "best of PyTorch": best,
        "rounds": ROUNDS,
        "GFLOP of both gradients": round(images.operations(side) / 1e9, 2),
        "GFLOP of the product": round(2 * math.prod(PRODUCT) / 1e9, 3),
    }
    for name, times in seen.items():
        table[name] = rounds.row(times)
        if name != "matrix product":
            words = "times faster than the best of PyTorch"
            table[name] |= rounds.compared(words, seen[best], times)
            if name == "train":
                bare = seen["bare scan"]
                table[name] |= rounds.compared("times faster than the bare scan", bare, times)
            low, high = table[name][f"{words}, quartiles"]
            print(
                f"\n{side} x {side}: {name:40s} {table[name]['microseconds'] / 1e3:7.1f} ms, "
                f"{table[name][words]:.2f}x ({low} to {high})"
            )
    rounds.put("creative.json", str(side), table, LIBRARIES)
