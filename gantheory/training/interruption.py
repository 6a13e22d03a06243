"""Ctrl-C: the first one asks, the second one stops."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class _FirstAsks:
    """The handler: it notes the first signal, and raises on the second."""

    def __init__(self):
        self.seen = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if self.seen:
            raise KeyboardInterrupt
        self.seen = True


@contextmanager
def interruptions() -> Iterator[Callable[[], bool]]:
    """Turn the first Ctrl-C into a flag that is looked at between pieces; one inside another passes it on at its end."""
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    handler = _FirstAsks()
    previous = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, handler)
    try:
        yield lambda: handler.seen
    finally:
        signal.signal(signal.SIGINT, previous)
        if handler.seen and isinstance(previous, _FirstAsks):
            previous.seen = True
