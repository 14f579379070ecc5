"""From the roots of the catalog down to the last child: what is read, in which order, and why."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from chimpline.catalog.table import Changed, Events, Table
from chimpline.catalog.tables import descendants
from chimpline.errors import SliceError
from chimpline.extract.audience_view import audience_view, view_name
from chimpline.extract.plan import (
    Row,
    activity_of,
    children,
    expected_rows,
    gate,
    gate_moved,
    in_activity_window,
    kept_columns,
    needed,
    number,
)
from chimpline.load.contract import Forget, View
from chimpline.model import Deletes, Scope, parent_key
from chimpline.runs.context import Context
from chimpline.runs.members.audience import Audience
from chimpline.runs.slice.collector import floor_of
from chimpline.runs.slice.read import read_slice
from chimpline.runs.slice.unfinished import Unfinished, unfinished
from chimpline.runs.work.completion import Completion, order
from chimpline.runs.work.writer import Part


class Replication:
    """Reads every table that is needed; parents first, all that is known at once."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.needed = needed(context.tables[name] for name in context.selected)
        read = [table for table in context.tables.values() if table.name in self.needed]
        self.completion = Completion(context.group, order(read), self._finished)
        self.reports: dict[str, Row] = {}
        self.members_read: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self.unproven: set[str | None] = set()
        self.closed: set[tuple[str, str]] = set()
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
        self, table: Table, parent: tuple[str, ...], expected: int | None = None
    ) -> None:
        """One slice of a table that is read whole, then what lies below its rows."""
        context = self.context
        below = [c for c in children(table, context.tables) if c.name in self.needed]
        kept = context.kept(table.name, parent)
        # Nothing asks for the rows of a leaf: the people of a segment, as many as of an audience.
        asked = bool(below) or set(kept_columns(table)) > set(table.offered.primary_key)
        rows = await read_slice(context, table, parent, keep=asked, expected=expected)
        if rows is None:
            kept.set_exception(LookupError(table.name))
            return
        context.names.learn(table, rows, context.tables)
        kept.set_result(rows)
        if table.name == "reports":
            self.reports = {row["id"]: row for row in rows}
        for row in rows:
            values = tuple(str(row[name]) for name in table.offered.primary_key)
            for child in below:
                self._child(child, values, row)
        if below:
            await self._forget_the_gone(table, parent, rows)

    def _child(self, child: Table, values: tuple[str, ...], row: Row) -> None:
        spawn, expected = self.completion.spawn, expected_rows(child, row)
        holds = any(c.name in self.needed for c in children(child, self.context.tables))
        if not self.context.request.wants(child.name, parent_key(values), holds=holds):
            if isinstance(child.reading, Changed):
                self.members_read[values[0]].set()
        elif isinstance(child.reading, Changed):
            spawn(child, self._members(child, values, expected))
        elif child.row.gate:
            self._gated(child, values, row)
        else:
            spawn(child, self._table(child, values, expected))

    # -- reports and their gates ------------------------------------------------------------

    def _gated(self, child: Table, values: tuple[str, ...], row: Row) -> None:
        """Read a campaign's slice where its counters moved, or where its turn has come."""
        context, key = self.context, parent_key(values)
        known = context.bookmarks.latest(child.name, key)
        if isinstance(child.reading, Events) and not self._in_window(child, key, row):
            self._leave_out(child, row)
            return
        # A stopped read has landed rows under another gate than the one it is compared with.
        begun = context.bookmarks.unfinished(child.name, key) is not None
        if known is not None and not begun and (child.name, key) not in self.reopened:
            fresh = context.horizon - known.until < context.request.complete_read_every
            earlier = _before(context.floor, known.since) and isinstance(child.reading, Events)
            anew = context.request.full_refresh or context.request.reread is not None
            if not gate_moved(known.gate, row) and fresh and not earlier and not anew:
                self.closed.add((child.name, key))
                self._left_out_before(child, (known.gate or {}).get("_left_out", 0))
                return
        self._open(child, values, row)

    def _open(self, child: Table, values: tuple[str, ...], row: Row) -> None:
        self.completion.spawn(child, self._read_gated(child, values, row))

    async def _read_gated(self, child: Table, values: tuple[str, ...], row: Row) -> None:
        await self._members_of(row["list_id"])
        # Beside members of whom some may not have landed, it is read again by the next run.
        context, members = self.context, "list_members"
        blocked = members in context.tally.tables and members not in context.selected
        keep = row["list_id"] not in self.unproven and not blocked
        await read_slice(
            context,
            child,
            values,
            expected=expected_rows(child, row),
            gate=gate(row) if keep else None,
            resume=self._resume(child, parent_key(values), row),
        )

    def _resume(self, child: Table, key: str, row: Row) -> Unfinished | None:
        """The part of a campaign that an earlier run has read, where it can be built upon."""
        context = self.context
        line = context.bookmarks.unfinished(child.name, key)
        anew = context.request.full_refresh or context.request.reread is not None
        if line is None or anew or (child.name, key) in self.reopened:
            return None
        if context.horizon - line.until >= context.request.complete_read_every:
            return None
        return unfinished(line, gate(row), floor_of(context, child))

    async def _members_of(self, list_id: str | None) -> None:
        """Wait until the members of an audience are read, or are known not to be.

        Who is erased, or gets another address, before its own record is read never lands. A report
        that was read earlier would hold it, and as no landed member vanishes, nothing would betray
        that before the weekly read.
        """
        if "list_members" not in self.context.selected:
            return
        try:
            lists = await self.context.kept("lists", ())
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

    async def _members(self, table: Table, values: tuple[str, ...], expected: int | None) -> None:
        """One audience; what it buried may be held by campaigns that no counter betrays."""
        context = self.context
        audience = Audience(context, table, values[0], expected)
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
            if (name, key) in self.closed and key in self.reports:
                self.closed.discard((name, key))
                self._open(context.tables[name], (key,), self.reports[key])

    # -- parents that are gone --------------------------------------------------------------

    async def _forget_the_gone(
        self, table: Table, parent: tuple[str, ...], rows: Iterable[Row]
    ) -> None:
        """Bury what hangs below a parent that is no longer listed; activity stays (DESIGN 6)."""
        context = self.context
        if context.request.deletes is Deletes.IGNORE:
            return
        names = table.offered.primary_key
        listed = {parent_key(tuple(str(row[name]) for name in names)) for row in rows}
        above, depth = parent_key(parent), len(names)
        for child in descendants(table, context.tables):
            if child.name not in context.selected:
                continue
            held = {
                "/".join(key.split("/")[:depth])
                for key in context.bookmarks.parents(child.name)
                if not above or key == above or key.startswith(f"{above}/")
            }
            for key in held - listed:
                if await self._gone(table, parent, key):
                    await self._bury_below(child, key)
                    if isinstance(child.reading, Changed):
                        self.views_gone.append(view_name(child, key))

    async def _gone(self, table: Table, parent: tuple[str, ...], key: str) -> bool:
        """Whether a parent that was not listed answers 404 as well."""
        source = self.context.source(table, parent)
        try:
            return await source.record(key.rpartition("/")[2]) is None
        except SliceError:
            return False

    async def _bury_below(self, child: Table, key: str) -> None:
        context, tombstones = self.context, None
        if not isinstance(child.reading, Events):
            values = zip(child.variables, key.split("/"), strict=False)
            typed = tuple(
                (name, int(v) if child.schema.column(name).type.value == "int64" else v)
                for name, v in values
            )
            tombstones = await context.writer.call(
                context.writer.destination.missing,
                child.schema,
                Scope(equals=typed),
                child.schema.key_schema().empty_table(),
            )
        forget = [Forget(child.name, key)]
        await context.writer.put(Part(child.schema, tombstones=tombstones, forget=forget, pages=0))

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
