"""Work that is ended from outside."""

from __future__ import annotations

import asyncio
import contextlib
import threading

import pytest

from chimpline.runs.work.stopping import stoppable


def test_work_that_nobody_stops_gives_what_it_gives() -> None:
    async def work() -> int:
        await asyncio.sleep(0)
        return 7

    for cancelled in (None, threading.Event()):
        assert 7 == asyncio.run(stoppable(work(), cancelled, lambda: None))


def test_work_that_is_stopped_is_cancelled_once_and_what_it_gives_then_counts() -> None:
    cancelled, cancellations = threading.Event(), []

    async def work() -> str:
        cancelled.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancellations.append(1)
        return "what was whole"

    assert "what was whole" == asyncio.run(stoppable(work(), cancelled, lambda: None))
    assert [1] == cancellations


def test_while_stopped_work_ends_it_is_told_to_let_go_from_another_thread() -> None:
    cancelled, let_go = threading.Event(), threading.Event()
    threads: set[int] = set()

    def told() -> None:
        threads.add(threading.get_ident())
        let_go.set()

    async def work() -> bool:
        cancelled.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        return let_go.wait(10)  # the loop itself may be held by the lock

    assert asyncio.run(stoppable(work(), cancelled, told))
    assert threading.get_ident() not in threads


def test_what_work_raises_is_raised() -> None:
    async def work() -> None:
        raise KeyError("k")

    with pytest.raises(KeyError):
        asyncio.run(stoppable(work(), threading.Event(), lambda: None))


def test_interrupted_from_within_the_loop_the_work_ends_first() -> None:
    ended: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append("work")

    async def main() -> None:
        outer = asyncio.ensure_future(stoppable(work(), None, lambda: None))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        outer.cancel()
        with pytest.raises(asyncio.CancelledError):
            await outer
        ended.append("outer")

    asyncio.run(main())
    assert ["work", "outer"] == ended
