"""DuckDB's errors in our words; the driver's never leave."""

from __future__ import annotations

import errno
import fcntl
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb

from chimpline.errors import (
    DestinationError,
    DestinationLocked,
    DestinationReadOnly,
    DestinationUnavailable,
)
from chimpline.message import Message
from chimpline.redact import redact

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HOLDER = re.compile(r"Conflicting lock is held in (?P<program>.*?) \(PID (?P<pid>\d+)\)")
# Of a row, which is not repeated.
_VALUE = re.compile(r'(Duplicate key) "[^"]*"')
_NO_SPACE = ("no space left", "disk quota", "disk is full", "file too large")
_NO_WRITES = ("permission denied", "read-only", "operation not permitted")


def check_file(path: Path, *, read_only: bool) -> None:
    """Say what is wrong with a path before the driver does: it says less, and some of it offline.

    A file of another kind (SQLite, say) makes DuckDB look for an extension on the network.
    """
    try:
        if path.is_dir():
            raise DestinationUnavailable("duckdb-is-directory", path=path, kept="kept-it")
        if path.exists() and not path.is_file():  # a pipe would be waited for
            raise DestinationUnavailable("duckdb-is-no-file", path=path, kept="kept-it")
        if path.exists():
            with path.open("rb") as file:
                head = file.read(12)
            if head[8:12] != b"DUCK":
                raise DestinationUnavailable("duckdb-is-no-database", path=path, kept="kept-it")
        elif not path.parent.is_dir() and not read_only:
            raise DestinationUnavailable(
                "duckdb-no-directory", directory=path.parent, kept="kept-nothing-changed"
            )
    except OSError as error:
        if error.errno in {errno.EACCES, errno.EPERM}:
            raise DestinationReadOnly("duckdb-not-readable", path=path) from None
        raise DestinationUnavailable(
            "duckdb-not-opened", path=path, reason=error.strerror, kept="kept-nothing-changed"
        ) from None


def is_only_read(path: Path) -> bool:
    """Whether nobody has a file open for writing (as DuckDB locks it: readers share it)."""
    try:
        with path.open("rb") as file:
            fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Inside this block a `duckdb.Error` becomes one of ours."""
    try:
        yield
    except duckdb.Error as error:
        raise _in_our_words(error, path) from None


def _in_our_words(error: duckdb.Error, path: Path) -> DestinationError:
    text = redact(str(error)).splitlines()[0] if str(error) else type(error).__name__
    text = _VALUE.sub(r"\1", text).rstrip(" .")
    low = str(error).lower()
    holder = _HOLDER.search(str(error))
    if holder or "could not set lock" in low:
        return DestinationLocked(
            "duckdb-open-in-process" if holder else "duckdb-open-elsewhere",
            path=path,
            process=holder["pid"] if holder else None,
            program=holder["program"] if holder else None,
            said=text,
            kept="kept-file",
        )
    if any(words in low for words in _NO_SPACE):
        return DestinationReadOnly("duckdb-disk-full", path=path, said=text)
    if isinstance(error, duckdb.OutOfMemoryException):
        return DestinationUnavailable("duckdb-out-of-memory", said=text)
    if any(words in low for words in _NO_WRITES):
        return DestinationReadOnly("duckdb-takes-no-writes", path=path, said=text)
    if isinstance(error, duckdb.SerializationException) or "version number" in low:
        return DestinationUnavailable(
            "duckdb-of-another-version", path=path, said=text, kept="kept-file"
        )
    gone = (duckdb.IOException, duckdb.ConnectionException, duckdb.FatalException)
    if isinstance(error, gone):
        return DestinationUnavailable("duckdb-not-read-or-written", path=path, said=text)
    where = Message.of("duckdb-file", path=path)
    return DestinationError("load-statement-refused", database=where, said=text)
