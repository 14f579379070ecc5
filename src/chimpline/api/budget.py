"""Connections of one Mailchimp user, over all processes that share a state directory.

A slot is a lock on one of the files `0`, `1`, .. of the user's folder. The kernel frees it when the
process dies, so nothing needs cleaning. A run that was given n connections takes only the first n
files: runs with different limits together stay below the largest.

What it does not protect from: other machines, other state directories, other tools; and requests
of a process that died, which the server may go on counting for up to 120 s (429 is retried). On a
file system without locks a run is refused.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import os
import random
import re
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from chimpline import private
from chimpline.api.limit import MOST_CONNECTIONS, AdaptiveLimit
from chimpline.api.sign_in.credentials import Credential
from chimpline.errors import SettingsError
from chimpline.message import Message

# The server ends a call after this time, whether or not we still listen:
# docs/mailchimp-facts.md#after-120-seconds
SERVER_DROPS_AFTER_S = 120.0
_LONGEST_NAME = 120  # half of what file systems take
POLL_S = (0.02, 0.08)
# A stopped process (Ctrl-Z) in front of the queue must not stop the others for ever.
QUEUE_PATIENCE_S = 5.0

ELSEWHERE = Message("elsewhere-slots")
# A shorter wait is no news: slots change hands all the time.
TELL_OF_WAIT_AFTER_S = 3.0

Later = Callable[[float, Callable[[], None]], object]


class Slot:
    """One connection in use. `abandon` when the server may still be at work after we gave up."""

    def __init__(self) -> None:
        self.abandoned = False

    def abandon(self) -> None:
        self.abandoned = True


class Budget:
    """The slots of one user, and this process's own adaptive limit in front of them."""

    def __init__(
        self,
        directory: Path,
        user: str,
        *,
        connections: int = 8,
        monotonic: Callable[[], float] = time.monotonic,
        later: Later | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        if not 1 <= connections <= MOST_CONNECTIONS:
            raise SettingsError(
                "api-connections-out-of-range", connections=str(connections), most=MOST_CONNECTIONS
            )
        self.connections = connections
        self.limiter = AdaptiveLimit(connections, monotonic=monotonic)
        self._folder = directory / _safe(user)
        self._monotonic = monotonic
        self._later = later or _on_a_timer
        self._sleep = sleep
        self._turn = asyncio.Lock()
        self._held = 0
        self._told = False
        with _blaming(self._folder):
            private.make_directory(directory, ELSEWHERE)
            private.make_directory(self._folder, ELSEWHERE)

    @classmethod
    def of(
        cls, directory: Path, api_root: str, credential: Credential, login_id: str, connections: int
    ) -> Self:
        """The budget of a known user; remembered, so that `provisional` finds it next time."""
        user = f"{_host(api_root)}-{login_id}"
        memo = directory / "users" / _fingerprint(api_root, credential)
        with _blaming(memo):
            private.make_directory(directory, ELSEWHERE)
            private.make_directory(memo.parent, ELSEWHERE)
            draft = memo.with_suffix(f".{os.getpid()}")
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
            with os.fdopen(
                private.open_file(draft, flags, ELSEWHERE), "w", encoding="utf-8"
            ) as file:
                file.write(user)
            draft.replace(memo)
        return cls(directory, user, connections=connections)

    @classmethod
    def provisional(cls, directory: Path, api_root: str, credential: Credential) -> Self:
        """One connection for the request that tells the login id.

        A key met before is counted with its user. A new one is counted beside it, once.
        """
        memo = directory / "users" / _fingerprint(api_root, credential)
        user = ""
        private.check_directory(directory, ELSEWHERE)
        private.check_directory(memo.parent, ELSEWHERE)
        with contextlib.suppress(OSError):
            user = private.read_file(memo, ELSEWHERE)
        return cls(directory, user or f"{_host(api_root)}-unknown", connections=1)

    @contextlib.asynccontextmanager
    async def slot(self, on_notice: Callable[[Message], None] | None = None) -> AsyncIterator[Slot]:
        """Around each HTTP attempt. Cancelled inside, the slot stays taken as `abandon` tells.

        `on_notice` is told, once, where other runs let this one wait for long.
        """
        await self.limiter.acquire()
        try:
            lock = await self._take(on_notice)
        except BaseException:
            self.limiter.release()
            raise
        self._held += 1
        slot = Slot()
        started = self._monotonic()
        try:
            yield slot
        except asyncio.CancelledError:
            slot.abandon()
            raise
        finally:
            keep_s = SERVER_DROPS_AFTER_S - (self._monotonic() - started)
            if slot.abandoned and keep_s > 0:
                self._keep(lock, keep_s)
            else:
                os.close(lock)
                self._released()

    def _released(self) -> None:
        self._held -= 1
        self.limiter.release()

    async def _take(self, on_notice: Callable[[Message], None] | None) -> int:
        """The first free slot. Whoever waits, waits in line: first here, then among processes."""
        async with self._turn:
            asked_at = self._monotonic()
            queue = None
            try:
                while True:
                    queue = queue if queue is not None else self._lock("queue")
                    if queue is not None or self._monotonic() - asked_at > QUEUE_PATIENCE_S:
                        # From the top: the lowest are all that smaller runs may take.
                        for number in reversed(range(self.connections)):
                            lock = self._lock(str(number))
                            if lock is not None:
                                return lock
                    if self._monotonic() - asked_at > TELL_OF_WAIT_AFTER_S:
                        self._tell(on_notice)
                    await self._sleep(random.uniform(*POLL_S))  # noqa: S311 -- no secret
            finally:
                if queue is not None:
                    os.close(queue)

    def _tell(self, on_notice: Callable[[Message], None] | None) -> None:
        others = self.connections - self._held
        if on_notice is not None and others and not self._told:
            self._told = True
            on_notice(Message.of("api-waiting", others=others, connections=self.connections))

    def _lock(self, name: str) -> int | None:
        """An open file that is locked until it is closed, or None when another has it."""
        with _blaming(self._folder):
            file = private.open_file(self._folder / name, os.O_RDWR | os.O_CREAT, ELSEWHERE)
            try:
                _lock_at_once(file)
            except OSError as error:
                os.close(file)
                if isinstance(error, BlockingIOError | PermissionError):
                    return None
                raise
        return file

    def _keep(self, lock: int, keep_s: float) -> None:
        """Not on the event loop: it may be closed long before, while the process lives on."""
        loop = asyncio.get_running_loop()

        def end() -> None:
            os.close(lock)
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(self._released)

        self._later(keep_s, end)


if sys.platform == "win32":  # pragma: no cover
    import msvcrt

    def _lock_at_once(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock_at_once(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _on_a_timer(delay_s: float, callback: Callable[[], None]) -> threading.Timer:
    timer = threading.Timer(delay_s, callback)
    timer.daemon = True
    timer.start()
    return timer


@contextlib.contextmanager
def _blaming(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SettingsError(
            "api-too-many-open-files"
            if error.errno in {errno.EMFILE, errno.ENFILE}
            else "api-slots-unusable",
            path=path,
            reason=(error.strerror or "?").lower(),
        ) from error


def _host(api_root: str) -> str:
    return urlsplit(api_root).netloc.rpartition("@")[2]


def _safe(name: str) -> str:
    """The name of a folder: whatever a server tells of itself, short and of plain letters."""
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", name).lstrip(".") or "_"
    if len(plain) > _LONGEST_NAME:
        plain = f"{plain[:_LONGEST_NAME]}-{hashlib.sha256(name.encode()).hexdigest()[:32]}"
    return plain


def _fingerprint(api_root: str, credential: Credential) -> str:
    """Names a key without telling it: a hash of 128 random bits cannot be turned round."""
    return hashlib.sha256(f"{_host(api_root)} {credential.secret}".encode()).hexdigest()[:32]
