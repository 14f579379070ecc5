"""What a run is about to read: its tables made ready, what is taken back, its time, its books."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection, Mapping, Sequence

from chimpline.api.client import Client
from chimpline.api.sign_in.account import Account
from chimpline.catalog.selected import Selected
from chimpline.catalog.table import Table
from chimpline.catalog.tables import SCHEMA_VERSION
from chimpline.clock import Clock
from chimpline.errors import TableBlocked
from chimpline.load.contract import Change, Commit, Reopen
from chimpline.message import Message
from chimpline.model import History, Scope, TableState
from chimpline.runs.mistimed import disown
from chimpline.runs.offering import Offer, offer
from chimpline.runs.offering import told as told_of_offer
from chimpline.runs.report.events import RunStarted
from chimpline.runs.report.tally import Tally
from chimpline.runs.request import RunRequest
from chimpline.runs.reshaping import Reshaping
from chimpline.runs.resting import Rest, resting, told_lately
from chimpline.runs.work.connecting import Horizon, horizon
from chimpline.runs.work.writer import Writer
from chimpline.state.bookmarks import Bookmarks


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """`held`: the live rows, before the run, of each table that can be written.

    `changes`: what was changed of which table. `blocked`: the tables that cannot be written.
    `resting`: those that are not due, which the run leaves as they are. `offered`: those of the
    default set that the dataset does not take. `versions`: as of when what this run changes is kept
    as versions, by table.
    """

    over: Horizon
    bookmarks: Bookmarks
    held: Mapping[str, int]
    changes: Sequence[tuple[str, Change]]
    blocked: Mapping[str, TableBlocked]
    resting: Mapping[str, Rest]
    offered: tuple[str, ...] = ()
    versions: Mapping[str, dt.datetime] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class Planning:
    """Makes the plan of one run. `started`: when it began. `landed`: the tables that it lands.

    They are `selected`, as far as the dataset takes them.
    """

    request: RunRequest
    run_id: str
    started: dt.datetime
    selected: Selected
    writer: Writer
    tally: Tally
    landed: list[Table] = dataclasses.field(default_factory=list)

    async def plan(self, client: Client, clock: Clock) -> Plan:
        """Make the tables and the ledger ready; raises where no table can be written."""
        writer, destination = self.writer, self.writer.destination
        found = await self._offered()
        reshaping = Reshaping(self.request, self.run_id, self.started, self.landed)
        reshaped = await writer.call(reshaping.erase, destination)
        for name, message in reshaped.items():
            self.tally.notice(message, name)
        changes, blocked = await self._prepared()
        held = {
            table.name: await writer.call(destination.count, table.schema, Scope())
            for table in self.landed
            if table.name not in blocked
        }
        if found.news and self.request.reread is None:
            await writer.call(destination.keep_default_set, self.run_id, found.news)
        changed = {name for name, change in changes if change.again and held[name]}
        await self._take_back(changed | reshaped.keys())
        over = await horizon(client, clock, self.tally.notice)
        if told := await writer.call(
            disown,
            destination,
            run_id=self.run_id,
            now=over.reached,
            until=over.at,
            deletes=self.request.deletes,
        ):
            self.tally.notice(told)
        versions = await self._past(over, blocked, reshaped.keys())
        # What is remembered is not compared again, neither with the table nor with its past.
        await writer.call(reshaping.remember, destination, blocked)
        held = {name: rows for name, rows in held.items() if name not in blocked}
        lines = await writer.call(destination.slices)
        lately = await writer.call(told_lately, self.request, destination, self.started)
        rest = resting(self.request, held, lately, lines, self.started)
        held = {name: rows for name, rows in held.items() if name not in rest}
        left = tuple(table.name for table in found.left)
        bookmarks = Bookmarks(lines, over.reached)
        return Plan(over, bookmarks, held, changes, blocked, rest, left, versions)

    async def _offered(self) -> Offer:
        """What this run lands; of what is offered for the first time, it is told."""
        writer, destination = self.writer, self.writer.destination
        found = await writer.call(offer, self.request, self.selected, destination)
        self.landed.extend(found.landed)
        for table in found.left:
            self.tally[table.name].landed = False
        if found.untold and self.request.reread is None:
            self.tally.notice(await writer.call(told_of_offer, found.untold, destination))
        return found

    def started_with(self, plan: Plan, owner: Account, at: dt.datetime) -> RunStarted:
        """That reading begins, and of what."""
        request = self.request
        return RunStarted(
            at=at,
            run_id=self.run_id,
            pipeline=request.pipeline,
            account=owner.account_name or owner.account_id,
            destination=request.destination,
            dataset=request.dataset,
            tables=tuple(table.name for table in self.landed if table.name not in plan.resting),
            connections=request.connections,
            first_run=not any(plan.held.values()),
        )

    def tell(self, plan: Plan) -> None:
        """What was changed of the tables, and which are left as they are."""
        for name, change in plan.changes:
            if not change.by_catalog:
                self.tally.notice(change.said, name)
            elif plan.held.get(name) or change.said.kind != "table-created":
                said = Message.of("schema-change", version=SCHEMA_VERSION, change=change.said)
                self.tally.notice(said, name)
        for name, rest in plan.resting.items():
            self.tally.not_due(name, rest.read_at, rest.until)
        for name, error in plan.blocked.items():
            self.tally[name].spoil(TableState.FAILED, error.problem)
            self.tally.finish(name)

    async def _prepared(self) -> tuple[list[tuple[str, Change]], dict[str, TableBlocked]]:
        """What was changed of which table, and the tables that cannot be written as they are."""
        changes: list[tuple[str, Change]] = []
        blocked: dict[str, TableBlocked] = {}
        for table in self.landed:
            try:
                prepared = await self.writer.call(self.writer.destination.prepare, table.schema)
            except TableBlocked as error:
                blocked[table.name] = error
            else:
                changes += [(table.name, change) for change in prepared]
        self._refuse_if_all(blocked)
        return changes, blocked

    def _refuse_if_all(self, blocked: Mapping[str, TableBlocked]) -> None:
        if blocked and len(blocked) == len(self.landed):
            raise next(iter(blocked.values())).keeping("kept-committed")

    async def _past(
        self, over: Horizon, blocked: dict[str, TableBlocked], reshaped: Collection[str]
    ) -> dict[str, dt.datetime]:
        """Make ready what the past of tables is kept in; as of when versions of a table begin.

        A table whose past cannot be written is not written either: it would have a gap.
        """
        destination, versions = self.writer.destination, {}
        for table in self.landed:
            if table.name in blocked:
                continue
            kind = self.request.history.get(table.name)
            try:
                kept = await self.writer.call(
                    destination.keep_history,
                    table.schema,
                    kind,
                    over.at,
                    reached=over.reached,
                    synced_at=self.started,
                    chosen=table.name in reshaped,
                )
            except TableBlocked as error:
                blocked[table.name] = error
                continue
            for change in kept.changes:
                if not change.by_catalog:
                    self.tally.notice(change.said, table.name)
            if kind is History.VERSIONS:
                versions[table.name] = kept.at
        self._refuse_if_all(blocked)
        return versions

    async def _take_back(self, names: set[str]) -> None:
        """Take back what is proven of tables whose columns changed: their old rows lack them.

        In the ledger, so that a run that stops before they are read again changes nothing.
        """
        destination = self.writer.destination
        lines = await self.writer.call(destination.slices) if names else []
        keys = {
            name: {line.parent_key for line in lines if line.table_name == name} for name in names
        }
        reopen = [Reopen(name, sorted(parents)) for name, parents in keys.items() if parents]
        if reopen:
            commit = Commit(
                run_id=self.run_id,
                synced_at=self.started,
                loads=(),
                slices=(),
                deletes=self.request.deletes,
                reopen=reopen,
            )
            await self.writer.call(destination.commit, commit)
