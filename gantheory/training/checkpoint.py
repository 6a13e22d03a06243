"""A run on disk: the whole state and the history so far, written atomically and read with suspicion.

A checkpoint is one file: a line of JSON that says what it is, then the arrays. Nothing is pickled.
`load_player` and `load_state` read one without asking which run it belongs to.
"""

import hashlib
import io
import json
import os
import re
import time
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PyTree

from gantheory._checks import require_non_negative
from gantheory.training.state import TrainState

FORMAT = "gantheory checkpoint 2"
LIBRARIES = ("gantheory", "jax", "jaxlib", "equinox", "optax", "numpy")  # on which the bits depend

Header = dict[str, Any]


class Checkpoint:
    """The place where one run is kept, and the fingerprint of the run that may be kept there.

    Args:
        path: The file.
        parts: All that decides how the run goes on, by name: game, optimisers, key, first state. A
            file that was written by another run is refused.
        seconds_between_writes: The cadence that `is_due` keeps.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        parts: Mapping[str, PyTree],
        seconds_between_writes: float | int = 30.0,
    ):
        """Name the file and take the run's fingerprint; nothing is read or written yet."""
        require_non_negative(seconds_between_checkpoints=seconds_between_writes)
        self.path = Path(path)
        if not self.path.absolute().parent.is_dir():
            raise ValueError(f"checkpoint must lie in an existing folder, got {self.path}.")
        _require_no_folder(self.path)
        self.fingerprint = _fingerprint(dict(parts))
        self.seconds_between_writes = seconds_between_writes
        self.last_write = time.monotonic()

    def read(self, state: PyTree, one_record: PyTree) -> tuple[PyTree, PyTree] | None:
        """The state and the history in the file, or None if there is no file.

        Args:
            state: A state of the same structure.
            one_record: What one record looks like, as shapes.

        Returns:
            The state, and the history with a leading record axis.

        Raises:
            ValueError: The file is no checkpoint, is damaged, belongs to another run, or was written
                by other versions of the libraries.
        """
        if not self.path.exists():
            return None
        header, payload = _open(self.path)
        if header["fingerprint"] != self.fingerprint:
            raise ValueError(
                f"checkpoint {self.path} was written by a run with other players, game, "
                "optimisers, source, ema, record or key. Restore them, or choose another file."
            )
        changed = [
            f"{name} {old} (now {_versions()[name]})"
            for name, old in header["versions"].items()
            if old != _versions()[name]
        ]
        if changed:
            raise ValueError(
                f"checkpoint {self.path} was written with {', '.join(changed)}, and other versions "
                "need not give the same bits. Install those versions; or accept other bits, and go "
                "on from its state: trainer.fit(load_state(checkpoint, like=trainer.init(…)), steps)."
            )
        leaves, structure = jax.tree.flatten(one_record)
        history = jax.tree.unflatten(
            structure,
            [
                jax.ShapeDtypeStruct((rows, *leaf.shape), leaf.dtype)
                for rows, leaf in zip(header["records"], leaves, strict=True)
            ],
        )
        plain = jax.tree.map(_without_key, state)
        plain, history = eqx.tree_deserialise_leaves(io.BytesIO(payload), (plain, history))
        return jax.tree.map(_with_key, plain, state), history

    def write(self, state: PyTree, history: PyTree) -> None:
        """Replace the file by this state and history; the old file stays whole until then.

        Raises:
            OSError: The disk is full or fails. The old file is still there.
        """
        buffer = io.BytesIO()
        plain = jax.tree.map(_without_key, state)
        eqx.tree_serialise_leaves(buffer, (plain, history))
        payload = buffer.getvalue()
        header = {
            "format": FORMAT,
            "fingerprint": self.fingerprint,
            "records": [len(leaf) for leaf in jax.tree.leaves(history)],
            "versions": _versions(),
            "leaves": list(_named_arrays(plain)),
        }
        unfinished = self.path.with_name(f".{self.path.name}.unfinished")
        try:
            with unfinished.open("wb") as file:
                file.write(_headed(header, payload))
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self.path)
        except BaseException as error:
            unfinished.unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise OSError(
                    error.errno,
                    f"checkpoint {self.path} could not be written, and is as it was before: "
                    f"{error.strerror}",
                ) from error
            raise
        self.last_write = time.monotonic()

    def is_due(self) -> bool:
        """Whether the last write lies long enough in the past."""
        return time.monotonic() - self.last_write >= self.seconds_between_writes


def load_state(checkpoint: str | os.PathLike[str], like: TrainState) -> TrainState:
    """The state in a checkpoint, whichever run and library versions wrote it.

    `Trainer.fit` goes on from it. The history stays in the file.

    Args:
        checkpoint: A file written by `fit`.
        like: A state of the same structure, as `Trainer.init` makes it. Its numbers do not matter.

    Returns:
        The state of the file.

    Raises:
        ValueError: The file is no checkpoint or is damaged, or its arrays are not those of `like`;
            the message names the first that differs.

    Examples:
        >>> import pathlib, tempfile
        >>> import jax
        >>> import optax
        >>> import gantheory as gt
        >>> line = gt.networks.Linear(1, 1, key=jax.random.key(0))
        >>> players = {"generator": line, "discriminator": line}
        >>> source = gt.data.Synthetic(gt.data.Normal(4.0, 1.0), gt.data.Uniform(1), batch_size=8)
        >>> sgd = gt.Optimiser(optax.sgd, learning_rate=0.1)
        >>> both = {"generator": sgd, "discriminator": sgd}
        >>> trainer = gt.Trainer(gt.games.nonsaturating(), source, optimisers=both)
        >>> begin = trainer.init(players, key=jax.random.key(1))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = pathlib.Path(folder) / "run.gantheory"
        ...     _ = trainer.fit(begin, 4, checkpoint=file, progress=False)
        ...     print(gt.load_state(file, like=begin))
        TrainState(step 4; players: discriminator (moves), generator (moves))
    """
    arrays = _state_arrays(Path(checkpoint))
    return _filled(like, arrays, "", checkpoint)


def load_player(
    checkpoint: str | os.PathLike[str], name: str, like: PyTree, *, ema: bool = False
) -> PyTree:
    """One player out of a checkpoint, for sampling; game and optimisers are not needed.

    Args:
        checkpoint: A file written by `fit`.
        name: The player's name, such as "generator".
        like: A player of the same structure, such as a freshly drawn network.
        ema: Take the player's moving average instead.

    Returns:
        The player of the file.

    Raises:
        ValueError: The file is no checkpoint or is damaged, has no such player or average, or its
            arrays are not those of `like`; the message names the first that differs.

    Examples:
        >>> import pathlib, tempfile
        >>> import jax
        >>> import optax
        >>> import gantheory as gt
        >>> line = gt.networks.Linear(1, 1, key=jax.random.key(0))
        >>> players = {"generator": line, "discriminator": line}
        >>> source = gt.data.Synthetic(gt.data.Normal(4.0, 1.0), gt.data.Uniform(1), batch_size=8)
        >>> sgd = gt.Optimiser(optax.sgd, learning_rate=0.1)
        >>> both = {"generator": sgd, "discriminator": sgd}
        >>> trainer = gt.Trainer(gt.games.nonsaturating(), source, optimisers=both)
        >>> begin = trainer.init(players, key=jax.random.key(1))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = pathlib.Path(folder) / "run.gantheory"
        ...     _ = trainer.fit(begin, 4, checkpoint=file, progress=False)
        ...     generator = gt.load_player(file, "generator", like=line)
        >>> print(generator(jax.numpy.ones(1)).shape)
        (1,)
    """
    arrays = _state_arrays(Path(checkpoint))
    prefix = f".{'ema' if ema else 'players'}[{name!r}]"
    if not any(leaf.startswith(prefix) for leaf in arrays):
        kind = "average of a player" if ema else "player"
        raise ValueError(f"checkpoint {checkpoint} holds no {kind} named {name!r}.")
    return _filled(like, arrays, prefix, checkpoint)


def _open(path: Path) -> tuple[Header, bytes]:
    """Header and payload, after a check that the file is whole."""
    _require_no_folder(path)
    content = path.read_bytes()
    first, _, payload = content.partition(b"\n")
    try:
        header = json.loads(first)
    except ValueError:
        header = None
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise ValueError(f"checkpoint {path} is not a file of the form '{FORMAT}'.")
    header.pop("digest", None)
    if _headed(header, payload) != content:
        raise ValueError(f"checkpoint {path} is damaged or was cut short.")
    return header, payload


def _require_no_folder(path: Path) -> None:
    if path.is_dir():
        raise ValueError(
            f"checkpoint must be a file, but {path} is a folder: name a file in it, such as "
            f"{path / 'run.gantheory'}."
        )


def _headed(header: Header, payload: bytes) -> bytes:
    """The whole file: the header with a digest of all else, then the payload."""
    digest = hashlib.sha256(json.dumps(header).encode() + payload).hexdigest()
    return json.dumps({**header, "digest": digest}).encode() + b"\n" + payload


def _state_arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of the state in a file by their names."""
    header, payload = _open(path)
    file = io.BytesIO(payload)
    return {name: np.load(file, allow_pickle=False) for name in header["leaves"]}


def _named_arrays(tree: PyTree) -> dict[str, PyTree]:
    """What Equinox writes of a tree, in its order, by the path that leads there."""
    return {
        jax.tree_util.keystr(path): leaf
        for path, leaf in jax.tree_util.tree_leaves_with_path(tree)
        if eqx.is_array_like(leaf)
    }


def _filled(
    like: PyTree, arrays: dict[str, np.ndarray], prefix: str, checkpoint: str | os.PathLike[str]
) -> PyTree:
    """`like` with its arrays replaced by those of the same name."""

    def fill(path: tuple[Any, ...], leaf: PyTree) -> PyTree:
        if not eqx.is_array_like(leaf):
            return leaf
        name = prefix + jax.tree_util.keystr(path)
        found = arrays.get(name)
        if found is None:
            raise ValueError(f"checkpoint {checkpoint} holds no {name}, which `like` has.")
        wanted = np.asarray(leaf)
        if found.dtype.kind == "V" and found.itemsize == wanted.itemsize:
            found = found.view(wanted.dtype)  # NumPy's files do not know JAX's small floats
        if (found.shape, found.dtype) != (wanted.shape, wanted.dtype):
            raise ValueError(
                f"checkpoint {checkpoint} holds {name} as {found.dtype}{list(found.shape)}, "
                f"but `like` has {wanted.dtype}{list(wanted.shape)}."
            )
        return jnp.asarray(found) if eqx.is_array(leaf) else type(leaf)(found)

    plain = jax.tree.map(_without_key, like)
    return jax.tree.map(_with_key, jax.tree_util.tree_map_with_path(fill, plain), like)


def _versions() -> dict[str, str]:
    return {name: import_module(name).__version__ for name in LIBRARIES}


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
