"""One run at a time for a destination and dataset; the kernel frees the lock with its process."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import fcntl
import json
import os
import time
from typing import TYPE_CHECKING, Any, Self

from chimpline.errors import RunLocked

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

# `holder_of` takes a shared lock for an instant to see whether a file is held; a run that starts
# in that instant tries again.
_TRIES = 5
_BETWEEN_TRIES_S = 0.02


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
        """None where the file is empty or being written."""
        try:
            fields: dict[str, Any] = json.loads(text)
            return cls(**{**fields, "started_at": dt.datetime.fromisoformat(fields["started_at"])})
        except (ValueError, KeyError, TypeError):
            return None


class RunLock:
    """A context manager; its file stays when it is left, empty, so that nobody locks a ghost."""

    def __init__(self, path: Path, holder: LockHolder) -> None:
        self.path = path
        self.holder = holder
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        for attempt in range(_TRIES):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if attempt == _TRIES - 1:
                    os.close(descriptor)
                    raise self._held() from None
                time.sleep(_BETWEEN_TRIES_S)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, self.holder.as_json().encode(), 0)
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

    def _held(self) -> RunLocked:
        holder = LockHolder.from_json(self.path.read_text(encoding="utf-8"))
        if holder is None:
            who, process = "another run", "it"
        else:
            since = holder.started_at.strftime("%Y-%m-%d %H:%M:%S UTC")
            who = (
                f"run {holder.run_id} of pipeline {holder.pipeline} "
                f"(process {holder.pid} on {holder.host}, since {since})"
            )
            process = f"process {holder.pid}"
        return RunLocked(
            f"This dataset is held by {who}.",
            do=f"Wait for it (`chimpline status` shows how far it is), or stop {process}: "
            "the next run then goes on where it ended.",
        )


def holder_of(path: Path) -> LockHolder | None:
    """Who holds this lock file; None when nobody does, as after a crash."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return LockHolder.from_json(path.read_text(encoding="utf-8"))
    finally:
        os.close(descriptor)
    return None
