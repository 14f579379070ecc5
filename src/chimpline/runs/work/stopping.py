"""Work that is ended from outside, by whoever sets an event, from any thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

LOOK_FOR_CANCEL_EVERY_S = 0.05
LOOK_FOR_LOCKS_EVERY_S = 0.5

T = TypeVar("T")


async def stoppable(
    work: Coroutine[Any, Any, T], cancelled: threading.Event | None, let_go: Callable[[], None]
) -> T:
    """What `work` gives; it is cancelled, once, when `cancelled` is set.

    What is stopped commits what is whole, and waits for nobody's lock to do so: from then on
    `let_go` is called, on a thread of its own, until the work has ended.
    """
    job = asyncio.create_task(work)
    done = threading.Event()
    try:
        while not job.done():
            await asyncio.wait([job], timeout=LOOK_FOR_CANCEL_EVERY_S if cancelled else None)
            if cancelled and cancelled.is_set() and not job.done():
                job.cancel()
                cancelled = None
                threading.Thread(target=_until, args=(done, let_go), daemon=True).start()
    except asyncio.CancelledError:
        # Interrupted without `cancelled`: the job ends before the loop cancels its helpers.
        job.cancel()
        await asyncio.wait([job])
        raise
    finally:
        done.set()
    return job.result()


def _until(done: threading.Event, let_go: Callable[[], None]) -> None:
    while not done.wait(LOOK_FOR_LOCKS_EVERY_S):
        let_go()
