"""Pages asked ahead of a walk: the same rows, the same proof, sooner; and nobody left behind."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any, cast

import pytest

from chimpline.api.client import Client, PageSize, Reply
from chimpline.errors import NotFound
from chimpline.extract.ahead import MOST_AHEAD
from chimpline.extract.room import DECODED, USUAL_BYTES, Room
from chimpline.extract.source import Found, Source
from chimpline.extract.walk import Reached, walk
from tests.unit.extract.fakes import Collection, Record, Taken
from tests.unit.extract.test_walk import DECODER, ids, records


class Helper:
    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._ended = False

    async def wait(self) -> None:
        await self._crew.gate.wait()

    def end(self) -> None:
        if not self._ended:
            self._ended = True
            self._crew.free += 1


class Crew:
    """So many helpers at most; they wait while `gate` is shut, and leave where `leave` says so."""

    def __init__(self, free: int) -> None:
        self.size = self.free = free
        self.gate = asyncio.Event()
        self.gate.set()
        self.leave: Callable[[], bool] = lambda: False
        self.lefts: list[int] = []

    def more(self, left: int) -> Helper | None:
        self.lefts.append(left)
        if not self.free:
            return None
        self.free -= 1
        return Helper(self)

    def stay(self, left: int) -> bool:  # noqa: ARG002
        return not self.leave()


class Slow:
    """A collection whose answers come when they are let: `let` is called with those that wait."""

    def __init__(
        self,
        there: Collection,
        let: Callable[[list[int]], int] = lambda _: 0,
        count: int = 4,
        room: Room | None = None,
    ) -> None:
        self.there = there
        self.most = 0
        size = PageSize(start=count, floor=1)
        self.source = Source(cast("Client", there), DECODER, ("l1",), size=size, room=room)
        self._waiting: list[tuple[int, asyncio.Event]] = []
        self._changed = asyncio.Condition()
        self._let = let
        inner = there.get

        async def get(path: str, params: Any, **rest: Any) -> Reply[Any]:
            event = asyncio.Event()
            self._waiting.append((int(params["offset"]), event))
            self.most = max(self.most, len(self._waiting))
            async with self._changed:
                self._changed.notify_all()
            await event.wait()
            return await inner(path, params, **rest)

        there.get = get  # type: ignore[method-assign]

    async def busy(self, most: int) -> None:
        """Until so many requests have been on their way at once."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.most >= most)

    async def answer(self) -> None:
        """Let one answer after the other come, each once nobody can do anything else."""
        while True:
            for _ in range(10):
                await asyncio.sleep(0)
            if self._waiting:
                chosen = self._let([offset for offset, _ in self._waiting])
                self._waiting.pop(chosen)[1].set()


def read(slow: Slow, crew: Crew | None, **options: Any) -> tuple[Found, Taken]:
    async def main() -> tuple[Found, Taken]:
        taken = Taken()
        answering = asyncio.create_task(slow.answer())
        try:
            found = await asyncio.wait_for(
                walk(slow.source, taken, help_=crew, **options), timeout=20
            )
        finally:
            answering.cancel()
        assert {asyncio.current_task(), answering} >= asyncio.all_tasks()
        if crew is not None:
            assert crew.size == crew.free
        return found, taken

    return asyncio.run(main())


def collection(n: int) -> Collection:
    return Collection("categories", records(n))


def last(waiting: list[int]) -> int:
    return len(waiting) - 1


@pytest.mark.parametrize("rows", [0, 3, 4, 5, 7, 8, 40])
@pytest.mark.parametrize("let", [lambda _: 0, last])
def test_with_helpers_the_same_pages_are_asked_and_emitted_in_order(
    rows: int, let: Callable[[list[int]], int]
) -> None:
    alone, _ = read(Slow(there := collection(rows)), None)
    helped, taken = read(Slow(with_help := collection(rows), let), Crew(3))
    assert (alone.proof, alone.requests) == (helped.proof, helped.requests)
    assert sorted(there.told("offset")) == sorted(with_help.told("offset"))
    assert ids(rows) == taken.ids


def test_as_many_pages_are_on_their_way_as_there_are_readers() -> None:
    slow = Slow(collection(100))
    found, _ = read(slow, Crew(5))
    assert found.proof
    assert 1 + 5 == slow.most


@pytest.mark.parametrize(("expected", "most"), [(0, 1), (100, 6)])
def test_past_a_total_that_undercounts_the_parents_count_tells_how_far_to_look(
    expected: int, most: int
) -> None:
    def undercount(_: int, answer: Record) -> None:
        answer["total_items"] = 3

    there = collection(100)
    there.tamper = undercount
    slow = Slow(there)
    found, taken = read(slow, Crew(5), expected=expected)
    assert ids(100) == taken.ids
    assert found.proof is not None
    assert found.proof.startswith("walk: 100 of 3, ")
    assert (most, 34) == (slow.most, found.requests)


def test_where_the_first_page_is_late_only_so_many_are_kept_behind_it() -> None:
    """The walk's second page waits until the very end: memory stays bounded."""
    asked: list[int] = []

    def let(waiting: list[int]) -> int:
        asked[:] = sorted({*asked, *waiting})
        others = [place for place, offset in enumerate(waiting) if offset != 3]
        return others[0] if others else 0

    found, taken = read(Slow(collection(200), let), Crew(30))
    assert found.proof
    assert ids(200) == taken.ids
    first_round = [offset for offset in asked if offset <= 3 * (MOST_AHEAD + 1)]
    assert len(first_round) == MOST_AHEAD + 2


@pytest.mark.parametrize(("limit", "most"), [(1, 1), (3 * DECODED * USUAL_BYTES, 6)])
def test_ahead_is_asked_only_while_there_is_room_for_it(limit: int, most: int) -> None:
    """However little there is, the page that the walk needs next is asked."""
    slow = Slow(collection(100), room=(room := Room(limit)))
    found, taken = read(slow, Crew(5))
    assert found.proof
    assert ids(100) == taken.ids
    assert most == slow.most
    assert 0 == room.used


@pytest.mark.parametrize("seed", range(150))
def test_no_survivor_is_missed_whatever_comes_goes_and_is_late(seed: int) -> None:
    """Any order of answers, helpers that come and go, short pages, totals that are wrong."""
    dice = random.Random(seed)  # noqa: S311
    rows, count = dice.randrange(60), dice.choice((2, 3, 4, 7))
    there = collection(rows)
    moments = {dice.randrange(1, 40) for _ in range(dice.choice((0, 0, 1, 2)))}
    short = {dice.randrange(1, 30) for _ in range(dice.choice((0, 0, 2)))}
    # Both at once cannot be told from an end, by any reader.
    wrong = dice.choice((0, 0, 0, 3, 0 if short else -5))
    there.shrink = dice.choice(({}, {}, {dice.randrange(2, 20): 2, dice.randrange(20, 30): 5}))

    def before(number: int) -> None:
        if number in moments:
            place = dice.randrange(len(there.records) + 1)
            if dice.random() < 0.5 and place < len(there.records):
                del there.records[place]
            else:
                there.records.insert(place, {"id": f"new{number}"})

    def tamper(number: int, answer: Record) -> None:
        answer["total_items"] = max(0, answer["total_items"] + wrong)
        if number in short and len(answer["categories"]) > 2:
            answer["categories"].pop()

    there.before, there.tamper = before, tamper
    crew = Crew(dice.randrange(1, 6))
    crew.leave = lambda: dice.random() < 0.2
    room = Room(dice.choice((1, 2000, 10**9)))
    slow = Slow(there, lambda waiting: dice.randrange(len(waiting)), count=count, room=room)
    found, taken = read(slow, crew)
    stayed = {record["id"] for record in there.records} & set(ids(rows))
    if found.proof:
        assert stayed <= set(taken.ids)
        assert wrong <= 0
    if not moments and wrong <= 0:
        assert found.proof
        assert ids(rows) == list(dict.fromkeys(taken.ids))


def test_a_shift_behind_is_noticed_though_the_pages_were_asked_at_once() -> None:
    there = collection(40)

    def leave(number: int) -> None:
        if number == 6:
            del there.records[0]

    there.before = leave
    found, taken = read(Slow(there), Crew(4))
    assert found.proof is not None
    assert 39 == found.rows
    assert set(ids(40)[1:]) <= set(taken.ids)


def test_a_page_that_fails_ends_the_walk_where_it_comes_to_it_and_nobody_goes_on() -> None:
    there = collection(200)

    def fail(number: int) -> None:
        if number == 5:
            raise NotFound("api-not-found", path="/x", answer="404")

    there.before = fail
    slow = Slow(there, last)
    with pytest.raises(NotFound):
        read(slow, Crew(4))
    assert len(there.asked) <= 5 + 4


def test_a_cancelled_walk_takes_its_helpers_with_it() -> None:
    async def main() -> None:
        there = collection(200)
        slow, crew = Slow(there, last), Crew(4)
        answering = asyncio.create_task(slow.answer())
        walking = asyncio.create_task(walk(slow.source, Taken(), help_=crew))
        await slow.busy(5)
        walking.cancel()
        await asyncio.gather(walking, return_exceptions=True)
        answering.cancel()
        assert walking.cancelled()
        assert {asyncio.current_task(), answering} >= asyncio.all_tasks()
        assert 4 == crew.free

    asyncio.run(main())


def test_helpers_that_never_got_their_turn_are_sent_away() -> None:
    async def main() -> None:
        there, crew = collection(60), Crew(4)
        crew.gate.clear()
        slow = Slow(there)
        answering = asyncio.create_task(slow.answer())
        found = await walk(slow.source, Taken(), help_=crew)
        answering.cancel()
        assert found.proof
        assert 1 == slow.most
        assert 4 == crew.free

    asyncio.run(main())


# -- going on where a walk was stopped ----------------------------------------------------------


class Told(Taken):
    def __init__(self) -> None:
        super().__init__()
        self.places: list[Reached] = []


def resumed(there: Collection, start: Reached, *, helpers: int = 0) -> tuple[Found, Told, Source]:
    async def main() -> tuple[Found, Told, Source]:
        told = Told()
        slow = Slow(there)
        answering = asyncio.create_task(slow.answer())
        found = await walk(
            slow.source,
            told,
            reached=told.places.append,
            resume=start,
            help_=Crew(helpers) if helpers else None,
        )
        answering.cancel()
        return found, told, slow.source

    return asyncio.run(main())


@pytest.mark.parametrize("helpers", [0, 3])
@pytest.mark.parametrize("done", [1, 4, 10, 19, 20])
def test_a_walk_goes_on_after_the_record_that_it_had_reached(done: int, helpers: int) -> None:
    there = collection(20)
    found, told, _ = resumed(there, Reached(done, f"k{done - 1}"), helpers=helpers)
    assert ids(20)[done:] == told.ids
    assert 20 == found.rows
    assert found.proof is not None
    assert f"begun at {done}" in found.proof
    assert (str(done - 1),) == there.told("offset")[0]


@pytest.mark.parametrize("helpers", [0, 3])
def test_where_another_record_is_at_that_place_all_is_read_from_the_start(helpers: int) -> None:
    there = collection(20)
    del there.records[3]
    found, told, _ = resumed(there, Reached(10, "k9"), helpers=helpers)
    assert found.proof is not None
    assert "begun" not in found.proof
    assert (19, [r["id"] for r in there.records]) == (found.rows, told.ids)


def test_what_was_reached_is_told_before_each_page() -> None:
    there = collection(9)
    _, told, _ = resumed(there, Reached(2, "k1"))
    assert [Reached(5, "k4"), Reached(8, "k7"), Reached(9, "k8")] == told.places


def test_a_record_that_comes_twice_is_not_called_reached() -> None:
    there = collection(9)
    there.records[6] = dict(there.records[4])
    _, told, _ = resumed(there, Reached(2, "k1"))
    assert 5 == max(place.records for place in told.places if place.key != "k8")
