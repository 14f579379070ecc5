"""From the roots of the catalog down to the last child: what is read, in which order, and why."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from collections import defaultdict
from typing import Any

from chimpline.catalog.table import Changed, Events, Gate, Table
from chimpline.extract.audience_view import audience_view
from chimpline.extract.plan import (
    Row,
    activity_of,
    audience_of,
    children,
    expected_rows,
    gate,
    gate_moved,
    in_activity_window,
    kept_columns,
    needed,
    number,
)
from chimpline.load.contract import View
from chimpline.model import parent_key
from chimpline.runs.context import Context
from chimpline.runs.members.audience import Audience
from chimpline.runs.slice.collector import floor_of
from chimpline.runs.slice.listed import listed
from chimpline.runs.slice.parents import forget_the_gone
from chimpline.runs.slice.read import read_slice
from chimpline.runs.slice.unfinished import Unfinished, unfinished
from chimpline.runs.work.completion import Completion, order


@dataclasses.dataclass(frozen=True, slots=True)
class Below:
    """What a slice lies below: the parent's key, its row, and the audience that both are of."""

    values: tuple[str, ...]
    row: Row
    audience: str | None

    @property
    def key(self) -> str:
        return parent_key(self.values)


class Replication:
    """Reads every table that is needed; parents first, all that is known at once."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.needed = needed(context.tables[name] for name in context.selected)
        read = [table for table in context.tables.values() if table.name in self.needed]
        self.completion = Completion(context.group, order(read), self._finished)
        self.members = next((t for t in context.landed if isinstance(t.reading, Changed)), None)
        self.members_read: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self.unproven: set[str | None] = set()
        self.closed: dict[tuple[str, str], Below] = {}
        self.views_gone: list[str] = []
        self.reopened: set[tuple[str, str]] = set()

    def start(self) -> None:
        """Begin with the tables that have no parent."""
        for table in self.context.tables.values():
            if table.parent is None and table.name in self.needed:
                self.completion.spawn(table, self._table(table, ()))

    def _finished(self, name: str) -> None:
        self.context.group.create_task(self._tell_finished(name))

    async def _tell_finished(self, name: str) -> None:
        """Once its last rows are committed, so that what is told is what landed."""
        await self.context.writer.settled()
        self.context.tally.finish(name)

    async def _table(
        self,
        table: Table,
        parent: tuple[str, ...],
        above: Below | None = None,
        *,
        gate: dict[str, Any] | None = None,
        resume: Unfinished | None = None,
    ) -> None:
        """One slice of a table that is read whole, then what lies below its rows."""
        context = self.context
        # Nothing asks for the rows of a leaf: the people of a segment, as many as of an audience.
        asked = self._holds(table) or set(kept_columns(table)) > set(table.offered.primary_key)
        kept = context.kept(table.name, parent) if asked else None
        rows = await read_slice(
            context,
            table,
            parent,
            keep=asked,
            expected=expected_rows(table, above.row) if above else None,
            gate=gate,
            resume=resume,
        )
        if rows is None:
            if kept is not None:
                kept.set_exception(LookupError(table.name))
            return
        context.names.learn(table, rows, context.tables)
        if kept is not None:
            kept.set_result(rows)
        await self._below(table, parent, rows, above)

    def _needed_below(self, table: Table) -> list[Table]:
        return [c for c in children(table, self.context.tables) if c.name in self.needed]

    def _holds(self, table: Table) -> bool:
        """Whether tables that are read hang below this one."""
        return bool(self._needed_below(table))

    async def _below(
        self,
        table: Table,
        parent: tuple[str, ...],
        rows: list[Row],
        above: Below | None,
        *,
        proven: bool = True,
    ) -> None:
        """What lies below the rows of a slice, however the slice itself was read."""
        below = self._needed_below(table)
        if not below:
            return
        for row in rows:
            values = tuple(str(row[name]) for name in table.offered.primary_key)
            audience = audience_of(table, row) or (above.audience if above else None)
            for child in below:
                if isinstance(table.reading, Changed):
                    await self.completion.room(child)
                self._child(child, Below(values, row, audience))
        self.views_gone += await forget_the_gone(self.context, table, parent, rows, proven=proven)

    def _child(self, child: Table, above: Below) -> None:
        spawn = self.completion.spawn
        wanted = self.context.request.wants(child.name, above.key, holds=self._holds(child))
        if not wanted:
            if isinstance(child.reading, Changed):
                self.members_read[above.values[0]].set()
        elif isinstance(child.reading, Changed):
            spawn(child, self._members(child, above))
        elif child.row.gate:
            self._gated(child, child.row.gate, above)
        else:
            spawn(child, self._table(child, above.values, above))

    # -- gates ------------------------------------------------------------------------------

    def _gated(self, child: Table, by: Gate, above: Below) -> None:
        """Read a slice where its parent's row moved, or where its turn has come.

        One that others hang below is read whatever the gate says: only its rows tell what is there
        to be read below them.
        """
        context, key, row = self.context, above.key, above.row
        known = context.bookmarks.latest(child.name, key)
        if isinstance(child.reading, Events) and not self._in_window(child, key, row):
            self._leave_out(child, row)
            return
        if self._holds(child):
            self._open(child, by, above)
            return
        # A stopped read has landed rows under another gate than the one it is compared with.
        begun = context.bookmarks.unfinished(child.name, key) is not None
        if known is not None and not begun and (child.name, key) not in self.reopened:
            fresh = context.horizon - known.until < context.request.complete_read_every
            earlier = _before(context.floor, known.since) and isinstance(child.reading, Events)
            anew = context.request.full_refresh or context.request.reread is not None
            if not gate_moved(by, known.gate, row) and fresh and not earlier and not anew:
                self.closed[child.name, key] = above
                self._left_out_before(child, (known.gate or {}).get("_left_out", 0))
                return
        self._open(child, by, above)

    def _open(self, child: Table, by: Gate, above: Below) -> None:
        self.completion.spawn(child, self._read_gated(child, by, above))

    async def _read_gated(self, child: Table, by: Gate, above: Below) -> None:
        keep = True
        if child.member_column is not None:
            await self._members_of(above.audience)
            # Beside members of whom some may not have landed, it is read again by the next run.
            keep = above.audience not in self.unproven and not self._members_blocked()
        told = gate(by, above.row)
        resume = self._resume(child, above.key, told)
        await self._table(child, above.values, above, gate=told if keep else None, resume=resume)

    def _members_blocked(self) -> bool:
        """Whether members are to be landed, and cannot be written."""
        context = self.context
        return any(
            isinstance(table.reading, Changed)
            and table.name in context.tally.tables
            and context.tally[table.name].landed
            and table.name not in context.selected
            for table in context.tables.values()
        )

    def _resume(self, child: Table, key: str, told: dict[str, Any]) -> Unfinished | None:
        """The part of a slice that an earlier run has read, where it can be built upon.

        Not where others hang below it: what lies below the rows of that part has to be read, too.
        """
        context = self.context
        line = context.bookmarks.unfinished(child.name, key)
        anew = context.request.full_refresh or context.request.reread is not None
        if line is None or anew or self._holds(child) or (child.name, key) in self.reopened:
            return None
        if context.horizon - line.until >= context.request.complete_read_every:
            return None
        return unfinished(line, told, floor_of(context, child))

    async def _members_of(self, list_id: str | None) -> None:
        """Wait until the members of an audience are read, or are known not to be.

        Who is erased, or gets another address, before its own record is read never lands. A report
        that was read earlier would hold it, and as no landed member is gone, nothing would betray
        that before the weekly read.
        """
        if self.members is None or self.members.parent is None:
            return
        try:
            lists = await self.context.kept(self.members.parent.name, ())
        except LookupError:
            return
        if any(row["id"] == list_id for row in lists):
            await self.members_read[str(list_id)].wait()

    def _in_window(self, child: Table, key: str, row: Row) -> bool:
        request = self.context.request
        if in_activity_window(row, request.activity_window_days, self.context.horizon):
            return True
        landed = key in self.context.bookmarks.parents(child.name)
        return landed and not request.activity_window_strict

    def _leave_out(self, child: Table, row: Row) -> None:
        self._left_out_before(child, activity_of(row))

    def _left_out_before(self, child: Table, rows: int) -> None:
        tally = self.context.tally[child.name]
        if tally.left_out is not None:
            tally.left_out += rows

    # -- members ----------------------------------------------------------------------------

    async def _members(self, table: Table, above: Below) -> None:
        """One audience; then what lies below its members, of whom a run reads some only."""
        if table is self.members:
            if self.context.request.wants(table.name, above.key):
                await self._audience(table, above)
            self.members_read[above.values[0]].set()
        if self._holds(table) and table.name not in self.context.refused:
            found = await listed(self.context, table, above.values)
            if found is not None:
                await self._below(table, above.values, found.rows, above, proven=found.proven)

    async def _audience(self, table: Table, above: Below) -> None:
        """What it buried may be held by campaigns that no counter betrays."""
        context, values = self.context, above.values
        audience = Audience(context, table, values[0], expected_rows(table, above.row))
        refused = table.name in context.refused
        try:
            if not refused:
                await audience.read()
        finally:
            if refused or not (audience.members.proven and audience.caught_up):
                self.unproven.add(values[0])
            self.members_read[values[0]].set()
        for name, key in audience.reopened:
            self.reopened.add((name, key))
            closed, child = self.closed.pop((name, key), None), context.tables[name]
            if closed is not None and child.row.gate is not None:
                self._open(child, child.row.gate, closed)

    # -- views ------------------------------------------------------------------------------

    def views(self) -> list[View]:
        """A view for each audience whose definitions were read."""
        context, members = self.context, self.context.tables["list_members"]
        views = []
        for (name, parent), rows in context.rows.items():
            if name != "list_merge_fields" or not _read(rows):
                continue
            interests = []
            categories = context.rows.get(("list_interest_categories", parent))
            for category in categories.result() if categories and _read(categories) else ():
                found = context.rows.get(("list_interests", (*parent, category["id"])))
                if found and _read(found):
                    interests += [(category, row) for row in found.result()]
            interests.sort(key=_order)
            views.append(audience_view(members, parent[0], rows.result(), interests))
        return views


def _order(pair: tuple[Row, Row]) -> tuple[int, str, int, str]:
    category, interest = pair
    return (
        number(category["display_order"]),
        category["title"] or "",
        number(interest["display_order"]),
        interest["name"] or "",
    )


def _read(future: asyncio.Future[list[Row]]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


def _before(floor: dt.datetime | None, known: dt.datetime | None) -> bool:
    """Whether a start date reaches further back than what was read."""
    return known is not None and (floor is None or floor < known)
