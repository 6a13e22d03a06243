"""A run on disk: the whole state and the history so far, and what identifies the run.

The file also holds a fingerprint of each part of the run, so another run is refused and told what
differs. Players and states alone are in `saved`.
"""

import os
import time
from collections.abc import Mapping
from typing import Any

import jax
from jaxtyping import PyTree

from gantheory._checks import described, require_non_negative
from gantheory.training.array_file import Texts
from gantheory.training.fingerprint import fingerprint
from gantheory.training.kept_file import KeptFile
from gantheory.training.saved import (
    LIBRARIES,
    filled,
    form_of,
    name_of,
    named_leaves,
    opened,
    require_storable,
    versions,
    write,
)

GO_ON = "go on from its state: trainer.fit(load_state(checkpoint, like=trainer.init(…)), steps)"


class Checkpoint:
    """The place where one run is kept, and the fingerprint of the run that may be kept there.

    Args:
        path: The file.
        parts: All that decides how the run goes on, by name: game, optimisers, key, first state. A
            file that was written by another run is refused.
        seconds_between_writes: The cadence that `is_due` keeps.
        writes: Whether this process writes the file; of several that compute a run, one does.

    Raises:
        ValueError: The file cannot be written, or another program is writing it.
        TypeError: A part has a state that cannot be identified.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        parts: Mapping[str, PyTree],
        seconds_between_writes: float | int = 30.0,
        *,
        writes: bool = True,
    ):
        """Lock the file and take the run's fingerprints; nothing is read or written yet."""
        if not isinstance(seconds_between_writes, int | float):
            raise TypeError(
                "seconds_between_checkpoints must be a number, got "
                f"{described(seconds_between_writes)}."
            )
        require_non_negative(seconds_between_checkpoints=seconds_between_writes)
        self.parts = {name: fingerprint(part, name) for name, part in parts.items()}
        self.seconds_between_writes = seconds_between_writes
        self.last_write = time.monotonic()
        self._file = KeptFile(path, writes=writes)
        self.path = self._file.path

    def read(self, state: PyTree, one_history: PyTree) -> tuple[PyTree, PyTree] | None:
        """The state and the history in the file, or None if there is no file.

        Args:
            state: A state of the same structure.
            one_history: What one record looks like, as shapes.

        Returns:
            The state, and the history: every leaf of `one_history` with a leading record axis.

        Raises:
            ValueError: The file is not a checkpoint, is damaged, belongs to another run, or was
                written by other versions of the libraries.
            TypeError: The state or the history holds something that a file cannot.
        """
        records = named_leaves("history", one_history)
        require_storable({**named_leaves("state", state), **records})
        if not self.path.exists():
            return None
        leaves, texts = opened(self.path)
        self._require_same_run(texts["versions"], texts["parts"])
        wanted = {name: form_of(leaf) for name, leaf in records.items()}
        found = {
            name: (form_of(leaf)[0], tuple(leaf.shape[1:]) if leaf.ndim else None)
            for name, leaf in leaves.items()
            if name.partition(".")[0] == "history"
        }
        if found != wanted:
            raise ValueError(
                f"checkpoint {self.path} holds other records: {_differing(found, wanted)}. Record "
                "what was recorded, or choose another file."
            )
        history = jax.tree_util.tree_map_with_path(
            lambda path, _: leaves[name_of("history", path)], one_history
        )
        return filled(state, leaves, "state", self.path), history

    def write(self, state: PyTree, history: PyTree) -> None:
        """Replace the file by this state and history; the old file stays whole until then.

        Raises:
            OSError: The disk is full or fails. The old file is still there.
        """
        leaves = {**named_leaves("state", state), **named_leaves("history", history)}
        write(self._file, leaves, self.parts)
        self.last_write = time.monotonic()

    def is_due(self) -> bool:
        """Whether the last write is long enough ago."""
        return time.monotonic() - self.last_write >= self.seconds_between_writes

    def close(self) -> None:
        """Allow others to write the file."""
        self._file.close()

    def _require_same_run(self, then: Texts, parts: Texts) -> None:
        """Raise unless a file with these versions and parts holds this run."""
        now = versions()
        changed = [
            f"{name} {then.get(name)} (now {now[name]})"
            for name in LIBRARIES
            if then.get(name) != now[name]
        ]
        if changed:
            raise ValueError(
                f"checkpoint {self.path} was written with {', '.join(changed)}, and other versions "
                f"need not give the same bits. Install those versions; or accept other bits, "
                f"and {GO_ON}."
            )
        if not parts:
            raise ValueError(
                f"checkpoint {self.path} holds a state or a player alone, not a run. Choose "
                f"another file; or {GO_ON}."
            )
        others = [
            name for name in {**parts, **self.parts} if parts.get(name) != self.parts.get(name)
        ]
        if not others:
            return
        text = (
            f"checkpoint {self.path} was written by another run. What differs: "
            f"{', '.join(others)}. Restore it, or choose another file."
        )
        if then.get("python") != now["python"]:
            text += (
                f" It was written under Python {then.get('python')}, which compiles functions "
                f"otherwise than Python {now['python']}, so it may be the same run all the same: "
                f"then {GO_ON}."
            )
        raise ValueError(text)


def _differing(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """The first entry that two records do not share, in words."""
    name = next(name for name in {**wanted, **found} if found.get(name) != wanted.get(name))
    shown = [
        f"{form[0]}{list(form[1])}" if form else "nothing"
        for form in (found.get(name), wanted.get(name))
    ]
    return f"{name} is {shown[0]} there and {shown[1]} here"
