"""A dry run: which requests the next run would make, and how long they would take."""

from __future__ import annotations

import asyncio
import dataclasses
import math
import time
from collections.abc import Callable, Collection, Mapping

import pyarrow as pa

from chimpline.api.client import Client
from chimpline.api.paging import LARGEST_PAGE
from chimpline.catalog.selected import resolve
from chimpline.catalog.table import Changed, Events, Table
from chimpline.clock import utc_now
from chimpline.errors import SliceError, SourceUnavailable
from chimpline.extract.decode.decoder import Decoder
from chimpline.extract.plan import (
    Row,
    activity_of,
    children,
    expected_rows,
    gate_moved,
    in_activity_window,
    needed,
)
from chimpline.extract.source import Source
from chimpline.extract.walk import walk
from chimpline.load import check_writable
from chimpline.model import parent_key
from chimpline.runs.request import RunRequest
from chimpline.runs.reshaping import check_salt
from chimpline.runs.services import Services
from chimpline.runs.work.connecting import connected, server_time
from chimpline.state.bookmarks import COMPLETE, Bookmarks

COUNTS = 2  # comparing the members of an audience: one count for each ask


@dataclasses.dataclass(frozen=True, slots=True)
class TableEstimate:
    """`rows` to be read (None: not known before they are), `requests`, and why so many."""

    table: str
    rows: int | None
    requests: int
    reason: str


@dataclasses.dataclass(frozen=True, slots=True)
class Estimate:
    """`seconds` at the pace of the requests that the estimate itself made."""

    tables: tuple[TableEstimate, ...]
    requests: int
    seconds: float
    connections: int


def estimate(
    request: RunRequest, services: Services, *, notice: Callable[[str], None] = lambda _: None
) -> Estimate:
    """Read what lists and reports say, and the ledger; land nothing, create nothing."""
    landed = resolve(request.tables, request.selections).landed
    place = (request.destination, request.dataset)
    names = [table.name for table in landed]
    check_writable(*place, names, secrets=request.destination_secrets)
    with services.destination(read_only=True) as destination:
        bookmarks = Bookmarks(destination.slices(), services.clock())
    return asyncio.run(_Estimator(request, bookmarks).whole(services, notice))


async def first_run(
    request: RunRequest,
    client: Client,
    *,
    leave_out: Collection[str] = (),
    catalog: Mapping[str, Table] | None = None,
) -> Estimate:
    """What a first run would ask for, whatever any destination has; for a client that is there.

    `leave_out`: tables that may not be read. `catalog`: as in `Services`.
    """
    return await _Estimator(request, Bookmarks([], utc_now()), leave_out, catalog).reckoned(client)


class _Estimator:
    def __init__(
        self,
        request: RunRequest,
        bookmarks: Bookmarks,
        leave_out: Collection[str] = (),
        catalog: Mapping[str, Table] | None = None,
    ) -> None:
        self.request = request
        self.bookmarks = bookmarks
        selected = resolve(request.tables, request.selections, catalog)
        check_salt(selected.landed, request.hash_salt)
        self.tables = selected.tables
        self.landed = {table.name for table in selected.landed}
        self.needed = needed(selected.landed) - set(leave_out)
        self.rows: dict[str, int | None] = dict.fromkeys(self.needed, 0)
        self.requests = dict.fromkeys(self.needed, 0)
        self.closed = dict.fromkeys(self.needed, 0)
        self.slices = dict.fromkeys(self.needed, 0)
        self.decoders: dict[str, Decoder] = {}
        self.unread: dict[str, str] = {}

    async def whole(self, services: Services, notice: Callable[[str], None]) -> Estimate:
        async with connected(self.request, services, notice) as (client, _):
            return await self.reckoned(client)

    async def reckoned(self, client: Client) -> Estimate:
        self.horizon = await server_time(client)
        began, before = time.monotonic(), client.requests
        for table in self.tables.values():
            if table.parent is None and table.name in self.needed:
                await self._collection(client, table, ())
        made = max(client.requests - before, 1)
        pace_s = (time.monotonic() - began) / made
        total = sum(self.requests.values()) + 2
        return Estimate(
            tables=tuple(
                TableEstimate(name, self.rows[name], self.requests[name], self._reason(table))
                for name, table in self.tables.items()
                if name in self.landed or self.requests.get(name)
            ),
            requests=total,
            seconds=round(total * pace_s / self.request.connections, 1),
            connections=self.request.connections,
        )

    async def _collection(self, client: Client, table: Table, parent: tuple[str, ...]) -> None:
        """A table that others hang below is read; the others are reckoned from their parents."""
        try:
            await self._read(client, table, parent)
        except SourceUnavailable:
            raise
        except SliceError as error:  # a run leaves it out too, or fails it, and reads the others
            self.unread[table.name] = error.what
            self._add(table, None)

    async def _read(self, client: Client, table: Table, parent: tuple[str, ...]) -> None:
        below = [child for child in children(table, self.tables) if child.name in self.needed]
        if not below and parent:
            return
        decoder = self.decoders.setdefault(table.name, Decoder(table, self.request.hash_salt))
        source = Source(client, decoder, parent)
        if not below:
            self._add(table, await source.total())
            return
        rows: list[Row] = []
        source.keeps_sent = True

        async def take(_: pa.RecordBatch, __: int) -> None:
            rows.extend(source.sent())

        await walk(source, take)
        self._add(table, len(rows))
        for row in rows:
            values = tuple(str(row[name]) for name in table.offered.primary_key)
            for child in below:
                await self._child(client, child, values, row)

    async def _child(self, client: Client, child: Table, values: tuple[str, ...], row: Row) -> None:
        expected = expected_rows(child, row)
        below = [one for one in children(child, self.tables) if one.name in self.needed]
        self.slices[child.name] += 1
        if isinstance(child.reading, Changed):
            if child.name in self.landed:
                await self._members(client, child, values)
            if below:
                await self._listed(client, child, values, below)
        elif below:
            await self._collection(client, child, values)
        elif self._closed(child, values, row):
            self.closed[child.name] += 1
        else:
            self._add(child, expected)
            if isinstance(child.reading, Events):
                # A page is of recipients, a row is an event.
                known = self.rows[child.name] or 0
                self.rows[child.name] = known - (expected or 0) + activity_of(row)

    def _add(self, table: Table, rows: int | None) -> None:
        known = self.rows[table.name]
        self.rows[table.name] = None if rows is None or known is None else known + rows
        self.requests[table.name] += max(1, math.ceil((rows or 0) / LARGEST_PAGE))

    async def _listed(
        self, client: Client, table: Table, values: tuple[str, ...], below: list[Table]
    ) -> None:
        """What hangs below each member: one request for each at least, whatever changed."""
        decoder = self.decoders.setdefault(table.name, Decoder(table, self.request.hash_salt))
        for ask in table.row.ask:
            many = await Source(client, decoder, values, ask).total() or 0
            self.requests[table.name] += max(1, math.ceil(many / LARGEST_PAGE))
            for child in below:
                self.slices[child.name] += many
                self.requests[child.name] += many
                self.rows[child.name] = None

    async def _members(self, client: Client, table: Table, values: tuple[str, ...]) -> None:
        last = self.bookmarks.latest(table.name, parent_key(values), COMPLETE)
        due = last is None or self.horizon - last.until >= self.request.complete_read_every
        if due or self.request.full_refresh:
            decoder = self.decoders.setdefault(table.name, Decoder(table, self.request.hash_salt))
            for ask in table.row.ask:
                # The audience's own figures know no archived members.
                self._add(table, await Source(client, decoder, values, ask).total())
            self.requests[table.name] += 2 * COUNTS
        else:
            self.closed[table.name] += 1
            self.rows[table.name] = None
            self.requests[table.name] += len(table.row.ask) + COUNTS
        landed = (self.tables[name] for name in self.landed)
        if any(one.row.gate and one.member_column for one in landed):
            self.requests[table.name] += len(table.row.ask) + 1  # who changed since the horizon

    def _closed(self, child: Table, values: tuple[str, ...], row: Row) -> bool:
        request, key, by = self.request, parent_key(values), child.row.gate
        known = self.bookmarks.latest(child.name, key)
        if by is None:
            return False
        if isinstance(child.reading, Events) and known is None:
            return not in_activity_window(row, request.activity_window_days, self.horizon)
        if known is None or request.full_refresh:
            return False
        still = not gate_moved(by, known.gate, row)
        return still and self.horizon - known.until < request.complete_read_every

    def _reason(self, table: Table) -> str:
        if table.name in self.unread:
            return f"cannot be read: {self.unread[table.name]}"
        closed, slices = self.closed[table.name], self.slices[table.name]
        if isinstance(table.reading, Changed):
            return f"only changes in {closed} of {slices} audiences" if closed else "all members"
        if table.row.gate:
            of = "campaigns" if table.row.gate.of == "reports" else "slices"
            return f"{slices - closed} of {slices} {of} are new or have changed"
        return "every run reads all rows"
