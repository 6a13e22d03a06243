"""The method in waves, and at the end the latents at which its generator is steepest are rejected.

A continuous generator must cross from mode to mode, on strips of its noise where it is steep; what
is drawn there lies between the modes. To reject by the norm of the Jacobian is an idea of Tanielian
et al. (2020). It enters the tasks in the plane alone.
"""

import math

import jax
import jax.numpy as jnp

from experiments.benchmark.methods import fourier
from experiments.benchmark.playing import Sampler, latents
from experiments.benchmark.tasks import Task
from gantheory.shapes import Key

KEPT = 0.9
"""This share of the candidates, those of the smallest Jacobians, become samples."""


def enter(task: Task, moves: int, key: Key) -> Sampler:
    """Play so many moves of the generator."""
    generator, noise = fourier.played(task, moves, key), latents(task)

    def sample(key: Key, count: int) -> jax.Array:
        candidates = noise(key, math.ceil(count / KEPT))
        jacobians = jax.vmap(jax.jacfwd(generator))(candidates)
        flattest = jnp.argsort(jnp.sum(jacobians**2, axis=(1, 2)))[:count]
        return jax.vmap(generator)(candidates[jnp.sort(flattest)])  # in the order of the draw

    return sample
