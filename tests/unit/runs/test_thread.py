"""The thread of the destination: in order, told of when silent, given up on at last."""

from __future__ import annotations

import asyncio
import threading

import pytest

from chimpline.errors import DestinationUnavailable
from chimpline.message import Message
from chimpline.runs.work.thread import LoneThread, Silence, opened
from tests.words import heard, refused


def test_one_thing_after_the_other_on_one_thread() -> None:
    async def main() -> list[int]:
        thread = LoneThread(Silence(), lambda _: None)
        done: list[int] = []
        idents: set[int] = set()

        def work(number: int) -> int:
            idents.add(threading.get_ident())
            done.append(number)
            return number

        got = await asyncio.gather(*(thread.do(lambda n=n: work(n)) for n in range(20)))  # type: ignore[misc]
        thread.close()
        assert list(range(20)) == got == done
        assert 1 == len(idents)
        assert threading.get_ident() not in idents
        return done

    asyncio.run(main())


def test_what_it_raises_is_raised_where_it_is_waited_for() -> None:
    async def main() -> None:
        thread = LoneThread(Silence(), lambda _: None)
        with pytest.raises(ZeroDivisionError):
            await thread.do(lambda: 1 // 0)
        assert 2 == await thread.do(lambda: 2)
        thread.close()

    asyncio.run(main())


def test_the_last_thing_is_done_though_all_who_waited_were_cancelled() -> None:
    done: list[str] = []
    begun, may_end = threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        may_end.wait()
        done.append("slow")

    async def main() -> None:
        thread = LoneThread(Silence(), lambda _: None)
        waiting = asyncio.create_task(thread.do(slow))
        waits = asyncio.create_task(thread.do(lambda: done.append("never")))
        await asyncio.to_thread(begun.wait)
        waiting.cancel()
        waits.cancel()
        await asyncio.wait([waiting, waits])
        may_end.set()
        thread.close(lambda: done.append("last"))
        assert waiting.cancelled()
        assert waits.cancelled()

    asyncio.run(main())
    assert ["slow", "last"] == done


def test_what_the_last_thing_raises_comes_out() -> None:
    with pytest.raises(ZeroDivisionError):
        LoneThread(Silence(), lambda _: None).close(lambda: 1 // 0)


def test_silence_is_told_of_then_given_up_on_and_nothing_waits_for_it_any_more() -> None:
    told: list[Message] = []
    answers = threading.Event()

    async def main() -> None:
        thread = LoneThread(Silence(told_s=0.05, given_up_s=0.15), told.append)
        with refused(DestinationUnavailable, "has not answered"):
            await thread.do(answers.wait)
        with pytest.raises(DestinationUnavailable):
            await thread.do(lambda: 1)  # not even tried: it would wait behind the first
        thread.close()

    asyncio.run(main())
    answers.set()
    assert ["The database has not answered for 0 s. Still waiting."] == [heard(one) for one in told]


def test_a_late_answer_is_an_answer() -> None:
    told: list[Message] = []
    answers = threading.Event()

    def tell(message: Message) -> None:
        told.append(message)
        answers.set()

    async def main() -> bool:
        thread = LoneThread(Silence(told_s=0.02, given_up_s=30), tell)
        found = await thread.do(lambda: answers.wait(10))
        thread.close()
        return found

    assert asyncio.run(main())
    assert 1 == len(told)


def test_what_was_not_begun_is_not_begun_once_nobody_waits() -> None:
    goes_on, done = threading.Event(), []

    async def main() -> None:
        thread = LoneThread(Silence(), lambda _: None)
        first = asyncio.create_task(thread.do(goes_on.wait))
        second = asyncio.create_task(thread.do(lambda: done.append(2)))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.wait([second])
        goes_on.set()
        assert await first
        thread.close()

    asyncio.run(main())
    assert [] == done


def test_who_is_cancelled_while_something_opens_waits_for_nothing_and_it_is_left() -> None:
    lets_go, left = threading.Event(), threading.Event()

    def make() -> str:
        assert lets_go.wait(10)
        return "open"

    async def main() -> None:
        waiting = asyncio.create_task(opened(make, lambda _: left.set()))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(main())
    assert not left.is_set()
    lets_go.set()
    assert left.wait(10)


def test_what_opens_is_given_back_and_what_fails_is_raised() -> None:
    assert 1 == asyncio.run(opened(lambda: 1, lambda _: None))
    with pytest.raises(ZeroDivisionError):
        asyncio.run(opened(lambda: 1 // 0, lambda _: None))


def test_a_thread_that_only_reads_is_waited_for_by_nobody_and_still_does_its_last_thing() -> None:
    lets_go, done = threading.Event(), threading.Event()

    async def main() -> None:
        thread = LoneThread(Silence(), lambda _: None)
        reading = asyncio.create_task(thread.do(lambda: lets_go.wait(10)))
        await asyncio.sleep(0)
        reading.cancel()
        thread.close(done.set, wait=False)
        assert not done.is_set()

    asyncio.run(main())
    lets_go.set()
    assert done.wait(10)
