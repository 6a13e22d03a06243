"""Executors that run in place, and those that do not do as they are told."""

from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any

import jax
import pytest

from gantheory.study import executors


class Here(Executor):
    """Runs each function in place; `around` gets it, its arguments and the number of the call."""

    def __init__(self, around: Callable[..., Any] = lambda function, args, call: function(*args)):
        self.around, self.calls = around, 0

    def submit(self, fn, /, *args, **kwargs):
        self.calls += 1
        future = Future()
        try:
            future.set_result(self.around(fn, args, self.calls))
        except BaseException as error:
            future.set_exception(error)
        return future


class Never(Executor):
    """Takes a function and does not run it."""

    def submit(self, fn, /, *args, **kwargs):
        self.future = Future()
        return self.future


def elsewhere(function: Callable, args: tuple, call: int) -> object:
    """In an environment that is not the caller's."""
    del call
    other = {**executors.versions(), "numpy": "1.0"}
    with pytest.MonkeyPatch.context() as patch, jax.enable_x64(True):
        patch.setattr(executors, "versions", lambda: other)
        return function(*args)


def without_module(function: Callable, args: tuple, call: int) -> object:
    """Where the program's module is not installed."""
    del call
    _, *others = args
    return function(b"cno_such_module\nprogram\n.", *others)


def returning(value: Callable[[Any], Any]) -> Executor:
    return Here(lambda function, args, call: value(function(*args)))


class NoFuture(Executor):
    def submit(self, fn, /, *args, **kwargs):  # pyright: ignore[reportIncompatibleMethodOverride]
        return 3


def closed() -> Executor:
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    return pool
