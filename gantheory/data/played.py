"""What a source gives for one turn of one step, wherever its data are."""

from dataclasses import replace

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import PyTree

from gantheory._steps import at_step
from gantheory._types import Source
from gantheory.data.sharded import OnMesh
from gantheory.data.stream import Chunk, Number, Stream
from gantheory.shapes import Key


def batch_of(source: Source | Chunk, key: Key, step: Number, place: Number) -> PyTree:
    """What a source, or a chunk of a stream, gives for turn number `place` of a step."""
    if isinstance(source, OnMesh):
        return source.split(batch_of(source.source, key, step, place))
    if isinstance(source, Chunk):
        return source.batch(key, step, place)
    return at_step(source, step)(key)


def shape_of_batch(source: Source | Chunk, key: Key) -> PyTree:
    """The shapes of what a source gives."""
    first = jnp.zeros((), jnp.int32)
    return eqx.filter_eval_shape(batch_of, source, key, first, first)


def stream_of(source: object) -> Stream | None:
    """The stream that a source reads, alone or over a mesh; None if it reads none."""
    inner = source.source if isinstance(source, OnMesh) else source
    return inner if isinstance(inner, Stream) else None


def with_chunk(source: Source | Stream | Chunk, chunk: Chunk) -> Source | Chunk:
    """A source that reads a stream, with a chunk of it in the stream's place."""
    return replace(source, source=chunk) if isinstance(source, OnMesh) else chunk
