"""The account without its socket, and rows without a database: a whole run within the process.

Requests are answered by the emulated account's own server, which thus tells them, counts them and
spoils them as always; only what HTTP and the engines do is left to the cases that have them.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from multidict import CIMultiDict

from chimpline.api.transport import Answer, TooSlow
from chimpline.errors import ConnectionFailure
from chimpline.evidence import to_json
from chimpline.sandbox import Sandbox
from chimpline.sandbox.answers.responses import abort
from chimpline.sandbox.faults import Rule
from chimpline.sandbox.server import Server
from tests.acceptance.destinations import ALL, KEYS, SERVICE, Key, Replica, Row, key_of, plain
from tests.memory import MemoryDestination


class MemoryReplica(Replica):
    """A replica that no one can query: its rows are looked at as they are kept."""

    url = "memory://"
    kind = "memory"

    def __init__(self, state_dir: Path, destination: MemoryDestination | None = None) -> None:
        super().__init__(state_dir)
        self.destination = destination or MemoryDestination()

    def tables(self) -> list[str]:
        return [table for table in ALL if table in self.destination.stored]

    def stored(self, table: str) -> list[Row]:
        return [
            {name: plain(cell) for name, cell in row.items()}
            for row in self.destination.every_row(table)
        ]

    def stored_in(self, tables: Sequence[str]) -> dict[str, list[Row]]:
        return {table: self.stored(table) for table in tables}

    def live_in(self, tables: Sequence[str]) -> dict[str, list[Row]]:
        return {
            table: [
                {name: cell for name, cell in row.items() if name not in SERVICE}
                for row in self.stored(table)
                if not row["_deleted_at"]
            ]
            for table in tables
        }

    def cells(self, table: str, names: Sequence[str]) -> list[tuple[Any, ...]]:
        return [
            tuple(plain(row[name]) for name in names)
            for row in self.destination.stored[table].values()
            if not row["_deleted_at"]
        ]

    def buried(self, table: str) -> set[Key]:
        names = KEYS[table]
        return {
            key_of(table, {name: plain(row[name]) for name in names})
            for row in self.destination.stored[table].values()
            if row["_deleted_at"]
        }

    def lines(self, table: str) -> list[Row]:
        return [
            {
                **{f.name: plain(getattr(line, f.name)) for f in dataclasses.fields(line)},
                "state": line.state.value,
                "evidence": None if line.evidence is None else to_json(line.evidence),
                "odd": list(line.odd),
            }
            for line in self.destination.lines
            if line.table_name == table
        ]

    def date_ahead(self, days: int) -> None:
        lines, more = self.destination.lines, dt.timedelta(days=days)
        newest = max(line.run_id for line in lines)
        self.destination.lines = [
            dataclasses.replace(line, until=line.until + more) if line.run_id == newest else line
            for line in lines
        ]

    def remove(self, table: str, where: Mapping[str, Any]) -> None:
        for key in self._keys(table, where):
            del self.destination.stored[table][key]

    def bury(self, table: str, where: Mapping[str, Any]) -> None:
        for key in self._keys(table, where):
            row = self.destination.stored[table][key]
            row["_deleted_at"] = row["_synced_at"]

    def repeat(self, table: str, where: Mapping[str, Any], id_: str) -> None:
        rows, names = self.destination.stored[table], KEYS[table]
        for key in self._keys(table, where):
            copied = {**rows[key], "id": id_}
            rows[tuple(copied[name] for name in names)] = copied

    def _keys(self, table: str, where: Mapping[str, Any]) -> list[Key]:
        rows = self.destination.stored[table].items()
        return [k for k, row in rows if all(plain(row[n]) == c for n, c in where.items())]

    def states_of_runs(self) -> list[str]:
        return [run.state.value for run in reversed(self.destination.runs())]

    def ports(self, sandbox: Sandbox) -> dict[str, Any]:
        return {"destination": self.destination, "transport": Within(sandbox)}


@dataclasses.dataclass(slots=True)
class _Request:
    """As much of a request as the server asks for; it is its own connection, to be reset."""

    path_qs: str
    headers: Mapping[str, str]
    method: str = "GET"
    reset: bool = False

    @property
    def transport(self) -> _Request:
        return self

    def get_extra_info(self, _: str) -> None:
        return None

    def abort(self) -> None:
        self.reset = True


class _Served(Server):
    async def _json(
        self, request: web.BaseRequest, body: bytes, kinds: dict[str, Rule]
    ) -> web.StreamResponse:
        if "reset-in-body" in kinds:
            return abort(request)
        return await super()._json(request, body, kinds)


class Within:
    """A transport that is the account's own server, and `OpenTransport` as well."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._server = _Served(sandbox._engine)

    def __call__(self, *, connections: int) -> Within:
        del connections
        return self

    async def get(
        self, url: str, *, headers: Mapping[str, str], timeout_s: float, **_: Any
    ) -> Answer:
        await asyncio.sleep(0)  # others go on while an answer is on its way
        parts = urlsplit(url)
        plainly = CIMultiDict({**headers, "accept-encoding": "identity"})
        request = _Request(f"{parts.path}?{parts.query}", plainly)
        try:
            async with asyncio.timeout(timeout_s):
                response = await self._server.handle(request)  # type: ignore[arg-type]
        except TimeoutError:
            raise TooSlow(f"{parts.hostname} did not answer within {timeout_s:g} s.") from None
        if request.reset:
            raise ConnectionFailure(f"The connection to {parts.hostname} broke.")
        assert isinstance(response, web.Response)
        received = {name.lower(): value for name, value in response.headers.items()}
        assert "content-encoding" not in received  # what is compressed needs a socket
        body = response.body
        assert body is None or isinstance(body, bytes | bytearray)
        return Answer(response.status, received, bytes(body or b""))

    async def post_form(self, url: str, **_: Any) -> Answer:
        raise AssertionError(url)

    async def close(self) -> None:
        pass
