"""The one thread that writes: what it joins, when it commits, and what becomes of a failure."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
import threading
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

import pyarrow as pa
import pytest

from chimpline.errors import DestinationUnavailable
from chimpline.extract.room import MEGABYTE, Room
from chimpline.load.contract import Commit, Destination, Forget, Reopen, TableChange
from chimpline.model import Column, ColumnType, Deletes, SliceRecord, SliceState, TableSchema
from chimpline.runs.work.writer import COMMIT_BYTES, COMMIT_PAGES, WAITING_PAGES, Part, Writer
from tests.words import refused, saying

NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
LISTS = TableSchema("lists", (Column("id", ColumnType.TEXT),), ("id",))
SEGMENTS = TableSchema("list_segments", (Column("id", ColumnType.TEXT),), ("id",))
NEVER_S = 3600.0


def batch(*ids: str) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({"id": list(ids)}, schema=LISTS.arrow_schema())


def keys(*ids: str) -> pa.Table:
    return pa.table({"id": list(ids)}, schema=LISTS.key_schema())


def line(parent: str, table: str = "lists") -> SliceRecord:
    return SliceRecord(
        run_id="r",
        table_name=table,
        parent_key=parent,
        ask="",
        since=None,
        until=NOON,
        state=SliceState.PROVEN,
        proof="p",
        evidence=None,
        rows=0,
        requests=0,
    )


def part(name: str, *, pages: int = 1, table: TableSchema = LISTS) -> Part:
    return Part(table, batches=[batch(name)], pages=pages)


class FakeDestination:
    """Remembers commits; each waits while `gate` is shut, and may fail."""

    def __init__(self) -> None:
        self.commits: list[Commit] = []
        self.threads: set[int] = set()
        self.gate = threading.Event()
        self.gate.set()
        self.begun = threading.Event()
        self.fails: Exception | None = None

    def __exit__(self, *_: object) -> None:
        self.threads.add(threading.get_ident())

    def commit(self, commit: Commit) -> Mapping[str, TableChange]:
        self.threads.add(threading.get_ident())
        self.begun.set()
        assert self.gate.wait(10)
        if self.fails:
            raise self.fails
        self.commits.append(commit)
        return {load.table.name: TableChange(inserted=len(load.batches)) for load in commit.loads}

    def ids(self) -> list[list[str]]:
        """What each commit held, in its order."""
        return [
            [key for load in c.loads for b in load.batches for key in b.column("id").to_pylist()]
            for c in self.commits
        ]


class World:
    def __init__(self, commit_after_s: float = NEVER_S, limit: int = sys.maxsize) -> None:
        self.there = FakeDestination()
        self.told: list[Mapping[str, TableChange]] = []
        self.writer = Writer(
            cast("Destination", self.there),
            run_id="r",
            synced_at=NOON,
            deletes=Deletes.MARK,
            on_commit=self.told.append,
            commit_after_s=commit_after_s,
            room=Room(limit),
        )

    async def begun(self) -> None:
        """A commit is under way."""
        loop = asyncio.get_running_loop()
        assert await loop.run_in_executor(None, self.there.begun.wait, 10)
        self.there.begun.clear()


def with_world(
    test: Callable[[World], Awaitable[None]], *, work: bool = True, **options: Any
) -> World:
    """Run the test beside the writer's work, then let the writer end; nothing may hang."""

    async def main() -> World:
        world = World(**options)
        working = asyncio.create_task(world.writer.work()) if work else None
        try:
            async with asyncio.timeout(10):
                await test(world)
                if working:
                    await world.writer.stop()
                    await working
        finally:
            world.there.gate.set()
            if working:
                working.cancel()
            world.writer.close()
        return world

    return asyncio.run(main())


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def test_twenty_pages_are_one_commit() -> None:
    async def test(world: World) -> None:
        for i in range(COMMIT_PAGES):
            await world.writer.put(part(str(i)))
        await world.begun()
        await world.writer.put(part("later"))

    world = with_world(test)
    assert [[str(i) for i in range(COMMIT_PAGES)], ["later"]] == world.there.ids()


def test_fewer_pages_are_committed_when_some_time_is_over() -> None:
    async def test(world: World) -> None:
        await world.writer.put(part("a"))
        await world.begun()

    world = with_world(test, commit_after_s=0.001)
    assert [["a"]] == world.there.ids()


def test_fewer_pages_wait_until_then() -> None:
    async def test(world: World) -> None:
        await world.writer.put(part("a", pages=COMMIT_PAGES - 1))
        await settle()
        assert [] == world.there.commits

    assert [["a"]] == with_world(test).there.ids()


def test_settled_commits_at_once_and_returns_when_all_is_down() -> None:
    async def test(world: World) -> None:
        await world.writer.put(part("a"))
        await world.writer.put(part("b"))
        await world.writer.settled()
        assert [["a", "b"]] == world.there.ids()
        assert [{"lists": TableChange(inserted=2)}] == world.told

    with_world(test)


def test_settled_returns_at_once_where_nothing_waits() -> None:
    async def test(world: World) -> None:
        await world.writer.settled()
        await world.writer.put(part("a"))
        await world.writer.settled()
        await world.writer.settled()

    assert [["a"]] == with_world(test).there.ids()


def test_settled_waits_for_the_commit_under_way_and_for_what_came_meanwhile() -> None:
    async def test(world: World) -> None:
        world.there.gate.clear()
        await world.writer.put(part("a", pages=COMMIT_PAGES))
        await world.begun()
        await world.writer.put(part("b"))
        settled = asyncio.create_task(world.writer.settled())
        await settle()
        assert not settled.done()
        world.there.gate.set()
        await settled
        assert [["a"], ["b"]] == world.there.ids()

    with_world(test)


def test_readers_wait_while_too_much_waits_and_go_on_while_it_is_committed() -> None:
    async def test(world: World) -> None:
        world.there.gate.clear()
        await world.writer.put(part("first", pages=COMMIT_PAGES))
        await world.begun()
        await world.writer.put(part("second", pages=WAITING_PAGES))
        third = asyncio.create_task(world.writer.put(part("third")))
        await settle()
        assert not third.done()
        # The first commit ends, and the second begins: its pages wait no longer.
        world.there.gate.set()
        await third

    world = with_world(test)
    assert [["first"], ["second"], ["third"]] == world.there.ids()


def test_a_reader_need_not_wait_for_the_end_of_the_commit_that_took_the_pages() -> None:
    async def test(world: World) -> None:
        world.there.gate.clear()
        await world.writer.put(part("a", pages=WAITING_PAGES))
        waiting = asyncio.create_task(world.writer.put(part("b")))
        await world.begun()
        await waiting
        assert [] == world.there.commits  # still under way
        world.there.gate.set()

    assert [["a"], ["b"]] == with_world(test).there.ids()


def test_lines_without_pages_are_handed_over_however_much_waits_before_a_commit() -> None:
    async def test(world: World) -> None:
        for i in range(3 * WAITING_PAGES):
            await world.writer.put(Part(LISTS, slices=[line(str(i))], pages=0))

    world = with_world(test)
    (commit,) = world.there.commits
    assert [str(i) for i in range(3 * WAITING_PAGES)] == [s.parent_key for s in commit.slices]
    assert [] == commit.loads


def test_stop_commits_what_waits_and_ends_the_work() -> None:
    async def test(world: World) -> None:
        await world.writer.put(part("a"))

    assert [["a"]] == with_world(test).there.ids()


def test_stop_without_anything_commits_nothing() -> None:
    async def test(_: World) -> None:
        await settle()

    assert [] == with_world(test).there.commits


def test_all_calls_happen_on_one_thread() -> None:
    async def test(world: World) -> None:
        for _ in range(3):
            await world.writer.put(part("a"))
            await world.writer.settled()
            world.there.threads.add(await world.writer.call(threading.get_ident))

    threads = with_world(test).there.threads
    assert 1 == len(threads)
    assert threading.get_ident() not in threads


def test_a_call_waits_for_the_commit_under_way() -> None:
    async def test(world: World) -> None:
        world.there.gate.clear()
        await world.writer.put(part("a", pages=COMMIT_PAGES))
        await world.begun()
        asked = asyncio.create_task(world.writer.call(lambda: len(world.there.commits)))
        await settle()
        world.there.gate.set()
        assert 1 == await asked

    with_world(test)


# -- failures ------------------------------------------------------------------------------------


def gone() -> DestinationUnavailable:
    return saying(DestinationUnavailable, "The server went away.", do="Start it.")


def test_a_failed_commit_is_raised_to_everyone_who_waits_or_comes_later() -> None:
    async def test(world: World) -> None:
        world.there.gate.clear()
        world.there.fails = gone()
        await world.writer.put(part("a", pages=COMMIT_PAGES))
        await world.begun()
        await world.writer.put(part("b", pages=WAITING_PAGES))
        waiting: list[asyncio.Task[Any]] = [
            asyncio.create_task(world.writer.put(part("c"))),
            asyncio.create_task(world.writer.put(part("d"))),
            asyncio.create_task(world.writer.settled()),
        ]
        await settle()
        world.there.gate.set()
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        assert [world.there.fails] * 3 == outcomes
        for again in (world.writer.put(part("e")), world.writer.settled()):
            with pytest.raises(DestinationUnavailable):
                await again
        with pytest.raises(DestinationUnavailable):
            world.writer.check()

    world = with_world(test)
    assert [] == world.there.commits
    assert [] == world.told


def test_a_failure_of_the_last_commit_is_told_by_check() -> None:
    async def test(world: World) -> None:
        world.writer.check()
        await world.writer.put(part("a"))
        world.there.fails = gone()
        await world.writer.stop()

    world = with_world(test)
    with pytest.raises(DestinationUnavailable):
        world.writer.check()


def test_nothing_is_committed_after_a_failure() -> None:
    async def test(world: World) -> None:
        world.there.fails = gone()
        await world.writer.put(part("a", pages=COMMIT_PAGES))
        await world.begun()
        await settle()
        world.there.fails = None
        with pytest.raises(DestinationUnavailable):
            await world.writer.settled()

    assert [] == with_world(test).there.commits


# -- what one commit holds -----------------------------------------------------------------------


def test_parts_of_one_table_are_one_load_in_their_order() -> None:
    async def test(world: World) -> None:
        await world.writer.put(Part(LISTS, batches=[batch("a"), batch("b")], slices=[line("1")]))
        await world.writer.put(Part(SEGMENTS, batches=[batch("s")], tombstones=keys("t")))
        await world.writer.put(Part(LISTS, batches=[batch("c")], tombstones=keys("x")))
        await world.writer.put(Part(LISTS, tombstones=keys("y", "z"), slices=[line("2")]))
        await world.writer.put(Part(LISTS, tombstones=keys()))

    (commit,) = with_world(test).there.commits
    lists, segments = commit.loads
    assert ("lists", "list_segments") == (lists.table.name, segments.table.name)
    assert [["a"], ["b"], ["c"]] == [b.column("id").to_pylist() for b in lists.batches]
    assert lists.tombstones is not None
    assert ["x", "y", "z"] == lists.tombstones.column("id").to_pylist()
    assert segments.tombstones is not None
    assert ["t"] == segments.tombstones.column("id").to_pylist()
    assert ["1", "2"] == [s.parent_key for s in commit.slices]
    assert ("r", NOON, Deletes.MARK) == (commit.run_id, commit.synced_at, commit.deletes)


def test_a_table_without_rows_or_tombstones_is_no_load() -> None:
    async def test(world: World) -> None:
        await world.writer.put(Part(LISTS, slices=[line("1")], tombstones=keys()))

    (commit,) = with_world(test).there.commits
    assert [] == commit.loads


@pytest.mark.parametrize(
    "taken_back",
    [
        Part(SEGMENTS, reopen=[Reopen("lists", ["other", "c1"])], pages=0),
        Part(SEGMENTS, forget=[Forget("lists", "c1")], pages=0),
    ],
)
def test_a_line_is_committed_before_the_part_that_takes_it_back(taken_back: Part) -> None:
    """In one commit a line outlasts a reopening (see `sql_destination`), so they need two."""

    async def test(world: World) -> None:
        await world.writer.put(part("a"))
        await world.writer.put(Part(LISTS, slices=[line("c1")]))
        await world.writer.put(taken_back)
        await world.writer.put(Part(LISTS, slices=[line("c1")]))
        await world.writer.settled()

    first, second = with_world(test).there.commits
    assert (["c1"], [], []) == (
        [s.parent_key for s in first.slices],
        list(first.reopen),
        list(first.forget),
    )
    assert ["c1"] == [s.parent_key for s in second.slices]
    assert 1 == len(second.reopen) + len(second.forget)


@pytest.mark.parametrize(
    "other",
    [
        Part(SEGMENTS, reopen=[Reopen("lists", ["c2"]), Reopen("list_segments", ["c1"])], pages=0),
        Part(SEGMENTS, forget=[Forget("lists", "c"), Forget("list_segments", "c1")], pages=0),
    ],
)
def test_what_is_taken_back_of_others_needs_no_commit_of_its_own(other: Part) -> None:
    async def test(world: World) -> None:
        await world.writer.put(Part(LISTS, slices=[line("c1")]))
        await world.writer.put(other)

    assert 1 == len(with_world(test).there.commits)


def test_forgetting_a_parent_takes_back_the_lines_below_it() -> None:
    async def test(world: World) -> None:
        await world.writer.put(Part(LISTS, slices=[line("l1/s1")]))
        await world.writer.put(Part(LISTS, forget=[Forget("lists", "l1")], pages=0))

    assert 2 == len(with_world(test).there.commits)


# -- bytes: heavy pages make short commits, and whoever waits for room makes them come ------------


def heavy(world: World, name: str, size: int) -> Part:
    """A part of one page whose rows hold so many bytes."""
    return Part(LISTS, batches=[batch(name)], claims=[world.writer.room.hold(size)])


def test_a_commit_holds_so_many_bytes_and_a_heavier_page_alone() -> None:
    third = COMMIT_BYTES // 3

    async def test(world: World) -> None:
        for name, size in (("a", third), ("b", third), ("c", 2 * third), ("d", 9 * third)):
            await world.writer.put(heavy(world, name, size))
        await world.writer.put(heavy(world, "e", third))
        await world.writer.settled()

    world = with_world(test)
    assert [["a", "b"], ["c"], ["d"], ["e"]] == world.there.ids()
    assert 0 == world.writer.room.used


def test_so_many_bytes_are_committed_without_waiting_for_twenty_pages() -> None:
    async def test(world: World) -> None:
        await world.writer.put(heavy(world, "a", COMMIT_BYTES - 1))
        await settle()
        assert [] == world.there.commits
        await world.writer.put(heavy(world, "b", 1))
        await world.begun()

    assert [["a", "b"]] == with_world(test).there.ids()


def test_who_waits_for_room_has_what_waits_committed_at_once() -> None:
    """Not after two seconds: all readers would stand still until then."""

    async def test(world: World) -> None:
        room = world.writer.room
        resting = room.hold(12 * MEGABYTE)
        await world.writer.put(heavy(world, "a", 3 * MEGABYTE))
        await settle()
        assert [] == world.there.commits
        async with asyncio.timeout(5), room.asking("lists") as asked:
            assert 2 == asked.came(1).size
        room.release(resting)

    assert [["a"]] == with_world(test, limit=16 * MEGABYTE).there.ids()[:1]


def test_what_comes_while_somebody_waits_for_room_is_committed_at_once() -> None:
    async def test(world: World) -> None:
        room = world.writer.room
        held = room.hold(15 * MEGABYTE)
        room.move(held)

        async def reader() -> None:
            async with room.asking("lists"):
                pass

        waiting = asyncio.create_task(reader())
        await settle()
        await world.writer.put(heavy(world, "a", 1))
        await world.begun()
        room.release(held)
        await waiting

    assert [["a"]] == with_world(test, limit=16 * MEGABYTE).there.ids()


def test_room_is_free_again_when_its_rows_are_committed_not_before() -> None:
    async def test(world: World) -> None:
        world.there.gate.clear()
        await world.writer.put(heavy(world, "a", COMMIT_BYTES))
        await world.begun()
        assert COMMIT_BYTES == world.writer.room.used
        world.there.gate.set()
        await world.writer.settled()
        assert 0 == world.writer.room.used

    with_world(test)


def test_who_waits_for_room_is_not_left_waiting_when_a_commit_fails() -> None:
    """Nothing lands any more: whoever waits reads on, and is told when it hands over."""

    async def test(world: World) -> None:
        world.there.fails = saying(DestinationUnavailable, "gone", do="")
        room = world.writer.room
        world.there.gate.clear()
        await world.writer.put(heavy(world, "a", 8 * MEGABYTE))
        await world.begun()
        await world.writer.put(heavy(world, "b", 8 * MEGABYTE))

        async def reader() -> None:
            async with room.asking("lists") as asked:
                asked.came(1)
            await world.writer.put(part("c"))

        waiting = asyncio.create_task(reader())
        await settle()
        assert not waiting.done()
        world.there.gate.set()
        with refused(DestinationUnavailable, "gone"):
            await waiting

    with_world(test, limit=16 * MEGABYTE)
