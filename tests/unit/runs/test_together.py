"""Tasks that are one piece of work."""

from __future__ import annotations

import asyncio

import pytest

from chimpline.errors import BrokenAnswer, DestinationUnavailable
from chimpline.runs.work.together import Tasks, together
from tests.words import saying


def test_the_one_error_comes_out() -> None:
    async def fail() -> None:
        raise BrokenAnswer("It was no JSON.")

    async def work() -> None:
        async with together() as group:
            group.create_task(fail())

    with pytest.raises(BrokenAnswer):
        asyncio.run(work())


def test_what_ends_the_run_comes_before_what_ends_a_slice() -> None:
    started = asyncio.Event()

    async def first() -> None:
        try:
            started.set()
            await asyncio.Event().wait()
        finally:
            raise BrokenAnswer("It was no JSON.")

    async def second() -> None:
        await started.wait()
        raise saying(DestinationUnavailable, "It went away.", do="Start it.")

    async def work() -> None:
        async with together() as group:
            group.create_task(first())
            group.create_task(second())

    with pytest.raises(DestinationUnavailable):
        asyncio.run(work())


def test_a_task_that_met_the_failure_of_an_inner_group_goes_on() -> None:
    begun: list[int] = []

    async def fail() -> None:
        await asyncio.sleep(0)
        raise BrokenAnswer("It was no JSON.")

    async def begin(number: int) -> None:
        begun.append(number)

    async def inner(group: asyncio.TaskGroup) -> None:
        with pytest.raises(BrokenAnswer):
            async with together() as failing:
                failing.create_task(fail())
        group.create_task(begin(1))
        async with together() as further:
            further.create_task(begin(2))

    async def work() -> None:
        async with Tasks() as group:
            group.create_task(inner(group))

    asyncio.run(work())
    assert [1, 2] == sorted(begun)


def test_a_task_that_ends_as_it_is_cancelled_begins_nothing_new() -> None:
    """The group of the standard library would raise a RuntimeError, and the run end as our bug."""
    begun = False

    async def never() -> None:
        nonlocal begun
        begun = True

    async def ends(group: asyncio.TaskGroup) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            group.create_task(never())

    async def fail() -> None:
        raise BrokenAnswer("It was no JSON.")

    async def work() -> None:
        async with Tasks() as group:
            group.create_task(ends(group))
            group.create_task(fail())

    with pytest.RaisesGroup(pytest.RaisesExc(BrokenAnswer)):
        asyncio.run(work())
    assert not begun
