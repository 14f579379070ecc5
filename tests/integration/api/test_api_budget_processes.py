"""The connection budget over real processes and a real server that counts."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from chimpline.api.budget import Budget
from chimpline.api.client import Client
from chimpline.api.sign_in.credentials import Credential
from chimpline.api.transport import AiohttpTransport

LIMIT = 4

WORKER = """
import asyncio, json, sys
from pathlib import Path
from chimpline.api.budget import Budget
from chimpline.api.client import Client
from chimpline.api.sign_in.credentials import Credential
from chimpline.api.transport import AiohttpTransport

async def main(directory, root, connections, requests):
    transport = AiohttpTransport(connections=connections)
    client = Client(
        api_root=root,
        credential=Credential("0" * 32 + "-us6", is_api_key=True),
        transport=transport,
        budget=Budget(Path(directory), "user", connections=connections),
    )
    await asyncio.gather(*(client.get("/x", parse=json.loads) for _ in range(requests)))
    await transport.close()
    print(client.requests)

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
"""

HOLDER = """
import asyncio, sys
from pathlib import Path
from chimpline.api.budget import Budget

async def main():
    async with Budget(Path(sys.argv[1]), "user", connections=1).slot():
        print("held", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


class Counting:
    """A server that holds each request for a moment and remembers how many it held at most."""

    def __init__(self) -> None:
        self.now = self.peak = self.total = 0

    async def handle(self, _: web.Request) -> web.Response:
        self.now += 1
        self.total += 1
        self.peak = max(self.peak, self.now)
        await asyncio.sleep(0.02)
        self.now -= 1
        return web.json_response({})


@contextlib.asynccontextmanager
async def served(counting: Counting) -> AsyncIterator[str]:
    """Its API root."""
    app = web.Application()
    app.router.add_get("/{rest:.*}", counting.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/3.0"
    await runner.cleanup()


async def start(code: str, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, *arguments, stdout=subprocess.PIPE
    )


def test_three_processes_together_never_exceed_the_limit_and_all_get_their_turn(
    tmp_path: Path,
) -> None:
    async def main() -> tuple[Counting, list[int]]:
        counting = Counting()
        async with served(counting) as root:
            # The third was given fewer connections than the others.
            workers = [
                await start(WORKER, str(tmp_path), root, str(connections), "25")
                for connections in (LIMIT, LIMIT, 2)
            ]
            told = [await worker.communicate() for worker in workers]
        return counting, [json.loads(out) for out, _ in told]

    counting, requests = asyncio.run(asyncio.wait_for(main(), 60))
    assert [25, 25, 25] == requests
    assert 75 == counting.total
    assert LIMIT == counting.peak  # all in use, and never one more


@pytest.mark.parametrize("seed", range(3))
def test_cancelled_at_any_moment_requests_never_exceed_the_limit_and_leave_nothing_held(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, seed: int
) -> None:
    rng = random.Random(seed)  # noqa: S311 -- a moment is no secret
    held: list[float] = []

    async def main() -> Counting:
        counting = Counting()
        async with served(counting) as root:
            transport = AiohttpTransport(connections=LIMIT)
            budget = Budget(
                tmp_path, "user", connections=LIMIT, later=lambda delay_s, _: held.append(delay_s)
            )
            key = Credential("0" * 32 + "-us6", is_api_key=True)
            client = Client(api_root=root, credential=key, transport=transport, budget=budget)

            async def impatient() -> None:
                await asyncio.sleep(rng.random() * 0.3)
                asking = asyncio.create_task(client.get("/x", parse=json.loads))
                await asyncio.wait((asking,), timeout=rng.random() * 0.08)
                asking.cancel()
                await asyncio.gather(asking, return_exceptions=True)

            await asyncio.gather(*(impatient() for _ in range(150)))
            await client.close(5.0)
            assert counting.total == client.requests
            assert 0 == client.in_use
            # All of them are free, for this process and for others.
            await asyncio.gather(*(client.get("/x", parse=json.loads) for _ in range(20)))
            await transport.close()
        return counting

    counting = asyncio.run(asyncio.wait_for(main(), 60))
    assert LIMIT == counting.peak
    assert ([], "") == (held, caplog.text)


def test_the_kernel_frees_the_slot_of_a_killed_process(tmp_path: Path) -> None:
    async def main() -> None:
        holder = await start(HOLDER, str(tmp_path))
        assert holder.stdout is not None
        assert b"held\n" == await holder.stdout.readline()
        budget = Budget(tmp_path, "user", connections=1)

        async def wait() -> None:
            async with budget.slot():
                pass

        waiting = asyncio.create_task(wait())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(waiting), 0.3)
        assert not waiting.done()
        holder.kill()
        await holder.wait()
        await asyncio.wait_for(waiting, 10)

    asyncio.run(main())
