"""The members of one audience: changes by cursor, vanished ones by count, else a complete read."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
import functools
from collections.abc import AsyncIterator
from typing import Any

import pyarrow as pa

from chimpline.catalog.table import Changed, Table
from chimpline.errors import BrokenAnswer, NotFound, Refused, SourceUnavailable
from chimpline.extract.plan import Row, definitions, definitions_changed
from chimpline.extract.seek import Split, seek
from chimpline.extract.source import Found, instant
from chimpline.extract.walk import walk
from chimpline.load.contract import Reopen
from chimpline.model import Deletes, Scope, SliceRecord, SliceState, Window, parent_key
from chimpline.runs.context import Context
from chimpline.runs.slices import CONFIRM_ONE_BY_ONE, Collector, askable, present, subtract
from chimpline.runs.writer import Part
from chimpline.state.bookmarks import COMPLETE

NOW = dt.timedelta(days=30)
"""Later than any run ends: `(horizon, horizon + NOW]` holds all that changed since it began."""

NEVER = "never read completely"
DEFINED_ANEW = "its merge fields, interests or tags changed"


class Audience:
    """Reads the members of one audience in one run."""

    def __init__(self, context: Context, table: Table, list_id: str, expected: int | None) -> None:
        if not isinstance(table.reading, Changed):
            raise TypeError(table.name)
        self.context = context
        self.table = table
        self.parent = (list_id,)
        self.cursor = table.reading.cursor
        self.expected = expected or 0
        self.whole = Window(context.floor, context.horizon)
        self.collectors: list[Collector] = []
        self.proven = True
        self.rows = 0
        self.requests = 0
        self.reopened: list[tuple[str, str]] = []
        self.defined: dict[str, Any] | None = None

    async def read(self) -> None:
        """Bring the audience up to the horizon; raises what only the whole run can handle."""
        context, table = self.context, self.table
        mark = context.bookmarks.latest(table.name, self.parent[0], COMPLETE)
        self.defined = defined = await self._definitions()
        due = self._due(mark, defined)
        resumed = due == NEVER
        full = bool(due) or resumed
        context.tally.begin(table.name, full=full, expected=self.expected if full else None)
        try:
            if due and not resumed:
                await self._completely(due, defined)
            elif await self._changes():
                # A start date that is lifted left out those without a cursor value.
                lifted = mark is not None and mark.since is not None and self.whole.since is None
                if (mark is None or lifted) and await self._without_cursor():
                    proof = mark.proof if mark else "all windows proven, counts equal"
                    await self._mark(proof, defined, until=mark.until if mark else None)
            elif self.proven:
                await self._completely("the counts differ", defined)
            await self._left_out()
        except (NotFound, Refused, SourceUnavailable, BrokenAnswer) as error:
            await context.failed(table, self.parent, error)
        finally:
            context.tally.end(table.name, self.requests)

    def _due(self, mark: SliceRecord | None, defined: dict[str, Any] | None) -> str:
        """Why the audience must be read completely; empty where changes suffice."""
        request = self.context.request
        if request.full_refresh:
            return "a full refresh was asked for"
        if mark is None:
            return NEVER if self._begun_under(defined) else DEFINED_ANEW
        if self.context.horizon - mark.until >= request.complete_read_every:
            return f"last read completely on {mark.until:%Y-%m-%d}"
        if defined is not None and definitions_changed(mark.gate, defined):
            return DEFINED_ANEW
        return ""

    def _begun_under(self, defined: dict[str, Any] | None) -> bool:
        """Whether what a stopped first read left behind was read under these definitions."""
        bookmarks, (list_id,) = self.context.bookmarks, self.parent
        return defined is None or not any(
            definitions_changed(line.gate, defined)
            for ask in self.table.row.ask
            for line in bookmarks.proven(self.table.name, list_id, ask)
        )

    async def _definitions(self) -> dict[str, Any] | None:
        """What shapes the members' rows; None where it may not be read."""
        context = self.context
        try:
            fields = await context.kept("list_merge_fields", self.parent)
            segments = await context.kept("list_segments", self.parent)
            categories = await context.kept("list_interest_categories", self.parent)
            interests: list[Row] = []
            for category in categories:
                interests += await context.kept("list_interests", (*self.parent, category["id"]))
        except LookupError:
            return None
        return definitions(fields, interests, segments)

    async def _changes(self) -> bool:
        """Read what changed; whether the destination then holds as many members as Mailchimp."""
        bookmarks, lookback = self.context.bookmarks, self.context.request.lookback
        async with together() as group:
            for ask in self.table.row.ask:
                windows = bookmarks.windows(
                    self.table.name, parent_key(self.parent), ask, self.whole, lookback
                )
                for window in windows:
                    group.create_task(self._window(group, ask, window, self.expected, keep=False))
        if not self.proven or self.context.request.deletes is Deletes.IGNORE:
            return self.proven
        await self.context.writer.settled()
        return await self._counts_equal()

    async def _completely(self, why: str, defined: dict[str, Any] | None) -> bool:
        """Read every member, then bury those that were not met and are not found changed."""
        self.context.tally.notice(f"{self._name} is read completely: {why}.", self.table.name)
        async with together() as group:
            for ask in self.table.row.ask:
                group.create_task(self._window(group, ask, self.whole, self.expected, keep=True))
        if not await self._without_cursor():
            return False
        await self.context.writer.settled()
        gone = await self._vanished()
        if not self.proven:
            return False
        await self._mark(f"complete: {why}; {gone} vanished", defined)
        return True

    async def _window(
        self, group: asyncio.TaskGroup, ask: str, window: Window, expected: float, *, keep: bool
    ) -> None:
        """One slice: a window of one ask; what it forks off become slices of their own."""
        context = self.context
        source = context.source(self.table, self.parent, ask)
        collector = Collector(context, self.table, self.parent)

        try:
            async with context.turns.turn(expected) as turn:

                def fork(upper: Window) -> None:
                    turn.left /= 2
                    group.create_task(self._window(group, ask, upper, turn.left, keep=keep))

                split = Split(wanted=functools.partial(context.turns.too_long, turn), fork=fork)
                sought = await seek(source, window, collector.take, split)
                if keep:
                    self.collectors.append(collector)
                line = context.line(
                    self.table,
                    self.parent,
                    ask=ask,
                    since=sought.window.since,
                    until=sought.window.until,
                    state=SliceState.PROVEN if sought.found.proof else SliceState.UNPROVEN,
                    proof=sought.found.proof or sought.found.trouble,
                    rows=sought.found.rows,
                    requests=sought.found.requests,
                    gate=self.defined,
                )
                await collector.hand_over(last=Part(self.table.schema, slices=[line]))
        except BaseException:
            await asyncio.shield(collector.hand_over())
            raise
        finally:
            self.requests += source.requests
        self._note(sought.found)

    def _note(self, found: Found) -> None:
        self.rows += found.rows
        if found.proof is None:
            self.proven = False
            self.context.unproven(self.table, self.parent, found.trouble)

    async def _without_cursor(self) -> bool:
        """Members without `last_changed` are in no window: they show as a difference of totals.

        They are not asked for under a start date, which they cannot meet. Whether all that was read
        of the audience is proven then: else the next run must ask for them again.
        """
        if self.context.floor is None and self.proven:
            async with together() as group:
                for ask in self.table.row.ask:
                    group.create_task(self._without_cursor_of(ask))
        return self.proven

    async def _without_cursor_of(self, ask: str) -> None:
        source = self.context.source(self.table, self.parent, ask)
        # In this order: one that is deleted in between costs a needless walk, no row.
        everyone, timed = await source.total(), await self._theirs(ask) or 0
        if everyone is not None and everyone > timed:
            later = _filter(self.cursor, since=self.context.horizon)
            timed += await source.total(later) or 0
        if everyone is not None and everyone > timed:
            collector = Collector(self.context, self.table, self.parent)
            async with self.context.turns.turn(self.expected):
                self._note(await walk(source, collector.take))
                self.collectors.append(collector)
                await collector.hand_over()
        self.requests += source.requests

    async def _counts_equal(self) -> bool:
        """Whether each ask has as many members up to the horizon as the destination holds.

        Members that changed since the horizon have left Mailchimp's side of the comparison, so
        where the counts differ they are looked up and left out on ours too.
        """
        moved: pa.Table | None = None
        async with together() as group:
            counts = {ask: group.create_task(self._theirs(ask)) for ask in self.table.row.ask}
        for ask, count in counts.items():
            theirs, ours = count.result(), await self._ours(ask)
            if theirs == ours:
                continue
            if moved is None:
                moved = await self._moved()
            theirs = await self._theirs(ask)
            scope = self._scope(ask)
            left = await self.context.writer.call(
                self.context.writer.destination.missing, self.table.schema, scope, moved
            )
            if theirs != left.num_rows:
                return False
        return True

    async def _theirs(self, ask: str) -> int | None:
        source = self.context.source(self.table, self.parent, ask)
        window = _filter(self.cursor, since=self.context.floor, until=self.context.horizon)
        total = await source.total(window)
        self.requests += source.requests
        return total

    async def _ours(self, ask: str) -> int:
        writer = self.context.writer
        return await writer.call(writer.destination.count, self.table.schema, self._scope(ask))

    def _scope(self, ask: str) -> Scope:
        """The destination's rows of one ask up to the horizon: archived ones, or all others."""
        name, _, value = ask.partition("=")
        mine = ((name, value),) if ask else ()
        others = tuple(
            (other, text)
            for other, _, text in (a.partition("=") for a in self.table.row.ask if a and not ask)
        )
        return Scope(
            equals=(("list_id", self.parent[0]), *mine),
            unless=others,
            cursor=self.cursor,
            since=self.context.floor,
            until=self.context.horizon,
        )

    async def _moved(self) -> pa.Table:
        """Keys of the members that changed after the horizon."""
        batches: list[pa.RecordBatch] = []
        keys = list(self.table.schema.primary_key)

        async def take(batch: pa.RecordBatch, _: int) -> None:
            batches.append(batch.select(keys))

        for ask in self.table.row.ask:
            source = self.context.source(self.table, self.parent, ask)
            sought = await seek(
                source, Window(self.context.horizon, self.context.horizon + NOW), take
            )
            self.requests += source.requests
            self._note(dataclasses.replace(sought.found, rows=0))
        return pa.Table.from_batches(batches, self.table.schema.key_schema())

    async def _vanished(self) -> int:
        """Bury what a complete read did not meet, and reopen the campaigns that hold it."""
        context = self.context
        if context.request.deletes is Deletes.IGNORE or self.table.name in context.fresh:
            return 0
        schema = self.table.schema.key_schema()
        seen = [batch for collector in self.collectors for batch in collector.seen]
        scope = Scope(
            equals=(("list_id", self.parent[0]),),
            cursor=self.cursor if context.floor else None,
            since=context.floor,
        )
        destination = context.writer.destination
        missing = await context.writer.call(
            destination.missing, self.table.schema, scope, pa.Table.from_batches(seen, schema)
        )
        if missing.num_rows:
            missing = subtract(missing, await self._moved())
        if not missing.num_rows or not self.proven:
            return 0
        gone = missing
        if missing.num_rows <= CONFIRM_ONE_BY_ONE and askable(self.table):
            source = context.source(self.table, self.parent)
            there, _ = await present(source, missing)
            self.requests += source.requests
            gone = missing if there is None else subtract(missing, there)
        reopen = await self._campaigns_of(gone.column(self.table.record_key).to_pylist())
        self.reopened = [(r.table_name, key) for r in reopen for key in r.parent_keys]
        await context.writer.put(Part(self.table.schema, tombstones=gone, reopen=reopen))
        return int(gone.num_rows)

    async def _campaigns_of(self, ids: list[str]) -> list[Reopen]:
        """The slices of reports that hold rows of these members, which no counter may betray."""
        writer, reopen = self.context.writer, []
        for table in self.context.tables.values():
            if table.row.gate and table.name in self.context.selected and ids:
                held = await writer.call(
                    writer.destination.holders,
                    table.schema,
                    table.variables[0],
                    table.record_key,
                    ids,
                )
                reopen.append(Reopen(table.name, held))
        return reopen

    async def _left_out(self) -> None:
        """Count the members that the start date leaves out."""
        if self.context.floor is None:
            return
        left_out = 0
        for ask in self.table.row.ask:
            source = self.context.source(self.table, self.parent, ask)
            everyone = await source.total() or 0
            inside = await source.total(_filter(self.cursor, since=self.context.floor)) or 0
            self.requests += source.requests
            left_out += everyone - inside
        # Added at once: other audiences count at the same time.
        tally = self.context.tally[self.table.name]
        if tally.left_out is not None:
            tally.left_out += left_out

    async def _mark(
        self, proof: str, defined: dict[str, Any] | None, *, until: dt.datetime | None = None
    ) -> None:
        """The audience is complete; `until` is when it was last read so, if not now."""
        line = self.context.line(
            self.table,
            self.parent,
            ask=COMPLETE,
            since=self.whole.since,
            until=until,
            state=SliceState.PROVEN,
            proof=proof,
            rows=self.rows,
            requests=self.requests,
            gate=defined,
        )
        await self.context.writer.put(Part(self.table.schema, slices=[line], pages=0))

    @property
    def _name(self) -> str:
        return f"{self.table.name} of {self.parent[0]}"


def _filter(
    cursor: str, *, since: dt.datetime | None = None, until: dt.datetime | None = None
) -> dict[str, str]:
    window = {}
    if since is not None:
        window[f"since_{cursor}"] = instant(since)
    if until is not None:
        window[f"before_{cursor}"] = instant(until)
    return window


@contextlib.asynccontextmanager
async def together() -> AsyncIterator[asyncio.TaskGroup]:
    """A task group that raises the one error that ended it, not a group of one."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except BaseExceptionGroup as many:
        raise first_of(many) from many


def first_of(many: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error that matters most: one that ends the run before one that ends a slice."""
    flat = [
        first_of(error) if isinstance(error, BaseExceptionGroup) else error
        for error in many.exceptions
    ]
    slice_only = (NotFound, Refused, SourceUnavailable, BrokenAnswer)
    return next((error for error in flat if not isinstance(error, slice_only)), flat[0])
