"""One file, one writer: replaced whole or not at all, and locked against a second program."""

import errno
import os
import secrets
import socket
import stat
import weakref
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: there is no such lock
    fcntl = None

ADDED = len("..12345678.part")  # to the name, while a new version is written


class KeptFile:
    """A file that this process alone writes, and that is whole at all times.

    Symbolic links are followed, and permissions stay as they are.

    Args:
        path: The file; it need not exist.
        writes: Whether this process writes it; a process that only reads takes no lock.

    Raises:
        ValueError: The file cannot be written, or another program is writing it.
    """

    def __init__(self, path: str | os.PathLike[str], *, writes: bool = True):
        """Find the file, see that it can be written, and lock it."""
        self.path = resolved(path)
        self._release = lambda: None
        if writes:
            _require_writable(self.path)
            lock, place = _locked(self.path)
            self._release = weakref.finalize(self, _unlock, lock, place, os.getpid())
            if lock is not None:  # so what lies there is of a program that was killed
                for left in self.path.parent.glob(f".{_escaped(self.path.name)}.????????.part"):
                    left.unlink(missing_ok=True)

    def replace(self, parts: Iterable[bytes | memoryview]) -> None:
        """Write a new version beside the file, and put it in its place.

        Raises:
            OSError: The disk is full or fails. The file is as it was before.
        """
        unfinished = self.path.with_name(f".{self.path.name}.{secrets.token_hex(4)}.part")
        try:
            with unfinished.open("xb") as file:  # "x": no link that lies there is followed
                with suppress(FileNotFoundError):
                    unfinished.chmod(stat.S_IMODE(self.path.stat().st_mode))
                for part in parts:
                    file.write(part)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self.path)
        except BaseException:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
            raise
        with suppress(OSError):  # so that a power failure does not undo the renaming either
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def close(self) -> None:
        """Allow others to write the file."""
        self._release()


def resolved(path: str | os.PathLike[str]) -> Path:
    """The file that a path leads to, through the home folder (`~`) and symbolic links.

    Raises:
        ValueError: The path leads to no place where a file can be.
    """
    try:
        found = Path(path).expanduser().resolve()
        if found.is_symlink():  # Python 3.13 leaves a loop as it is, older ones raise
            raise OSError("its symbolic links form a loop")
        is_folder, is_special = found.is_dir(), found.exists() and not found.is_file()
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a name too long
        raise ValueError(
            f"checkpoint must be a file that can be written, got {path}: {error}."
        ) from error
    if not found.parent.is_dir():
        raise ValueError(f"checkpoint must lie in an existing folder, got {path}.")
    if is_folder:
        raise ValueError(
            f"checkpoint must be a file, but {path} is a folder: name a file in it, such as "
            f"{Path(path) / 'run.gantheory'}."
        )
    if is_special:
        raise ValueError(f"checkpoint must be a file, but {path} is not a regular file.")
    return found


def _require_writable(path: Path) -> None:
    longest = os.pathconf(path.parent, "PC_NAME_MAX") if hasattr(os, "pathconf") else 255
    if len(os.fsencode(path.name)) > longest - ADDED:
        raise ValueError(
            f"checkpoint must have a name of at most {longest - ADDED} bytes, got {path.name}."
        )
    for what in (path, path.parent):
        if what.exists() and not os.access(what, os.W_OK):
            raise ValueError(f"checkpoint cannot be written: {what} allows no writing.")


def _locked(path: Path) -> tuple[int | None, Path]:
    """A lock that ends with the process, however that ends; its file says who holds it."""
    place = path.with_name(f".{path.name}.lock")
    if fcntl is None:
        return None, place
    while True:
        try:
            lock = os.open(place, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
        except OSError as error:
            raise ValueError(f"checkpoint {path} cannot be written: {error}.") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(lock, 1000, 0).decode(errors="replace") or "another program"
            os.close(lock)
            raise ValueError(
                f"checkpoint {path} is being written by {holder}, and a file holds one run. Wait "
                "for that one, or choose another file."
            ) from None
        except OSError as error:
            if error.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS):
                raise
            os.close(lock)  # this file system knows no locks
            return None, place
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(lock), place.stat()):  # its last holder did not remove it
                os.truncate(lock, 0)
                os.pwrite(lock, f"process {os.getpid()} on {socket.gethostname()}".encode(), 0)
                return lock, place
        os.close(lock)


def _unlock(lock: int | None, place: Path, holder: int) -> None:
    if lock is None or fcntl is None:
        return
    if holder == os.getpid():  # not in a fork
        with suppress(OSError):
            place.unlink()  # while it is held, so that no other program's is removed
        fcntl.flock(lock, fcntl.LOCK_UN)
    os.close(lock)


def _escaped(name: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)
