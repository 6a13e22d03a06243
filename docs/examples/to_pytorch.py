"""A generator of images from safetensors into PyTorch. Run by `nox -s pytorch`."""

from pathlib import Path
from tempfile import mkdtemp

import jax
import numpy as np
import torch
from safetensors.torch import load_file
from torch.nn import functional

import gantheory as gt
from gantheory import networks

generator = networks.ConvolutionalGenerator(
    8, 16, 3, width=4, activation=jax.nn.relu, key=jax.random.key(0)
)
path = Path(mkdtemp()) / "generator.safetensors"
gt.save_player(path, "generator", generator)

# PyTorch alone: weights (in, out) become (out, in), patches and pixels lose their order by channel
arrays = load_file(path)


def layer(name):
    """Weight and bias of a layer."""
    return (arrays[f"state.players.generator.{name}.{part}"] for part in ("weight", "bias"))


def paint(latents):
    """Images (count, channels, height, width) of latents (count, size)."""
    weight, bias = layer("project")
    x = (latents @ weight + bias).unflatten(1, (4, 4, -1)).permute(0, 3, 1, 2)
    for stage in range(2):
        weight, bias = layer(f"stages.{stage}.matrix")
        kernel = weight.unflatten(0, (3, 3, -1)).permute(3, 2, 0, 1)  # row, column, in, out
        x = functional.conv2d(x.relu(), kernel, bias, padding=1)
        x = x.unflatten(1, (4, -1)).transpose(1, 2).flatten(1, 2)  # pixels before channels
        x = functional.pixel_shuffle(x, 2)
    return x.tanh()


# check: the same images
latents = np.random.default_rng(0).normal(size=(5, 8)).astype(np.float32)
ours = np.asarray(jax.vmap(generator)(latents)).transpose(0, 3, 1, 2)
theirs = paint(torch.from_numpy(latents)).numpy()
gap = float(np.abs(ours - theirs).max())
print(f"largest difference of a pixel: {gap:.0e}")
assert gap < 1e-5
