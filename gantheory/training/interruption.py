"""Ctrl-C: the first one asks the run to stop, the second one stops it."""

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
    """Turn the first Ctrl-C into a flag that is looked at between pieces.

    Nested uses pass it to the outer one on exit. Nothing is changed where the signal is not ours:
    in another thread, in a program that ignores it on purpose (`trap '' INT`, `command &`), and in
    a program of another language that embeds Python and handles it itself.
    """
    previous = signal.getsignal(signal.SIGINT)
    in_main_thread = threading.current_thread() is threading.main_thread()
    if not in_main_thread or previous in (None, signal.SIG_IGN):
        yield lambda: False
        return
    handler = _FirstAsks()
    signal.signal(signal.SIGINT, handler)
    try:
        yield lambda: handler.seen
    finally:
        signal.signal(signal.SIGINT, previous)
        if handler.seen and isinstance(previous, _FirstAsks):
            previous.seen = True
