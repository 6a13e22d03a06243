"""How `fit` cuts a run into pieces: how long each is, and the data that it is trained on."""

from collections.abc import Generator, Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from jaxtyping import PyTree

from gantheory._types import Source
from gantheory.data.played import stream_of, with_chunk
from gantheory.data.stream import Chunk, chunks, steps_in_a_chunk
from gantheory.training.loop import room_for
from gantheory.training.processes import smallest

if TYPE_CHECKING:
    from gantheory.training.trainer import Trainer

PIECE_SECONDS = 0.5
LONGEST_PIECE = 4096
BYTES_RECORDED_AT_ONCE = 2**26


class Pace:
    """How many steps a piece has: about as many as take `PIECE_SECONDS`, at most `room`."""

    def __init__(self, room: int):
        self.room = room
        self.steps = 1  # the first piece compiles, so it says nothing about the steps

    def measured(self, steps: int, seconds: float) -> None:
        """Learn from a piece; grow step by step, since a short one is measured badly."""
        fitting = int(steps * PIECE_SECONDS / max(seconds, 1e-6))
        self.steps = max(1, min(fitting, 16 * steps, self.room))


def pace_of(trainer: "Trainer", one_record: PyTree) -> Pace:
    """The pace of a run, with as much room as its records, and the data of a stream, allow."""
    room = room_for(trainer.record, one_record, LONGEST_PIECE, BYTES_RECORDED_AT_ONCE)
    stream = stream_of(trainer.source)
    if stream is not None:
        room = steps_in_a_chunk(stream, batches_per_step(trainer), room)
    return Pace(room)


def batches_per_step(trainer: "Trainer") -> int:
    """On how many batches the turns of one step are played."""
    return sum(turn.times for turn in trainer.game.turns)


def pieces(
    trainer: "Trainer", pace: Pace, start: int, done: int, steps: int, cadence: int | None
) -> Generator[tuple[int, Source | Chunk], None, None]:
    """The lengths of the pieces, each with the source it is trained on; a stream is read ahead.

    The run began at step `start`, has `steps` steps, and `done` of them are played. A piece also
    ends at each multiple of the cadence, counted from the start of the run.
    """
    source = trainer.source

    def lengths() -> Iterator[int]:
        at = done
        while at < steps:
            length = min(pace.steps, steps - at)
            if cadence is not None:
                length = min(length, cadence - at % cadence)
            length = smallest(length, source)
            yield length
            at += length

    stream = stream_of(source)
    if stream is None:
        yield from ((length, source) for length in lengths())
        return
    read = chunks(stream, batches_per_step(trainer), start + done, lengths(), pace.room)
    with closing(read):
        yield from ((length, with_chunk(source, chunk)) for length, chunk in read)
