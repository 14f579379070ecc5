"""Turns go to the heaviest waiter, and none is ever lost."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

import pytest

from chimpline.runs.work.turns import FIRST, SPARE, Turns


async def settle() -> None:
    """Let every task run until it waits."""
    for _ in range(5):
        await asyncio.sleep(0)


class Reader:
    """Takes a turn of this weight, and keeps it until `done`."""

    def __init__(self, turns: Turns, weight: float, log: list[float]) -> None:
        self.done = asyncio.Event()
        self.reading = False

        async def read() -> None:
            async with turns.turn(weight):
                log.append(weight)
                self.reading = True
                try:
                    await self.done.wait()
                finally:
                    self.reading = False

        self.task = asyncio.create_task(read())


def in_loop(test: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        await test()

    asyncio.run(main())


async def free(turns: Turns) -> int:
    """How many turns can be taken at once now."""
    log: list[float] = []
    readers = [Reader(turns, 0, log) for _ in range(20)]
    await settle()
    for reader in readers:
        reader.task.cancel()
    await asyncio.gather(*(reader.task for reader in readers), return_exceptions=True)
    return len(log)


def test_there_are_a_few_more_turns_than_connections() -> None:
    async def test() -> None:
        assert 3 + SPARE == await free(Turns(3))

    in_loop(test)


def test_the_longest_waiting_slice_reads_next_and_equals_in_order() -> None:
    async def test() -> None:
        turns, log = Turns(1), list[float]()
        first = [Reader(turns, 0, log) for _ in range(1 + SPARE)]
        await settle()
        waiting = [Reader(turns, weight, log) for weight in (5, 50, 1, 50.5, 7)]
        await settle()
        assert [0] * (1 + SPARE) == log
        for reader in first:
            reader.done.set()
            await settle()
        assert [50.5, 50, 7] == log[1 + SPARE :]
        for reader in waiting:
            reader.done.set()
        await asyncio.gather(*(reader.task for reader in waiting))
        assert [50.5, 50, 7, 5, 1] == log[1 + SPARE :]
        assert 1 + SPARE == await free(turns)

    in_loop(test)


def test_whoever_waits_is_served_before_whoever_comes() -> None:
    async def test() -> None:
        turns, log = Turns(1), list[float]()
        readers = [Reader(turns, 0, log) for _ in range(1 + SPARE)]
        await settle()
        readers.append(Reader(turns, 1, log))
        await settle()
        readers[0].done.set()
        readers.append(Reader(turns, 9, log))
        await settle()
        assert 1 == log[1 + SPARE]  # it came free before the heavier one was there
        for reader in readers:
            reader.done.set()
        await asyncio.gather(*(reader.task for reader in readers))

    in_loop(test)


def test_a_slice_that_fails_gives_its_turn_back() -> None:
    async def test() -> None:
        turns = Turns(2)
        for _ in range(20):
            with pytest.raises(ZeroDivisionError):
                async with turns.turn(1):
                    raise ZeroDivisionError
        assert 2 + SPARE == await free(turns)

    in_loop(test)


def test_idle_says_whether_a_slice_could_begin_on_a_free_connection() -> None:
    async def test() -> None:
        turns, log = Turns(2), list[float]()
        assert turns.idle()
        readers = [Reader(turns, 0, log)]
        await settle()
        assert turns.idle()
        readers.append(Reader(turns, 0, log))
        await settle()
        assert not turns.idle()
        readers += [Reader(turns, 0, log) for _ in range(SPARE + 1)]
        await settle()
        assert not turns.idle()
        for reader in readers:
            reader.done.set()
        await asyncio.gather(*(reader.task for reader in readers))
        assert turns.idle()

    in_loop(test)


def test_a_turn_passed_on_to_a_reader_that_was_cancelled_meanwhile_is_not_lost() -> None:
    async def test() -> None:
        turns, log = Turns(1), list[float]()
        first = [Reader(turns, 0, log) for _ in range(1 + SPARE)]
        await settle()
        cancelled, next_one = Reader(turns, 9, log), Reader(turns, 1, log)
        await settle()
        first[0].done.set()
        await asyncio.sleep(0)  # the turn is on its way to `cancelled`, who has not run yet
        cancelled.task.cancel()
        await settle()
        assert next_one.reading
        for reader in (*first, next_one):
            reader.done.set()
        await settle()
        assert 1 + SPARE == await free(turns)

    in_loop(test)


@pytest.mark.parametrize("seed", range(30))
def test_no_turn_is_lost_or_made_by_any_order_of_cancelling_and_finishing(seed: int) -> None:
    async def test() -> None:
        dice = random.Random(seed)  # noqa: S311
        turns, log = Turns(2), list[float]()
        readers: list[Reader] = []
        for _ in range(60):
            match dice.randrange(4):
                case 0 | 1:
                    readers.append(Reader(turns, dice.randrange(5), log))
                case 2 if readers:
                    dice.choice(readers).task.cancel()
                case _ if readers:
                    dice.choice(readers).done.set()
            for _ in range(dice.randrange(3)):
                await asyncio.sleep(0)
            assert sum(reader.reading for reader in readers) <= 2 + SPARE
        await settle()
        alive = [reader for reader in readers if not reader.task.done()]
        assert min(len(alive), 2 + SPARE) == sum(reader.reading for reader in alive)
        for reader in readers:
            reader.done.set()
        await asyncio.gather(*(reader.task for reader in readers), return_exceptions=True)
        assert 2 + SPARE == await free(turns)
        assert turns.idle()

    in_loop(test)


def test_a_slice_is_too_long_where_it_would_be_read_alone_in_the_end() -> None:
    async def test() -> None:
        turns = Turns(2)
        async with turns.turn(100_000) as long, turns.turn(20_000), turns.turn(FIRST):
            assert not turns.idle()
            assert turns.too_long(long, 100_000)
            assert not turns.too_long(long, 20_000)
            assert 20_000 == long.left
        async with turns.turn(1000) as only:
            assert turns.too_long(only, 1)  # a connection idles

    in_loop(test)


def test_what_others_wait_for_reads_first() -> None:
    async def test() -> None:
        turns, log = Turns(1), list[float]()
        readers = [Reader(turns, weight, log) for weight in (0, 0, 0, 5, 1e9, FIRST)]
        await settle()
        for reader in readers:
            reader.done.set()
        await asyncio.gather(*(reader.task for reader in readers))
        assert [FIRST, 1e9, 5] == log[3:]

    in_loop(test)


def test_a_long_slice_is_given_further_readers_while_a_connection_idles() -> None:
    async def test() -> None:
        turns = Turns(3)
        async with turns.turn(100_000) as turn:
            help_ = turns.helpers(turn)
            readers = [help_.more(90_000) for _ in range(2)]
            assert all(readers)
            assert 30_000 == turn.left
            assert help_.more(90_000) is None  # three readers for three connections
            assert help_.stay(90_000)
            for reader in readers:
                if reader is not None:
                    await reader.wait()
                    reader.end()
                    reader.end()
            assert help_.more(90_000) is not None
        await settle()

    in_loop(test)


def test_further_readers_of_a_short_slice_make_room_for_others() -> None:
    async def test() -> None:
        turns, log = Turns(2), list[float]()
        async with turns.turn(2000) as turn:
            help_ = turns.helpers(turn)
            reader = help_.more(2000)
            assert reader is not None
            others = [Reader(turns, 50_000, log) for _ in range(3)]
            await settle()
            assert 2 == len(log)
            assert not help_.stay(1000)
            reader.end()
            await settle()
            assert 3 == len(log)
            for other in others:
                other.done.set()
        await asyncio.gather(*(other.task for other in others))
        assert 2 + SPARE == await free(turns)

    in_loop(test)


def test_where_no_turn_is_free_the_longest_of_all_waits_for_one() -> None:
    async def test() -> None:
        turns, log = Turns(2), list[float]()
        async with turns.turn(100_000) as long, turns.turn(1000) as short:
            others = [Reader(turns, weight, log) for weight in (1000, 1000, 1000)]
            await settle()
            assert turns.helpers(short).more(1000) is None
            helper = turns.helpers(long).more(100_000)
            assert helper is not None
            waiting = asyncio.create_task(helper.wait())
            await settle()
            assert not waiting.done()
            others[0].done.set()
            await settle()
            assert waiting.done()
            helper.end()
            for other in others:
                other.done.set()
        await asyncio.gather(*(other.task for other in others))
        assert 2 + SPARE == await free(turns)

    in_loop(test)


def test_a_further_reader_that_is_not_needed_any_more_leaves_no_turn_behind() -> None:
    async def test() -> None:
        turns, log = Turns(2), list[float]()
        async with turns.turn(100_000) as long:
            others = [Reader(turns, 1000, log) for _ in range(3)]
            await settle()
            helper = turns.helpers(long).more(100_000)
            assert helper is not None
            waiting = asyncio.create_task(helper.wait())
            await settle()
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            helper.end()
            for other in others:
                other.done.set()
        await asyncio.gather(*(other.task for other in others))
        assert 2 + SPARE == await free(turns)
        assert turns.idle()

    in_loop(test)
