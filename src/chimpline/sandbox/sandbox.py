"""A sandbox inside this process: its own thread, its own event loop, a real socket."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar

from chimpline.sandbox.engine import Engine, RequestCallback
from chimpline.sandbox.model.account import Options
from chimpline.sandbox.server import Server

Row = dict[str, Any]
T = TypeVar("T")


class Sandbox:
    """`Sandbox.start(members=..)` serves until `stop()`, or to the end of a `with` block."""

    def __init__(self, engine: Engine, host: str = "127.0.0.1", port: int = 0) -> None:
        self._engine = engine
        self._server = Server(engine)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sandbox", daemon=True)
        self._thread.start()
        self._stopped = False
        starting = asyncio.run_coroutine_threadsafe(self._server.listen(host, port), self._loop)
        self.port = starting.result(30)
        options = engine.account.options
        self.login_root = engine.base_url
        self.api_root = f"{engine.base_url}/3.0"
        self.api_key = options.api_key
        self.second_api_key = options.second_api_key
        self.access_token = options.access_token
        self.client_id = options.client_id
        self.client_secret = options.client_secret
        self.account_id = options.account_id
        self.login_id = options.login_id

    @classmethod
    def start(
        cls,
        members: int = 2000,
        campaigns: int = 20,
        events: int = 10_000,
        seed: int = 1,
        port: int = 0,
        **options: Any,
    ) -> Sandbox:
        """`options`: every further field of `chimpline.sandbox.model.account.Options`."""
        made = Options(members=members, campaigns=campaigns, events=events, seed=seed, **options)
        return cls(Engine(made), port=port)

    def stop(self) -> None:
        if self._stopped:
            return
        self._stopped = True
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(30)
        self._loop.close()

    async def _close(self) -> None:
        await self._server.close()
        # Requests whose clients have gone are still being counted, and would be reported.
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _call(self, work: Callable[[], T]) -> T:
        """Runs in the loop's thread, between two requests: the account has one owner."""
        if threading.current_thread() is self._thread:
            return work()

        async def run() -> T:
            return work()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result()

    def change(self, kind: str, **arguments: Any) -> Row:
        """Changes the account; says what was changed."""
        return self._call(lambda: self._engine.change(kind, **arguments))

    def truth(self, table: str) -> list[Row]:
        """The rows that a complete replica of the table holds now."""
        return self._call(lambda: self._engine.truth(table))

    def faults(self, plan: list[Mapping[str, Any]]) -> Row:
        return self._call(lambda: self._engine.faults(plan))

    def clear_faults(self) -> Row:
        return self._call(self._engine.clear_faults)

    def latency(
        self, base_s: float = 0.0, per_row_s: float = 0.0, per_offset_row_s: float = 0.0
    ) -> Row:
        return self._call(lambda: self._engine.latency(base_s, per_row_s, per_offset_row_s))

    def metrics(self) -> Row:
        return self._call(self._engine.metrics)

    def reset_metrics(self) -> Row:
        return self._call(self._engine.reset_metrics)

    def requests(self) -> list[tuple[str, str, str]]:
        """The latest requests: method, path below `/3.0`, query as it was sent."""
        return self._call(self._engine.requests)

    @property
    def now(self) -> float:
        return self._call(self._engine.now)

    def advance(self, seconds: float) -> float:
        return self._call(lambda: self._engine.advance(seconds))

    def role(self, role: str, refuse: list[str] | None = None) -> Row:
        return self._call(lambda: self._engine.role(role, refuse))

    def lack(self, features: str = "") -> Row:
        return self._call(lambda: self._engine.lack(features))

    def revoke(self, token: str | None = None) -> Row:
        return self._call(lambda: self._engine.revoke(token))

    def restore(self) -> Row:
        return self._call(self._engine.restore)

    def info(self) -> Row:
        return self._call(self._engine.info)

    def on_request(self, callback: RequestCallback) -> None:
        """Called with (method, path, query) as each request arrives, in the sandbox's thread."""
        self._call(lambda: self._engine.callbacks.append(callback))
