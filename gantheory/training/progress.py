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
        yield _lines(total, unit)
        return
    with tqdm(total=total, initial=done, unit=unit, mininterval=0.5, file=sys.stderr) as bar:

        def report(now: int, note: str) -> None:
            if bar.n == done:
                bar.unpause()  # the first piece compiled: its time says nothing about the others
            bar.set_postfix_str(note, refresh=False)
            bar.update(now - bar.n)

        yield report


def _lines(total: int, unit: str) -> Report:
    last = time.monotonic()
    compiled: tuple[float, int] | None = None

    def report(now: int, note: str) -> None:
        """The speed is that since the first report, before which the program was compiled."""
        nonlocal last, compiled
        moment = time.monotonic()
        started, first = compiled = compiled or (moment, now)
        if moment - last < SECONDS_BETWEEN_LINES and now < total:
            return
        last, left = moment, ""
        if now > first:
            left = f", {(moment - started) / (now - first) * (total - now):.0f} s left"
        print(f"{unit} {now:,} of {total:,}{left}  {note}", file=sys.stderr)

    return report
