"""Run by test_devices.py: the guide's program, with a checkpoint that fails in the second
process."""

from support.failing import fail_in_the_second_process, run_the_program_of_the_guide

from gantheory.training import checkpoint


def read(*_):
    fail_in_the_second_process()


checkpoint.Checkpoint.read = read

run_the_program_of_the_guide()
