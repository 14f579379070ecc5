"""From the roots of the catalog down to the last child: what is read, in which order, and why."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping

from chimpline.catalog.row import Changed, Gate
from chimpline.catalog.table import Table
from chimpline.evidence import GateValues
from chimpline.extract.audience_view import audience_view
from chimpline.extract.plan import Row, gate, kept_columns, needed, number
from chimpline.load.contract import View
from chimpline.message import Message
from chimpline.model import History, TableState
from chimpline.runs.context import Context
from chimpline.runs.members.audience import Audience
from chimpline.runs.slice.collector import floor_of
from chimpline.runs.slice.listed import listed
from chimpline.runs.slice.parents import forget_the_gone
from chimpline.runs.slice.quiet import Moved
from chimpline.runs.slice.read import NOTHING, read_slice
from chimpline.runs.slice.unfinished import Unfinished, all_of_one, unfinished
from chimpline.runs.tree import IfMoved, Leave, LeftOut, Parent, Read, Tree, Why, decide
from chimpline.runs.work.completion import Completion, beside_members, order
from chimpline.state.bookmarks import COMPLETE


class Replication:
    """Reads every table that is needed; parents first, all that is known at once."""

    def __init__(self, context: Context) -> None:
        self.context = context
        read = needed(context.chosen.tables[name] for name in context.chosen.selected)
        self.tree = Tree(context.chosen.tables, read, context.chosen.selected)
        self.completion = Completion(context.group, order(self.tree.walked), self._finished)
        self.members = next(
            (t for t in context.chosen.landed if isinstance(t.reading, Changed)), None
        )
        self.members_read: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self.unproven: set[str | None] = set()
        self.caught_up: set[str | None] = set()
        self.read_whole: set[str] = set()
        self.closed: dict[tuple[str, str], Parent] = {}
        self.views_gone: list[str] = []
        self.reopened: set[tuple[str, str]] = set()
        self.audiences: dict[str | None, Audience] = {}
        self.catching_up: dict[str | None, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.moved = Moved(context, self.members)
        self.resting: Counter[str] = Counter()

    def start(self) -> None:
        """Begin with the tables that have no parent."""
        for table in self.tree.roots:
            self.completion.spawn(table, self._table(table, ()))

    def _finished(self, name: str) -> None:
        self.context.group.create_task(self._tell_finished(name))

    async def _tell_finished(self, name: str) -> None:
        """Once its last rows are committed, so that what is told is what landed."""
        context = self.context
        await context.writer.settled()
        if self._is_a_day(name):
            table = context.chosen.tables[name]
            await context.writer.keep_day(table.schema, context.horizon.date())
        if many := self.resting[name]:
            context.tally.notice(Message.of("slices-not-due", many=many), name)
        context.tally.finish(name)

    def _is_a_day(self, name: str) -> bool:
        """Whether the rows of a table, now that it is read, are to be kept as those of a day.

        Not where some may be of an earlier day: what was not proven, not due, or not read.
        """
        context = self.context
        if context.request.history.get(name) is not History.DAILY or context.request.reread:
            return False
        lands = name in context.chosen.selected and not self.resting[name]
        return lands and context.tally[name].outcome is TableState.DONE

    async def _table(
        self,
        table: Table,
        parent: tuple[str, ...],
        above: Parent | None = None,
        *,
        expected: int | None = None,
        gate: GateValues | None = None,
        resume: Mapping[str, Unfinished] = NOTHING,
    ) -> None:
        """One slice of a table that is read whole, then what lies below its rows."""
        context = self.context
        # Nothing asks for the rows of a leaf: the people of a segment, as many as of an audience.
        asked = self.tree.holds(table) or set(kept_columns(table)) > set(table.offered.primary_key)
        kept = context.kept(table.name, parent) if asked else None
        rows = await read_slice(
            context,
            table,
            parent,
            keep=asked,
            expected=expected,
            gate=gate,
            resume=resume,
            riders=self.tree.riders(table),
        )
        if rows is None:
            if kept is not None:
                kept.set_exception(LookupError(table.name))
            return
        context.names.learn(table, rows, context.chosen.tables)
        if kept is not None:
            kept.set_result(rows)
        await self._below(table, parent, rows, above)

    async def _below(
        self,
        table: Table,
        parent: tuple[str, ...],
        rows: list[Row],
        above: Parent | None,
        *,
        proven: bool = True,
    ) -> None:
        """What lies below the rows of a slice, however the slice itself was read."""
        below = self.tree.children(table)
        if not below:
            return
        for one in self.tree.parents(table, rows, above):
            for child in below:
                if isinstance(table.reading, Changed):
                    await self.completion.room(child)
                self._child(child, one)
        self.views_gone += await forget_the_gone(self.context, table, parent, rows, proven=proven)

    def _child(self, child: Table, above: Parent) -> None:
        """One slice, as far as it is to be read."""
        context, key = self.context, (child.name, above.key)
        decision = decide(
            child,
            above,
            context.bookmarks,
            context.request,
            tree=self.tree,
            now=context.horizon,
            reopened=key in self.reopened,
        )
        match decision:
            case Read():
                self._open(child, above, decision)
            case LeftOut(rows):
                self._leave_out(child, rows)
            case IfMoved():
                self._hold_members(child)
                self.completion.spawn(child, self._if_moved(child, above, decision))
            case Leave(wanted, left_out):
                if isinstance(child.reading, Changed):
                    self.members_read[above.values[0]].set()
                elif wanted:
                    self.closed[key] = above
                    self._leave_out(child, left_out)

    def _open(self, child: Table, above: Parent, read: Read) -> None:
        if isinstance(child.reading, Changed):
            work = self._members(child, above, read)
        elif child.row.gate:
            self._hold_members(child)
            work = self._gated(child, child.row.gate, above, read)
        else:
            work = self._table(child, above.values, above, expected=read.expected)
        self.completion.spawn(child, work)

    def _leave_out(self, child: Table, rows: int) -> None:
        tally = self.context.tally[child.name]
        if tally.left_out is not None:
            tally.left_out += rows

    # -- gates ------------------------------------------------------------------------------

    async def _gated(self, child: Table, by: Gate, above: Parent, read: Read) -> None:
        context, keep, begun = self.context, True, read.begun
        if child.member_column is not None:
            await self._members_of(above.audience)
            await self._catch_up(above.audience)
            self._release_members(child)
            # Beside members of whom some may not have landed, it is read again by the next run.
            keep = above.audience not in self.unproven and not self._members_blocked()
        if (child.name, above.key) in self.reopened:
            begun = ()
        told, floor = gate(by, above.row), floor_of(context, child)
        await self._table(
            child,
            above.values,
            above,
            expected=read.expected,
            gate=told if keep else None,
            resume=all_of_one({line.table_name: unfinished(line, told, floor) for line in begun}),
        )

    async def _if_moved(self, child: Table, above: Parent, decision: IfMoved) -> None:
        """Read a slice where a member of its audience changed, or where that is not known."""
        key, audience = (child.name, above.key), above.audience
        await self._members_of(audience)
        known = audience in self.caught_up and not self._members_blocked()
        if not known or await self._anything_moved(str(audience), decision.proven):
            self._open(child, above, decision.read)
        elif key in self.reopened:
            self._child(child, above)
        else:
            self.closed[key] = above
            self.resting[child.name] += decision.rests
        self._release_members(child)

    async def _anything_moved(self, audience: str, time: dt.datetime) -> bool:
        """Whether a member changed after a slice was proven, or all may look different since."""
        last = self.context.bookmarks.latest("list_members", audience, COMPLETE)
        whole = audience in self.read_whole or (last is not None and last.until > time)
        return whole or await self.moved.since(audience, time - self.context.request.lookback)

    def _hold_members(self, child: Table) -> None:
        """Before a slice of people is read, who changed meanwhile may land (`_catch_up`)."""
        if self.members and beside_members(child):
            self.completion.hold(self.members.name)

    def _release_members(self, child: Table) -> None:
        if self.members and beside_members(child):
            self.completion.release(self.members.name)

    async def _catch_up(self, list_id: str | None) -> None:
        """Land whoever changed since the horizon, before the first slice that may hold them."""
        audience = self.audiences.get(list_id)
        if audience is not None:  # also where another task is at it: what it lands must be there
            async with self.catching_up[list_id]:
                if audience.lags:
                    await audience.catch_up()
                    self._note(audience)
                    self._reopen(audience)

    def _members_blocked(self) -> bool:
        """Whether members are to be landed, and cannot be written."""
        context = self.context
        return any(
            isinstance(table.reading, Changed)
            and table.name in context.tally.tables
            and context.tally[table.name].landed
            and table.name not in context.chosen.selected
            for table in context.chosen.tables.values()
        )

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

    # -- members ----------------------------------------------------------------------------

    async def _members(self, table: Table, above: Parent, read: Read) -> None:
        """One audience; then what lies below its members, of whom a run reads some only."""
        if read.why is not Why.HOLDS:
            await self._audience(table, above, read.expected)
        self.members_read[above.values[0]].set()
        alone = [] if table.name in self.tree.landed else self.tree.riders(table)
        wanted = self.tree.holds(table) or alone
        if wanted and table.name not in self.context.failures.refused:
            found = await listed(self.context, table, above.values, alone)
            if found is not None:
                await self._below(table, above.values, found.rows, above, proven=found.proven)

    async def _audience(self, table: Table, above: Parent, expected: int | None) -> None:
        """Its members, and what follows of them for other slices."""
        context, values = self.context, above.values
        audience = Audience(context, table, values[0], expected)
        refused = table.name in context.failures.refused
        try:
            if not refused:
                await audience.read()
        finally:
            if not refused:
                self.audiences[values[0]] = audience
            if audience.read_whole:
                self.read_whole.add(values[0])
            self._note(audience, refused=refused)
            self.members_read[values[0]].set()
        self._reopen(audience)

    def _note(self, audience: Audience, *, refused: bool = False) -> None:
        """Whether all of an audience has landed, for what is read beside it."""
        up, (list_id,) = audience.members.proven and audience.caught_up, audience.parent
        self.caught_up.discard(list_id)
        (self.caught_up if up and not refused else self.unproven).add(list_id)

    def _reopen(self, audience: Audience) -> None:
        """What it buried may be held by campaigns that no counter betrays."""
        tables = self.context.chosen.tables
        for name, key in audience.reopened:
            read = tables[name].host or tables[name]
            self.reopened.add((read.name, key))
            if (closed := self.closed.pop((read.name, key), None)) is not None:
                self._child(read, closed)

    # -- views ------------------------------------------------------------------------------

    def views(self) -> list[View]:
        """A view for each audience whose definitions were read."""
        context, members = self.context, self.context.chosen.tables["list_members"]
        views = []
        for (name, parent), rows in context.kept.rows.items():
            if name != "list_merge_fields" or not _read(rows):
                continue
            interests = []
            categories = context.kept.rows.get(("list_interest_categories", parent))
            for category in categories.result() if categories and _read(categories) else ():
                found = context.kept.rows.get(("list_interests", (*parent, category["id"])))
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
