"""Gradient play of three scalar players in a quadratic game, and the same by hand in NumPy."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from support.helpers import NAMES, Quadratic, draw_of, noise, sgd, train

from gantheory.games import Turn

MATRIX = np.asarray([[1.0, 0.6, -0.4], [-0.5, 0.8, 0.3], [0.2, -0.7, 1.2]])
OFFSET = np.asarray([0.5, -1.0, 0.25])
START = np.asarray([1.0, -2.0, 0.5])
RATE = 0.1
STEPS = 12

TOGETHER = (Turn(NAMES, simultaneous=True),)
IN_TURN = (Turn(NAMES),)
SEPARATELY = tuple(Turn((name,)) for name in NAMES)
MIXED = (Turn(("c", "a"), times=3, simultaneous=True), Turn(("b",)))
ORDERS = {"together": TOGETHER, "in turn": IN_TURN, "separately": SEPARATELY, "mixed": MIXED}


def quadratic(turns):
    return Quadratic(jnp.asarray(MATRIX), jnp.asarray(OFFSET), turns)


def players(start=START):
    return {name: jnp.asarray(value) for name, value in zip(NAMES, start, strict=True)}


def rates(rate=RATE):
    return {name: sgd(rate) for name in NAMES}


def vector(result) -> np.ndarray:
    return np.stack([result.players[name] for name in NAMES])


def run_jitted(*arguments, **keywords):
    return eqx.filter_jit(train)(*arguments, **keywords)


def by_hand(turns, x, key=None, steps=STEPS, rate=RATE) -> np.ndarray:
    """Gradient play in NumPy; row i of the gradient belongs to player i."""
    x = x.copy()
    for step in range(steps):
        for turn_index, turn in enumerate(turns):
            for repeat in range(turn.times):
                batch = 0.0 if key is None else draw_of(noise, key, step, turn_index, repeat)
                before = x.copy()
                for name in turn.players:
                    i = NAMES.index(name)
                    seen = before if turn.simultaneous else x
                    x[i] -= rate * (MATRIX[i] @ seen + OFFSET[i] + float(batch))
    return x
