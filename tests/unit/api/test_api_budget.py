"""Slots: who holds one, for how long, and under whose name."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from chimpline.api.budget import Budget
from chimpline.api.sign_in.credentials import Credential
from chimpline.api.transport import TooSlow
from chimpline.errors import SettingsError, SourceUnavailable
from tests.unit.api.conftest import others_go_on
from tests.words import refused

if TYPE_CHECKING:
    from tests.unit.api.conftest import World

ROOT = "https://us6.api.mailchimp.com/3.0"


def is_free(world: World, number: int) -> bool:
    """Whether another holder could take this very slot."""
    lock = world.budget()._lock(str(number))
    if lock is not None:
        os.close(lock)
    return lock is not None


async def _enter(budget: Budget) -> None:
    async with budget.slot():
        pass


def free(world: World) -> list[int]:
    return [number for number in range(8) if is_free(world, number)]


def test_a_slot_is_a_lock_taken_from_the_top_and_given_back(world: World) -> None:
    async def main() -> None:
        budget = world.budget(connections=3)
        async with budget.slot():
            assert [0, 1, 3, 4, 5, 6, 7] == free(world)
            async with budget.slot():
                assert [0, 3, 4, 5, 6, 7] == free(world)
                assert 2 == budget.limiter.in_use
        assert list(range(8)) == free(world)
        assert 0 == budget.limiter.in_use

    world.run(main())


def test_an_error_inside_gives_the_slot_back(world: World) -> None:
    async def main() -> None:
        budget = world.budget()
        with pytest.raises(ValueError, match="x"):
            async with budget.slot():
                raise ValueError("x")
        assert (8, 0) == (len(free(world)), budget.limiter.in_use)

    world.run(main())
    assert [] == world.kept


def test_a_request_given_up_on_keeps_its_slot_until_the_server_dropped_it(world: World) -> None:
    async def main() -> None:
        budget = world.budget(connections=1)
        async with budget.slot() as slot:
            world.clock.now += 20
            slot.abandon()
        assert [100.0] == [delay_s for delay_s, _ in world.kept]
        assert (False, 1) == (is_free(world, 0), budget.limiter.in_use)
        world.kept[0][1]()
        await asyncio.sleep(0)
        assert (True, 0) == (is_free(world, 0), budget.limiter.in_use)
        async with budget.slot():
            pass

    world.run(main())


def test_after_the_servers_own_limit_nothing_is_kept(world: World) -> None:
    async def main() -> None:
        async with world.budget().slot() as slot:
            world.clock.now += 120
            slot.abandon()

    world.run(main())
    assert ([], 8) == (world.kept, len(free(world)))


def test_cancelling_keeps_the_slot_and_a_closed_loop_frees_it_all_the_same(world: World) -> None:
    async def main() -> None:
        async def hold() -> None:
            async with world.budget().slot():
                await asyncio.Event().wait()

        task = asyncio.create_task(hold())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()

    world.run(main())
    assert [0, 1, 2, 3, 4, 5, 6] == free(world)
    ((delay_s, end),) = world.kept
    assert 120.0 == delay_s
    end()
    assert 8 == len(free(world))


@pytest.mark.parametrize(("failure", "kept"), [("slow", 1), ("reset", 0), ("cut", 0)])
def test_the_client_keeps_slots_of_what_it_gave_up_on_only(
    world: World, failure: str, kept: int
) -> None:
    from chimpline.errors import BrokenAnswer, ConnectionFailure

    error = {"slow": TooSlow, "reset": ConnectionFailure, "cut": BrokenAnswer}[failure]("x")
    world.get(error, world.ok())
    assert kept == len(world.kept)


def test_a_timeout_of_ours_holds_every_try_apart(world: World) -> None:
    world.retry = type(world.retry)(attempts=3, wait_initial_s=0, wait_max_s=0)
    with pytest.raises(SourceUnavailable):
        world.get(TooSlow("network-too-slow", host="h", seconds="130"))
    assert [5, 6, 7] == sorted(set(range(8)) - set(free(world)))


def test_a_process_waits_while_others_hold_all_slots(world: World) -> None:
    async def main() -> list[str]:
        order = []
        first, second = world.budget(connections=1), world.budget(connections=1)

        async def later() -> None:
            async with second.slot():
                order.append("second")

        async with first.slot():
            waiting = asyncio.create_task(later())
            await others_go_on()
            assert 1 == second.limiter.in_use  # admitted here, in line there
            order.append("first")
        await waiting
        return order

    assert ["first", "second"] == world.run(main())


def test_who_waits_long_for_other_runs_is_told_so_once(world: World) -> None:
    async def main() -> None:
        first, second = world.budget(connections=2), world.budget(connections=2)
        async with first.slot(), first.slot():
            waiting = [asyncio.create_task(_told(second)) for _ in range(2)]
            await others_go_on()
            assert [] == world.notices  # for a moment: no news
            world.clock.now += 3.1
            await others_go_on()
            assert not any(one.done() for one in waiting)
        await asyncio.gather(*waiting)

    async def _told(budget: Budget) -> None:
        async with budget.slot(world.heard.append):
            pass

    world.run(main())
    (notice,) = world.notices
    assert "other runs of this Mailchimp user use 2 of the 2" in notice


def test_who_waits_for_connections_of_its_own_is_not_told_of_others(world: World) -> None:
    """Those that it gave up on are held until the server must have dropped them."""

    async def main() -> None:
        budget = world.budget(connections=1)
        async with budget.slot(world.heard.append) as slot:
            slot.abandon()
        waiting = asyncio.create_task(_told(budget))
        await others_go_on()
        world.clock.now += 3.1
        await others_go_on()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    async def _told(budget: Budget) -> None:
        async with budget.slot(world.heard.append):
            raise AssertionError

    world.run(main())
    assert not [notice for notice in world.notices if "other runs" in notice]


def test_giving_up_the_wait_leaves_nothing_locked(world: World) -> None:
    async def main() -> None:
        first, second = world.budget(connections=1), world.budget(connections=1)
        async with first.slot():
            waiting = asyncio.create_task(_enter(second))
            await others_go_on()
            waiting.cancel()
            await asyncio.wait([waiting])
            assert waiting.cancelled()
            assert 0 == second.limiter.in_use
        async with second.slot(), world.budget(connections=2).slot():
            pass

    world.run(main())
    assert [] == world.kept


def test_a_stopped_process_in_front_of_the_queue_blocks_others_for_seconds_only(
    world: World,
) -> None:
    async def main() -> None:
        stopped = world.budget()._lock("queue")
        assert stopped is not None
        waiting = asyncio.create_task(_enter(world.budget()))
        await others_go_on()
        assert not waiting.done()
        world.clock.now += 5.1
        await asyncio.wait_for(waiting, 2)
        os.close(stopped)

    world.run(main())


def test_users_do_not_share_slots(world: World) -> None:
    async def main() -> None:
        async with (
            world.budget(connections=1, user="a").slot(),
            world.budget(connections=1, user="b").slot(),
        ):
            pass

    world.run(asyncio.wait_for(main(), 2))


@pytest.mark.parametrize("connections", [0, 11, -1])
def test_mailchimp_allows_ten(world: World, connections: int) -> None:
    with refused(SettingsError, "between 1 and 10"):
        world.budget(connections=connections)


def test_the_name_of_a_user_stays_inside_the_directory(tmp_path: Path) -> None:
    Budget(tmp_path / "slots", "../../h:80/ä-1")
    assert [tmp_path / "slots" / "_.._h_80__-1"] == list((tmp_path / "slots").iterdir())


def test_a_directory_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with refused(SettingsError, r"connection slots cannot be used: .*file"):
        Budget(tmp_path / "file", "u")


def folder(budget: Budget) -> str:
    return budget._folder.name


def test_a_key_met_before_is_counted_with_its_user_from_the_first_request(world: World) -> None:
    directory, key = world.directory, world.credential
    before = Budget.provisional(directory, ROOT, key)
    assert ("us6.api.mailchimp.com-unknown", 1) == (folder(before), before.connections)
    known = Budget.of(directory, ROOT, key, "42", connections=9)
    assert ("us6.api.mailchimp.com-42", 9) == (folder(known), known.connections)
    again = Budget.provisional(directory, ROOT, key)
    assert ("us6.api.mailchimp.com-42", 1) == (folder(again), again.connections)
    other_key = Credential("f" * 32, is_api_key=False)
    assert folder(before) == folder(Budget.provisional(directory, ROOT, other_key))
    other_host = Budget.provisional(directory, "http://127.0.0.1:8080/3.0", key)
    assert "127.0.0.1_8080-unknown" == folder(other_host)


def test_the_directory_never_tells_a_secret(world: World) -> None:
    Budget.of(world.directory, ROOT, world.credential, "42", connections=8)
    told = [
        str(path) + (path.read_text() if path.is_file() else "")
        for path in world.directory.rglob("*")
    ]
    assert world.key[:8] not in json.dumps(told)


def test_each_attempt_takes_a_slot_of_its_own_and_none_while_it_waits(world: World) -> None:
    seen: list[int] = []
    client: Any = world.client(world.html(500), world.ok())
    world.transport.during = lambda: seen.append(client.in_use)
    world.run(client.get("/lists", parse=lambda _: seen.append(client.in_use)))
    assert [1, 1, 0] == seen
