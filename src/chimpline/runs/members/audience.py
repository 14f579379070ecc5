"""The members of one audience: changes by cursor, deleted ones by count, else a complete read."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import functools
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from chimpline.catalog.table import Table
from chimpline.errors import Refused, SliceError
from chimpline.extract.plan import Row, definitions, definitions_changed
from chimpline.extract.seek import Split, seek
from chimpline.extract.source import Found
from chimpline.extract.walk import walk
from chimpline.load.keys import subtract
from chimpline.model import (
    LAST_SECOND,
    Deletes,
    Scope,
    SliceRecord,
    SliceState,
    Window,
    parent_key,
)
from chimpline.runs.context import Context
from chimpline.runs.members.membership import Membership
from chimpline.runs.members.search import Comparison
from chimpline.runs.slice.collector import Collector
from chimpline.runs.work.together import together
from chimpline.runs.work.writer import Part
from chimpline.state.bookmarks import COMPLETE

NEVER = "it was never read completely"
DEFINED_ANEW = "its merge fields, interests or tags changed"


class Audience:
    """Reads the members of one audience in one run."""

    def __init__(self, context: Context, table: Table, list_id: str, expected: int | None) -> None:
        self.context = context
        self.table = table
        self.parent = (list_id,)
        self.expected = expected or 0
        self.members = Membership(context, table, list_id)
        self.whole = self.members.whole
        self.collectors: list[Collector] = []
        self.defined: dict[str, Any] | None = None
        self.why_whole = ""
        self.caught_up = True
        self.served = 0
        self.beyond = False

    @property
    def reopened(self) -> list[tuple[str, str]]:
        """(table, parent key) of the slices that burying opened again."""
        return self.members.reopened

    async def read(self) -> None:
        """Bring the audience up to the horizon; raises what only the whole run can handle."""
        context, table = self.context, self.table
        last = context.bookmarks.latest(table.name, self.parent[0], COMPLETE)
        self.defined = defined = await self._definitions()
        due = self._due(last, defined)
        resumed = due == NEVER
        full = bool(due) or resumed
        context.tally.begin(table.name, full=full, expected=self.expected if full else None)
        try:
            if due and not resumed:
                await self._completely(due, defined)
            elif await self._changes():
                # A start date that is lifted left out those without a cursor value.
                lifted = last is not None and last.since is not None and self.whole.since is None
                if (last is None or lifted) and await self._without_cursor():
                    proof = last.proof if last else "all windows proven, counts equal"
                    await self._note_complete(proof, defined, until=last.until if last else None)
            elif self.members.proven:
                await self._completely(self.why_whole, defined)
            await self._left_out()
            if self.members.proven and self._wants_latest(whole=full):
                await self._latest()
        except SliceError as error:
            # What is refused is left out for good; all else is read again by the next run.
            self.members.proven &= isinstance(error, Refused)
            # Whoever it holds may be erased before it can be read: no report is settled beside it.
            self.caught_up = False
            await context.failures.failed(table, self.parent, error)
        finally:
            context.tally.end(table.name, self.members.requests)

    def _due(self, last: SliceRecord | None, defined: dict[str, Any] | None) -> str:
        """Why the audience must be read completely; empty where changes suffice."""
        request = self.context.request
        if request.full_refresh:
            return "a full refresh was asked for"
        if request.reread is not None:
            return "it is being repaired"
        if last is None:
            return NEVER if self._begun_under(defined) else DEFINED_ANEW
        if self.context.horizon - last.until >= request.complete_read_every:
            return f"the last complete read was on {last.until:%Y-%m-%d}"
        if defined is not None and definitions_changed(last.gate, defined):
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
        if not self.members.proven or self.context.request.deletes is Deletes.IGNORE:
            return self.members.proven
        await self.context.writer.settled()
        comparison = Comparison(self.members)
        settled = await comparison.settle()
        self.why_whole = comparison.why_whole
        return settled

    async def _completely(self, why: str, defined: dict[str, Any] | None) -> bool:
        """Read every member, then bury those that are missing and confirmed to be gone."""
        notice = f"{self.members.name} is read completely: {why}."
        self.context.tally.notice(notice, self.table.name)
        async with together() as group:
            for ask in self.table.row.ask:
                group.create_task(self._window(group, ask, self.whole, self.expected, keep=True))
        if not await self._without_cursor():
            return False
        await self.context.writer.settled()
        gone = await self._bury_missing()
        await self._share_an_id()
        if not self.members.proven:
            return False
        await self._note_complete(f"complete: {why}; {gone} gone", defined)
        return True

    async def _window(
        self, group: asyncio.TaskGroup, ask: str, window: Window, expected: float, *, keep: bool
    ) -> None:
        """One slice: a window of one ask; what it forks off become slices of their own."""
        context = self.context
        source = context.source(self.table, self.parent, ask)
        collector = Collector(context, self.table, self.parent, ask=ask, window=window)

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
                    gate={**(self.defined or {}), "_odd": sought.found.odd}
                    if sought.found.odd
                    else self.defined,
                )
                await collector.hand_over(last=Part(self.table.schema, slices=[line]))
        except BaseException:
            await asyncio.shield(collector.hand_over())
            raise
        finally:
            self.members.requests += source.requests
        self.members.note(sought.found)

    async def _without_cursor(self) -> bool:
        """Members without `last_changed` are in no window: they show as a difference of totals.

        They are not asked for under a start date, which they cannot meet. Whether all that was read
        of the audience is proven then: else the next run must ask for them again.
        """
        members = self.members
        if self.context.floor is None and members.proven:
            async with together() as group:
                for ask in self.table.row.ask:
                    group.create_task(self._without_cursor_of(ask))
        return members.proven

    async def _without_cursor_of(self, ask: str) -> None:
        members, horizon = self.members, self.context.horizon
        with members.asking(ask) as source:
            # In this order: one that is deleted in between costs a needless walk, no row.
            everyone, timed = await source.total(), await members.theirs(ask) or 0
            if everyone is None:
                members.note(Found(0, 0, None, "Mailchimp did not tell how many members it has"))
            elif everyone > timed:
                later = await members.theirs(ask, Window(horizon, LAST_SECOND)) or 0
                timed += later
                self.beyond |= later > 0
                if later and everyone <= timed:
                    # Who came in between is counted on one side only, and hides one without a time.
                    everyone = max(everyone, await source.total() or timed + 1)
            if everyone is not None and everyone > timed:
                collector = Collector(self.context, self.table, self.parent, ask=ask, begun=True)
                turns = self.context.turns
                async with turns.turn(self.expected) as turn:
                    help_ = turns.helpers(turn)
                    found = await walk(source, collector.take, help_=help_)
                    if found.proof and found.rows < everyone:
                        # Fewer than were counted before: some went meanwhile, or it was no answer
                        # to this question.
                        now = await source.total()
                        if now is None or found.rows < now:
                            told = f"{now} members were counted and {found.rows} served"
                            found = dataclasses.replace(found, proof=None, trouble=told)
                    members.note(found)
                    self.collectors.append(collector)
                    await collector.hand_over()

    async def _bury_missing(self) -> int:
        """Bury what a complete read did not contain and a second check does not find either."""
        context, members = self.context, self.members
        if context.request.deletes is Deletes.IGNORE or self.table.name in context.chosen.fresh:
            return 0
        seen = self._seen(self.collectors)
        scope = Scope(
            equals=(("list_id", self.parent[0]),),
            cursor=members.cursor if context.floor else None,
            since=context.floor,
        )
        missing = await members.missing(scope, seen)
        if not missing.num_rows:
            return 0
        # What changed since the horizon says nothing of those without a time of change.
        in_time = dataclasses.replace(scope, cursor=members.cursor, until=LAST_SECOND)
        timed = await members.missing(in_time, seen)
        untimed = subtract(missing, timed)
        gone = pa.concat_tables([await members.gone(timed), await members.gone_by_id(untimed)])
        if members.overlooked and members.proven:
            told = f"{members.overlooked} members that exist were not met"
            members.note(Found(0, 0, None, told))
        if gone.num_rows and members.proven:
            await members.bury(gone)
        return int(gone.num_rows)

    def _seen(self, collectors: Sequence[Collector]) -> pa.Table:
        """All keys that were taken, in the key schema."""
        none = self.table.schema.key_schema().empty_table()
        return pa.concat_tables([none, *(collector.keys() for collector in collectors)])

    async def _share_an_id(self) -> None:
        """Whether records of different pages have one id, so that only one of them could land.

        Windows do not overlap, so each record comes once; and no page shows that another has its
        id. The counts must agree with that, since who changes late may be met in two windows.
        """
        members = self.members
        seen = self._seen(self.collectors)
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

    def _wants_latest(self, *, whole: bool) -> bool:
        """Whether members whose time of change lies beyond the horizon must be landed.

        Beside reports always; else where there are any, where a start date keeps them from being
        counted, and where the horizon may lie too early, since the clocks do not agree.
        """
        context = self.context
        gated = any(table.row.gate and table.member_column for table in context.chosen.landed)
        return (
            gated or self.beyond or not context.over.clocks_agree or (whole and bool(context.floor))
        )

    async def _latest(self) -> None:
        """Land whoever changed since the horizon, though no window of this run speaks for them.

        The reports that are read from now on hold them. Who did not land and is erased before the
        next run would be missed by nobody, and stay in those reports. And a time of change can lie
        so far ahead that no window of any run would ever hold it.
        """
        members, asks = self.members, self.table.row.ask
        beyond = Window(self.context.horizon, LAST_SECOND)
        scope = Scope(
            equals=(("list_id", self.parent[0]),), cursor=members.cursor, since=beyond.since
        )
        held = await members.ours(scope)
        collectors = []
        # The first ask comes again at the end: whoever is archived, or comes back, between two
        # requests is met by one of the three.
        for ask in (*asks, asks[0]):
            collector = Collector(self.context, self.table, self.parent, ask=ask, begun=True)
            with members.asking(ask) as source:
                found = (await seek(source, beyond, collector.take)).found
            await collector.hand_over()
            collectors.append(collector)
            self.caught_up &= found.proof is not None
        if held and self.caught_up and self.context.request.deletes is not Deletes.IGNORE:
            # No count speaks for those who lie ahead; so who is not met among them is asked for.
            await self.context.writer.settled()
            gone = await members.gone(await members.missing(scope, self._seen(collectors)))
            if gone.num_rows and members.proven:
                await members.bury(gone)
        if not self.caught_up and (self.beyond or not self.context.over.clocks_agree):
            told = "members whose time of change lies ahead were not read to a proof"
            members.note(Found(0, 0, None, told))

    async def _left_out(self) -> None:
        """Count the members that the start date leaves out."""
        if self.context.floor is None:
            return
        left_out = 0
        tally = self.context.tally[self.table.name]
        inside = Window(self.context.floor, LAST_SECOND)
        for ask in self.table.row.ask:
            with self.members.asking(ask) as source:
                everyone = await source.total()
            counted = await self.members.theirs(ask, inside)
            if everyone is None or counted is None:
                tally.left_out = None
                return
            left_out += max(0, everyone - counted)
        # Added at once: other audiences count at the same time.
        if tally.left_out is not None:
            tally.left_out += left_out

    async def _note_complete(
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
            rows=self.members.rows,
            requests=self.members.requests,
            gate=defined,
        )
        part = Part(self.table.schema, slices=[line], pages=0)
        if not self.context.bookmarks.ever(self.table.name, self.parent[0], COMPLETE):
            part.reopen = await self.members.campaigns_before()
        await self.context.writer.put(part)
