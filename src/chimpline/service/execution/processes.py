"""The processes that carry out orders: started, found again, and told to end.

What a process says goes into a log of its own, which is open in that process and, since it is
locked, tells anybody whether the process is still there: the kernel frees the lock with it. So a
process outlives the one that started it and is found by whoever comes after.

    .chimpline/logs/run-<id>.log    locked while its process lives; begins with its number
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from chimpline import private
from chimpline.errors import SettingsError
from chimpline.redact import shown

STARTED = "process_started"
# By the process itself: whoever starts it may be killed before it can note the number.
_BEGIN = """printf '{"event": "process_started", "pid": %d}\\n' $$; exec "$@\""""
_ENDS = {"run_finished", "reconcile_finished", "reconcile_failed"}
TAIL_BYTES = 256 * 1024
"""Of a log's end: its last line, with the reports of all tables, is some kilobytes long."""


class Processes:
    def __init__(self, folder: Path) -> None:
        """`folder`: where the logs lie."""
        self._folder = folder

    def log(self, order_id: str) -> Path:
        return self._folder / f"run-{order_id}.log"

    def start(self, order_id: str, command: Sequence[str]) -> subprocess.Popen[bytes]:
        """Raises `OSError` where it cannot be started."""
        private.make_directory(self._folder)
        path = self.log(order_id)
        descriptor = private.open_file(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return subprocess.Popen(  # noqa: S603  (our own command)
                ["/bin/sh", "-c", _BEGIN, "sh", *command],
                stdin=subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
                start_new_session=True,  # a Ctrl-C meant for this process is not its
            )
        finally:
            os.close(descriptor)  # the process has its own

    def goes_on(self, order_id: str) -> bool:
        """Whether the process of an order is there, whoever started it."""
        try:
            descriptor = private.open_file(self.log(order_id), os.O_RDONLY)
        except (OSError, SettingsError):
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:  # a file system without locks
            return False
        finally:
            os.close(descriptor)
        return False

    def end(self, order_id: str) -> bool:
        """Ask a process that is there to end; a second time, to end at once."""
        if not self.goes_on(order_id):
            return False
        pids = [line["pid"] for line in self.lines(order_id) if _is_start(line)]
        if not pids:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(pids[-1], signal.SIGTERM)
        return True

    def last_word(self, order_id: str) -> dict[str, Any] | None:
        """The last line with which a process told how it ended; None: it said nothing."""
        last = None
        for line in self.lines(order_id, TAIL_BYTES):
            if _is_start(line):
                last = None
            elif line.get("event") in _ENDS:
                last = line
        return last

    def lines(self, order_id: str, tail: int | None = None) -> Iterator[dict[str, Any]]:
        """The JSON of a log, or of its last bytes; what is none is left out."""
        try:
            descriptor = private.open_file(self.log(order_id), os.O_RDONLY)
        except (OSError, SettingsError):
            return
        with os.fdopen(descriptor, "rb") as file:
            if tail is not None:
                file.seek(max(0, file.seek(0, os.SEEK_END) - tail))
            for line in file:
                if not line.startswith(b"{"):
                    continue
                with contextlib.suppress(ValueError, RecursionError):
                    told = json.loads(shown(line.decode("utf-8", "replace")))
                    if isinstance(told, dict):
                        yield told


def _is_start(line: dict[str, Any]) -> bool:
    return line.get("event") == STARTED and isinstance(line.get("pid"), int)
