"""How 429 takes connections away, and how they come back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from chimpline.api.limit import AdaptiveLimit

if TYPE_CHECKING:
    from tests.unit.api.conftest import World


def test_429_halves_the_limit_at_most_once_a_second(world: World) -> None:
    limit = AdaptiveLimit(8, monotonic=world.clock)
    assert limit.throttled()
    assert not limit.throttled()
    assert 4 == limit.limit
    world.clock.now += 0.99
    assert not limit.throttled()
    world.clock.now += 0.01
    assert limit.throttled()
    assert 2 == limit.limit


def test_one_connection_is_always_left(world: World) -> None:
    limit = AdaptiveLimit(3, monotonic=world.clock)
    for _ in range(5):
        limit.throttled()
        world.clock.now += 1
    assert 1 == limit.limit


def test_a_connection_comes_back_after_enough_successes_and_five_seconds(world: World) -> None:
    limit = AdaptiveLimit(4, monotonic=world.clock)
    limit.throttled()
    for _ in range(10):
        limit.succeeded()
    assert 2 == limit.limit  # too early
    world.clock.now += 5
    limit.succeeded()
    assert 3 == limit.limit
    world.clock.now += 5
    limit.succeeded()
    limit.succeeded()
    assert 3 == limit.limit  # too few
    limit.succeeded()
    assert 4 == limit.limit
    world.clock.now += 50
    for _ in range(10):
        limit.succeeded()
    assert 4 == limit.limit  # never more than was given


def test_a_429_meanwhile_starts_the_count_anew(world: World) -> None:
    limit = AdaptiveLimit(4, monotonic=world.clock)
    limit.throttled()
    world.clock.now += 0.5
    limit.throttled()
    world.clock.now += 4.9
    for _ in range(5):
        limit.succeeded()
    assert 2 == limit.limit


def test_waiters_are_served_in_order_and_never_above_the_limit(world: World) -> None:
    async def main() -> list[int]:
        limit = AdaptiveLimit(2, monotonic=world.clock)
        order: list[int] = []

        async def work(number: int) -> None:
            await limit.acquire()
            assert limit.in_use <= 2
            order.append(number)
            await asyncio.sleep(0)
            limit.release()

        await asyncio.gather(*(work(number) for number in range(6)))
        assert 0 == limit.in_use
        return order

    assert [0, 1, 2, 3, 4, 5] == world.run(main())


def test_a_lower_limit_admits_nobody_until_enough_have_left(world: World) -> None:
    async def main() -> None:
        limit = AdaptiveLimit(4, monotonic=world.clock)
        for _ in range(4):
            await limit.acquire()
        limit.throttled()
        waiting = asyncio.create_task(limit.acquire())
        await asyncio.sleep(0)
        for in_use in (3, 2):
            limit.release()
            await asyncio.sleep(0)
            assert (in_use, False) == (limit.in_use, waiting.done())
        limit.release()
        await waiting
        assert 2 == limit.in_use

    world.run(main())


@pytest.mark.parametrize("released_first", [True, False])
def test_a_waiter_that_is_cancelled_loses_no_connection(world: World, released_first: bool) -> None:
    async def main() -> None:
        limit = AdaptiveLimit(1, monotonic=world.clock)
        await limit.acquire()
        waiting = asyncio.create_task(limit.acquire())
        await asyncio.sleep(0)
        if released_first:
            limit.release()
            waiting.cancel()
        else:
            waiting.cancel()
            limit.release()
        await asyncio.wait([waiting])
        assert waiting.cancelled()
        assert 0 == limit.in_use
        await asyncio.wait_for(limit.acquire(), 1)

    world.run(main())


def test_the_client_halves_at_429_and_at_a_403_without_a_problem(world: World) -> None:
    for failed, limit in (
        (world.html(429), 4),
        (world.html(403), 4),
        (world.problem(403), 8),
        (world.html(503), 8),
    ):
        client = world.client(failed, world.ok())
        world.run(client.get("/lists", parse=len))
        assert (limit, 0) == (client.limit, client.in_use)


def test_the_client_gives_connections_back_after_successes(world: World) -> None:
    client = world.client(world.html(429), world.ok())

    async def main() -> None:
        for _ in range(6):
            world.clock.now += 5
            await client.get("/lists", parse=len)

    world.run(main())
    assert 5 == client.limit
