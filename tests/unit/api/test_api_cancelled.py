"""Requests whose callers were cancelled: heard out, since Mailchimp counts them until answered."""

from __future__ import annotations

import asyncio
import gc
import json
from typing import TYPE_CHECKING, Any

import pytest

from chimpline.api.client import Client
from chimpline.api.transport import Answer, TooSlow
from chimpline.errors import ConnectionFailure
from tests.unit.api.conftest import others_go_on

if TYPE_CHECKING:
    from tests.unit.api.conftest import World


HEARD_OUT_S = 60.0  # it ends with the answer
IN_VAIN_S = 0.001


class Held:
    """A transport whose answers come when the test says so, or fail as it says."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.asked = 0
        self.answers: asyncio.Queue[Exception | None] = asyncio.Queue()

    async def get(self, *_: Any, **__: Any) -> Answer:
        self.asked += 1
        failure = await self.answers.get()
        if failure is not None:
            raise failure
        return self.world.ok()

    async def post_form(self, *_: Any, **__: Any) -> Answer:
        raise NotImplementedError

    async def close(self) -> None: ...


async def cancelled(asking: asyncio.Task[Any]) -> None:
    asking.cancel()
    await asyncio.wait((asking,))
    assert asking.cancelled()


def held(world: World) -> tuple[Client, Held]:
    client, transport = world.client(budget=world.budget(connections=1)), Held(world)
    client._transport = transport
    return client, transport


def asking(client: Client) -> asyncio.Task[Any]:
    return asyncio.create_task(client.get("/lists", parse=json.loads))


def test_a_cancelled_request_holds_its_connection_until_it_is_answered(world: World) -> None:
    async def main() -> None:
        client, transport = held(world)
        first = asking(client)
        await others_go_on()
        assert 1 == transport.asked
        await cancelled(first)
        second = asking(client)
        await others_go_on()
        assert (1, 1) == (transport.asked, client.in_use)  # Mailchimp still counts the first
        transport.answers.put_nowait(None)
        await others_go_on()
        assert 2 == transport.asked
        transport.answers.put_nowait(None)
        await second
        assert 0 == client.in_use

    world.run(main())
    assert [] == world.kept


def test_a_cancelled_request_that_fails_is_nobodys_error(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        client, transport = held(world)
        for failure in (
            ConnectionFailure("network-closed", host="h"),
            TooSlow("network-too-slow", host="h", seconds="130"),
        ):
            first = asking(client)
            await others_go_on()
            assert 1 == transport.asked
            await cancelled(first)
            transport.answers.put_nowait(failure)
            transport.asked = 0
            await others_go_on()
            assert not client._left
        gc.collect()

    world.run(main())
    assert [120.0] == [delay_s for delay_s, _ in world.kept]  # what was too slow is still at work
    assert "" == caplog.text


def test_who_is_cancelled_in_the_queue_for_a_connection_asks_nothing(world: World) -> None:
    async def main() -> None:
        client, transport = held(world)
        first, second = asking(client), asking(client)
        await others_go_on()
        assert 1 == transport.asked
        await cancelled(second)
        await others_go_on()
        assert not client._left
        transport.answers.put_nowait(None)
        await first
        assert (1, 0) == (client.requests, client.in_use)

    world.run(main())
    assert [] == world.kept


@pytest.mark.parametrize(("answered", "kept"), [(True, 0), (False, 1)])
def test_closing_waits_a_little_for_what_was_cancelled(
    world: World, answered: bool, kept: int
) -> None:
    async def main() -> None:
        client, transport = held(world)
        first = asking(client)
        await others_go_on()
        assert 1 == transport.asked
        await cancelled(first)
        if answered:
            asyncio.get_running_loop().call_soon(transport.answers.put_nowait, None)
        await client.close(HEARD_OUT_S if answered else IN_VAIN_S)
        assert not client._left

    world.run(main())
    assert kept == len(world.kept)
