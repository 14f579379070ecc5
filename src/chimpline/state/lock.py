"""One run at a time for a destination and dataset; the kernel frees the lock with its process."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import errno
import fcntl
import json
import os
import time
from typing import TYPE_CHECKING, Any, Self

from chimpline import private
from chimpline.errors import RunLocked, SettingsError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

# `holder_of` takes a shared lock for an instant to see whether a file is held; a run that starts
# in that instant tries again.
_TRIES = 5
_BETWEEN_TRIES_S = 0.02
_LONGEST_HOLDER_BYTES = 65536


@dataclasses.dataclass(frozen=True, slots=True)
class LockHolder:
    """The run that holds a lock, as its lock file says."""

    pid: int
    run_id: str
    host: str
    started_at: dt.datetime
    pipeline: str

    def as_json(self) -> str:
        return json.dumps({**dataclasses.asdict(self), "started_at": self.started_at.isoformat()})

    @classmethod
    def from_json(cls, text: str) -> LockHolder | None:
        """None where the file is empty, damaged or being written."""
        try:
            fields: dict[str, Any] = json.loads(text)
            started_at = dt.datetime.fromisoformat(fields["started_at"])
            return cls(**{**fields, "started_at": started_at}) if started_at.tzinfo else None
        except (ValueError, KeyError, TypeError, RecursionError):
            return None


class RunLock:
    """A context manager; its file stays when it is left, empty, so that nobody locks a ghost."""

    def __init__(self, path: Path, holder: LockHolder) -> None:
        self.path = path
        self.holder = holder
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        try:
            descriptor = private.open_file(self.path, os.O_RDWR | os.O_CREAT)
            try:
                self._take(descriptor)
            except BaseException:
                os.close(descriptor)
                raise
        except OSError as error:
            raise SettingsError(
                "state-lock-not-taken", path=self.path, reason=error.strerror
            ) from error
        self._descriptor = descriptor
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._descriptor is not None:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None

    def _take(self, descriptor: int) -> None:
        for attempt in range(_TRIES):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if attempt == _TRIES - 1:
                    raise self._held(descriptor) from None
                time.sleep(_BETWEEN_TRIES_S)
        os.ftruncate(descriptor, 0)
        text = self.holder.as_json().encode()
        if os.pwrite(descriptor, text, 0) < len(text):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    @staticmethod
    def _held(descriptor: int) -> RunLocked:
        holder = _written(descriptor)
        if holder is None:
            return RunLocked("state-held")
        return RunLocked(
            "state-held-by-run",
            run=holder.run_id,
            pipeline=holder.pipeline,
            process=str(holder.pid),
            host=holder.host,
            since=holder.started_at.strftime("%Y-%m-%d %H:%M:%S UTC"),
        )


def holder_of(path: Path) -> LockHolder | None:
    """Who holds this lock file; None when nobody does, as after a crash."""
    try:
        descriptor = private.open_file(path, os.O_RDONLY)
    except (OSError, SettingsError):
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _written(descriptor)
    except OSError:  # a file system without locks
        return None
    finally:
        os.close(descriptor)
    return None


def _written(descriptor: int) -> LockHolder | None:
    return LockHolder.from_json(
        os.pread(descriptor, _LONGEST_HOLDER_BYTES, 0).decode("utf-8", "replace")
    )
