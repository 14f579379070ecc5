"""The members of one audience: changes by cursor, deleted ones by count, else a complete read."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import functools

import pyarrow as pa

from chimpline.catalog.table import Table
from chimpline.errors import Refused, SliceError
from chimpline.evidence import Definitions
from chimpline.extract.seek import Split, seek
from chimpline.load.contract import Known
from chimpline.load.keys import subtract
from chimpline.message import Message
from chimpline.model import (
    LAST_SECOND,
    Deletes,
    SliceRecord,
    SliceState,
    Window,
    parent_key,
)
from chimpline.runs.context import Context
from chimpline.runs.members.burial import Burial
from chimpline.runs.members.confirmation import Confirmation
from chimpline.runs.members.due import definitions_of
from chimpline.runs.members.membership import Membership
from chimpline.runs.members.newest import Newest, land_newest
from chimpline.runs.members.outside import Outside
from chimpline.runs.members.search import Comparison
from chimpline.runs.slice.collector import Collector
from chimpline.runs.tree import Why, alone, why_whole
from chimpline.runs.work.together import together
from chimpline.runs.work.writer import Part
from chimpline.state.bookmarks import COMPLETE


class Audience:
    """Reads the members of one audience in one run."""

    def __init__(self, context: Context, table: Table, list_id: str, expected: int | None) -> None:
        self.context = context
        self.table = table
        self.parent = (list_id,)
        self.expected = expected or 0
        self.members = Membership(context, table, list_id)
        self.confirmation = Confirmation(self.members)
        self.burial = Burial(self.members)
        self.outside = Outside(self.members, self.confirmation, self.burial)
        self.whole = self.members.whole
        self.collectors: list[Collector] = []
        self.defined: Definitions | None = None
        self.why_whole: Why | None = None
        self.caught_up = True
        self.looked_ahead = False
        self.read_whole = False
        self.served = 0
        self.newest: dict[str, Newest] = {}

    @property
    def reopened(self) -> list[tuple[str, str]]:
        """(table, parent key) of the slices that burying opened again."""
        return self.burial.reopened

    async def read(self) -> None:
        """Bring the audience up to the horizon; raises what only the whole run can handle."""
        context, table = self.context, self.table
        last = context.bookmarks.latest(table.name, self.parent[0], COMPLETE)
        self.defined = defined = await self._definitions()
        due = self._due(last)
        resumed = due is Why.NEW
        full = due is not None
        context.tally.begin(table.name, full=full, expected=self.expected if full else None)
        try:
            if due and not resumed:
                await self._completely(due, defined)
            elif await self._changes():
                # A start date that is lifted left out those without a cursor value.
                lifted = last is not None and last.since is not None and self.whole.since is None
                if (last is None or lifted) and await self.outside.without_cursor(self.expected):
                    proof = last.proof if last else "all windows proven, counts equal"
                    await self._note_complete(proof, defined, until=last.until if last else None)
            elif self.members.proven and self.why_whole:
                await self._completely(self.why_whole, defined)
            await self.outside.left_out()
            if self.members.proven and self.outside.wants_latest(
                whole=full, at_rest=await self._at_rest()
            ):
                await self._look_ahead()
        except SliceError as error:
            await self._failed(error)
        finally:
            context.tally.end(table.name, self.members.requests)

    @property
    def lags(self) -> bool:
        """Whether nobody has asked yet who changed since the horizon, and it is of use."""
        return self.members.proven and not self.looked_ahead

    async def catch_up(self) -> None:
        """Land whoever changed since the horizon, before a report is read that may hold them.

        Once in a run; an audience at rest, none of whose reports is read, needs no such question.
        """
        before = self.members.requests
        self.context.tally.begin(self.table.name, full=False, expected=None)
        try:
            await self._look_ahead()
        except SliceError as error:
            await self._failed(error)
        finally:
            self.context.tally.end(self.table.name, self.members.requests - before)

    async def _at_rest(self) -> bool:
        """Whether one answer of each ask has shown that nobody changed since the horizon."""
        if self.newest.keys() != set(self.table.row.ask):
            return False
        return not any(found.beyond for found in self.newest.values()) and (
            not await self.outside.held()
        )

    async def _look_ahead(self) -> None:
        self.looked_ahead = True
        self.caught_up = await self.outside.latest()

    async def _failed(self, error: SliceError) -> None:
        # What is refused is left out for good; all else is read again by the next run.
        self.members.proven &= isinstance(error, Refused)
        # Whoever it holds may be erased before it can be read: no report is settled beside it.
        self.caught_up = False
        await self.context.failures.failed(self.table, self.parent, error)

    def _due(self, last: SliceRecord | None) -> Why | None:
        """Why the audience must be read completely; None where changes suffice."""
        bookmarks, (list_id,) = self.context.bookmarks, self.parent
        begun = (
            line
            for ask in self.table.row.ask
            for line in bookmarks.proven(self.table.name, list_id, ask)
        )
        return why_whole(
            self.context.request,
            last,
            now=self.context.horizon,
            begun=begun,
            defined=self.defined,
            alone=alone(bookmarks, self.table, list_id, self.members.riders),
        )

    async def _definitions(self) -> Definitions | None:
        """What shapes the members' rows; None where it may not be read."""
        try:
            return await definitions_of(self.context.kept, self.parent[0])
        except LookupError:
            return None

    async def _changes(self) -> bool:
        """Read what changed; whether the destination then holds as many members as Mailchimp."""
        async with together() as group:
            for ask in self.table.row.ask:
                group.create_task(self._changes_of(group, ask))
        if not self.members.proven or self.context.request.deletes is Deletes.IGNORE:
            return self.members.proven
        await self.context.writer.settled()
        counted = {ask: found.counted for ask, found in self.newest.items()}
        comparison = Comparison(self.members, self.confirmation, self.burial, counted)
        settled = await comparison.settle()
        self.why_whole = comparison.why_whole
        return settled

    async def _changes_of(self, group: asyncio.TaskGroup, ask: str) -> None:
        """What changed of one ask: by one answer, where that tells of all; else by windows."""
        books, of = self.context.bookmarks, (self.table.name, parent_key(self.parent), ask)
        windows = books.windows(*of, self.whole, self.context.request.lookback)
        to_the_horizon = [window.until for window in windows] == [self.whole.until]
        if books.latest(*of) is not None and to_the_horizon:
            found = await land_newest(self.members, ask, windows[0], self.defined)
            if found is not None:
                self.newest[ask] = found
                return
        for window in windows:
            group.create_task(self._window(group, ask, window, self.expected, keep=False))

    async def _completely(self, why: Why, defined: Definitions | None) -> bool:
        """Read every member, then bury those that are missing and confirmed to be gone."""
        self.read_whole = True
        last = self.context.bookmarks.latest(self.table.name, self.parent[0], COMPLETE)
        notice = Message.of(
            "members-read-whole",
            where=self.members.name,
            why=why.kind,
            on=last.until.date() if last else None,
            # No words of it: it tells one change from another, for whoever tells of each once.
            definitions=defined.fields[:12] if defined and why is Why.DEFINED else None,
        )
        self.context.tally.notice(notice, self.table.name)
        async with together() as group:
            for ask in self.table.row.ask:
                group.create_task(self._window(group, ask, self.whole, self.expected, keep=True))
        if not await self.outside.without_cursor(self.expected):
            return False
        await self.context.writer.settled()
        gone = await self._bury_missing()
        await self._bury_riders()
        await self._share_an_id()
        if not self.members.proven:
            return False
        await self._note_complete(f"complete: {why.value}; {gone} gone", defined)
        return True

    async def _window(
        self, group: asyncio.TaskGroup, ask: str, window: Window, expected: float, *, keep: bool
    ) -> None:
        """One slice: a window of one ask; what it forks off become slices of their own."""
        context = self.context
        source = context.source(self.table, self.parent, ask, self.members.riders)
        collector = self.members.collector(source, ask=ask, window=window)

        try:
            async with context.turns.turn(expected) as turn:

                def fork(upper: Window) -> None:
                    turn.left /= 2
                    group.create_task(self._window(group, ask, upper, turn.left, keep=keep))

                split = Split(
                    wanted=functools.partial(context.turns.too_long, turn),
                    fork=fork,
                    help_=context.turns.helpers(turn),
                )
                sought = await seek(source, window, collector.take, split)
                if keep:
                    self.collectors.append(collector)
                    self.served += sought.found.rows
                await self.members.note_window(ask, sought, collector, self.defined)
        except BaseException:
            await asyncio.shield(collector.hand_over())
            raise
        finally:
            self.members.requests += source.requests

    async def _bury_missing(self) -> int:
        """Bury what a complete read did not contain and a second check does not find either."""
        context, members, confirmation = self.context, self.members, self.confirmation
        if context.request.deletes is Deletes.IGNORE or self.table.name in context.chosen.fresh:
            return 0
        seen = self._seen()
        scope = members.everyone()
        if context.floor:
            scope = dataclasses.replace(scope, cursor=members.cursor, since=context.floor)
        missing = await members.missing(scope, seen)
        if not missing.num_rows:
            return 0
        # What changed since the horizon says nothing of those without a time of change.
        in_time = dataclasses.replace(scope, cursor=members.cursor, until=LAST_SECOND)
        timed = await members.missing(in_time, seen)
        untimed = subtract(missing, timed)
        gone = pa.concat_tables(
            [await confirmation.gone(timed), await confirmation.gone_by_id(untimed)]
        )
        if confirmation.overlooked and members.proven:
            members.unproven(Message.of("members-overlooked", many=confirmation.overlooked))
        if gone.num_rows and members.proven:
            await self.burial.bury(gone)
        return int(gone.num_rows)

    async def _bury_riders(self) -> None:
        """Bury what rode in records that are not landed any more: an earlier run left it."""
        context, members, writer = self.context, self.members, self.context.writer
        if context.request.deletes is Deletes.IGNORE or not members.proven:
            return
        known = Known(self.table.schema, self.table.record_key, ("list_id", self.parent[0]))
        for rider in members.riders:
            if rider.name in context.chosen.fresh:
                continue
            await writer.settled()
            names = (rider.record_key, rider.record_key)
            ids = await writer.call(writer.destination.strangers, rider.schema, *names, known)
            for part in await members.riders_of(ids, [rider]):
                await writer.put(part)

    def _seen(self) -> pa.Table:
        """The keys of all who were met by a complete read."""
        return self.members.met([*self.collectors, *self.outside.collectors])

    async def _share_an_id(self) -> None:
        """Whether records of different pages have one id, so that only one of them could land.

        Windows do not overlap, so each record comes once; and no page shows that another has its
        id. The counts must agree with that, since who changes late may be met in two windows.
        """
        members = self.members
        seen = self._seen()
        met = seen.group_by(seen.column_names).aggregate([]).num_rows
        if self.served <= met or not members.proven:
            return
        await self.context.writer.settled()
        fewer = 0
        for ask in members.asks:
            theirs = await members.theirs(ask) or 0
            fewer += theirs - await members.ours(members.scope(ask))
        if fewer > 0:
            members.share_an_id(fewer)

    async def _note_complete(
        self, proof: str, defined: Definitions | None, *, until: dt.datetime | None = None
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
            rows=self.members.rows,
            requests=self.members.requests,
            evidence=defined,
        )
        part = Part(self.table.schema, slices=[line], pages=0)
        if not self.context.bookmarks.ever(self.table.name, self.parent[0], COMPLETE):
            part.reopen = await self.burial.reports_before()
        riding = [
            Part(one.schema, slices=[self._like(line, one)], pages=0)
            for one in self.members.riders
            if one.name not in self.members.odd
        ]
        await self.context.writer.put(part, *riding)

    def _like(self, line: SliceRecord, rider: Table) -> SliceRecord:
        """The same line of what rides."""
        rows = self.members.rode[rider.name]
        return dataclasses.replace(line, table_name=rider.name, rows=rows, requests=0)
