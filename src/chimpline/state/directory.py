"""The state directory: who holds a dataset, and what a run says while it goes on.

A running DuckDB file cannot be opened by a second process, so locks and live events lie here;
the ledger in the destination is the durable copy.

    .chimpline/                    0700, beside the settings
      locks/<hash>.lock            held (flock) by the one run of a destination and dataset
      runs/<run_id>.jsonl          the events of a run, one JSON object a line, redacted
      locks/serve.held             held by the one `chimpline serve`
      logs/<time>.log              tracebacks of our own bugs, redacted
      logs/run-<run_id>.log        of a run that the console started (service.execution.processes)
      engine.db                    orders that are under way (service.execution.durable)
      control.db                   status and sealed secrets of connections (service.control)
      vault.key                    what they are sealed with, where nothing else keeps it

Connection slots lie elsewhere (`connection_slots_directory`), since the budget is shared by all
projects of a user: docs/decisions/0002-connection-slots-per-user.md. A second machine, or a second
state directory, sees none of these locks; the destination keeps it out.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import fcntl
import hashlib
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TextIO

from chimpline import private
from chimpline.clock import utc_now
from chimpline.errors import SettingsError, UserError
from chimpline.redact import redact, shown
from chimpline.state.lock import LockHolder, RunLock, holder_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType

    from chimpline.clock import Clock

RUNS_KEPT = 100
CONTROL_DATABASE = "control.db"
_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def connection_slots_directory(environ: Mapping[str, str] | None = None) -> Path:
    """Where the connection slots of this OS user lie, the same for every project."""
    named = (os.environ if environ is None else environ).get("CHIMPLINE_SLOTS_DIR")
    if named:
        return Path(named)
    import platformdirs

    slots = platformdirs.user_state_path("chimpline") / "slots"
    if not slots.is_absolute():  # `~` stands for nothing: no HOME, and no entry for this user
        raise SettingsError("state-no-home-for-slots")
    return slots


class EventFile:
    """Appends events to a run's file.

    A disk that fills up ends the file, not the run: the ledger has the durable copy. `broken` then
    says why.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.broken: OSError | None = None
        self._file: TextIO | None = None

    def __enter__(self) -> Self:
        with _told(self.path.parent.parent):
            descriptor = private.open_file(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._file = os.fdopen(descriptor, "a", encoding="utf-8")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None

    def write(self, event: Mapping[str, Any]) -> None:
        """Append one event (`runs.report.events.as_json`); it is readable at once."""
        if self._file is None or self.broken is not None:
            return
        try:
            self._file.write(shown(json.dumps(event, ensure_ascii=False)) + "\n")
            self._file.flush()
        except OSError as error:
            self.broken = error


@dataclasses.dataclass(frozen=True, slots=True)
class StateDirectory:
    """Everything is made when it is first needed; reading makes nothing."""

    path: Path
    clock: Clock = utc_now

    def lock(self, destination: str, dataset: str, run_id: str, pipeline: str) -> RunLock:
        """The lock of this destination and dataset; entering it raises `RunLocked` when held."""
        return RunLock(
            self._made("locks") / _lock_name(destination, dataset),
            LockHolder(
                pid=os.getpid(),
                run_id=run_id,
                host=os.uname().nodename,
                started_at=self.clock(),
                pipeline=pipeline,
            ),
        )

    def holder(self, destination: str, dataset: str) -> LockHolder | None:
        """The run that holds this destination and dataset right now."""
        return holder_of(self._there("locks") / _lock_name(destination, dataset))

    def event_file(self, run_id: str) -> EventFile:
        """A writer for the events of a run; older files beyond the last hundred are removed."""
        runs = self._made("runs")
        self._prune(runs)
        return EventFile(runs / f"{_checked(run_id)}.jsonl")

    @contextlib.contextmanager
    def serving(self) -> Iterator[None]:
        """Held by the one `chimpline serve` of this directory. Raises `UserError` when held."""
        path = self._made("locks") / "serve.held"
        descriptor = private.open_file(path, os.O_RDWR | os.O_CREAT)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pid = os.pread(descriptor, 20, 0).decode(errors="replace").strip()
                raise UserError("serve-goes-already", pid=pid or "unknown") from None
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
            yield
        finally:
            os.close(descriptor)

    def live_runs(self) -> list[LockHolder]:
        """The runs whose process holds a lock right now, oldest first."""
        holders = (holder_of(path) for path in sorted(self._there("locks").glob("*.lock")))
        return sorted((h for h in holders if h is not None), key=lambda h: h.started_at)

    def run_ids(self) -> list[str]:
        """The runs that have an event file here, newest first."""
        return [path.stem for path in _newest_first(self._there("runs"))]

    def events_path(self, run_id: str) -> Path:
        """Where the events of a run lie, if it has any."""
        return self._there("runs") / f"{_checked(run_id)}.jsonl"

    def read_events(self, run_id: str) -> Iterator[dict[str, Any]]:
        """The events written so far; what cannot be read is left out, a last half line too.

        The ledger has the durable copy: a file that is damaged here ends nothing.
        """
        path = self.events_path(run_id)
        with contextlib.suppress(OSError, SettingsError):
            descriptor = private.open_file(path, os.O_RDONLY)
            with os.fdopen(descriptor, encoding="utf-8", errors="replace") as lines:
                for line in lines:
                    try:
                        event = json.loads(line)
                    except (ValueError, RecursionError):
                        continue  # cut by a crash, or not yet whole
                    if isinstance(event, dict):
                        yield event

    def write_log(self, text: str) -> Path:
        """Keep a traceback of ours for a bug report."""
        now = self.clock().strftime("%Y%m%dT%H%M%SZ")
        path = self._made("logs") / f"{now}-{os.getpid()}.log"
        descriptor = private.open_file(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        with os.fdopen(descriptor, "a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(redact(text))
        return path

    def _made(self, name: str) -> Path:
        folder = self.path / name
        with _told(self.path):
            private.make_directory(self.path)
            private.make_directory(folder)
            if not os.access(folder, os.W_OK | os.X_OK):
                raise PermissionError(errno.EACCES, "no permission to write", str(folder))
        return folder

    def _there(self, name: str) -> Path:
        """A folder to read from, which need not exist; it is ours if it does."""
        private.check_directory(self.path)
        private.check_directory(self.path / name)
        return self.path / name

    @staticmethod
    def _prune(runs: Path) -> None:
        for path in _newest_first(runs)[RUNS_KEPT - 1 :]:
            with contextlib.suppress(OSError):
                path.unlink()


@contextlib.contextmanager
def _told(state_dir: Path) -> Iterator[None]:
    """What the system says of a state directory, in our words."""
    try:
        yield
    except OSError as error:
        raise SettingsError("state-not-writable", path=state_dir, reason=error.strerror) from error


def _lock_name(destination: str, dataset: str) -> str:
    return hashlib.sha256(f"{destination}\n{dataset}".encode()).hexdigest()[:24] + ".lock"


def _checked(run_id: str) -> str:
    if not _RUN_ID.fullmatch(run_id):
        raise SettingsError("state-no-run-id", given=repr(run_id))
    return run_id


def _newest_first(runs: Path) -> list[Path]:
    def age(path: Path) -> tuple[float, str]:
        try:
            return (path.stat().st_mtime, path.name)
        except OSError:  # removed meanwhile
            return (0.0, path.name)

    return sorted(runs.glob("*.jsonl"), key=age, reverse=True)
