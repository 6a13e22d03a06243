"""States and players as files: written whole or not at all, validated on read, never pickled.

A file is in the format of safetensors, so NumPy and PyTorch read it too. Its arrays are named by
their path, such as `state.players.generator.layers.0.weight`, and its texts say which form of
file it is and which versions wrote it.
"""

import json
import os
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PyTree

from gantheory.training.array_file import Texts, encoded, name_of_dtype, read
from gantheory.training.kept_file import KeptFile, resolved
from gantheory.training.state import TrainState

FORMAT = "gantheory checkpoint 3"
LIBRARIES = ("gantheory", "jax", "jaxlib", "equinox", "optax", "numpy")  # on which the bits depend

S = TypeVar("S", bound=TrainState)
T = TypeVar("T")

Leaves = dict[str, Any]
"""Arrays, random keys and numbers by name."""


def load_state(checkpoint: str | os.PathLike[str], like: S) -> S:
    """The state in a checkpoint, whichever run and library versions wrote it.

    `Trainer.fit` goes on from it. The history stays in the file. `like` is a state of the same
    structure, as `Trainer.init` makes it; its numbers do not matter.

    Raises:
        ValueError: The file is not a checkpoint or is damaged, or its arrays are not those of
            `like`; the message names the first that differs.

    Examples:
        >>> import pathlib, tempfile
        >>> import jax
        >>> import optax
        >>> import gantheory as gt
        >>> line = gt.networks.Linear(1, 1, key=jax.random.key(0))
        >>> players = {"generator": line, "discriminator": line}
        >>> source = gt.data.Synthetic(gt.data.Normal(4.0, 1.0), gt.data.Uniform(1), batch_size=8)
        >>> sgd = gt.Optimiser(optax.sgd, learning_rate=0.1)
        >>> trainer = gt.Trainer(gt.games.nonsaturating(), source, optimisers={"generator": sgd})
        >>> begin = trainer.init(players, key=jax.random.key(1))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = pathlib.Path(folder) / "run.gantheory"
        ...     _ = trainer.fit(begin, 4, checkpoint=file, progress=False)
        ...     print(gt.load_state(file, like=begin))
        TrainState(step 4; players: discriminator (frozen), generator (moves))
    """
    leaves, _ = opened(checkpoint)
    return filled(like, leaves, "state", checkpoint)


def load_player(checkpoint: str | os.PathLike[str], name: str, like: T, *, ema: bool = False) -> T:
    """One player from a checkpoint, for sampling; game and optimisers are not needed.

    Args:
        checkpoint: A file written by `fit`, `save_state` or `save_player`.
        name: The player's name, such as "generator".
        like: A player of the same structure, such as a freshly drawn network.
        ema: Load the player's moving average instead; of half-precision arrays it is held in single
            precision, and so must `like` be.

    Raises:
        ValueError: The file is not a checkpoint or is damaged, has no such player or average, or
            its arrays are not those of `like`; the message names the first that differs.

    Examples:
        >>> import pathlib, tempfile
        >>> import jax
        >>> import gantheory as gt
        >>> line, other = (gt.networks.Linear(1, 1, key=jax.random.key(n)) for n in (0, 1))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = pathlib.Path(folder) / "generator"
        ...     gt.save_player(file, "generator", line)
        ...     generator = gt.load_player(file, "generator", like=other)
        >>> print(generator.weight == line.weight)
        [[ True]]
    """
    leaves, _ = opened(checkpoint)
    path = (jax.tree_util.GetAttrKey("ema" if ema else "players"), jax.tree_util.DictKey(name))
    place = name_of("state", path)
    if not any(leaf == place or leaf.startswith(f"{place}.") for leaf in leaves):
        kind = "average of a player" if ema else "player"
        raise ValueError(f"checkpoint {checkpoint} holds no {kind} named {name!r}.")
    return filled(like, leaves, place, checkpoint)


def save_state(checkpoint: str | os.PathLike[str], state: TrainState) -> None:
    """Write a state to a file, whole or not at all; `load_state` reads it.

    Raises:
        OSError: The disk is full or fails. A file that was there is unchanged.
        ValueError: The file cannot be written there, or a run is being written to it.

    Examples:
        >>> import pathlib, tempfile
        >>> import jax
        >>> import optax
        >>> import gantheory as gt
        >>> line = gt.networks.Linear(1, 1, key=jax.random.key(0))
        >>> source = gt.data.Synthetic(gt.data.Normal(4.0, 1.0), gt.data.Uniform(1), batch_size=8)
        >>> sgd = gt.Optimiser(optax.sgd, learning_rate=0.1)
        >>> trainer = gt.Trainer(gt.games.nonsaturating(), source, optimisers={"generator": sgd})
        >>> state = trainer.init({"generator": line, "discriminator": line}, key=jax.random.key(1))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     gt.save_state(pathlib.Path(folder) / "state", state)
    """
    _save(checkpoint, named_leaves("state", state))


def save_player(checkpoint: str | os.PathLike[str], name: str, player: PyTree) -> None:
    """Write one player to a file, whole or not at all; `load_player` reads it under the same name.

    Raises:
        OSError: The disk is full or fails. A file that was there is as it was before.
        ValueError: The file cannot be written there, or a run is being written to it.

    Examples:
        >>> import pathlib, tempfile
        >>> import jax
        >>> import gantheory as gt
        >>> line = gt.networks.Linear(1, 1, key=jax.random.key(0))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     gt.save_player(pathlib.Path(folder) / "generator", "generator", line)
    """
    _save(checkpoint, named_leaves("state", {"players": {name: player}}))


def write(file: KeptFile, leaves: Leaves, parts: Mapping[str, str]) -> None:
    """Replace a file with one of these leaves; `parts` holds the fingerprints of the run, if any.

    Raises:
        OSError: The disk is full or fails. The file is as it was before.
    """
    keys = {name: str(jax.random.key_impl(leaf)) for name, leaf in leaves.items() if is_key(leaf)}
    texts = {"versions": versions(), "keys": keys, "parts": dict(parts)}
    arrays = {
        name: np.asarray(jax.random.key_data(leaf) if name in keys else leaf)
        for name, leaf in leaves.items()
    }
    encoded_texts = {name: json.dumps(text) for name, text in texts.items()}
    try:
        file.replace(encoded(arrays, {"format": FORMAT, **encoded_texts}))
    except OSError as error:
        raise OSError(
            error.errno,
            f"checkpoint {file.path} could not be written, and is as it was before: "
            f"{error.strerror}",
        ) from error


def opened(path: str | os.PathLike[str]) -> tuple[Leaves, dict[str, Texts]]:
    """The leaves of a file, and its versions and parts, after a check that it is whole and ours."""
    place = resolved(path)
    try:
        arrays, texts = read(place)
    except ValueError as error:
        raise ValueError(
            f"checkpoint {path} is not a file of the form '{FORMAT}', or is damaged: {error}."
        ) from error
    if texts.get("format") != FORMAT:
        raise ValueError(
            f"checkpoint {path} is not a file of the form '{FORMAT}', but of "
            f"'{texts.get('format')}'."
        )
    try:
        said = {name: _dict_of_texts(texts[name]) for name in ("versions", "keys", "parts")}
        keys = {
            name: jax.random.wrap_key_data(jnp.asarray(arrays[name]), impl=impl)
            for name, impl in said["keys"].items()
        }
    except Exception as error:  # what JAX raises at a forged key is not promised
        raise ValueError(
            f"checkpoint {path} is damaged: {type(error).__name__} {error}."
        ) from error
    return {**arrays, **keys}, said


def named_leaves(place: str, tree: PyTree) -> Leaves:
    """The arrays and numbers of a tree by their path, such as state.players.generator.0.

    Raises:
        ValueError: Two have one name.
    """
    leaves = [(name_of(place, path), leaf) for path, leaf in _with_paths(tree)]
    if len(dict(leaves)) < len(leaves):
        names = [name for name, _ in leaves]
        doubled = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"two arrays would have one name in a checkpoint: {doubled}.")
    return dict(leaves)


def name_of(place: str, path: tuple[Any, ...]) -> str:
    """A path as words joined by dots; a word with a dot is quoted, so that names are unique."""
    words = (jax.tree_util.keystr((entry,), simple=True) for entry in path)
    return ".".join([place, *(repr(word) if "." in word else word for word in words)])


def require_storable(leaves: Leaves) -> None:
    """Raise unless the format has a name for every dtype."""
    for name, leaf in leaves.items():
        if not is_key(leaf):
            dtype = leaf.dtype if hasattr(leaf, "dtype") else np.asarray(leaf).dtype
            name_of_dtype(name, np.dtype(dtype))


def filled(like: T, leaves: Leaves, place: str, checkpoint: str | os.PathLike[str]) -> T:
    """`like` with its arrays and numbers replaced by those of the same name."""

    def fill(path: tuple[Any, ...], leaf: PyTree) -> PyTree:
        if not eqx.is_array_like(leaf):
            return leaf
        name = name_of(place, path)
        found = leaves.get(name)
        if found is None:
            raise ValueError(f"checkpoint {checkpoint} holds no {name}, which `like` has.")
        if form_of(found) != form_of(leaf):
            there, here = (f"{dtype}{list(shape)}" for dtype, shape in map(form_of, (found, leaf)))
            raise ValueError(
                f"checkpoint {checkpoint} holds {name} as {there}, but `like` has {here}."
            )
        if isinstance(leaf, jax.Array):
            return jnp.asarray(found)
        return type(leaf)(found) if isinstance(leaf, bool | int | float | complex) else found

    return jax.tree_util.tree_map_with_path(fill, like)


def form_of(leaf: Any) -> tuple[str, tuple[int, ...]]:
    """Dtype and shape of an array, of what stands for one, or of a number."""
    array = leaf if hasattr(leaf, "dtype") else np.asarray(leaf)
    return str(array.dtype), tuple(array.shape)


def is_key(leaf: Any) -> bool:
    """Whether a leaf is a typed random key, or stands for one."""
    return hasattr(leaf, "dtype") and jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)


def versions() -> Texts:
    """The versions of what a run's bits, or the code of its functions, depend on."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return {name: import_module(name).__version__ for name in LIBRARIES} | {"python": python}


def _save(path: str | os.PathLike[str], leaves: Leaves) -> None:
    file = KeptFile(path)
    try:
        require_storable(leaves)
        write(file, leaves, {})
    finally:
        file.close()


def _with_paths(tree: PyTree) -> list[tuple[Any, Any]]:
    return [
        (path, leaf)
        for path, leaf in jax.tree_util.tree_leaves_with_path(tree)
        if eqx.is_array_like(leaf) or isinstance(leaf, jax.ShapeDtypeStruct)
    ]


def _dict_of_texts(text: str) -> Texts:
    found = json.loads(text)
    if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
        raise ValueError("one of its texts has the wrong form")
    return found
