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
from collections.abc import Sequence
from urllib.parse import urlencode

import pyarrow as pa

from chimpline.api.paging import LARGEST_PAGE
from chimpline.extract.seek import seek
from chimpline.extract.source import instant
from chimpline.extract.walk import walk
from chimpline.load.keys import subtract
from chimpline.model import ColumnType, Scope, SliceState, Window
from chimpline.runs.members.bisection import SECOND, Leaf, cost, middle, packed
from chimpline.runs.members.burial import Burial
from chimpline.runs.members.confirmation import Confirmation
from chimpline.runs.members.membership import Membership
from chimpline.runs.slice.collector import Collector
from chimpline.runs.work.together import together
from chimpline.runs.work.writer import Part
from chimpline.state.bookmarks import COUNTS_COMPARED

ROUNDS = 3
"""So often a search is repeated on an account that changes meanwhile."""

INSIDE_A_SECOND = ("status", "timestamp_opt", "email_type")
"""What divides the members of one second further: columns that are also query parameters."""


@dataclasses.dataclass(frozen=True, slots=True)
class Ground:
    """Members of one audience that are counted along one column of time.

    `ask`: the query string besides that column. `scope`: the destination's rows. `window`: of the
    members' cursor. `inside`: the columns by which one second of it can still be divided.
    """

    ask: str
    scope: Scope
    window: Window
    along: str
    inside: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Stretch:
    """Neighbouring leaves of a ground, and how many members Mailchimp holds in them."""

    ground: Ground
    leaves: tuple[Leaf, ...]
    theirs: int

    @property
    def ours(self) -> int:
        return sum(leaf.rows for leaf in self.leaves)

    @property
    def differing(self) -> int:
        """How many more (or fewer, below 0) Mailchimp holds."""
        return self.theirs - self.ours

    @property
    def pages(self) -> int:
        return sum(leaf.pages for leaf in self.leaves)

    @property
    def cost(self) -> float:
        return cost(self.pages, abs(self.differing)) if self.differing else 0.0


@dataclasses.dataclass(frozen=True, slots=True)
class LeafRead:
    """What reading a leaf showed: keys that only the destination has, and how many it lacked."""

    candidates: pa.Table
    new: int


class _UncountedError(Exception):
    """Mailchimp does not tell how many members a part of the audience has."""


class Comparison:
    """One audience's comparison after its changes are committed."""

    def __init__(self, members: Membership, confirmation: Confirmation, burial: Burial) -> None:
        self.members = members
        self.confirmation = confirmation
        self.burial = burial
        self.context = members.context
        self.table = members.table
        self.none = self.table.schema.key_schema().empty_table()
        self.left = self.none
        self.why_whole = ""

    async def settle(self) -> bool:
        """Make the destination hold what Mailchimp holds up to the horizon.

        False where the audience has to be read whole instead, for the reason in `why_whole`, and
        where a part of it was not proven.
        """
        try:
            return await self._settled()
        except _UncountedError:
            self.why_whole = "its members could not be counted"
            return False

    async def _settled(self) -> bool:
        members, before = self.members, self.members.requests
        counts = await self._counted()
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
        self.why_whole = "the counts differ, and finding the difference would take as long"
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
        return Stretch(ground, await self._leaves(ground, members.whole), theirs)

    async def _leaves(self, ground: Ground, window: Window) -> tuple[Leaf, ...]:
        found = await self._counts_by(ground.scope, ground.along)
        values, rows = found["value"].to_pylist(), found["rows"].to_pylist()
        return tuple(packed(window.since, window.until, values, rows))

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
        leaves = await self._narrowed(stretches)
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

    async def _narrowed(self, stretches: Sequence[Stretch]) -> list[tuple[Ground, Leaf]]:
        """The leaves to be read: level by level, all stretches of a level at once."""
        leaves: list[tuple[Ground, Leaf]] = []
        level = list(stretches)
        while level:
            async with together() as group:
                dividing = [group.create_task(self._divided(one)) for one in level if one.differing]
            level = []
            for task in dividing:
                further, read = task.result()
                level += further
                leaves += read
        return leaves

    async def _divided(self, stretch: Stretch) -> tuple[list[Stretch], list[tuple[Ground, Leaf]]]:
        """What becomes of a stretch whose counts differ: parts to compare, or leaves to read."""
        ground, leaves = stretch.ground, stretch.leaves
        if len(leaves) > 1 and stretch.cost < stretch.pages:
            place = middle(leaves)
            lower, upper = leaves[:place], leaves[place:]
            theirs = await self._count(ground, lower)
            return [
                Stretch(ground, lower, theirs),
                Stretch(ground, upper, stretch.theirs - theirs),
            ], []
        if len(leaves) == 1 and leaves[0].rows > LARGEST_PAGE and stretch.cost < stretch.pages:
            parts = await self._inside(stretch)
            if parts:
                return parts, []
        return [], [(ground, leaf) for leaf in leaves]

    async def _count(self, ground: Ground, leaves: Sequence[Leaf]) -> int:
        """Mailchimp's side of neighbouring leaves."""
        ask, window = self._asked(ground, Window(leaves[0].since, leaves[-1].until))
        return await self._theirs(ask, window)

    def _asked(self, ground: Ground, window: Window) -> tuple[str, Window]:
        """A window of the ground as a question: query string, and window of the cursor."""
        if ground.along == self.members.cursor:
            return ground.ask, window
        asked = {f"before_{ground.along}": instant(window.until)}
        if window.since is not None:
            asked[f"since_{ground.along}"] = instant(window.since)
        return "&".join(filter(None, (ground.ask, urlencode(asked)))), ground.window

    def _scope(self, ground: Ground, leaf: Leaf) -> Scope:
        if ground.along == self.members.cursor:
            return dataclasses.replace(ground.scope, since=leaf.since, until=leaf.until)
        within = (*ground.scope.within, (ground.along, Window(leaf.since, leaf.until)))
        return dataclasses.replace(ground.scope, within=within)

    # -- one second that holds more than a page ----------------------------------------------

    async def _inside(self, stretch: Stretch) -> list[Stretch]:
        """A second divided by the next column that divides it; empty where none does."""
        (leaf,) = stretch.leaves
        ask, second = self._asked(stretch.ground, Window(leaf.since, leaf.until))
        scope = self._scope(stretch.ground, leaf)
        for place, name in enumerate(stretch.ground.inside):
            kind = {c.name: c.type for c in self.table.schema.columns}.get(name)
            if kind not in (ColumnType.TEXT, ColumnType.TIMESTAMP):
                continue
            if name in self.table.selection.hashed:
                continue
            found = await self._counts_by(scope, name)
            rows = found["rows"].to_pylist()
            if sum(rows) != leaf.rows:
                continue  # rows without a value cannot be asked for
            inside = stretch.ground.inside[place + 1 :]
            if kind is ColumnType.TIMESTAMP:
                ground = Ground(ask, scope, second, name, inside)
                values = found["value"].to_pylist()
                until = max(self.members.whole.until, values[-1])
                leaves = packed(None, until, values, rows)
                if len(leaves) > 1:
                    return [Stretch(ground, tuple(leaves), stretch.theirs)]
            elif len(rows) > 1:
                return await self._by_value(stretch, name, found, inside)
        return []

    async def _by_value(
        self, stretch: Stretch, name: str, found: pa.Table, inside: tuple[str, ...]
    ) -> list[Stretch]:
        """One part for each value, the most frequent first, until all that differs is found."""
        (leaf,) = stretch.leaves
        ask, second = self._asked(stretch.ground, Window(leaf.since, leaf.until))
        scope = self._scope(stretch.ground, leaf)
        parts: list[Stretch] = []
        theirs, differing = stretch.theirs, stretch.differing
        ordered = found.sort_by([("rows", "descending")]).to_pylist()
        for place, one in enumerate(ordered, start=1):
            asked = "&".join(filter(None, (ask, urlencode({name: one["value"]}))))
            mine = dataclasses.replace(scope, equals=(*scope.equals, (name, one["value"])))
            ground = Ground(asked, mine, second, self.members.cursor, inside)
            part = dataclasses.replace(leaf, rows=one["rows"], since=second.since)
            part = dataclasses.replace(part, until=second.until)
            if place == len(ordered):
                parts.append(Stretch(ground, (part,), theirs))
                break
            count = await self._theirs(asked, second)
            parts.append(Stretch(ground, (part,), count))
            theirs, differing = theirs - count, differing - (count - part.rows)
            if not differing:
                break
        return parts

    # -- reading a leaf ----------------------------------------------------------------------

    async def _read(self, ground: Ground, leaf: Leaf) -> tuple[Ground, Leaf, pa.Table]:
        """Read a leaf; its rows are on their way to the destination, their keys are returned."""
        ask, window = self._asked(ground, Window(leaf.since, leaf.until))
        collector = Collector(self.context, self.table, self.members.parent, begun=True)
        one_second = window.since is not None and window.until - window.since <= SECOND
        turns = self.context.turns
        async with turns.turn(leaf.rows) as turn:
            with self.members.asking(ask) as source:
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
        missing = await self.members.missing(self._scope(ground, leaf), seen)
        candidates = subtract(missing, self.left)
        met = seen.group_by(seen.column_names).aggregate([]).num_rows
        return LeafRead(candidates, met - (leaf.rows - candidates.num_rows))

    async def _tell(self, deleted: int, late: int, before: int) -> None:
        """Say what was found and what it cost, where anything was."""
        spent = self.members.requests - before
        found = []
        if deleted:
            found.append(f"{deleted} deleted member{'s' * (deleted > 1)}")
        if late > 0:
            found.append(f"{late} that earlier runs had missed")
        if found:
            which = " and ".join(found)
            message = f"{self.members.name}: found {which}, with {spent} requests."
            self.context.tally.notice(message, self.table.name)
