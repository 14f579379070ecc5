"""When a table is done, and what becomes of work that never began."""

from __future__ import annotations

import asyncio
import gc
import warnings

import pytest

from chimpline.catalog.tables import tables
from chimpline.runs.work.completion import MOST_OPEN, Completion
from chimpline.runs.work.together import together


def test_work_that_never_began_is_not_reported_as_forgotten() -> None:
    """A stop right at the beginning would print a warning of Python's into the user's terminal."""

    async def work() -> None:
        raise AssertionError

    async def main() -> None:
        async with together() as group:
            Completion(group, {"lists": ()}, lambda _: None).spawn(tables()["lists"], work())
            raise KeyError

    gc.freeze()  # what other tests left is not looked through
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        with pytest.raises(KeyError):
            asyncio.run(main())
        gc.collect()
    gc.unfreeze()
    assert [] == told


def test_whoever_spawns_many_waits_until_some_have_ended() -> None:
    """A task for each of a million members, all at once, took gigabytes."""
    table, going, full = tables()["lists"], asyncio.Event(), asyncio.Event()
    open_, most = 0, 0

    async def work() -> None:
        nonlocal open_, most
        open_ += 1
        most = max(most, open_)
        if open_ == MOST_OPEN:
            full.set()
        await going.wait()
        open_ -= 1

    async def main() -> None:
        finished: list[str] = []
        async with together() as group:
            completion = Completion(group, {"lists": ()}, finished.append)

            async def spawn() -> None:
                for _ in range(3 * MOST_OPEN):
                    await completion.room(table)
                    completion.spawn(table, work())

            spawning = group.create_task(spawn())
            await full.wait()
            assert not spawning.done()
            going.set()
        assert ["lists"] == finished

    asyncio.run(main())
    assert MOST_OPEN == most
