"""The members of one audience on both sides: asked for and counted, and what it came to."""

from __future__ import annotations

import contextlib
import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa

from chimpline.catalog.row import Changed
from chimpline.catalog.table import Table
from chimpline.evidence import Definitions
from chimpline.extract.seek import Sought
from chimpline.extract.source import Found, Source
from chimpline.message import Fact, Message
from chimpline.model import Scope, SliceRecord, SliceState, Window
from chimpline.runs.context import Context
from chimpline.runs.members.asks import of_ask, window_filters
from chimpline.runs.slice.collector import Collector
from chimpline.runs.slice.riders import Rider
from chimpline.runs.work.writer import Part


class Membership:
    """What is asked of one audience's members, and what it came to.

    `whole`: the window that a run speaks for. `proven`: false once a part of it could not be.
    `requests` and `rows` count all that was asked and served. `riders`: the tables that are landed
    of what rides in the members' records; `odd`: those of which some could not be; `rode`: how many
    rows of each were served in windows.
    """

    def __init__(self, context: Context, table: Table, list_id: str) -> None:
        if not isinstance(table.reading, Changed):
            raise TypeError(table.name)
        self.context = context
        self.table = table
        self.parent = (list_id,)
        self.cursor = table.reading.cursor
        self.asks = table.row.ask
        self.whole = Window(context.floor, context.horizon)
        self.proven = True
        self.rows = 0
        self.requests = 0
        landed, refused = context.chosen.landed, context.failures.refused
        riding = (one for one in landed if one.host is not None and one.name not in refused)
        self.riders = [one for one in riding if one.host and one.host.name == table.name]
        self.odd: set[str] = set()
        self.rode: Counter[str] = Counter()

    @property
    def name(self) -> Fact:
        return self.context.names.where(self.table, self.parent)

    @contextlib.contextmanager
    def asking(self, ask: str = "") -> Iterator[Source]:
        """A source whose requests are counted, however the asking ends."""
        source = self.context.source(self.table, self.parent, ask, self.riders)
        try:
            yield source
        finally:
            self.requests += source.requests

    def collector(self, source: Source, **how: Any) -> Collector:
        """Takes the pages of one part of the audience, and what rides in them."""
        context = self.context
        riders = [
            (
                Rider(one, context.source.decoder(one)),
                Collector(context, one, self.parent, forgets=True, **how),
            )
            for one in self.riders
        ]
        along: dict[str, Any] = {"riders": riders, "source": source, "replaces": True}
        return Collector(context, self.table, self.parent, **how, **(along if riders else {}))

    def riding(self, line: SliceRecord, collector: Collector) -> list[Part]:
        """The last parts of what rode with `collector`: each with the like of its line."""
        parts = []
        for rider, own in collector.riders:
            table, like = rider.table, dataclasses.replace(line, rows=own.landed, requests=0)
            self.rode[table.name] += own.landed
            if rider.odd:
                self.odd.add(table.name)
                found = Found(own.landed, 0, None, rider.odd.said, rider.odd.told())
                self.context.failures.unproven(table, self.parent, found)
                like = dataclasses.replace(
                    like, state=SliceState.UNPROVEN, proof=str(found.trouble), odd=found.odd
                )
            like = dataclasses.replace(like, table_name=table.name)
            parts.append(Part(table.schema, slices=[like], pages=0))
        return parts

    async def riders_of(
        self, ids: Sequence[str], riders: Sequence[Table] | None = None
    ) -> list[Part]:
        """What rides in the records of these members, to be buried with them."""
        writer, parts = self.context.writer, []
        for one in self.riders if riders is None else riders:
            if ids:
                scope = Scope(self.everyone().equals, among=(one.record_key, tuple(ids)))
                none = one.schema.key_schema().empty_table()
                gone = await writer.call(writer.destination.missing, one.schema, scope, none)
                parts.append(Part(one.schema, tombstones=gone, pages=0))
        return parts

    async def note_window(
        self, ask: str, sought: Sought, collector: Collector, defined: Definitions | None
    ) -> None:
        """The last rows of a window, its line in the ledger, and what it came to."""
        found = sought.found
        line = self.context.line(
            self.table,
            self.parent,
            ask=ask,
            since=sought.window.since,
            until=sought.window.until,
            state=SliceState.PROVEN if found.proof else SliceState.UNPROVEN,
            proof=found.proof or str(found.trouble),
            rows=found.rows,
            requests=found.requests,
            evidence=defined,
            odd=found.odd,
        )
        riding = self.riding(line, collector)
        await collector.hand_over(last=Part(self.table.schema, slices=[line]), riding=riding)
        self.note(found)

    def note(self, found: Found) -> None:
        """Take down what reading a part of the audience came to."""
        self.rows += found.rows
        if found.proof is None:
            self.proven = False
            self.context.failures.unproven(self.table, self.parent, found)

    def unproven(self, why: Message) -> None:
        """Take down why the audience is not proven, beside what was read of it."""
        self.note(Found(0, 0, None, why))

    def share_an_id(self, many: int) -> None:
        """Take down that so many records took each other's place in the copy."""
        self.unproven(Message.of("members-share-an-id", many=many))

    @property
    def asks_and_first_again(self) -> tuple[str, ...]:
        """The order in which nobody is missed who moves between two asks meanwhile.

        Whoever is archived, or comes back, between two requests is met by one of the three.
        """
        return (*self.asks, self.asks[0])

    def everyone(self) -> Scope:
        """All of the audience's rows in the destination, whenever they changed."""
        return Scope(equals=(("list_id", self.parent[0]),))

    def scope(self, ask: str) -> Scope:
        """The destination's rows of one ask up to the horizon: archived ones, or all others."""
        timed = dataclasses.replace(
            self.everyone(), cursor=self.cursor, since=self.whole.since, until=self.whole.until
        )
        return of_ask(timed, ask, self.asks)

    def filters(self, window: Window) -> dict[str, str]:
        """Query parameters that narrow by the cursor."""
        return window_filters(self.cursor, window)

    async def theirs(self, ask: str, window: Window | None = None) -> int | None:
        """How many members Mailchimp holds in a window; None where it does not tell."""
        with self.asking(ask) as source:
            return await source.total(self.filters(window or self.whole))

    async def ours(self, scope: Scope) -> int:
        writer = self.context.writer
        return await writer.call(writer.destination.count, self.table.schema, scope)

    def met(self, collectors: Iterable[Collector]) -> pa.Table:
        """All keys that were taken, in the key schema."""
        none = self.table.schema.key_schema().empty_table()
        return pa.concat_tables([none, *(collector.keys() for collector in collectors)])

    async def missing(self, scope: Scope, seen: pa.Table) -> pa.Table:
        """Keys that the destination holds in `scope` and that are not among `seen`."""
        writer = self.context.writer
        return await writer.call(writer.destination.missing, self.table.schema, scope, seen)
