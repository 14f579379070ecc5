"""What the parts of one run share."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any

from chimpline.api.client import Client, PageSize
from chimpline.catalog.table import Table
from chimpline.catalog.tables import descendants
from chimpline.errors import (
    BrokenAnswer,
    NotFound,
    NotUnderstood,
    Refused,
    SliceError,
    SourceUnavailable,
)
from chimpline.extract.decode.decoder import Decoder
from chimpline.extract.plan import Row
from chimpline.extract.source import Found, Source
from chimpline.model import SliceRecord, SliceState, TableState, parent_key
from chimpline.runs.report.names import Names
from chimpline.runs.report.tally import Tally
from chimpline.runs.request import RunRequest
from chimpline.runs.work.turns import Turns
from chimpline.runs.work.writer import Writer
from chimpline.state.bookmarks import Bookmarks

MANY_FAILURES = 10


@dataclasses.dataclass
class Context:
    """One run: its request, its time, the account, the destination and the books.

    `tables`: the catalog as chosen; `selected`: the tables that are landed; `fresh`: those of them
    that the destination held no row of when the run began, so that nothing can be missing there.
    `sizes`: of pages, by table, shared by its requests, so that what one slow answer taught serves
    all. `clocks_agree`: whether Mailchimp's clock and ours are about the same.
    """

    request: RunRequest
    run_id: str
    horizon: dt.datetime
    client: Client
    writer: Writer
    bookmarks: Bookmarks
    tally: Tally
    turns: Turns
    group: asyncio.TaskGroup
    tables: Mapping[str, Table]
    selected: frozenset[str]
    fresh: frozenset[str]
    decoders: dict[str, Decoder]
    rows: dict[tuple[str, tuple[str, ...]], asyncio.Future[list[Row]]] = dataclasses.field(
        default_factory=dict
    )
    sizes: dict[str, PageSize] = dataclasses.field(default_factory=dict)
    names: Names = dataclasses.field(default_factory=Names)
    refused: dict[str, str] = dataclasses.field(default_factory=dict)
    failures: int = 0
    clocks_agree: bool = True

    @property
    def landed(self) -> list[Table]:
        """The tables that this run lands."""
        return [table for table in self.tables.values() if table.name in self.selected]

    @property
    def floor(self) -> dt.datetime | None:
        """The start date as the exclusive end of what is left out; None reads everything."""
        return self.request.floor

    def source(self, table: Table, parent: tuple[str, ...], ask: str = "") -> Source:
        size = self.sizes.setdefault(table.name, PageSize())
        room = self.writer.room
        return Source(self.client, self.decoders[table.name], parent, ask, size, room=room)

    def kept(self, table: str, parent: tuple[str, ...]) -> asyncio.Future[list[Row]]:
        """The kept rows of a slice, once it is read; fails where it could not be read."""
        key = (table, parent)
        if key not in self.rows:
            future = asyncio.get_running_loop().create_future()
            # Nobody may be waiting for it; the failure is told by the table itself.
            future.add_done_callback(lambda f: f.cancelled() or f.exception())
            self.rows[key] = future
        return self.rows[key]

    def line(
        self,
        table: Table,
        parent: tuple[str, ...],
        *,
        state: SliceState,
        proof: str,
        rows: int,
        requests: int,
        ask: str = "",
        since: dt.datetime | None = None,
        until: dt.datetime | None = None,
        gate: dict[str, Any] | None = None,
    ) -> SliceRecord:
        """A ledger line of this run."""
        return SliceRecord(
            run_id=self.run_id,
            table_name=table.name,
            parent_key=parent_key(parent),
            ask=ask,
            since=since,
            until=until or self.horizon,
            state=state,
            proof=proof,
            gate=gate,
            rows=rows,
            requests=requests,
        )

    async def failed(self, table: Table, parent: tuple[str, ...], error: SliceError) -> None:
        """A slice could not be read. Others go on, unless nothing can be read any more."""
        where = self.names.where(table, parent)
        match error:
            case NotFound():
                if await self._parent_gone(table, parent):
                    # It went while we read: the next run finds it gone at its own table.
                    told = f"{where} was deleted at Mailchimp during this run."
                    self.tally.notice(told, table.name)
                else:
                    self._spoil(table, where, TableState.FAILED, f"{error.what} Run again.")
            case Refused():
                self.refuse(table, error)
            case SourceUnavailable():
                self._spoil(table, where, TableState.FAILED, f"{error.what} {error.do}")
                self.failures += 1
                if self.failures >= MANY_FAILURES:
                    # Raises in its turn where nothing at all answers: then the run ends.
                    with contextlib.suppress(NotFound, NotUnderstood, Refused):  # an answer too
                        await self.client.get("/ping", parse=bytes)
                    self.failures = 0
            case NotUnderstood():
                self._spoil(table, where, TableState.FAILED, f"{error.what} {error.do}")
            case BrokenAnswer():
                told = f"{error.what} What was read before it is kept. Run again; if it comes back,"
                do = "report it with the log of this run."
                self._spoil(table, where, TableState.FAILED, f"{told} {do}")
            case _:
                self._spoil(table, where, TableState.FAILED, str(error))

    async def _parent_gone(self, table: Table, parent: tuple[str, ...]) -> bool:
        """Whether the parent of a slice that answered 404 answers 404 itself."""
        if table.parent is None:
            return False
        try:
            above = self.source(table.parent, parent[:-1])
            return await above.record(parent[-1]) is None
        except SliceError:
            return False

    def unproven(self, table: Table, parent: tuple[str, ...], found: Found) -> None:
        """A slice was read and could not be proven complete; nor then what hangs below it."""
        where = self.names.where(table, parent)
        if found.odd:
            message = (
                f"{found.trouble}, so that the table is not complete. All other rows were copied;"
                " nothing was marked as deleted. Look for these records in Mailchimp: their keys,"
                " as far as they have any, are in the table _chimpline_slices. Every run reads them"
                " again."
            )
        else:
            message = (
                f"the copy may be incomplete, because {found.trouble}. The rows that were read are"
                " saved; nothing was marked as deleted. Run again when the account is quieter."
            )
        self._spoil(table, where, TableState.UNPROVEN, message)

    def _spoil(self, table: Table, where: str, state: TableState, message: str) -> None:
        self.tally[table.name].spoil(state, f"{where}: {message}")
        for below in descendants(table, self.tables):
            if below.name in self.tally.tables:
                self.tally[below.name].spoil(
                    state, f"{below.name} depends on {where}, which is {state.value}."
                )

    def refuse(self, table: Table, error: Refused) -> None:
        """Leave a table out, and those below it, which cannot be listed without it."""
        for refused in (table, *descendants(table, self.tables)):
            if refused.name not in self.refused and refused.name in self.tally.tables:
                why = "" if refused is table else f"{refused.name} depends on {table.name}. "
                self.refused[refused.name] = error.what
                self.tally[refused.name].spoil(TableState.REFUSED, f"{why}{error.what} {error.do}")
