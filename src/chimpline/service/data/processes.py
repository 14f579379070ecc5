"""The processes that read: each answers once, and is ended when its time is over.

A process takes a quarter of a second to load what it reads with. So the next one is started as soon
as one has answered, and stands ready for who turns the page; it has no file open and no connection,
and ends by itself when nobody comes.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Mapping
from typing import Any

from chimpline.errors import UserError

# Of the environment: where libraries lie, and how a server is found; none of our own secrets.
_PASSED = ("PATH", "HOME", "LANG", "LC_ALL", "PYTHONPATH", "SYSTEMROOT", "SSL_CERT_FILE")
# Where a server is, and how to reach it, is told by such names too; these are the owner's own.
_OF_SERVERS, _OF_THE_OWNER = "PG", ("PGUSER", "PGPASSWORD", "PGPASSFILE")

Wanted = tuple[str, bool]
"""What a process was started for: the scheme of URLs, and whether the statements are ours."""


class _Ready:
    """The one that stands ready, if any."""

    process: tuple[Wanted, subprocess.Popen[str]] | None = None

    def end(self) -> None:
        if self.process is not None:
            _end(self.process[1])


class Processes:
    """`keep_ready`: whether one stands ready for the next question."""

    def __init__(self, environ: Mapping[str, str], *, keep_ready: bool) -> None:
        self._environ = environ
        self._keep_ready = keep_ready
        self._ready = _Ready()
        self._lock = threading.Lock()
        weakref.finalize(self, self._ready.end)

    def said(
        self, scheme: str, asked: Mapping[str, Any], seconds: float, *, trusted: bool
    ) -> dict[str, Any]:
        """What a process answered. Raises `UserError` where it took too long or too much."""
        wanted = (scheme, trusted)
        text = json.dumps(asked)
        process = self._taken(wanted)
        told = _answer(process, text, seconds) if process else ""
        if not told:  # there was none, or it was just ending
            told = _answer(self._started(wanted), text, seconds)
        self._make_ready(wanted)
        said: dict[str, Any] = json.loads(told)
        return said

    def _taken(self, wanted: Wanted) -> subprocess.Popen[str] | None:
        with self._lock:
            ready, self._ready.process = self._ready.process, None
        if ready is None:
            return None
        if ready[0] == wanted:
            return ready[1]
        _end(ready[1])
        return None

    def _make_ready(self, wanted: Wanted) -> None:
        with self._lock:
            if self._keep_ready and self._ready.process is None:
                self._ready.process = (wanted, self._started(wanted))

    def _started(self, wanted: Wanted) -> subprocess.Popen[str]:
        scheme, trusted = wanted
        environ = {
            name: value
            for name, value in self._environ.items()
            if name in _PASSED
            or (name.startswith(_OF_SERVERS) and (trusted or name not in _OF_THE_OWNER))
        }
        return subprocess.Popen(  # noqa: S603  (our own command; the scheme is a registered one)
            [sys.executable, "-m", "chimpline.service.data.reader", scheme],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environ,
            encoding="utf-8",
            start_new_session=True,
        )


def _answer(process: subprocess.Popen[str], asked: str, seconds: float) -> str:
    """Empty where the process ended without a word, as one does that waited long enough."""
    with process:
        try:
            told, _ = process.communicate(asked, timeout=seconds)
        except subprocess.TimeoutExpired:
            raise UserError("data-too-slow", seconds=round(seconds)) from None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    if process.returncode != 0:
        raise UserError("data-too-large")
    return told


def _end(process: subprocess.Popen[str]) -> None:
    with process:
        process.kill()
