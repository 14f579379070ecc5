"""The members of one audience compared with their account, by the time of their change."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from chimpline.catalog.table import Changed, Table
from chimpline.extract.decode.oddities import STANDS_IN
from chimpline.extract.plan import Row, definitions, definitions_changed
from chimpline.extract.seek import seek
from chimpline.extract.walk import walk
from chimpline.load.merge import latest
from chimpline.model import LAST_SECOND, Scope, Window
from chimpline.reconcile.copy import Checking, ComparedSlice
from chimpline.reconcile.difference import Kind, Level
from chimpline.reconcile.match import Matched, differing, match
from chimpline.reconcile.whole_slice import read_whole
from chimpline.runs.members.asks import window_filters
from chimpline.runs.members.bisection import Leaf, packed
from chimpline.runs.slice.read import CONFIRM_ONE_BY_ONE, askable, looked_up
from chimpline.runs.work.together import together
from chimpline.state.bookmarks import COMPLETE

GROUP = 8
"""So many pages are compared with the copy by one query."""
AT_ONCE = 3
"""So many groups are in memory."""
SHAPED = frozenset({"merge_fields", "interests", "tags", "tags_count"})
"""Columns that change with an audience's definitions, whoever changes those."""


class _UnprovenError(Exception):
    """Members could not be read to a proof."""


@dataclasses.dataclass
class _Alone:
    """Rows that have no like in their own stretch of time."""

    columns: list[str]
    schema: pa.Schema
    theirs: list[pa.Table] = dataclasses.field(default_factory=list)
    ours: list[pa.Table] = dataclasses.field(default_factory=list)

    def both(self, cursor: str, key: Sequence[str]) -> tuple[pa.Table, pa.Table]:
        none = pa.schema([self.schema.field(name) for name in self.columns]).empty_table()
        theirs = pa.concat_tables([none, *self.theirs]).sort_by(cursor)
        return latest(theirs, key), latest(pa.concat_tables([none, *self.ours]), key)


class MembersCheck:
    """`until`: for each ask, the end of what runs have proven; None before the first."""

    def __init__(self, checking: Checking, table: Table, list_id: str) -> None:
        if not isinstance(table.reading, Changed):
            raise TypeError(table.name)
        self.checking = checking
        self.table = table
        self.parent = (list_id,)
        self.slice = ComparedSlice(checking, table, self.parent)
        self.cursor = table.reading.cursor
        self.floor = checking.request.floor
        self.until = {ask: self._proven(ask) for ask in table.row.ask}
        self.stretches = asyncio.Semaphore(AT_ONCE)
        self._anew: bool | None = None

    def _proven(self, ask: str) -> dt.datetime | None:
        bookmarks, (list_id,) = self.checking.bookmarks, self.parent
        lines = [bookmarks.latest(self.table.name, list_id, one) for one in (ask, COMPLETE)]
        return max((line.until for line in lines if line is not None), default=None)

    async def compare(self) -> None:
        self.slice.result.slices += 1
        outside = await self.slice.count(self._scope(Window(None, self.floor))) if self.floor else 0
        self.slice.differ(Kind.OUTSIDE, outside)
        if self.checking.level is Level.COUNTS:
            await self._counts()
            return
        try:
            await self._rows()
        except _UnprovenError as error:
            self.slice.differ(Kind.UNREAD, 1, note=str(error))

    # -- by counts ---------------------------------------------------------------------------

    async def _counts(self) -> None:
        """Up to what is proven, then what changed since: one count each, for each ask."""
        later = LAST_SECOND
        found: dict[str, tuple[int, int, int]] = {}
        for ask, until in self.until.items():
            end = until or later
            then = await self._total(ask, Window(self.floor, end))
            since = await self._total(ask, Window(end, later)) if until else 0
            scope = self._scope(Window(self.floor, end), ask)
            ours = await self.slice.count(scope)
            if then is None or since is None:
                self.slice.result.add(None, ours)
                self.slice.result.note = "cannot be counted (Mailchimp tells no total)"
                return
            self.slice.result.add(then, ours)
            found[ask] = then, since, ours - await self.slice.surplus(scope)
        changed = sum(since for _, since, _ in found.values())
        told = 0
        for ask, (then, _, ours) in found.items():
            note = f"{then} at Mailchimp up to then, {ours} in the copy{_asked(ask)}"
            if self.until[ask] is None:
                self.slice.differ(self.slice.never_proven(), abs(then - ours), note=note)
            elif then > ours:
                self.slice.differ(Kind.FEWER, then - ours, note=note)
            elif then < ours:
                # Who changed since has left the window: so many can be missing without any loss.
                moved = min(ours - then, changed - told)
                told += moved
                self.slice.differ(
                    Kind.CHANGED,
                    moved,
                    note=f"{note}; as many changed, or some were deleted: see --level keys",
                )
                self.slice.differ(Kind.MORE, ours - then - moved, note=note)
        self.slice.differ(Kind.CHANGED, changed - told, note="changed or came since the run")

    async def _total(self, ask: str, window: Window) -> int | None:
        filters = window_filters(self.cursor, window)
        return await self.checking.source(self.table, self.parent, ask).total(filters)

    def _scope(self, window: Window | None = None, ask: str | None = None) -> Scope:
        scope = Scope(equals=(("list_id", self.parent[0]),))
        if window is not None:
            scope = dataclasses.replace(
                scope, cursor=self.cursor, since=window.since, until=window.until
            )
        if ask:
            name, _, value = ask.partition("=")
            return dataclasses.replace(scope, equals=(*scope.equals, (name, value)))
        if ask is not None:
            others = tuple(a.partition("=")[::2] for a in self.table.row.ask if a)
            return dataclasses.replace(scope, unless=others)
        return scope

    # -- by keys and cells -------------------------------------------------------------------

    async def _rows(self) -> None:
        """Some pages of time at a time; what has no like in its own stretch is matched at the end.

        So a member that changed, and lies elsewhere in time now, is met on both sides, and only
        those are kept in memory.
        """
        columns = self.checking.columns(self.table)
        alone = _Alone(columns, self.table.schema.arrow_schema())
        async with together() as group:
            for ask in self.table.row.ask:
                leaves = await self._leaves(ask)
                for place in range(0, len(leaves), GROUP):
                    some = leaves[place : place + GROUP]
                    group.create_task(self._stretch(ask, some, alone))
        if self.floor is None:
            await self._without_time(alone)
        theirs, ours = alone.both(self.cursor, self.table.schema.primary_key)
        matched = match(self.table.schema.primary_key, theirs, ours)
        await self._missing(theirs.take(matched.only_theirs))
        await self._extra(ours.take(matched.only_ours))
        await self._pairs(theirs, ours, matched)

    async def _leaves(self, ask: str) -> list[Leaf]:
        """Stretches of time that hold a page each, by what the copy holds of the ask."""
        window = Window(self.floor, LAST_SECOND)
        copy, none = self.checking.copy, self.table.schema.key_schema().empty_table()
        found = await copy.call(
            copy.destination.counts_by,
            self.table.schema,
            self._scope(window, ask),
            self.cursor,
            none,
        )
        return packed(
            window.since, window.until, found["value"].to_pylist(), found["rows"].to_pylist()
        )

    async def _stretch(self, ask: str, leaves: list[Leaf], alone: _Alone) -> None:
        async with self.stretches:
            batches: list[pa.RecordBatch] = []
            async with together() as group:
                for leaf in leaves:
                    group.create_task(self._sought(ask, Window(leaf.since, leaf.until), batches))
            theirs = await self._landed(batches, alone.columns)
            window = Window(leaves[0].since, leaves[-1].until)
            ours = await self.slice.cells(self._scope(window, ask), alone.columns)
            self.slice.result.add(theirs.num_rows, ours.num_rows)
            ours = latest(ours, self.table.schema.primary_key)
            matched = match(self.table.schema.primary_key, theirs, ours)
            alone.theirs.append(theirs.take(matched.only_theirs))
            alone.ours.append(ours.take(matched.only_ours))
            await self._pairs(theirs, ours, matched)

    async def _sought(self, ask: str, window: Window, batches: list[pa.RecordBatch]) -> None:
        async def take(batch: pa.RecordBatch, _: int) -> None:
            batches.append(batch)

        source = self.checking.source(self.table, self.parent, ask, narrow=self._narrow)
        async with self.checking.turns:
            sought = await seek(source, window, take)
        if sought.found.proof is None:
            raise _UnprovenError(sought.found.trouble)

    async def _landed(self, batches: list[pa.RecordBatch], columns: list[str]) -> pa.Table:
        """Rows as they would be stored, the later one of each key."""
        narrow = self.checking.source(self.table, self.parent, narrow=self._narrow)
        rows = pa.Table.from_batches(batches, narrow.table.schema.arrow_schema())
        rows = latest(rows.sort_by(self.cursor), self.table.schema.primary_key)
        return await self.slice.storable(rows.select(columns))

    @property
    def _narrow(self) -> bool:
        return self.checking.level is Level.KEYS

    async def _without_time(self, alone: _Alone) -> None:
        """Members without a time of change are in no window: they show as a difference of totals.

        They are walked for on Mailchimp's side, and left after the windows on ours.
        """
        timed = self._scope(Window(None, LAST_SECOND))
        if await self.slice.count(self._scope()) > await self.slice.count(timed):
            ours = await self.slice.cells(self._scope(), alone.columns)
            ours = ours.filter(pc.is_null(ours[self.cursor]))
            self.slice.result.add(0, ours.num_rows)
            alone.ours.append(ours)
        batches: list[pa.RecordBatch] = []
        for ask in self.table.row.ask:
            await self._walked(ask, batches)
        rows = await self._landed(batches, alone.columns)
        rows = rows.filter(pc.is_null(rows[self.cursor]))
        self.slice.result.add(rows.num_rows, 0)
        alone.theirs.append(rows)

    async def _walked(self, ask: str, batches: list[pa.RecordBatch]) -> None:
        source = self.checking.source(self.table, self.parent, ask, narrow=self._narrow)
        everyone = await source.total()
        timed = await self._total(ask, Window(None, LAST_SECOND))
        if everyone is None or timed is None or everyone <= timed:
            return

        async def take(batch: pa.RecordBatch, _: int) -> None:
            batches.append(batch)

        found = await walk(source, take)
        if found.proof is None:
            raise _UnprovenError(found.trouble)

    # -- why ---------------------------------------------------------------------------------

    def _since(self, row: dict[str, Any]) -> bool:
        """Whether a member changed after what runs have proven of its ask."""
        until, time = self._until(row), row[self.cursor]
        return until is not None and time is not None and time > until

    def _until(self, row: dict[str, Any]) -> dt.datetime | None:
        asks = {ask.partition("=")[::2]: ask for ask in self.table.row.ask if ask}
        for (name, value), ask in asks.items():
            if row.get(name) == value:
                return self.until[ask]
        return self.until[""]

    async def _missing(self, rows: pa.Table) -> None:
        if not rows.num_rows:
            return
        key = self.table.schema.primary_key
        buried = await self.slice.cells(self._scope(), key, buried=True)
        marked = set(match(key, rows, buried).pairs_theirs.to_pylist())
        kinds = []
        for place, row in enumerate(rows.to_pylist()):
            if self._until(row) is None:
                kinds.append(self.slice.never_proven())
            elif row[self.cursor] is not None and row[self.cursor] > self.checking.now:
                kinds.append(Kind.CHANGED)  # while it was compared: it may have been met before
            elif self._since(row):
                kinds.append(Kind.NEW)
            else:
                kinds.append(Kind.BURIED if place in marked else Kind.LOST)
        self.slice.group(rows, kinds)

    async def _extra(self, rows: pa.Table) -> None:
        """Rows that only the copy has: a few are asked for, since they may only have moved."""
        if not rows.num_rows:
            return
        keys = rows[self.table.record_key].to_pylist()
        there, told = set[str](), set[str]()
        if askable(self.table) and rows.num_rows <= CONFIRM_ONE_BY_ONE:
            source = self.checking.source(self.table, self.parent)
            async with together() as group:
                asked = {one: group.create_task(looked_up(source, one)) for one in keys}
            there = {one for one, page in asked.items() if page.result() is not None}
            # 404 says nothing of a person without an e-mail address.
            told = there | {one for one in keys if not one.startswith(STANDS_IN)}
        for note, some in (
            ("asked for by id", [one in told for one in keys]),
            ("", [one not in told for one in keys]),
        ):
            these = rows.filter(pa.array(some, pa.bool_()))
            kinds = [
                Kind.CHANGED if one in there else Kind.GONE
                for one in these[self.table.record_key].to_pylist()
            ]
            self.slice.group(these, kinds, note=note)

    async def _pairs(self, theirs: pa.Table, ours: pa.Table, matched: Matched) -> None:
        theirs, ours = theirs.take(matched.pairs_theirs), ours.take(matched.pairs_ours)
        unlike = differing(self.table.schema, theirs.column_names, theirs, ours)
        silent = [unlike.pop(name) for name in self.table.silent_columns if name in unlike]
        self.slice.result.silent += sum(pc.sum(mask).as_py() for mask in silent)
        if not unlike:
            return
        flags = {name: mask.to_pylist() for name, mask in unlike.items()}
        places = [p for p, row in enumerate(zip(*flags.values(), strict=True)) if any(row)]
        some = theirs.take(pa.array(places, pa.int64()))
        before = ours.take(pa.array(places, pa.int64())).to_pylist()
        kinds: list[Kind] = []
        columns: dict[Kind, set[str]] = {}
        for place, row, old in zip(places, some.to_pylist(), before, strict=True):
            names = {name for name, mask in flags.items() if mask[place]}
            if self._until(row) is None:
                kind = self.slice.never_proven()
            elif self._since(row):
                archived = any(row.get(n) != old.get(n) for n in self._ask_columns) and (
                    self._is_apart(row) or self._is_apart(old)
                )
                kind = Kind.ARCHIVED if archived else Kind.CHANGED
            else:
                anew = names <= SHAPED and await self._redefined()
                kind = Kind.CHANGED if anew else Kind.ALTERED
            kinds.append(kind)
            columns.setdefault(kind, set()).update(names)
        self.slice.group(some, kinds, columns=columns)

    @property
    def _ask_columns(self) -> list[str]:
        return [ask.partition("=")[0] for ask in self.table.row.ask if ask]

    def _is_apart(self, row: dict[str, Any]) -> bool:
        """Whether a row belongs to another ask than the plain one."""
        return any(
            row.get(n) == v for n, _, v in (a.partition("=") for a in self.table.row.ask if a)
        )

    async def _redefined(self) -> bool:
        """Whether merge fields, interests or tags changed since the last complete read."""
        if self._anew is None:
            self._anew = await self._defined_anew()
        return self._anew

    async def _defined_anew(self) -> bool:
        last = self.checking.bookmarks.latest(self.table.name, self.parent[0], COMPLETE)
        if last is None:
            return False
        fields = await self._kept("list_merge_fields", self.parent)
        segments = await self._kept("list_segments", self.parent)
        interests = []
        for category in await self._kept("list_interest_categories", self.parent):
            interests += await self._kept("list_interests", (*self.parent, category["id"]))
        return definitions_changed(last.gate, definitions(fields, interests, segments))

    async def _kept(self, name: str, parent: tuple[str, ...]) -> list[Row]:
        rows: list[Row] = []
        read = await read_whole(self.checking.source(self.checking.tables[name], parent), sent=rows)
        if isinstance(read, str):
            raise _UnprovenError(read)
        return rows


def _asked(ask: str) -> str:
    return f" ({ask.partition('=')[2]})" if ask else ""
