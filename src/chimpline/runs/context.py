"""What the parts of one run share."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import functools
from collections.abc import Mapping, Sequence
from typing import Any

from chimpline.api.client import Client, PageSize
from chimpline.catalog.table import Table
from chimpline.evidence import Evidence
from chimpline.extract.decode.decoder import Decoder
from chimpline.extract.plan import Row
from chimpline.extract.room import Room
from chimpline.extract.source import Source
from chimpline.model import SliceRecord, SliceState, parent_key
from chimpline.runs.failures import Failures
from chimpline.runs.report.names import Names
from chimpline.runs.report.tally import Tally
from chimpline.runs.request import RunRequest
from chimpline.runs.work.connecting import Horizon
from chimpline.runs.work.turns import Turns
from chimpline.runs.work.writer import Writer
from chimpline.state.bookmarks import Bookmarks


class Sources:
    """Makes the source of each slice. What one slow answer taught of a table's pages serves all."""

    def __init__(self, client: Client, decoders: Mapping[str, Decoder], room: Room) -> None:
        self._client = client
        self._decoders = decoders
        self._sizes: dict[str, PageSize] = {}
        self._room = room

    def __call__(
        self,
        table: Table,
        parent: tuple[str, ...],
        ask: str = "",
        riders: Sequence[Table] = (),
    ) -> Source:
        size = self._sizes.setdefault(table.name, PageSize())
        arrays = [str(one.row.unnest) for one in riders]
        return Source(
            self._client, self.decoder(table), parent, ask, size, room=self._room, arrays=arrays
        )

    def decoder(self, table: Table) -> Decoder:
        """What decodes the answers of a table."""
        return self._decoders[table.name]


class Kept:
    """The rows of slices, for those below them. `rows`: by table and parent, of who was asked."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, tuple[str, ...]], asyncio.Future[list[Row]]] = {}

    def __call__(self, table: str, parent: tuple[str, ...]) -> asyncio.Future[list[Row]]:
        """The kept rows of a slice, once it is read; fails where it could not be read."""
        key = (table, parent)
        if key not in self.rows:
            future = asyncio.get_running_loop().create_future()
            # Nobody may be waiting for it; the failure is told by the table itself.
            future.add_done_callback(lambda f: f.cancelled() or f.exception())
            self.rows[key] = future
        return self.rows[key]


@dataclasses.dataclass(frozen=True, slots=True)
class Lines:
    """Makes the ledger lines of one run, which speak for the time until its horizon."""

    run_id: str
    horizon: dt.datetime

    def __call__(
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
        evidence: Evidence | None = None,
        odd: Sequence[Mapping[str, Any]] = (),
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
            evidence=evidence,
            rows=rows,
            requests=requests,
            odd=odd,
        )


@dataclasses.dataclass(frozen=True, slots=True)
class Chosen:
    """The catalog as chosen: every table of it, and which of them are landed.

    `fresh`: those of the landed that the destination held no row of when the run began, so that
    nothing can be missing there.
    """

    tables: Mapping[str, Table]
    selected: frozenset[str]
    fresh: frozenset[str]

    @property
    def landed(self) -> list[Table]:
        """The tables that this run lands."""
        return [table for table in self.tables.values() if table.name in self.selected]


@dataclasses.dataclass(frozen=True, slots=True)
class Context:
    """The parts that one run is carried out with, each with a work of its own.

    What is asked for: `request`, until when (`over`), of which tables (`chosen`). How it is read:
    in `turns` and tasks of `group`, from a `source` for each slice; what is `kept` of its rows is
    read below them. Where it goes: the `writer`, with each `line` of the ledger; `bookmarks` say
    what earlier ones proved. What is told: the `tally`, with `names`; `failures` decide what a
    slice that could not be read means.
    """

    request: RunRequest
    over: Horizon
    chosen: Chosen
    turns: Turns
    group: asyncio.TaskGroup
    source: Sources
    kept: Kept
    writer: Writer
    line: Lines
    bookmarks: Bookmarks
    tally: Tally
    names: Names
    failures: Failures

    @classmethod
    def of(
        cls,
        request: RunRequest,
        run_id: str,
        over: Horizon,
        chosen: Chosen,
        *,
        client: Client,
        decoders: Mapping[str, Decoder],
        writer: Writer,
        bookmarks: Bookmarks,
        tally: Tally,
        group: asyncio.TaskGroup,
    ) -> Context:
        """The parts of a run, put together."""
        source, names = Sources(client, decoders, writer.room), Names()
        alive = functools.partial(client.get, "/ping", parse=bytes)
        return cls(
            request=request,
            over=over,
            chosen=chosen,
            turns=Turns(request.connections),
            group=group,
            source=source,
            kept=Kept(),
            writer=writer,
            line=Lines(run_id, over.at),
            bookmarks=bookmarks,
            tally=tally,
            names=names,
            failures=Failures(
                chosen.tables, tally, names, source, alive, held=chosen.selected - chosen.fresh
            ),
        )

    @property
    def horizon(self) -> dt.datetime:
        """Until when this run reads, to the second."""
        return self.over.at

    @property
    def floor(self) -> dt.datetime | None:
        """The start date as the exclusive end of what is left out; None reads everything."""
        return self.request.floor
