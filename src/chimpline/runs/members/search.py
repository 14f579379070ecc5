"""Members that were deleted without a trace, found by counts: compare, bisect, read what is left.

One count for each ask tells whether an audience holds as many members up to the horizon as the
destination. Where it does not, stretches of time that differ are halved until they are a page, and
read: what Mailchimp holds lands, and what it does not hold is a candidate for burial.

Members that changed since the horizon have left Mailchimp's side. They are looked up first, and
left out on ours. Who changes between two requests of the search shows as a difference that nobody
is gone for; then the counts are not explained, and the search is repeated with a fresh look-up.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import pyarrow as pa

from chimpline.api.paging import LARGEST_PAGE
from chimpline.extract.seek import seek
from chimpline.extract.walk import walk
from chimpline.load.keys import subtract
from chimpline.message import Message
from chimpline.model import Scope, SliceState, Window
from chimpline.runs.members.bisection import SECOND, Leaf, packed
from chimpline.runs.members.burial import Burial
from chimpline.runs.members.confirmation import Confirmation
from chimpline.runs.members.membership import Membership
from chimpline.runs.members.narrowing import INSIDE_A_SECOND, Narrowing
from chimpline.runs.members.stretches import Ground, Stretch
from chimpline.runs.tree import Why
from chimpline.runs.work.together import together
from chimpline.runs.work.writer import Part
from chimpline.state.bookmarks import COUNTS_COMPARED

ROUNDS = 3
"""So often a search is repeated on an account that changes meanwhile."""


@dataclasses.dataclass(frozen=True, slots=True)
class LeafRead:
    """What reading a leaf showed: keys that only the destination has, and how many it lacked."""

    candidates: pa.Table
    new: int


class _UncountedError(Exception):
    """Mailchimp does not tell how many members a part of the audience has."""


class Comparison:
    """One audience's comparison after its changes are committed.

    `counted`: how many members an ask has up to the horizon, where that is known already.
    """

    def __init__(
        self,
        members: Membership,
        confirmation: Confirmation,
        burial: Burial,
        counted: Mapping[str, int],
    ) -> None:
        self.members = members
        self.counted = counted
        self.confirmation = confirmation
        self.burial = burial
        self.context = members.context
        self.table = members.table
        self.none = self.table.schema.key_schema().empty_table()
        self.left = self.none
        hashed = self.table.selection.hashed
        asked = {c.name: c.type for c in self.table.schema.columns if c.name not in hashed}
        self.narrowing = Narrowing(
            self._theirs, self._counts_by, members.cursor, asked, members.whole.until
        )
        self.why_whole: Why | None = None

    async def settle(self) -> bool:
        """Make the destination hold what Mailchimp holds up to the horizon.

        False where the audience has to be read whole instead, for the reason in `why_whole`, and
        where a part of it was not proven.
        """
        try:
            return await self._settled()
        except _UncountedError:
            self.why_whole = Why.UNCOUNTED
            return False

    async def _settled(self) -> bool:
        members, before = self.members, self.members.requests
        known = self.counted.keys() == set(members.asks)
        counts = self.counted if known else await self._counted()
        ours = {ask: await members.ours(members.scope(ask)) for ask in members.asks}
        if counts == ours:
            return True
        deleted = late = 0
        for earlier in range(ROUNDS):
            self.left = await self.confirmation.moved()
            if earlier or self.left.num_rows:
                counts = await self._counted()
            if not members.proven:
                return False
            stretches = [await self._stretch(ask, counts[ask]) for ask in members.asks]
            open_ones = [one for one in stretches if one.differing]
            if not open_ones:
                await self._tell(deleted, late, before)
                return True
            if sum(one.cost for one in open_ones) > sum(one.pages for one in stretches):
                break
            gone, new, explained = await self._search(open_ones, before)
            deleted, late = deleted + gone, late + new
            if not members.proven:
                return False
            if explained:
                await self._tell(deleted, late, before)
                return True
        self.why_whole = Why.COUNTS_DIFFER
        return False

    async def _counted(self) -> dict[str, int]:
        async with together() as group:
            counts = {
                ask: group.create_task(self._theirs(ask, self.members.whole))
                for ask in self.members.asks
            }
        return {ask: count.result() for ask, count in counts.items()}

    async def _theirs(self, ask: str, window: Window) -> int:
        count = await self.members.theirs(ask, window)
        if count is None:
            raise _UncountedError
        return count

    async def _stretch(self, ask: str, theirs: int) -> Stretch:
        """All of one ask, along the time of change."""
        members = self.members
        inside = tuple(name for name in INSIDE_A_SECOND if not ask.startswith(name))
        ground = Ground(ask, members.scope(ask), members.whole, members.cursor, inside)
        found = await self._counts_by(ground.scope, ground.along)
        values, rows = found["value"].to_pylist(), found["rows"].to_pylist()
        leaves = packed(members.whole.since, members.whole.until, values, rows)
        return Stretch(ground, tuple(leaves), theirs)

    async def _counts_by(self, scope: Scope, column: str) -> pa.Table:
        destination = self.context.writer.destination
        return await self.context.writer.call(
            destination.counts_by, self.table.schema, scope, column, self.left
        )

    # -- searching ---------------------------------------------------------------------------

    async def _search(self, stretches: Sequence[Stretch], before: int) -> tuple[int, int, bool]:
        """Find and bury: how many were gone, how many were new, and whether that explains all."""
        members = self.members
        wanted = sum(one.differing for one in stretches)
        leaves = await self.narrowing.leaves(stretches)
        held = await self._held()
        async with together() as group:
            reading = [group.create_task(self._read(ground, leaf)) for ground, leaf in leaves]
        await self.context.writer.settled()
        found = [await self._looked_at(*task.result()) for task in reading]
        if not members.proven:
            return 0, 0, False
        new = sum(one.new for one in found)
        candidates = pa.concat_tables([self.none, *(one.candidates for one in found)])
        # What is new must come on top: of two records with one id each takes the other's place.
        if (replaced := held + new - await self._held()) > 0:
            members.share_an_id(replaced)
            return 0, 0, False
        gone = await self.confirmation.gone(candidates, lambda many: new - many == wanted)
        explained = new - gone.num_rows == wanted
        lines = []
        if explained:
            lines = [
                self.context.line(
                    self.table,
                    members.parent,
                    ask=COUNTS_COMPARED,
                    since=members.whole.since,
                    state=SliceState.PROVEN,
                    proof=f"counts compared: {gone.num_rows} gone, {new} late",
                    rows=members.rows,
                    requests=members.requests - before,
                )
            ]
        if gone.num_rows or lines:
            await self.burial.bury(gone, lines)
        return gone.num_rows, new, explained

    async def _held(self) -> int:
        return sum([await self.members.ours(self.members.scope(ask)) for ask in self.members.asks])

    # -- reading a leaf ----------------------------------------------------------------------

    async def _read(self, ground: Ground, leaf: Leaf) -> tuple[Ground, Leaf, pa.Table]:
        """Read a leaf; its rows are on their way to the destination, their keys are returned."""
        ask, window = ground.asked(Window(leaf.since, leaf.until))
        one_second = window.since is not None and window.until - window.since <= SECOND
        turns = self.context.turns
        async with turns.turn(leaf.rows) as turn:
            with self.members.asking(ask) as source:
                collector = self.members.collector(source, begun=True)
                if one_second and leaf.rows > LARGEST_PAGE:
                    filters = self.members.filters(window)
                    result = await walk(
                        source,
                        collector.take,
                        filters,
                        begin=collector.begin,
                        help_=turns.helpers(turn),
                    )
                else:
                    result = (await seek(source, window, collector.take)).found
            self.members.note(result)
            await collector.hand_over(last=Part(self.table.schema))
        return ground, leaf, collector.keys()

    async def _looked_at(self, ground: Ground, leaf: Leaf, seen: pa.Table) -> LeafRead:
        missing = await self.members.missing(ground.rows(leaf), seen)
        candidates = subtract(missing, self.left)
        met = seen.group_by(seen.column_names).aggregate([]).num_rows
        return LeafRead(candidates, met - (leaf.rows - candidates.num_rows))

    async def _tell(self, deleted: int, late: int, before: int) -> None:
        """Say what was found and what it cost, where anything was."""
        spent = self.members.requests - before
        facts = {"where": self.members.name, "requests": spent}
        if deleted and late > 0:
            said = Message.of("members-found", **facts, deleted=deleted, late=late)
        elif deleted:
            said = Message.of("members-found-deleted", **facts, deleted=deleted)
        elif late > 0:
            said = Message.of("members-found-late", **facts, late=late)
        else:
            return
        self.context.tally.notice(said, self.table.name)
