"""DuckDB's errors in our words; the driver's never leave."""

from __future__ import annotations

import errno
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb

from chimpline.errors import (
    IF_NOTHING_OF_THEIRS,
    DestinationError,
    DestinationLocked,
    DestinationReadOnly,
    DestinationUnavailable,
)
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
            raise DestinationUnavailable(
                f"{path} is a directory, not a DuckDB file.",
                kept="It was not changed.",
                do="Name a file in it: duckdb:///directory/chimpline.duckdb.",
            )
        if path.exists() and not path.is_file():  # a pipe would be waited for
            raise DestinationUnavailable(
                f"{path} is something else than a file.",
                kept="It was not changed.",
                do="Name another file.",
            )
        if path.exists():
            with path.open("rb") as file:
                head = file.read(12)
            if head[8:12] != b"DUCK":
                raise DestinationUnavailable(
                    f"{path} is no DuckDB database.",
                    kept="It was not changed.",
                    do="Name another file, or move this one away.",
                )
        elif not path.parent.is_dir() and not read_only:
            raise DestinationUnavailable(
                f"There is no directory {path.parent}.",
                kept="Nothing was changed.",
                do="Make it, or name another file.",
            )
    except OSError as error:
        if error.errno in {errno.EACCES, errno.EPERM}:
            raise _not_writable(path, "may not be read") from None
        raise DestinationUnavailable(
            f"{path} cannot be opened ({error.strerror}).",
            kept="Nothing was changed.",
            do="Name another file.",
        ) from None


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
        by = f"process {holder['pid']} ({holder['program']})" if holder else "another process"
        return DestinationLocked(
            f"{path} is open in {by}, and DuckDB lets one process write at a time.",
            kept="The file was not changed.",
            do="Close it there, or wait until it is done, and run again.",
        )
    if any(words in low for words in _NO_SPACE):
        return DestinationReadOnly(
            f"The disk of {path} is full.", do="Free some space, and run again."
        )
    if isinstance(error, duckdb.OutOfMemoryException):
        return DestinationUnavailable(
            f"DuckDB ran out of memory or of space to spill ({text}).",
            do="Free some memory or disk space, and run again.",
        )
    if any(words in low for words in _NO_WRITES):
        return _not_writable(path, "does not take writes")
    if isinstance(error, duckdb.SerializationException) or "version number" in low:
        return DestinationUnavailable(
            f"{path} was written by another version of DuckDB ({text}).",
            kept="The file was not changed.",
            do="Upgrade chimpline and duckdb, or name another file.",
        )
    gone = (duckdb.IOException, duckdb.ConnectionException, duckdb.FatalException)
    if isinstance(error, gone):
        return DestinationUnavailable(
            f"{path} cannot be read or written ({text}).",
            do="See that the file and its disk are in order, and run again.",
        )
    return DestinationError(
        f"DuckDB, on {path}, refused a statement ({text}).",
        do=IF_NOTHING_OF_THEIRS,
    )


def _not_writable(path: Path, what: str) -> DestinationReadOnly:
    return DestinationReadOnly(
        f"{path} {what}.", do="Change the permissions of the file and its directory, and run again."
    )
