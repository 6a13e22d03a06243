"""A generator as a file that JAX alone runs, in another process. Run by `nox -s integrations`."""

import subprocess
import sys
from pathlib import Path
from tempfile import mkdtemp

import jax
import numpy as np
from jax import export  # to write and read a file it needs the package flatbuffers
from small_gan import new_painter

generator = new_painter(jax.random.key(0))
batched = jax.jit(jax.vmap(generator))
latents = jax.ShapeDtypeStruct((*export.symbolic_shape("count"), 8), np.float32)
exported = export.export(batched, platforms=("cpu", "cuda"))(latents)
folder = Path(mkdtemp())
(folder / "generator.bin").write_bytes(exported.serialize())

THERE = """
import sys
import numpy as np
from jax import export

with open("generator.bin", "rb") as file:
    paint = export.deserialize(bytearray(file.read())).call
np.save("images.npy", paint(np.load("latents.npy")))
"""

# check: the same images, from a process that has not imported this library
some = np.random.default_rng(0).normal(size=(5, 8)).astype(np.float32)
np.save(folder / "latents.npy", some)
without = "assert not {'gantheory', 'equinox'} & set(sys.modules)"
subprocess.run([sys.executable, "-c", THERE + without], cwd=folder, check=True)
gap = np.abs(np.load(folder / "images.npy") - jax.vmap(generator)(some)).max()
print(f"largest difference of a pixel: {gap:.0e}")
assert gap < 1e-5
