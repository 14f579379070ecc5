"""A dry run: which requests the next run would make, and how long they would take."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping

from chimpline.api.client import Client
from chimpline.catalog.row import Changed, Events
from chimpline.catalog.selected import Selected, resolve
from chimpline.catalog.table import Table
from chimpline.clock import Clock, utc_now
from chimpline.errors import Refused, SliceError, SourceUnavailable
from chimpline.evidence import Definitions
from chimpline.extract.decode.decoder import Decoder
from chimpline.extract.instants import instant
from chimpline.extract.plan import DEFINITIONS, Row, activity_of, needed
from chimpline.extract.source import Source
from chimpline.load import check_writable
from chimpline.message import Message
from chimpline.model import parent_key
from chimpline.runs.asking.records import pages, rows_of
from chimpline.runs.members.due import definitions_of
from chimpline.runs.offering import offer
from chimpline.runs.request import RunRequest
from chimpline.runs.reshaping import check_salt
from chimpline.runs.resting import Rest, resting, told_lately
from chimpline.runs.services import Services
from chimpline.runs.tree import IfMoved, Parent, Read, Tree, Why, decide, why_members
from chimpline.runs.work.completion import beside_members
from chimpline.runs.work.connecting import connected, server_time
from chimpline.state.bookmarks import COMPLETE, Bookmarks

ONLY_CHANGES = (Why.CHANGES, Why.EARLIER_START)
"""Of members: what was read is not read again, as far as it is proven."""
COUNTS = 2  # of all members of an audience: one for each ask


@dataclasses.dataclass(frozen=True, slots=True)
class TableEstimate:
    """`rows` to be read (None: not known before they are), `requests`, and why so many."""

    table: str
    rows: int | None
    requests: int
    reason: Message


@dataclasses.dataclass(frozen=True, slots=True)
class Estimate:
    """`seconds` at the pace of the requests that the estimate itself made."""

    tables: tuple[TableEstimate, ...]
    requests: int
    seconds: float
    connections: int


def estimate(
    request: RunRequest, services: Services, *, notice: Callable[[Message], None] = lambda _: None
) -> Estimate:
    """Read what lists and reports say, and the ledger; land nothing, create nothing."""
    selected = resolve(request.tables, request.selections, services.catalog)
    place = (request.destination, request.dataset)
    names = [table.name for table in selected.landed]
    check_writable(*place, names, secrets=request.destination_secrets)
    with services.destination(read_only=True) as destination:
        selected = dataclasses.replace(
            selected, landed=offer(request, selected, destination).landed
        )
        lines = destination.slices()
        lately = told_lately(request, destination, services.clock())
        rest = resting(request, names, lately, lines, services.clock())
    bookmarks = Bookmarks(lines, services.clock())
    return asyncio.run(_Estimator(request, selected, bookmarks, rest).whole(services, notice))


async def first_run(
    request: RunRequest,
    client: Client,
    *,
    leave_out: Collection[str] = (),
    catalog: Mapping[str, Table] | None = None,
) -> Estimate:
    """What a first run would ask for, whatever any destination has; for a client that is there.

    `leave_out`: tables that may not be read. `catalog`: as in `Services`.
    """
    selected = resolve(request.tables, request.selections, catalog)
    nothing = Bookmarks([], utc_now())
    return await _Estimator(request, selected, nothing, leave_out=leave_out).reckoned(client)


class _Estimator:
    def __init__(
        self,
        request: RunRequest,
        selected: Selected,
        bookmarks: Bookmarks,
        resting: Mapping[str, Rest] | None = None,
        leave_out: Collection[str] = (),
    ) -> None:
        check_salt(selected.landed, request.hash_salt)
        self.request = request
        self.bookmarks = bookmarks
        self.moved: dict[tuple[str, dt.datetime], bool] = {}
        self.resting = resting or {}
        self.landed = tuple(one for one in selected.landed if one.name not in self.resting)
        names = {table.name for table in self.landed}
        self.tree = Tree(selected.tables, needed(self.landed) - set(leave_out), names)
        walked = [table.name for table in self.tree.walked]
        self.rows: dict[str, int | None] = dict.fromkeys(walked, 0)
        self.requests = dict.fromkeys(walked, 0)
        self.slices = dict.fromkeys(walked, 0)
        self.read: dict[str, Counter[Why]] = {name: Counter() for name in walked}
        self.decoders: dict[str, Decoder] = {}
        self.known: dict[tuple[str, tuple[str, ...]], list[Row]] = {}
        self.unread: dict[str, Message] = {}
        self.opened: set[str | None] = set()
        self.at_rest: set[str | None] = set()

    async def whole(self, services: Services, notice: Callable[[Message], None]) -> Estimate:
        async with connected(self.request, services, notice) as (client, _):
            return await self.reckoned(client, services.clock)

    async def reckoned(self, client: Client, clock: Clock = utc_now) -> Estimate:
        self.client, self.horizon = client, await server_time(client, clock)
        began, before = time.monotonic(), client.requests
        for table in self.tree.roots:
            await self._collection(table, ())
        for members in (one for one in self.landed if isinstance(one.reading, Changed)):
            # Before a report of theirs is read: who changed since the horizon.
            late = len(self.opened & self.at_rest)
            self.requests[members.name] += late * (len(members.row.ask) + 1)
        made = max(client.requests - before, 1)
        pace_s = (time.monotonic() - began) / made
        total = sum(self.requests.values()) + 2
        return Estimate(
            tables=tuple(
                TableEstimate(
                    name,
                    None if name in self.tree.refused else self.rows.get(name, 0),
                    self.requests.get(name, 0),
                    self._reason(table),
                )
                for name, table in self.tree.tables.items()
                if table in self.landed or name in self.resting or self.requests.get(name)
            ),
            requests=total,
            seconds=round(total * pace_s / self.request.connections, 1),
            connections=self.request.connections,
        )

    def _source(self, table: Table, parent: tuple[str, ...], ask: str = "") -> Source:
        if table.name not in self.decoders:
            self.decoders[table.name] = Decoder(table, self.request.hash_salt)
        return Source(self.client, self.decoders[table.name], parent, ask)

    async def _collection(
        self, table: Table, parent: tuple[str, ...], above: Parent | None = None
    ) -> None:
        """A slice of a table without a parent, or of one that others hang below: asked for.

        The others are reckoned from their parents.
        """
        try:
            if not self.tree.holds(table):
                self._add(table, await self._source(table, parent).total())
                return
            rows = await self._rows(table, parent)
        except SourceUnavailable:
            raise
        except Refused as error:
            self._add(table, None)
            self.tree.refuse(table, error.problem.message)
        except SliceError as error:  # a run fails it, and reads the others
            self.unread[table.name] = error.problem.message
            self._add(table, None)
        else:
            self._add(table, len(rows))
            for one in self.tree.parents(table, rows, above):
                for child in self.tree.children(table):
                    await self._child(child, one)

    async def _rows(self, table: Table, parent: tuple[str, ...]) -> list[Row]:
        """The kept rows of a slice; definitions are asked for once, since members need them too."""
        key = (table.name, parent)
        if key in self.known:
            return self.known[key]
        rows = await rows_of(self._source(table, parent))
        if table.name in DEFINITIONS:
            self.known[key] = rows
        return rows

    async def _child(self, child: Table, above: Parent) -> None:
        self.slices[child.name] += 1
        decision = decide(
            child, above, self.bookmarks, self.request, tree=self.tree, now=self.horizon
        )
        if isinstance(decision, IfMoved) and await self._moved(
            str(above.audience), decision.proven
        ):
            decision = decision.read
        if not isinstance(decision, Read):
            return
        if isinstance(child.reading, Changed):
            await self._members(child, above, decision.why)
            return
        self.read[child.name][decision.why] += 1
        if beside_members(child):
            self.opened.add(above.audience)
        if self.tree.holds(child):
            await self._collection(child, above.values, above)
        else:
            self._add(child, decision.expected)
            if isinstance(child.reading, Events):
                # A page is of recipients, a row is an event.
                known = self.rows[child.name] or 0
                self.rows[child.name] = known - (decision.expected or 0) + activity_of(above.row)

    async def _moved(self, audience: str, time: dt.datetime) -> bool:
        """Whether members changed after a slice was proven; True where the run cannot know."""
        members = next((t for t in self.landed if isinstance(t.reading, Changed)), None)
        if members is None:
            return True
        if (audience, time) not in self.moved:
            last = self.bookmarks.latest(members.name, audience, COMPLETE)
            whole = (
                last is None
                or last.until > time
                or await self._why_members(members, audience) not in ONLY_CHANGES
            )
            since = instant(time - self.request.lookback)
            within = {f"since_{members.replication_key}": since}
            counts = [
                await self._source(members, (audience,), ask).total(within)
                for ask in members.row.ask
                if not whole
            ]
            self.moved[audience, time] = whole or any(count != 0 for count in counts)
        return self.moved[audience, time]

    async def _why_members(self, members: Table, audience: str) -> Why:
        """Why an audience will be read: whole, and its segments after it, or only its changes."""
        return why_members(
            members,
            parent_key((audience,)),
            self.bookmarks,
            self.request,
            now=self.horizon,
            defined=await self._definitions((audience,)),
            riders=self.tree.riders(members),
        )

    async def _definitions(self, audience: tuple[str, ...]) -> Definitions | None:
        """What shapes the members' rows; None where it cannot be read."""

        async def rows(name: str, parent: tuple[str, ...]) -> list[Row]:
            return await self._rows(self.tree.tables[name], parent)

        try:
            return await definitions_of(rows, audience[0])
        except SourceUnavailable:
            raise
        except SliceError:
            return None

    def _add(self, table: Table, rows: int | None) -> None:
        for rider in self.tree.riders(table):
            self.rows[rider.name] = None
        known = self.rows[table.name]
        self.rows[table.name] = None if rows is None or known is None else known + rows
        self.requests[table.name] += pages(rows)

    async def _members(self, table: Table, above: Parent, why: Why) -> None:
        books, key, cursor = self.bookmarks, above.key, table.replication_key
        if why in ONLY_CHANGES:
            why = await self._why_members(table, above.values[0])
        self.read[table.name][why] += 1
        for rider in self.tree.riders(table):
            self.rows[rider.name] = None
        if why is Why.CHANGES:
            self.rows[table.name] = None
        elif why is not Why.HOLDS:
            within = {}
            if self.request.floor is not None:
                within[f"since_{cursor}"] = instant(self.request.floor)
            last = books.latest(table.name, key, COMPLETE)
            if why is Why.EARLIER_START and last is not None and last.since is not None:
                within[f"before_{cursor}"] = instant(last.since)
            for ask in table.row.ask:
                # The audience's own figures know no archived members.
                self._add(table, await self._source(table, above.values, ask).total(within))
        if why in ONLY_CHANGES:
            self.requests[table.name] += len(table.row.ask)  # what changed, and how many there are
            self.at_rest.add(above.values[0])
        elif why is not Why.HOLDS:
            self.requests[table.name] += 2 * COUNTS
            if any(beside_members(one) for one in self.landed):
                self.requests[table.name] += len(table.row.ask) + 1  # who changed since the horizon
        if self.tree.holds(table):
            await self._listed(table, above)

    async def _listed(self, table: Table, above: Parent) -> None:
        """What hangs below each member: one request for each at least, unless a gate is closed."""
        below = self.tree.children(table)
        gated = [
            c for c in below if c.row.gate and (c.row.gate.among or self.bookmarks.parents(c.name))
        ]
        for ask in table.row.ask:
            source, rows = self._source(table, above.values, ask), list[Row]()
            if gated:  # only the members' rows tell
                rows = await rows_of(source)
            many = len(rows) if gated else await source.total() or 0
            self.requests[table.name] += pages(many)
            for child in below:
                self.rows[child.name] = None
                if child not in gated:
                    self.slices[child.name] += many
                    self.read[child.name][Why.NEW] += many
                    self.requests[child.name] += many
                    continue
                for one in self.tree.parents(table, rows, above):
                    await self._child(child, one)
                self.rows[child.name] = None

    def _reason(self, table: Table) -> Message:
        if why := self.tree.refused.get(table.name) or self.unread.get(table.name):
            return Message.of("estimate-unreadable", why=why)
        if table.name in self.resting:
            rest = self.resting[table.name]
            return Message.of("estimate-not-due", read=rest.read_at, until=rest.until)
        read, slices = self.read[table.name], self.slices[table.name]
        if isinstance(table.reading, Changed):
            changes = sum(read[why] for why in ONLY_CHANGES)
            if not changes:
                return Message("estimate-all-members")
            return Message.of("estimate-changes", changes=changes, slices=slices)
        if table.host:
            return Message.of("estimate-riding", host=table.host.name)
        if table.row.gate:
            known = {"reports": "campaigns", "campaigns": "campaigns", "list_segments": "segments"}
            of = known.get(table.row.gate.of, "slices")
            return Message.of("estimate-gated", read=read.total(), slices=slices, of=of)
        return Message("estimate-all-rows")
