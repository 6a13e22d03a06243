"""A run on disk: the whole state and the history so far, written atomically and read with suspicion.

A checkpoint is one file: a line of JSON that says what it is, then the arrays. Nothing is pickled.
"""

import hashlib
import io
import json
import os
import re
import tempfile
import time
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PyTree

FORMAT = "gantheory checkpoint 1"
SECONDS_BETWEEN_WRITES = 30.0


class Checkpoint:
    """The place where one run is kept, and the fingerprint of the run that may be kept there.

    Args:
        path: The file.
        configuration: All that decides how the run goes on: game, optimisers, key, first state. A
            file that was written under another configuration is refused.
    """

    def __init__(self, path: str | os.PathLike[str], configuration: PyTree):
        """Name the file and take the run's fingerprint; nothing is read or written yet."""
        self.path = Path(path)
        if not self.path.absolute().parent.is_dir():
            raise ValueError(f"checkpoint must lie in an existing folder, got {self.path}.")
        self.fingerprint = _fingerprint(configuration)
        self.last_write = time.monotonic()

    def read(self, state: PyTree, one_record: PyTree) -> tuple[PyTree, PyTree] | None:
        """The state and the history in the file, or None if there is no file.

        Args:
            state: A state of the same structure.
            one_record: What one record looks like, as shapes.

        Returns:
            The state, and the history with a leading record axis.

        Raises:
            ValueError: The file is no checkpoint, is damaged, or belongs to another run.
        """
        if not self.path.exists():
            return None
        first, _, payload = self.path.read_bytes().partition(b"\n")
        try:
            header = json.loads(first)
        except ValueError:
            header = None
        if not isinstance(header, dict) or header.get("format") != FORMAT:
            raise ValueError(f"checkpoint {self.path} is not a file of the form '{FORMAT}'.")
        if header.get("digest") != hashlib.sha256(payload).hexdigest():
            raise ValueError(f"checkpoint {self.path} is damaged or was cut short.")
        if header.get("fingerprint") != self.fingerprint:
            raise ValueError(
                f"checkpoint {self.path} was written by a run with other players, game, "
                "optimisers, stride, average or key. Restore them, or choose another file."
            )
        records = header["records"]
        history = jax.tree.map(
            lambda leaf: jax.ShapeDtypeStruct((records, *leaf.shape), leaf.dtype), one_record
        )
        plain = jax.tree.map(_without_key, state)
        plain, history = eqx.tree_deserialise_leaves(io.BytesIO(payload), (plain, history))
        return jax.tree.map(_with_key, plain, state), history

    def write(self, state: PyTree, history: PyTree) -> None:
        """Replace the file by this state and history; the old file stays whole until then."""
        buffer = io.BytesIO()
        eqx.tree_serialise_leaves(buffer, (jax.tree.map(_without_key, state), history))
        payload = buffer.getvalue()
        header = {
            "format": FORMAT,
            "fingerprint": self.fingerprint,
            "digest": hashlib.sha256(payload).hexdigest(),
            "records": jax.tree.leaves(history)[0].shape[0],
            "jax": jax.__version__,
            "equinox": eqx.__version__,
        }
        descriptor, temporary = tempfile.mkstemp(
            dir=self.path.absolute().parent, prefix=f".{self.path.name}-"
        )
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(json.dumps(header).encode() + b"\n" + payload)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(self.path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        self.last_write = time.monotonic()

    def is_due(self) -> bool:
        """Whether the last write lies long enough in the past."""
        return time.monotonic() - self.last_write >= SECONDS_BETWEEN_WRITES


def _fingerprint(configuration: PyTree) -> str:
    """A hash of a pytree's structure and values that is the same in every process."""
    leaves, structure = jax.tree.flatten(configuration)
    digest = hashlib.sha256(re.sub(r" at 0x[0-9a-f]+", "", str(structure)).encode())
    for leaf in map(_without_key, leaves):
        if eqx.is_array_like(leaf):
            value = np.asarray(leaf)
            digest.update(f"{value.dtype}{value.shape}".encode() + value.tobytes())
        else:
            digest.update(re.sub(r" at 0x[0-9a-f]+", "", repr(leaf)).encode())
    return digest.hexdigest()


def _is_key(leaf: PyTree) -> bool:
    return eqx.is_array(leaf) and jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)


def _without_key(leaf: PyTree) -> PyTree:
    """A typed random key as plain numbers; anything else as it is."""
    return jax.random.key_data(leaf) if _is_key(leaf) else leaf


def _with_key(leaf: PyTree, like: PyTree) -> PyTree:
    """Plain numbers as the typed random key that `like` is; anything else as it is."""
    return jax.random.wrap_key_data(leaf, impl=jax.random.key_impl(like)) if _is_key(like) else leaf
