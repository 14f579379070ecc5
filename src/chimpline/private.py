"""Files that are ours alone: made so, and looked at before they are used.

Whoever may write to a directory can put a link or a file of their own where we expect ours, and so
hand us their key or let us empty a file of ours. So a directory must belong to this user (or to
root) and take no writes from others, and a file in it is opened without following a link, and
looked at by its descriptor: a file, of this user.

What this does not protect from: root, and whoever owns a directory above and moves ours away.
"""

from __future__ import annotations

import errno
import os
import stat
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from chimpline.errors import SettingsError
from chimpline.message import Message

ROOT = 0
FILE = 0o600
DIRECTORY = 0o700
OTHERS_WRITE = 0o022
OTHERS = 0o077
ELSEWHERE = Message("elsewhere-state")
Elsewhere: TypeAlias = "Message | str"


def make_directory(path: Path, elsewhere: Elsewhere = ELSEWHERE) -> None:
    """Make a directory and those above it, each for this user alone; one that is there is checked.

    `elsewhere`: the way out that an error names. Raises `OSError` where it cannot be made.
    """
    for directory in (*reversed(path.parents), path):
        if not directory.is_dir():
            directory.mkdir(mode=DIRECTORY, exist_ok=True)
    check_directory(path, elsewhere)


def check_directory(path: Path, elsewhere: Elsewhere = ELSEWHERE) -> None:
    """Raise `SettingsError` where others may change what lies in it; one that is not there passes.

    A link to a directory is followed where this user or root has made it.
    """
    try:
        link, there = path.lstat(), path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise SettingsError(
            "private-directory-unusable", path=path, reason=error.strerror, elsewhere=elsewhere
        ) from error
    if not stat.S_ISDIR(there.st_mode):
        return  # whoever makes it, or opens something in it, says so
    if not os.access(path, os.R_OK | os.X_OK):
        raise SettingsError(
            "private-directory-not-readable",
            path=path,
            owner=_name(there.st_uid),
            user=_name(os.geteuid()),
            elsewhere=elsewhere,
        )
    for found in (link, there):
        if found.st_uid not in {os.geteuid(), ROOT}:
            raise SettingsError(
                "private-directory-of-another",
                path=path,
                owner=_name(found.st_uid),
                user=_name(os.geteuid()),
                elsewhere=elsewhere,
            )
    if there.st_mode & OTHERS_WRITE:
        raise SettingsError(
            "private-directory-open",
            path=path,
            mode=f"{there.st_mode & 0o7777:04o}",
            elsewhere=elsewhere,
        )


def open_file(path: Path, flags: int, elsewhere: Elsewhere = ELSEWHERE) -> int:
    """A descriptor of a file that is ours; one that is made is 0600, one that is there becomes so.

    Raises `SettingsError` where a link, another kind of file or a file of somebody else is there,
    and `OSError` as `os.open` does. It is not truncated before it was looked at.
    """
    with _explained(path, elsewhere):
        # Non-blocking: opening a pipe would wait for its other end.
        wanted = (flags & ~os.O_TRUNC) | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(path, wanted, FILE)
    try:
        found = os.fstat(descriptor)
        _check_file(path, found, elsewhere)
        if found.st_mode & OTHERS and flags & (os.O_WRONLY | os.O_RDWR):
            os.fchmod(descriptor, FILE)
        if flags & os.O_TRUNC:
            os.ftruncate(descriptor, 0)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def read_file(path: Path, elsewhere: Elsewhere = ELSEWHERE) -> str:
    """The text of a file that is ours; what is not UTF-8 is replaced. Raises as `open_file`."""
    with os.fdopen(
        open_file(path, os.O_RDONLY, elsewhere), encoding="utf-8", errors="replace"
    ) as f:
        return f.read()


@contextmanager
def beside(path: Path, content: bytes, mode: int = FILE) -> Iterator[Path]:
    """A whole file, on the disk, in the directory of `path`: to be moved there, or linked.

    with beside(path, content) as whole:
        whole.replace(path)  # all or nothing

    It is this user's alone until it has `mode`, and gone afterwards where it was not moved.
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(descriptor, mode)
            os.fsync(descriptor)
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


class Mask:
    """While held by anybody: files that a library makes in this process are for this user alone.

    The mask is one for the whole process; nothing of ours depends on a wider one meanwhile.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holders = 0
        self._before = 0

    def hold(self) -> None:
        with self._lock:
            if self._holders == 0:
                self._before = os.umask(OTHERS)
            self._holders += 1

    def release(self) -> None:
        with self._lock:
            self._holders -= 1
            if self._holders == 0:
                os.umask(self._before)


mask = Mask()


def check_file(path: Path, elsewhere: Elsewhere = ELSEWHERE) -> None:
    """Raise `SettingsError` where a link or somebody else's file is there; none there passes.

    For a file that a library opens by its name. It is looked at without being opened: to close a
    file again would take all locks that this process has on it (POSIX).
    """
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if stat.S_ISLNK(found.st_mode):
        raise _a_link(path, elsewhere)
    _check_file(path, found, elsewhere)
    if found.st_mode & OTHERS:
        path.chmod(FILE)


def _check_file(path: Path, found: os.stat_result, elsewhere: Elsewhere) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise _not_a_file(path, elsewhere)
    if found.st_uid != os.geteuid():
        raise SettingsError(
            "private-file-of-another",
            path=path,
            owner=_name(found.st_uid),
            user=_name(os.geteuid()),
            elsewhere=elsewhere,
        )


@contextmanager
def _explained(path: Path, elsewhere: Elsewhere) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _a_link(path, elsewhere) from None
        if error.errno in {errno.EISDIR, errno.ENXIO, errno.ENODEV}:  # a directory, pipe or socket
            raise _not_a_file(path, elsewhere) from None
        raise


def _a_link(path: Path, elsewhere: Elsewhere) -> SettingsError:
    return SettingsError("private-file-is-link", path=path, elsewhere=elsewhere)


def _not_a_file(path: Path, elsewhere: Elsewhere) -> SettingsError:
    return SettingsError("private-not-a-file", path=path, elsewhere=elsewhere)


def _name(user: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)
