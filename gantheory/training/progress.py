"""A progress bar with the time left: tqdm's where it is installed, plain lines otherwise."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SECONDS_BETWEEN_LINES = 5.0

Report = Callable[[int, str], None]


@contextmanager
def progress_bar(done: int, total: int, unit: str = "step") -> Iterator[Report]:
    """Yield a function that takes the number of steps done and a note on the latest losses."""
    try:
        from tqdm.auto import tqdm
    except ImportError:
        yield _lines(done, total, unit)
        return
    with tqdm(total=total, initial=done, unit=unit, mininterval=0.5, file=sys.stderr) as bar:

        def report(now: int, note: str) -> None:
            bar.set_postfix_str(note, refresh=False)
            bar.update(now - bar.n)

        yield report


def _lines(done: int, total: int, unit: str) -> Report:
    started = last = time.monotonic()

    def report(now: int, note: str) -> None:
        nonlocal last
        moment = time.monotonic()
        if moment - last < SECONDS_BETWEEN_LINES and now < total:
            return
        last = moment
        left = (moment - started) / max(1, now - done) * (total - now)
        print(f"{unit} {now:,} of {total:,}, {left:.0f} s left  {note}", file=sys.stderr)

    return report
