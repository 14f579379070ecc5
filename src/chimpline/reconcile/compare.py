"""A copy compared with its account, at a cost that the user chooses; nothing is written.

The way: parents are read as a run reads them, each slice below is compared (`whole_slice`,
`members`), and what differs is said in words (`difference`).
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Collection
from urllib.parse import unquote

import pyarrow as pa

from chimpline.api.client import Client
from chimpline.api.paging import LARGEST_PAGE
from chimpline.api.sign_in.account import Account
from chimpline.catalog.features import lacking
from chimpline.catalog.row import Changed, Events
from chimpline.catalog.selected import resolve
from chimpline.catalog.table import Table
from chimpline.catalog.tables import descendants
from chimpline.errors import Refused, SliceError, UserError, WrongAccount
from chimpline.extract.plan import Row
from chimpline.load.contract import Destination
from chimpline.message import Message
from chimpline.model import Owner, Scope, parent_key
from chimpline.reconcile.copy import Checking, ComparedSlice, Copy
from chimpline.reconcile.dashboard import TOLD_OF, activity_notes, audience_notes
from chimpline.reconcile.difference import Kind, Level, Reconciliation, TableCompared
from chimpline.reconcile.members import MembersCheck
from chimpline.reconcile.whole_slice import SliceCheck, read_whole, uncountable
from chimpline.runs.offering import offer
from chimpline.runs.report.events import Event, Notice, ReconcileStarted
from chimpline.runs.request import RunRequest
from chimpline.runs.reshaping import check_salt
from chimpline.runs.resting import resting, told_lately
from chimpline.runs.services import Services
from chimpline.runs.tree import IfMoved, LeftOut, Parent, Tree, decide
from chimpline.runs.work.connecting import connected, horizon
from chimpline.runs.work.thread import opened
from chimpline.runs.work.together import together
from chimpline.runs.work.turns import SPARE
from chimpline.state.bookmarks import Bookmarks

BEGUN = 4
"""Requests that any comparison makes: the account, the time, the audiences, the reports."""

Emit = Callable[[Event], None]


def reconcile(request: RunRequest, services: Services, level: Level) -> Reconciliation:
    """Compare the tables of `request`; the expected cost is told before anything is asked.

    Raises `ChimplineError` where somebody must act. What could not be read is in the result.
    """
    return asyncio.run(_whole(request, services, Level(level)))


async def _whole(request: RunRequest, services: Services, level: Level) -> Reconciliation:
    selected = resolve(request.tables, request.selections, services.catalog)
    check_salt(selected.landed, request.hash_salt)

    def notice(said: Message) -> None:
        services.events(Notice(at=services.clock(), said=said))

    destination: Destination = await opened(
        lambda: services.destination(read_only=True),
        lambda late: late.__exit__(None, None, None),
    )
    copy = Copy(destination, notice)
    stopped = False
    try:
        await copy.call(copy.destination.__enter__)
        known = await copy.call(copy.destination.slices)
        landed = (await copy.call(offer, request, selected, copy.destination)).landed
        if not known:
            place = {"destination": request.destination, "dataset": request.dataset}
            raise UserError("reconcile-no-copy", **place)
        lines = Bookmarks(known, services.clock())
        started = ReconcileStarted(
            at=services.clock(),
            level=level.value,
            tables=tuple(table.name for table in landed),
            requests_expected=await _cost(copy, lines, landed, level),
        )
        services.events(started)

        async with connected(request, services, notice) as (client, account):
            _check_owner(await copy.call(copy.destination.owner), account)
            over = await horizon(client, services.clock, notice)
            comparison = _Comparison(
                Checking(
                    request=request,
                    client=client,
                    copy=copy,
                    bookmarks=Bookmarks(known, over.reached),
                    tables=selected.tables,
                    level=level,
                    now=over.at,
                    results={t.name: TableCompared(t.name) for t in landed},
                    turns=asyncio.Semaphore(request.connections + SPARE),
                )
            )
            found = await comparison.compared(client)
        now = services.clock()
        lately = await copy.call(told_lately, request, copy.destination, now)
        return _aged(found, resting(request, [t.name for t in landed], lately, known, now))
    except asyncio.CancelledError:
        stopped = True
        raise
    finally:
        copy.close(wait=not stopped)


def _aged(found: Reconciliation, resting: Collection[str]) -> Reconciliation:
    """Of tables that are not due, what may be news since their last read is no loss."""
    for table in found.tables:
        if table.table in resting:
            table.not_due()
    return found


def _check_owner(owner: Owner | None, account: Account) -> None:
    if owner is not None and owner.account_id != account.account_id:
        raise WrongAccount(
            "reconcile-other-account",
            theirs=owner.account_name,
            their_id=owner.account_id,
            ours=account.account_name,
            our_id=account.account_id,
        )


async def _cost(copy: Copy, lines: Bookmarks, tables: tuple[Table, ...], level: Level) -> int:
    """About how many requests it will take, by what the copy holds."""
    requests = BEGUN
    for table in tables:
        slices = max(1, len(lines.parents(table.name)))
        if level is not Level.COUNTS:
            rows = await copy.call(copy.destination.count, table.schema, Scope())
            # Every slice ends in the middle of a page.
            requests += max(slices, math.ceil(rows / LARGEST_PAGE + slices / 2))
            if isinstance(table.reading, Changed):
                requests += 3 * len(table.row.ask) * slices  # a short page, two totals
        elif isinstance(table.reading, Changed):
            requests += 2 * len(table.row.ask) * slices
        elif not uncountable(table):
            requests += slices
    return requests


class _Comparison:
    """From the roots of the catalog down to the slices."""

    def __init__(self, checking: Checking) -> None:
        self.checking = checking
        self.chosen = checking.results.keys()
        self.tree = Tree(checking.tables, self._needed(), self.chosen)
        self.visited: dict[str, set[str]] = {name: set() for name in self.chosen}
        self.outside_window: Counter[str] = Counter()
        self.resting: set[tuple[str, str]] = set()
        self.rows: dict[str, list[Row]] = defaultdict(list)

    def _needed(self) -> set[str]:
        """The tables to be compared, and those above them that say where they lie."""
        names: set[str] = set()
        for name in self.chosen:
            table: Table | None = self.checking.tables[name]
            if self._uncounted(name):
                table = table.parent if table and table.row.gate else None
            elif table is not None and table.host is not None:
                names.add(table.name)
                table = table.host
            while table is not None:
                names.add(table.name)
                table = table.parent
        return names

    def _uncounted(self, name: str) -> Message | None:
        """Why a table is not counted where counts are compared; None where it is."""
        counts = self.checking.level is Level.COUNTS
        return uncountable(self.checking.tables[name]) if counts else None

    async def compared(self, client: Client) -> Reconciliation:
        checking = self.checking
        for name in self.chosen:
            await self._doubled(checking.tables[name])
        async with together() as group:
            for table in self.tree.roots:
                for one in (table, *self.tree.riders(table)):
                    group.create_task(self._guarded(group, one, ()))
        for name, result in checking.results.items():
            if why := self._uncounted(name):
                part = ComparedSlice(checking, checking.tables[name], ())
                result.add(None, await part.count(Scope()))
                result.note = Message.of("note-uncountable", why=why)
            await self._orphans(checking.tables[name])
        for name, campaigns in self.outside_window.items():
            result = checking.results[name]
            left = Message.of("note-outside-window", campaigns=campaigns)
            known = result.note
            result.note = Message.of("note-and", one=known, other=left) if known else left
        return Reconciliation(
            level=checking.level,
            requests=client.requests,
            tables=list(checking.results.values()),
            dashboard=await self._dashboard(),
        )

    async def _doubled(self, table: Table) -> None:
        """Rows that are there twice: no question to Mailchimp shows them."""
        copy, result = self.checking.copy, self.checking.results[table.name]
        result.surplus = await copy.call(copy.destination.surplus, table.schema, Scope())
        ComparedSlice(self.checking, table, ()).differ(Kind.DOUBLED, result.surplus)

    async def _guarded(
        self,
        group: asyncio.TaskGroup,
        table: Table,
        parent: tuple[str, ...],
        above: Parent | None = None,
    ) -> None:
        """One slice, and what lies below it; what could not be read is a difference of its own."""
        if table.name in self.tree.refused:
            return
        try:
            await self._slice(group, table, parent, above)
        except SliceError as error:
            lacks = lacking(table, error) is not None
            if lacks or isinstance(error, Refused):
                self.tree.refuse(table, error.problem.message)
            for one in (table, *descendants(table, self.checking.tables)):
                if one.name not in self.chosen:
                    continue
                part = ComparedSlice(self.checking, one, parent)
                if lacks and not await part.count(Scope()):
                    note = Message.of("note-lacking", cause=error.problem.message)
                    self.checking.results[one.name].note = note
                else:
                    part.differ(Kind.UNREAD, 1, note=error.problem)

    async def _slice(
        self,
        group: asyncio.TaskGroup,
        table: Table,
        parent: tuple[str, ...],
        above: Parent | None,
    ) -> None:
        checking = self.checking
        rows: pa.Table | None = None
        sent: list[Row] = []
        if self.tree.holds(table) or table.name in TOLD_OF:
            for ask in table.row.ask:
                async with checking.turns:
                    read = await read_whole(checking.source(table, parent, ask), sent=sent)
                if isinstance(read, Message):
                    ComparedSlice(checking, table, parent).differ(Kind.UNREAD, 1, note=read)
                    return
                rows = read  # all of them where one ask shows all: members are compared otherwise
            self._below(group, table, sent, above)
        if table.name not in self.chosen:
            return
        self.visited[table.name].add(parent_key(parent))
        if isinstance(table.reading, Changed):
            await MembersCheck(checking, table, parent[0]).compare()
            return
        async with checking.turns:
            row = above.row if above else None
            rests = (table.name, parent_key(parent)) in self.resting
            check = SliceCheck(checking, table, parent, rests=rests)
            await check.compare(row=row, rows=rows)

    def _below(
        self, group: asyncio.TaskGroup, table: Table, rows: list[Row], above: Parent | None
    ) -> None:
        checking = self.checking
        checking.names.learn(table, rows, checking.tables)
        self.rows[table.name] += rows if table.name in TOLD_OF else ()
        books, request, now = checking.bookmarks, checking.request, checking.now
        for one in self.tree.parents(table, rows, above):
            for child in self.tree.children(table):
                # What a gate leaves alone is compared like all that is within the scope.
                if not child.takes(one.row):
                    continue  # rows that the copy has of it are below no row that is listed
                decision = decide(child, one, books, request, tree=self.tree, now=now)
                if isinstance(decision, LeftOut):
                    self.visited[child.name].add(one.key)
                    self.outside_window[child.name] += 1
                    continue
                if isinstance(decision, IfMoved) and decision.rests:
                    self.resting.add((child.name, one.key))
                # What rides is read once more, for itself: its records, and nothing else of them.
                for each in (child, *self.tree.riders(child)):
                    group.create_task(self._guarded(group, each, one.values, one))

    async def _orphans(self, table: Table) -> None:
        """Rows below a parent that Mailchimp does not list any more."""
        if not table.variables or self._uncounted(table.name) or self._unread(table.name):
            return
        known = self.checking.bookmarks.parents(table.name) | await self._stored_below(table)
        for key in sorted(known - self.visited[table.name]):
            values = tuple(unquote(part) for part in key.split("/"))
            source = self.checking.source(table, values)
            part = ComparedSlice(self.checking, table, values)
            rows = await part.count(Scope(equals=tuple(source.parent_values.items())))
            kind = Kind.KEPT if isinstance(table.reading, Events) else Kind.GONE
            part.differ(kind, rows, note=Message("note-not-listed"))

    async def _stored_below(self, table: Table) -> set[str]:
        """Parents that the copy holds rows of, where one column names them."""
        if len(table.variables) > 1:
            return set()
        none = table.schema.key_schema().empty_table()
        copy = self.checking.copy
        found = await copy.call(
            copy.destination.counts_by, table.schema, Scope(), table.variables[0], none
        )
        return {parent_key((str(value),)) for value in found["value"].to_pylist()}

    def _unread(self, name: str) -> bool:
        return any(one.kind is Kind.UNREAD for one in self.checking.results[name].differences)

    async def _dashboard(self) -> list[Message]:
        copy, tables, rows = self.checking.copy, self.checking.tables, self.rows
        notes: list[Message] = []
        if "list_members" in self.chosen and rows["lists"]:
            members, names = tables["list_members"], self.checking.names
            notes += await copy.call(
                audience_notes, copy.destination, members, rows["lists"], names
            )
        if "reports_email_activity" in self.chosen and rows["reports"]:
            reports = {row["id"]: row for row in rows["reports"]}
            notes += await copy.call(
                activity_notes, copy.destination, tables["reports_email_activity"], reports
            )
        return notes
