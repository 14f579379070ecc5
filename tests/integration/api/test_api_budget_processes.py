"""The connection budget over real processes and a real server that counts."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
from pathlib import Path

from aiohttp import web

from chimpline.api.budget import Budget

LIMIT = 4

WORKER = """
import asyncio, json, sys
from pathlib import Path
from chimpline.api.budget import Budget
from chimpline.api.client import Client
from chimpline.api.credentials import Credential
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


async def start(code: str, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, *arguments, stdout=subprocess.PIPE
    )


def test_three_processes_together_never_exceed_the_limit_and_all_get_their_turn(
    tmp_path: Path,
) -> None:
    async def main() -> tuple[Counting, list[int]]:
        counting = Counting()
        app = web.Application()
        app.router.add_get("/{rest:.*}", counting.handle)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        root = f"http://127.0.0.1:{runner.addresses[0][1]}/3.0"
        # The third was given fewer connections than the others.
        workers = [
            await start(WORKER, str(tmp_path), root, str(connections), "25")
            for connections in (LIMIT, LIMIT, 2)
        ]
        told = [await worker.communicate() for worker in workers]
        await runner.cleanup()
        return counting, [json.loads(out) for out, _ in told]

    counting, requests = asyncio.run(asyncio.wait_for(main(), 60))
    assert [25, 25, 25] == requests
    assert 75 == counting.total
    assert LIMIT == counting.peak  # all in use, and never one more


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
