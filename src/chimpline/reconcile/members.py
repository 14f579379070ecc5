"""The members of one audience compared with their account, by the time of their change."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence

import pyarrow as pa

from chimpline.catalog.table import Table
from chimpline.extract.decode.oddities import STANDS_IN
from chimpline.extract.plan import Row, definitions_changed
from chimpline.load.merge import latest
from chimpline.message import Message
from chimpline.model import LAST_SECOND, Window
from chimpline.reconcile.copy import Checking, ComparedSlice
from chimpline.reconcile.difference import Kind, Level
from chimpline.reconcile.match import Matched, match
from chimpline.reconcile.member_counts import Counted, differences
from chimpline.reconcile.member_kinds import MemberKinds
from chimpline.reconcile.member_sides import MemberSides, UnprovenError
from chimpline.reconcile.whole_slice import read_whole
from chimpline.runs.members.bisection import Leaf
from chimpline.runs.members.due import definitions_of
from chimpline.runs.slice.by_id import CONFIRM_ONE_BY_ONE, askable, found_by_id
from chimpline.runs.work.together import together
from chimpline.state.bookmarks import COMPLETE

GROUP = 8
"""So many pages are compared with the copy by one query."""
AT_ONCE = 3
"""So many groups are in memory."""
SHAPED = frozenset({"merge_fields", "interests", "tags", "tags_count"})
"""Columns that change with an audience's definitions, whoever changes those."""


class _Alone:
    """Rows that have no like in their own stretch of time."""

    def __init__(self, none: pa.Table) -> None:
        self.theirs = [none]
        self.ours = [none]

    def both(self, cursor: str, key: Sequence[str]) -> tuple[pa.Table, pa.Table]:
        theirs = pa.concat_tables(self.theirs).sort_by(cursor)
        return latest(theirs, key), latest(pa.concat_tables(self.ours), key)


class MembersCheck:
    """Compares the members of one audience: their counts, or the rows of both sides.

    `until`: for each ask, the end of what runs have proven; None before the first.
    """

    def __init__(self, checking: Checking, table: Table, list_id: str) -> None:
        self.checking = checking
        self.table = table
        self.parent = (list_id,)
        self.slice = ComparedSlice(checking, table, self.parent)
        self.sides = MemberSides(self.slice)
        self.cursor = self.sides.cursor
        self.floor = checking.request.floor
        self.until = {ask: self._proven(ask) for ask in table.row.ask}
        self.kinds = MemberKinds(self.until, self.cursor, checking.now, self.slice.never_proven())
        self.at_once = asyncio.Semaphore(AT_ONCE)
        self._anew: bool | None = None

    def _proven(self, ask: str) -> dt.datetime | None:
        bookmarks, (list_id,) = self.checking.bookmarks, self.parent
        lines = [bookmarks.latest(self.table.name, list_id, one) for one in (ask, COMPLETE)]
        return max((line.until for line in lines if line is not None), default=None)

    async def compare(self) -> None:
        self.slice.result.slices += 1
        if self.floor:
            before = self.sides.scope(Window(None, self.floor))
            self.slice.differ(Kind.OUTSIDE, await self.slice.count(before))
        if self.checking.level is Level.COUNTS:
            await self._counts()
            return
        try:
            await self._rows()
        except UnprovenError as error:
            self.slice.differ(Kind.UNREAD, 1, note=error.said)

    # -- by counts ---------------------------------------------------------------------------

    async def _counts(self) -> None:
        """Up to what is proven, then what changed since: one count each, for each ask."""
        counted: dict[str, Counted] = {}
        for ask, until in self.until.items():
            end = until or LAST_SECOND
            then = await self.sides.total(ask, Window(self.floor, end))
            since = await self.sides.total(ask, Window(end, LAST_SECOND)) if until else 0
            scope = self.sides.scope(Window(self.floor, end), ask)
            ours = await self.slice.count(scope)
            if then is None or since is None:
                self.slice.result.add(None, ours)
                self.slice.result.note = Message("note-members-uncountable")
                return
            self.slice.result.add(then, ours)
            ours -= await self.slice.surplus(scope)
            counted[ask] = Counted(until, then, since, ours)
        for kind, many, note in differences(counted, self.kinds.never_proven):
            self.slice.differ(kind, many, note=note)

    # -- by keys and cells -------------------------------------------------------------------

    async def _rows(self) -> None:
        """Some pages of time at a time; what has no like in its own stretch is matched at the end.

        So a member that changed, and lies elsewhere in time now, is met on both sides, and only
        those are kept in memory.
        """
        alone, key = _Alone(self.sides.none), self.table.schema.primary_key
        async with together() as group:
            for ask in self.table.row.ask:
                leaves = await self.sides.leaves(ask)
                for place in range(0, len(leaves), GROUP):
                    some = leaves[place : place + GROUP]
                    group.create_task(self._stretch(ask, some, alone))
        if self.floor is None:
            theirs, ours = await self.sides.without_time()
            alone.theirs.append(theirs)
            alone.ours.append(ours)
        theirs, ours = alone.both(self.cursor, key)
        matched = match(key, theirs, ours)
        await self._missing(theirs.take(matched.only_theirs))
        await self._extra(ours.take(matched.only_ours))
        await self._pairs(theirs, ours, matched)

    async def _stretch(self, ask: str, leaves: Sequence[Leaf], alone: _Alone) -> None:
        async with self.at_once:
            theirs, ours = await self.sides.read(ask, leaves)
            matched = match(self.table.schema.primary_key, theirs, ours)
            alone.theirs.append(theirs.take(matched.only_theirs))
            alone.ours.append(ours.take(matched.only_ours))
            await self._pairs(theirs, ours, matched)

    # -- why ---------------------------------------------------------------------------------

    async def _missing(self, rows: pa.Table) -> None:
        if not rows.num_rows:
            return
        buried = await self.slice.buried(rows, self.sides.scope())
        kinds = [
            self.kinds.only_theirs(row, buried=place in buried)
            for place, row in enumerate(rows.to_pylist())
        ]
        self.slice.group(rows, kinds)

    async def _extra(self, rows: pa.Table) -> None:
        """Rows that only the copy has: a few are asked for, since they may only have moved."""
        if not rows.num_rows:
            return
        keys = rows[self.table.record_key].to_pylist()
        there, told = set[str](), set[str]()
        if askable(self.table) and rows.num_rows <= CONFIRM_ONE_BY_ONE:
            source = self.checking.source(self.table, self.parent)
            there = set(await found_by_id(source, keys))
            # 404 says nothing of a person without an e-mail address.
            told = there | {one for one in keys if not one.startswith(STANDS_IN)}
        for note, some in (
            (Message("note-asked-by-id"), [one in told for one in keys]),
            (None, [one not in told for one in keys]),
        ):
            these = rows.filter(pa.array(some, pa.bool_()))
            kinds = [
                Kind.CHANGED if one in there else Kind.GONE
                for one in these[self.table.record_key].to_pylist()
            ]
            self.slice.group(these, kinds, note=note)

    async def _pairs(self, theirs: pa.Table, ours: pa.Table, matched: Matched) -> None:
        theirs, ours = theirs.take(matched.pairs_theirs), ours.take(matched.pairs_ours)
        unlike = self.slice.unlike(theirs, ours)
        places = pa.array(list(unlike), pa.int64())
        theirs, ours = theirs.take(places), ours.take(places)
        kinds: list[Kind] = []
        for row, old, names in zip(
            theirs.to_pylist(), ours.to_pylist(), unlike.values(), strict=True
        ):
            kind = self.kinds.pair(row, old)
            if kind is Kind.ALTERED and names <= SHAPED and await self._redefined():
                kind = Kind.CHANGED
            kinds.append(kind)
        self.slice.group(theirs, kinds, columns=list(unlike.values()))

    async def _redefined(self) -> bool:
        """Whether merge fields, interests or tags changed since the last complete read."""
        if self._anew is None:
            last = self.checking.bookmarks.latest(self.table.name, self.parent[0], COMPLETE)
            self._anew = last is not None and definitions_changed(
                last.evidence, await definitions_of(self._kept, self.parent[0])
            )
        return self._anew

    async def _kept(self, name: str, parent: tuple[str, ...]) -> list[Row]:
        rows: list[Row] = []
        read = await read_whole(self.checking.source(self.checking.tables[name], parent), sent=rows)
        if isinstance(read, Message):
            raise UnprovenError(read)
        return rows
