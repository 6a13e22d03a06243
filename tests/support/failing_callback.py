"""Run by test_devices.py: the guide's program, with a callback that fails in the second process."""

import functools

from support.failing import fail_in_the_second_process, run_the_program_of_the_guide

import gantheory as gt


def callback(result):
    if result.state.step > 100:
        fail_in_the_second_process()


gt.Trainer.fit = functools.partialmethod(gt.Trainer.fit, callback=callback)

run_the_program_of_the_guide()
