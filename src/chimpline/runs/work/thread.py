"""One thread for the destination, and how long it may stay silent.

A server behind a dead proxy takes what it is sent and never answers; no timeout of TCP sees that.
So who waits is told after a while, and at last given up on. A thread that hangs in a driver cannot
be ended: it is a daemon, so that the process can.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from typing import Any, TypeVar

from chimpline.errors import DestinationUnavailable
from chimpline.message import Message

# A file opens sooner; longer takes what waits for somebody else.
A_MOMENT_S = 0.5

R = TypeVar("R")
Work = tuple[Future[Any], Callable[[], Any]]


@dataclasses.dataclass(frozen=True, slots=True)
class Silence:
    """How long one step may last: `told_s` until it is told of, `given_up_s` until it is an error.

    An hour, since a table that changes its form is written anew in one step.
    """

    told_s: float = 60.0
    given_up_s: float = 3600.0


async def opened(make: Callable[[], R], leave: Callable[[R], object]) -> R:
    """What `make` gives, made on a thread of its own: opening may wait for whoever holds it.

    Cancelled meanwhile, nobody waits for that: what is not there within a moment is left when it
    is, or when the process ends.
    """
    future: Future[R] = Future()

    def work() -> None:
        try:
            made = make()
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            with contextlib.suppress(InvalidStateError):
                future.set_exception(error)
            return
        try:
            future.set_result(made)
        except InvalidStateError:  # nobody waits any more
            leave(made)

    threading.Thread(target=work, name="opening", daemon=True).start()
    waiting = asyncio.wrap_future(future)
    try:
        return await asyncio.shield(waiting)
    except asyncio.CancelledError:
        await asyncio.wait([waiting], timeout=A_MOMENT_S)
        if not future.cancel() and future.exception() is None:
            leave(future.result())
        raise


class LoneThread:
    """Does one thing after the other, on a thread of its own."""

    def __init__(self, silence: Silence, tell: Callable[[Message], None]) -> None:
        self._silence = silence
        self._tell = tell
        self._lost = False
        self._work: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    async def do(self, function: Callable[[], R]) -> R:
        """What `function` gives; raises `DestinationUnavailable` where that takes too long."""
        if self._lost:
            raise self._silent()
        future: Future[R] = Future()
        self._work.put((future, function))
        waiting = asyncio.wrap_future(future)
        try:
            done, _ = await asyncio.wait([waiting], timeout=self._silence.told_s)
            if not done:
                seconds = round(self._silence.told_s)
                self._tell(Message.of("run-database-silent", seconds=seconds))
                rest = self._silence.given_up_s - self._silence.told_s
                done, _ = await asyncio.wait([waiting], timeout=rest)
        except BaseException:
            future.cancel()
            raise
        if not done:
            self._lost = True
            raise self._silent()
        return waiting.result()

    def close(self, last: Callable[[], object] = lambda: None, *, wait: bool = True) -> None:
        """Do one last thing after what is under way, whoever was cancelled meanwhile.

        Waits for it and raises what it raises, unless the thread was given up on or `wait` is
        false: for one that only reads, and may be waiting for somebody's lock.
        """
        future: Future[object] = Future()
        self._work.put((future, last))
        self._work.put(None)
        if wait and not self._lost:
            self._thread.join()
            future.result()

    def _silent(self) -> DestinationUnavailable:
        return DestinationUnavailable(
            "run-database-given-up", minutes=round(self._silence.given_up_s / 60)
        )

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            future, function = work
            if not future.set_running_or_notify_cancel():
                continue
            try:
                result = function()
            except BaseException as error:  # noqa: BLE001 - raised where it is waited for
                future.set_exception(error)
            else:
                future.set_result(result)
            del future, function, work  # nothing is kept alive until the next one comes
