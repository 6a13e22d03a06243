"""Where the time of a step goes, by kind of operation: `nox -s bench -- profile`.

Every arm runs on one thread, so that operations follow each other and what is left of the clock is
time between them. While it is profiled a step of small operations takes several times as long; the
table says both. The earlier `train` is read from the repository's history. The table goes to
docs/benchmarks/profile.json.
"""

import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import one_dimensional
import profiled_earlier
import profiled_now
import profiles
import rounds
import torch
import torch_gan
import torch_images
from profiles import MOVED, OTHER, PRODUCTS, RANDOM, SUMS, Profile

LIBRARIES = ("jax", "equinox", "optax", "torch")
STEPS, IMAGE_STEPS = 500, 20

# PyTorch's names of what computes, without the prefix; all else is between the operations
KIND_OF = {
    **dict.fromkeys(
        ("addmm", "mm", "bmm", "baddbmm", "mkldnn_convolution", "convolution_backward"), PRODUCTS
    ),
    **dict.fromkeys(
        ("copy_", "cat", "index", "index_put_", "fill_", "pixel_shuffle", "pixel_unshuffle"), MOVED
    ),
    **dict.fromkeys(("sum", "mean", "amax", "_log_softmax"), SUMS),
    **dict.fromkeys(("uniform_", "normal_", "random_"), RANDOM),
    **dict.fromkeys(
        (
            *("_fused_adam_", "_foreach_add_", "add", "add_", "sub", "rsub", "mul", "mul_", "div"),
            *("div_", "neg", "pow", "exp", "log1p", "clamp", "relu", "threshold_backward", "tanh"),
            *("tanh_backward", "softplus", "softplus_backward", "leaky_relu", "sigmoid"),
            *("leaky_relu_backward", "_log_softmax_backward_data", "nll_loss_forward"),
            *("nll_loss_backward", "where", "gt", "le", "clamp_min"),
        ),
        OTHER,
    ),
}


def torch_profile(train: Callable[[int], None], steps: int) -> Profile:
    """The same for PyTorch on one thread, by its own profiler: an operation's time without that of
    those it calls."""
    train(steps)
    alone = profiles.seconds(lambda: train(steps))
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as seen:
        traced = profiles.seconds(lambda: train(steps))
    names = [(event.key.removeprefix("aten::"), event) for event in seen.key_averages()]
    spent = [
        (KIND_OF[name], event.self_cpu_time_total / event.count)
        for name, event in names
        if name in KIND_OF
        for _ in range(event.count)
    ]
    return profiles.summary(spent, 1e6 * alone, 1e6 * traced, steps)


def earlier_profile(size: int, steps: int) -> Profile:
    """The profile of an earlier `train`, in a process of one thread."""
    here = Path(__file__).parent
    archive = subprocess.run(
        ["git", "archive", profiled_earlier.COMMIT, "gantheory"],
        cwd=here.parents[1],
        check=True,
        stdout=subprocess.PIPE,
    )
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=BytesIO(archive.stdout)) as packed:
            packed.extractall(folder, filter="data")
        printed = subprocess.run(
            [sys.executable, str(here / "profiled_earlier.py"), str(size), str(steps)],
            env=os.environ | {"PYTHONPATH": folder, "NPROC": "1"},
            check=True,
            stdout=subprocess.PIPE,
        )
    return json.loads(printed.stdout)


def bench_profile(benchmark):
    """PyTorch as it is usually written, the bare scan, `train` as it was and as it is."""
    found: dict[str, dict[str, Profile]] = {}

    def one_task(name: str, torch_train: Callable, work: Callable, size: int, steps: int) -> None:
        rows = {"PyTorch eager": torch_profile(torch_train, steps)}
        rows[f"train, commit {profiled_earlier.COMMIT}"] = earlier_profile(size, steps)
        for arm in ("bare scan", "train"):
            with rounds.process_of_one_thread() as process:
                rows[arm] = process.submit(work, arm, size, steps).result()
        found[name] = rows
        for arm, row in rows.items():
            print(f"\n{name:20s} {arm:14s} {row}", end="", flush=True)

    def all_tasks() -> None:
        for batch in (64, 256):
            torch.manual_seed(0)
            train = torch_gan.trainer(torch_gan.line(one_dimensional.WIDTH, batch), 1)
            one_task(f"1-D, batch {batch}", train, profiled_now.of_the_line, batch, STEPS)
        for side in (16, 32):
            train = torch_gan.trainer(torch_images.creative(side), 1)
            name = f"images of {side} by {side}"
            one_task(name, train, profiled_now.of_images, side, IMAGE_STEPS)

    benchmark.pedantic(all_tasks, rounds=1)
    rounds.put("profile.json", "tasks", found, LIBRARIES)
