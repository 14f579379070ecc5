"""The members of one audience compared with their account, by the time of their change."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from chimpline.catalog.table import Changed, Table
from chimpline.extract.plan import definitions, definitions_changed
from chimpline.extract.seek import seek
from chimpline.extract.source import instant
from chimpline.extract.walk import walk
from chimpline.model import Scope, Window
from chimpline.runs.bisection import packed
from chimpline.runs.checking import Checking, Slice
from chimpline.runs.checking_slices import read_whole
from chimpline.runs.differences import Kind, Level
from chimpline.runs.matching import Matched, differing, latest, match
from chimpline.runs.slices import CONFIRM_ONE_BY_ONE, askable
from chimpline.runs.together import together
from chimpline.state.bookmarks import COMPLETE

LATER = dt.timedelta(days=30)
"""A window that ends so long after now holds all that changes while it is read."""
SHAPED = frozenset({"merge_fields", "interests", "tags", "tags_count"})
"""Columns that change with an audience's definitions, whoever changes those."""


class _UnprovenError(Exception):
    """Members could not be read to a proof."""


class MembersCheck:
    """`until`: for each ask, the end of what runs have proven; None before the first."""

    def __init__(self, checking: Checking, table: Table, list_id: str) -> None:
        if not isinstance(table.reading, Changed):
            raise TypeError(table.name)
        self.checking = checking
        self.table = table
        self.parent = (list_id,)
        self.slice = Slice(checking, table, self.parent)
        self.cursor = table.reading.cursor
        self.floor = checking.request.floor
        self.until = {ask: self._proven(ask) for ask in table.row.ask}

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
        later = self.checking.now + LATER
        found: dict[str, tuple[int, int, int]] = {}
        for ask, until in self.until.items():
            end = until or later
            then = await self._total(ask, Window(self.floor, end))
            since = await self._total(ask, Window(end, later)) if until else 0
            ours = await self.slice.count(self._scope(Window(self.floor, end), ask))
            if then is None or since is None:
                self.slice.result.add(None, ours)
                self.slice.result.note = "cannot be counted (Mailchimp tells no total)"
                return
            self.slice.result.add(then, ours)
            found[ask] = then, since, ours
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
                    note=f"{note}; as many changed since, or some vanished: --level keys tells",
                )
                self.slice.differ(Kind.MORE, ours - then - moved, note=note)
        self.slice.differ(Kind.CHANGED, changed - told, note="changed or came since the run")

    async def _total(self, ask: str, window: Window) -> int | None:
        filters = {f"before_{self.cursor}": instant(window.until)}
        if window.since is not None:
            filters[f"since_{self.cursor}"] = instant(window.since)
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
        columns = self.checking.columns(self.table)
        theirs = await self.slice.storable((await self._theirs()).select(columns))
        ours = await self.slice.cells(self._scope(), columns)
        if self.floor is not None:
            inside = pc.greater(ours[self.cursor], pa.scalar(self.floor, ours[self.cursor].type))
            ours = ours.filter(pc.fill_null(inside, fill_value=False))
        self.slice.result.add(theirs.num_rows, ours.num_rows)
        matched = match(self.table.schema.primary_key, theirs, ours)
        await self._lacking(theirs.take(matched.only_theirs))
        await self._extra(ours.take(matched.only_ours))
        await self._pairs(theirs, ours, matched)

    async def _theirs(self) -> pa.Table:
        """Every member in scope, several stretches of time at once."""
        until = self.checking.now + LATER
        copy = self.checking.copy
        none = self.table.schema.key_schema().empty_table()
        found = await copy.call(
            copy.destination.counts_by, self.table.schema, self._scope(), self.cursor, none
        )
        leaves = packed(
            self.floor,
            until,
            *_later_than(self.floor, found["value"].to_pylist(), found["rows"].to_pylist()),
        )
        share = max(1, len(leaves) // (2 * self.checking.request.connections))
        batches: list[pa.RecordBatch] = []
        async with together() as group:
            for ask in self.table.row.ask:
                for place in range(0, len(leaves), share):
                    some = leaves[place : place + share]
                    window = Window(some[0].since, some[-1].until)
                    group.create_task(self._sought(ask, window, batches))
        if self.floor is None:
            for ask in self.table.row.ask:
                await self._without_time(ask, batches)
        narrow = self.checking.source(self.table, self.parent, narrow=self._narrow)
        schema = narrow.table.schema.arrow_schema()
        rows = pa.Table.from_batches(batches, schema).sort_by(self.cursor)
        return latest(rows, self.table.schema.primary_key)

    @property
    def _narrow(self) -> bool:
        return self.checking.level is Level.KEYS

    async def _sought(self, ask: str, window: Window, batches: list[pa.RecordBatch]) -> None:
        async def take(batch: pa.RecordBatch, _: int) -> None:
            batches.append(batch)

        source = self.checking.source(self.table, self.parent, ask, narrow=self._narrow)
        async with self.checking.turns:
            sought = await seek(source, window, take)
        if sought.found.proof is None:
            raise _UnprovenError(sought.found.trouble)

    async def _without_time(self, ask: str, batches: list[pa.RecordBatch]) -> None:
        """Members without a time of change are in no window: they show as a difference."""
        source = self.checking.source(self.table, self.parent, ask, narrow=self._narrow)
        everyone = await source.total()
        timed = await self._total(ask, Window(None, self.checking.now + LATER))
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

    async def _lacking(self, rows: pa.Table) -> None:
        if not rows.num_rows:
            return
        key = self.table.schema.primary_key
        buried = await self.slice.cells(self._scope(), key, buried=True)
        dead = set(match(key, rows, buried).pairs_theirs.to_pylist())
        kinds = []
        for place, row in enumerate(rows.to_pylist()):
            if self._until(row) is None:
                kinds.append(self.slice.never_proven())
            elif self._since(row):
                kinds.append(Kind.NEW)
            else:
                kinds.append(Kind.BURIED if place in dead else Kind.LOST)
        self.slice.group(rows, kinds)

    async def _extra(self, rows: pa.Table) -> None:
        """Rows that only the copy has: a few are asked for, since they may only have moved."""
        if not rows.num_rows:
            return
        key, there, note = self.table.record_key, set[str](), ""
        if askable(self.table) and rows.num_rows <= CONFIRM_ONE_BY_ONE:
            source = self.checking.source(self.table, self.parent)
            async with together() as group:
                asked = {
                    one: group.create_task(source.record(one)) for one in rows[key].to_pylist()
                }
            there = {one for one, page in asked.items() if page.result() is not None}
            note = "asked for by id"
        kinds = [Kind.CHANGED if one in there else Kind.VANISHED for one in rows[key].to_pylist()]
        self.slice.group(rows, kinds, note=note)

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
        redefined = await self._redefined() if SHAPED & flags.keys() else False
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
                kind = Kind.CHANGED if redefined and names <= SHAPED else Kind.ALTERED
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
        mark = self.checking.bookmarks.latest(self.table.name, self.parent[0], COMPLETE)
        if mark is None:
            return False
        fields = await self._kept("list_merge_fields", self.parent)
        segments = await self._kept("list_segments", self.parent)
        interests = []
        for category in await self._kept("list_interest_categories", self.parent):
            interests += await self._kept("list_interests", (*self.parent, category["id"]))
        return definitions_changed(mark.gate, definitions(fields, interests, segments))

    async def _kept(self, name: str, parent: tuple[str, ...]) -> list[dict[str, Any]]:
        read = await read_whole(self.checking.source(self.checking.tables[name], parent))
        if isinstance(read, str):
            raise _UnprovenError(read)
        rows: list[dict[str, Any]] = read.to_pylist()
        return rows


def _asked(ask: str) -> str:
    return f" ({ask.partition('=')[2]})" if ask else ""


def _later_than(
    floor: dt.datetime | None, values: list[dt.datetime], rows: list[int]
) -> tuple[list[dt.datetime], list[int]]:
    kept = [(v, n) for v, n in zip(values, rows, strict=True) if floor is None or v > floor]
    return [v for v, _ in kept], [n for _, n in kept]
