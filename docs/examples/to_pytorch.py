"""A generator of images from safetensors into PyTorch. Run by `nox -s pytorch`."""

from pathlib import Path
from tempfile import mkdtemp

import jax
import numpy as np
import torch
from safetensors.torch import load_file
from small_gan import new_painter
from torch.nn import functional

import gantheory as gt

path = Path(mkdtemp()) / "generator.safetensors"
generator = new_painter(jax.random.key(0))
gt.save_player(path, "generator", generator)

# from here on PyTorch alone
prefix = "state.players.generator."
arrays = {name.removeprefix(prefix): one for name, one in load_file(path).items()}


def paint(latents):
    """Images (count, channels, height, width) of latents (count, size)."""
    x = latents @ arrays["project.weight"] + arrays["project.bias"]
    x = x.unflatten(1, (4, 4, -1)).permute(0, 3, 1, 2)  # row, column, channel
    for stage in ("stages.0.matrix", "stages.1.matrix"):
        kernel, bias = arrays[f"{stage}.weight"], arrays[f"{stage}.bias"]
        kernel = kernel.unflatten(0, (3, 3, -1)).permute(3, 2, 0, 1)  # row, column, in, out
        x = functional.conv2d(x.relu(), kernel, bias, padding=1)
        x = x.unflatten(1, (4, -1)).transpose(1, 2).flatten(1, 2)  # channel, then pixels
        x = functional.pixel_shuffle(x, 2)
    return x.tanh()


# check: the same images
latents = np.random.default_rng(0).normal(size=(5, 8)).astype(np.float32)
ours = np.asarray(jax.vmap(generator)(latents)).transpose(0, 3, 1, 2)
gap = float(np.abs(paint(torch.from_numpy(latents)).numpy() - ours).max())
print(f"largest difference of a pixel: {gap:.0e}")
assert gap < 1e-5
