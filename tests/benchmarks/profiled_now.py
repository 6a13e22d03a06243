"""The profiles of this library and of a bare scan, for a process with one thread."""

import equinox as eqx
import equinox_gan
import images
import jax
import one_dimensional
from profiles import Profile, profile


def of_the_line(name: str, batch: int, steps: int) -> Profile:
    """`train`, or the bare scan, on the 1-D task."""
    if name == "train":
        trainer, state = one_dimensional.run_of(batch, jax.random.key(0))
        return of_train(trainer, state, steps)
    return of_scan(*equinox_gan.scan_program(one_dimensional.WIDTH, batch, steps), steps)


def of_images(name: str, side: int, steps: int) -> Profile:
    """`train`, or the bare scan, on images."""
    if name == "train":
        return of_train(*images.run_of(side, steps), steps)
    return of_scan(*images.scan_program(side, steps), steps)


def of_train(trainer, state, steps: int) -> Profile:
    program = eqx.filter_jit(trainer.train).lower(state, steps).compile()

    def run() -> None:
        jax.block_until_ready(program(state, steps).state.step)

    return profile(run, program.compiled.as_text(), steps)


def of_scan(program: jax.stages.Compiled, params, steps: int) -> Profile:
    return profile(lambda: jax.block_until_ready(program(params)), program.as_text(), steps)
