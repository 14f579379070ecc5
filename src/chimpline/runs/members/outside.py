"""Members whom no window of a run holds.

Those without a time of change, those whose time of change lies ahead, and those of before the start
date.
"""

from __future__ import annotations

import dataclasses

from chimpline.extract.seek import seek
from chimpline.extract.walk import walk
from chimpline.message import Message
from chimpline.model import LAST_SECOND, Deletes, Window
from chimpline.runs.members.burial import Burial
from chimpline.runs.members.confirmation import Confirmation
from chimpline.runs.members.membership import Membership
from chimpline.runs.slice.collector import Collector
from chimpline.runs.work.together import together


class Outside:
    """Reads those members of one audience, each kind apart.

    `collectors`: of the members without a time of change. `beyond`: whether there are any whose
    time of change lies beyond the horizon, as far as they were counted.
    """

    def __init__(self, members: Membership, confirmation: Confirmation, burial: Burial) -> None:
        self.members = members
        self.confirmation = confirmation
        self.burial = burial
        self.context = members.context
        self.table = members.table
        self.collectors: list[Collector] = []
        self.beyond = False

    async def without_cursor(self, expected: int) -> bool:
        """Members without `last_changed` are in no window: they show as a difference of totals.

        They are not asked for under a start date, which they cannot meet. Whether all that was read
        of the audience is proven then: else the next run must ask for them again. `expected`: how
        many members there are, as far as that is told.
        """
        members = self.members
        if self.context.floor is None and members.proven:
            async with together() as group:
                for ask in self.table.row.ask:
                    group.create_task(self._without_cursor_of(ask, expected))
        return members.proven

    async def _without_cursor_of(self, ask: str, expected: int) -> None:
        members, horizon = self.members, self.context.horizon
        with members.asking(ask) as source:
            # In this order: one that is deleted in between costs a needless walk, no row.
            everyone, timed = await source.total(), await members.theirs(ask) or 0
            if everyone is None:
                members.unproven(Message("members-untold"))
            elif everyone > timed:
                later = await members.theirs(ask, Window(horizon, LAST_SECOND)) or 0
                timed += later
                self.beyond |= later > 0
                if later and everyone <= timed:
                    # Who came in between is counted on one side only, and hides one without a time.
                    everyone = max(everyone, await source.total() or timed + 1)
            if everyone is not None and everyone > timed:
                collector = members.collector(source, ask=ask, begun=True)
                turns = self.context.turns
                async with turns.turn(expected) as turn:
                    help_ = turns.helpers(turn)
                    found = await walk(source, collector.take, help_=help_)
                    if found.proof and found.rows < everyone:
                        # Fewer than were counted before: some went meanwhile, or it was no answer
                        # to this question.
                        now = await source.total()
                        if now is None or found.rows < now:
                            told = Message.of("members-fewer", counted=now, served=found.rows)
                            if now is None:
                                told = Message("members-untold")
                            found = dataclasses.replace(found, proof=None, trouble=told)
                    members.note(found)
                    self.collectors.append(collector)
                    await collector.hand_over()

    async def held(self) -> int:
        """How many members the destination holds whose time of change lies beyond the horizon."""
        members = self.members
        beyond = Window(self.context.horizon, LAST_SECOND)
        scope = dataclasses.replace(members.everyone(), cursor=members.cursor, since=beyond.since)
        await self.context.writer.settled()
        return await members.ours(scope)

    def wants_latest(self, *, whole: bool, at_rest: bool) -> bool:
        """Whether members whose time of change lies beyond the horizon must be landed at once.

        Beside reports always, unless there are none (`at_rest`); else where there are any, where a
        start date keeps them from being counted, and where the horizon may lie too early, since the
        clocks do not agree.
        """
        context = self.context
        gated = any(table.row.gate and table.member_column for table in context.chosen.landed)
        return (
            (gated and not at_rest)
            or self.beyond
            or not context.over.clocks_agree
            or (whole and bool(context.floor))
        )

    async def latest(self) -> bool:
        """Land whoever changed since the horizon, though no window of this run speaks for them.

        The reports that are read from now on hold them. Who did not land and is erased before the
        next run would be missed by nobody, and stay in those reports. And a time of change can lie
        so far ahead that no window of any run would ever hold it. Whether they all were read.
        """
        members, caught_up = self.members, True
        beyond = Window(self.context.horizon, LAST_SECOND)
        scope = dataclasses.replace(members.everyone(), cursor=members.cursor, since=beyond.since)
        held = await members.ours(scope)
        collectors = []
        for ask in members.asks_and_first_again:
            with members.asking(ask) as source:
                collector = members.collector(source, ask=ask, begun=True)
                found = (await seek(source, beyond, collector.take)).found
            await collector.hand_over()
            collectors.append(collector)
            caught_up &= found.proof is not None
        if held and caught_up and self.context.request.deletes is not Deletes.IGNORE:
            # No count speaks for those who lie ahead; so who is not met among them is asked for.
            await self.context.writer.settled()
            missing = await members.missing(scope, members.met(collectors))
            gone = await self.confirmation.gone(missing)
            if gone.num_rows and members.proven:
                await self.burial.bury(gone)
        if not caught_up and (self.beyond or not self.context.over.clocks_agree):
            members.unproven(Message("members-ahead"))
        return caught_up

    async def left_out(self) -> None:
        """Count the members that the start date leaves out."""
        if self.context.floor is None:
            return
        left_out = 0
        tally = self.context.tally[self.table.name]
        for rider in self.members.riders:  # nobody counts what rides in those
            self.context.tally[rider.name].left_out = None
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
