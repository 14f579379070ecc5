"""How many bytes of pages are under way: never more than the limit and one page, and no deadlock.

The kind of fault: a server that brings pages faster than they land, or heavier pages than usual,
and memory that grows with them.
"""

from __future__ import annotations

import asyncio
import gc
import random
import weakref
from collections.abc import Coroutine
from typing import Any

import pytest

from chimpline.extract.room import DECODED, MEGABYTE, USUAL_BYTES, Asked, Claim, Room

LIMIT = 64 * MEGABYTE
HEAVY = 50 * MEGABYTE


def run(work: Coroutine[Any, Any, None]) -> None:
    async def main() -> None:
        async with asyncio.timeout(10):
            await work

    asyncio.run(main())


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


class Page:
    """A page that is asked for; it comes when `answer` is called, part by part before it."""

    def __init__(self, room: Room, kind: str = "members", *, lands: bool = False) -> None:
        self._answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._lands = lands
        self.admitted = False
        self.asked: Asked | None = None
        self.task = asyncio.create_task(self._ask(room, kind))

    async def _ask(self, room: Room, kind: str) -> Claim:
        async with room.asking(kind) as self.asked:
            self.admitted = True
            held = self.asked.came(await self._answer)
            if self._lands:
                # In the same step, as a reader does: rows are handed over, the page is let go.
                held = room.hold(held.size // DECODED)
                room.move(held)
            return held

    async def answer(self, size: int) -> Claim:
        self._answer.set_result(size)
        return await self.task

    def begins(self) -> None:
        """It has a connection."""
        assert self.asked is not None
        self.asked.begins()

    def more(self, size: int) -> asyncio.Task[None]:
        """So much of its body has come."""
        assert self.asked is not None
        return asyncio.create_task(self.asked.more(size))

    async def fail(self) -> None:
        self._answer.set_exception(TimeoutError("no answer"))
        with pytest.raises(TimeoutError, match="no answer"):
            await self.task


async def ask(room: Room, n: int, kind: str = "members", *, lands: bool = False) -> list[Page]:
    made = [Page(room, kind, lands=lands) for _ in range(n)]
    await settle()
    return made


async def learned(room: Room, size: int, kind: str = "members") -> None:
    """One page of this kind has come, and gone."""
    (first,) = await ask(room, 1, kind)
    room.release(await first.answer(size))


def admitted(pages: list[Page]) -> list[bool]:
    return [page.admitted for page in pages]


def test_what_such_pages_weighed_decides_how_many_are_asked_for_at_once() -> None:
    async def test() -> None:
        room = Room(LIMIT)
        await learned(room, 10 * MEGABYTE)
        pages = await ask(room, 5)
        assert [True, True, True, False, False] == admitted(pages)
        assert 60 * MEGABYTE == room.used
        held = await pages[0].answer(10 * MEGABYTE)
        await settle()
        assert [True, True, True, False, False] == admitted(pages)
        room.release(held)
        await settle()
        assert [True, True, True, True, False] == admitted(pages)

    run(test())


def test_a_body_that_turns_out_heavy_is_read_on_as_room_is_found() -> None:
    """Nobody knows that pages have 50 MB before one has come: one at a time goes beyond."""

    async def test() -> None:
        room = Room(LIMIT)
        pages = await ask(room, 3)
        assert [True] * 3 == admitted(pages)
        assert DECODED * 3 * USUAL_BYTES == room.used
        reading = [page.more(20 * MEGABYTE) for page in pages]
        await settle()
        assert [True, False, False] == [one.done() for one in reading]
        assert room.short
        reading.append(pages[0].more(HEAVY))
        await settle()
        # Now all three wait; the second came first, and goes beyond the limit.
        assert [True, True, False, False] == [one.done() for one in reading]
        assert DECODED * (20 + 20 + 1) * MEGABYTE == room.used
        await pages[1].more(HEAVY)
        room.release(await pages[1].answer(HEAVY))
        await settle()
        assert [True, True, True, False] == [one.done() for one in reading]
        room.release(await pages[2].answer(HEAVY))
        await settle()
        assert reading[3].done()
        room.release(await pages[0].answer(HEAVY))
        assert 0 == room.used
        assert room.most <= LIMIT + DECODED * HEAVY

    run(test())


def test_who_waits_in_the_middle_of_a_page_waits_for_nobody_without_a_connection() -> None:
    """There may be fewer connections than readers: those who have one keep it until they go on."""

    async def test() -> None:
        room = Room(2 * DECODED * MEGABYTE)
        reading, without = await ask(room, 2)
        reading.begins()
        more = reading.more(2 * MEGABYTE)
        await settle()
        assert more.done()
        other = (await ask(room, 1))[0]
        assert not other.admitted  # `without` will get its connection
        without.begins()
        assert 4 * DECODED * MEGABYTE > room.most
        room.release(await without.answer(MEGABYTE))
        room.release(await reading.answer(2 * MEGABYTE))
        await settle()
        assert other.admitted

    run(test())


def test_who_has_begun_to_read_goes_before_those_who_have_not() -> None:
    async def test() -> None:
        room = Room(LIMIT)
        held, more = room.hold(LIMIT - 6 * MEGABYTE), room.hold(2 * MEGABYTE)
        room.move(held)
        begun, late = (await ask(room, 2))[0], (await ask(room, 1))[0]
        reading = begun.more(2 * MEGABYTE)
        await settle()
        assert [False, False] == [late.admitted, reading.done()]
        room.release(more)
        await settle()
        assert [False, True] == [late.admitted, reading.done()]

    run(test())


def test_a_body_that_nobody_wants_any_more_is_heard_out_without_room() -> None:
    """Broken off, its request would count against the account's ten connections for two minutes."""

    async def test() -> None:
        room = Room(10 * MEGABYTE)
        first, second = await ask(room, 2)
        beyond, waits = first.more(HEAVY), second.more(HEAVY)
        await settle()
        assert [True, False] == [beyond.done(), waits.done()]
        second.task.cancel()
        await settle()
        assert waits.done()
        await second.more(2 * HEAVY)
        assert DECODED * HEAVY == room.used
        await first.fail()
        assert (0, False) == (room.used, room.short)

    run(test())


def test_where_one_kind_is_heavy_others_are_taken_to_be_until_they_have_come() -> None:
    async def test() -> None:
        room = Room(LIMIT)
        await learned(room, 30 * MEGABYTE)
        assert [True, False] == admitted(await ask(room, 2, "members of segments"))

    run(test())


def test_what_fails_gives_its_room_to_another() -> None:
    async def test() -> None:
        room = Room(2 * DECODED * USUAL_BYTES)
        pages = await ask(room, 3)
        assert not pages[-1].admitted
        await pages[0].fail()
        await settle()
        assert pages[-1].admitted
        for page in pages[1:]:
            await page.fail()
        assert 0 == room.used

    run(test())


def test_a_page_larger_than_everything_passes_alone() -> None:
    async def test() -> None:
        room = Room(MEGABYTE)
        await learned(room, HEAVY)
        pages = await ask(room, 3, lands=True)
        for place in range(3):
            assert place + 1 == sum(admitted(pages))
            assert DECODED * HEAVY == room.used
            held = await pages[place].answer(HEAVY)
            await settle()
            assert place + 1 == sum(admitted(pages))
            assert HEAVY == room.used
            room.release(held)
            await settle()

    run(test())


def test_where_even_the_page_beyond_the_limit_rests_whoever_is_first_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("chimpline.extract.room.STUCK_S", 0.02)

    async def test() -> None:
        room = Room(MEGABYTE)
        await learned(room, HEAVY)
        first, second, third = await ask(room, 3)
        resting = await first.answer(HEAVY)
        await settle()
        assert [True, False, False] == admitted([first, second, third])
        room.move(resting)  # it is being committed, however long that takes
        await asyncio.sleep(0.1)
        assert [True, False, False] == admitted([first, second, third])
        room.came("members", resting, HEAVY)
        await asyncio.sleep(0.1)
        assert [True, True, False] == admitted([first, second, third])
        third.task.cancel()
        room.release(await second.answer(HEAVY))
        room.release(resting)
        await settle()
        assert (0, False) == (room.used, room.short)

    run(test())


def test_what_rests_stops_nobody() -> None:
    """Pages asked ahead fill the room, and the one before them, that all wait for, is let in."""

    async def test() -> None:
        room = Room(LIMIT)
        await learned(room, 10 * MEGABYTE)
        ahead = [await page.answer(10 * MEGABYTE) for page in await ask(room, 3)]
        (next_one,) = await ask(room, 1)
        assert next_one.admitted
        assert DECODED * 4 * 10 * MEGABYTE == room.used
        del ahead
        (another,) = await ask(room, 1)
        assert another.admitted

    run(test())


def test_ahead_is_asked_only_what_leaves_a_quarter_and_overtakes_nobody() -> None:
    async def test() -> None:
        room = Room(LIMIT)
        await learned(room, 8 * MEGABYTE)
        held = room.hold(32 * MEGABYTE)
        assert room.spare("members")
        more = room.hold(MEGABYTE)
        assert not room.spare("members")
        room.release(more)
        assert room.spare("members")
        room.move(held)
        pages = await ask(room, 3)
        assert [True, True, False] == admitted(pages)
        assert room.short
        room.release(held)
        assert not room.spare("tiny")
        await settle()
        assert not room.short

    run(test())


def test_who_waits_is_let_in_by_turn() -> None:
    """Small pages do not pass a heavy one by for ever."""

    async def test() -> None:
        room = Room(LIMIT)
        await learned(room, 30 * MEGABYTE, "heavy")
        await learned(room, MEGABYTE, "small")
        held = room.hold(20 * MEGABYTE)
        room.move(held)
        heavy, small = (await ask(room, 1, "heavy"))[0], (await ask(room, 1, "small"))[0]
        assert [False, False] == admitted([heavy, small])
        room.release(held)
        await settle()
        assert [True, True] == admitted([heavy, small])

    run(test())


def test_who_waits_asks_that_what_can_be_committed_is() -> None:
    async def test() -> None:
        asked = []

        async def commit() -> None:
            asked.append(room.short)
            room.release(held)

        room = Room(4 * MEGABYTE)
        room.on_short = commit
        await learned(room, MEGABYTE)
        held = room.hold(3 * MEGABYTE)
        room.move(held)
        (page,) = await ask(room, 1)
        assert [True] == asked
        assert page.admitted

    run(test())


def test_a_page_holds_its_room_as_long_as_it_is_referenced() -> None:
    """Also one that only a failure's frames keep, in a circle, until the collector comes."""

    async def test() -> None:
        room = Room(LIMIT)
        (page,) = await ask(room, 1)
        circle: list[object] = [await page.answer(MEGABYTE)]
        circle.append(circle)
        del page
        await settle()
        assert DECODED * MEGABYTE == room.used
        del circle
        gc.collect()
        assert 0 == room.used

    run(test())


def test_released_twice_or_dropped_after_it_counts_once() -> None:
    async def test() -> None:
        room = Room(LIMIT)
        held = room.hold(5)
        room.move(held)
        room.release(held)
        room.release(held)
        del held
        other = room.hold(7)
        assert 7 == room.used
        room.move(other)
        del other
        assert 0 == room.used

    run(test())


@pytest.mark.parametrize("when", ["waiting", "let in"])
def test_who_is_cancelled_leaves_nothing_behind(when: str) -> None:
    async def test() -> None:
        room = Room(2 * DECODED * MEGABYTE)
        await learned(room, MEGABYTE)
        first, second, third, fourth = await ask(room, 4)
        assert [True, True, False, False] == admitted([first, second, third, fourth])
        if when == "let in":
            await first.fail()  # now the room has looked, and the third has not noticed yet
            assert (False, 1) == (third.admitted, len(room.waiting))
        third.task.cancel()
        await settle()
        assert third.task.cancelled()
        assert [False] == [third.admitted]
        assert fourth.admitted is (when == "let in")
        for page in (first, second, fourth):
            if not page.task.done():
                page.task.cancel()
        await settle()
        assert (0, False) == (room.used, room.short)

    run(test())


async def comes(asked: Asked, whole: int, dice: random.Random) -> None:
    """A body in pieces."""
    size = 0
    while size < whole:
        size += dice.randrange(1, whole + 1)
        await asyncio.sleep(0)
        await asked.more(min(size, whole))


@pytest.mark.parametrize("seed", range(40))
def test_whatever_comes_fails_waits_and_is_cancelled_all_end_within_the_bound(  # noqa: PLR0915
    seed: int,
) -> None:
    """Readers of many kinds, some larger than the room; a writer that commits now and then."""
    dice = random.Random(seed)  # noqa: S311
    limit = dice.choice((1, 10, 100)) * MEGABYTE
    sizes = {kind: dice.choice((1, 3, 10, 70)) * MEGABYTE for kind in "abcd"}
    heaviest = DECODED * max(sizes.values())
    rows = seed % 2  # what a reader keeps of them is bounded by the reader

    connections = asyncio.Semaphore(dice.choice((1, 3, 20)))

    async def reader(room: Room, written: list[Claim], *, rests: int) -> None:
        kept: list[Claim] = []
        for _ in range(dice.randrange(1, 15)):
            kind = dice.choice("abcd")
            try:
                async with room.asking(kind) as asked, connections:
                    asked.begins()
                    await comes(asked, sizes[kind], dice)
                    page = asked.came(sizes[kind] // (dice.random() > 0.2))  # or it fails
            except ZeroDivisionError:
                continue
            except asyncio.CancelledError:
                kept.clear()  # the task that ended so keeps its frame for a while
                raise
            kept.append(room.hold(rows * sizes[kind]))
            del page, asked
            if len(kept) > rests or room.short:
                for claim in kept:
                    room.move(claim)
                written += kept
                kept = []

    async def test() -> None:
        room = Room(limit)
        written: list[Claim] = []

        async def commit() -> None:
            while written:
                room.release(written.pop())

        async def writer() -> None:
            while True:
                await asyncio.sleep(0)
                if dice.random() < 0.3 or room.short:
                    await commit()

        writing = asyncio.create_task(writer())
        readers = [
            asyncio.create_task(reader(room, written, rests=dice.randrange(3))) for _ in range(12)
        ]
        for one in readers:
            if dice.random() < 0.1:
                await asyncio.sleep(0)
                one.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        writing.cancel()
        assert [] == [one for one in readers if not one.cancelled() and one.exception()]
        await commit()
        del readers, one
        gc.collect()
        assert (0, False) == (room.used, room.short)
        assert room.most <= limit + heaviest + rows * 12 * 3 * max(sizes.values())

    run(test())


def test_the_room_keeps_nobody_alive() -> None:
    async def test() -> None:
        room = Room(LIMIT)
        (page,) = await ask(room, 1)
        held = await page.answer(1)
        room.release(held)
        gone = weakref.ref(room)
        del room, page, held
        await settle()
        gc.collect()
        assert gone() is None

    run(test())
