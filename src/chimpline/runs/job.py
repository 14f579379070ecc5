"""A run, from a request to a report: open, claim, plan, replicate, land, tell.

The way of a record, as one list of calls: `run` -> `Replication` plans slices -> `read_slice` or
`Audience` -> `walk` or `seek` -> `Source.page` -> `Client.get` -> `Transport.get` -> `Decoder` to
columns -> proof -> `Collector` -> `Writer.put` -> `Destination.commit` -> event.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import enum
import functools
import secrets
import threading
import time
from collections.abc import Callable, Mapping

import pyarrow as pa

import chimpline
from chimpline.api.client import Client
from chimpline.catalog.selected import Selected, resolve
from chimpline.catalog.table import Table
from chimpline.catalog.tables import SCHEMA_VERSION
from chimpline.errors import ChimplineError
from chimpline.extract.decode.decoder import Decoder
from chimpline.extract.plan import needed
from chimpline.extract.room import MEGABYTE, Room
from chimpline.load.contract import Destination
from chimpline.model import Owner, RunRecord, RunState
from chimpline.runs.context import Chosen, Context
from chimpline.runs.planning import Plan, Planning
from chimpline.runs.replication import Replication
from chimpline.runs.report.endings import write_endings
from chimpline.runs.report.events import Event, RunFinished, RunQueued
from chimpline.runs.report.extras import oddities_of
from chimpline.runs.report.outcome import (
    BROKEN,
    STOPPED,
    STOPPED_BEFORE,
    Outcome,
    ended,
    failed,
    judged,
)
from chimpline.runs.report.tally import Tally
from chimpline.runs.report.telling import Telling
from chimpline.runs.request import RunRequest
from chimpline.runs.reshaping import check_salt
from chimpline.runs.services import Services
from chimpline.runs.work.connecting import connected
from chimpline.runs.work.stopping import stoppable
from chimpline.runs.work.thread import opened
from chimpline.runs.work.together import Tasks, first_of
from chimpline.runs.work.writer import Writer

RUN_ID_BYTES = 5
"""Short enough to be typed; of 10,000 runs in one dataset, two have the same by one in 20,000."""
SHOW_CONNECTIONS_EVERY_S = 0.25
LAST_ANSWERS_WITHIN_S = 5.0
"""For requests whose slice has ended; a run that is stopped waits for none."""


def run(
    request: RunRequest, services: Services, *, cancelled: threading.Event | None = None
) -> RunFinished:
    """Replicate once. Raises `ChimplineError` where somebody must act, after telling it.

    A failure of single tables is no error: the report says so, with exit status 1.
    """
    # Arrow's own allocators keep what was freed, and the system's gives it back (measured: a run
    # that took 550 MB took 450).
    pa.set_memory_pool(pa.system_memory_pool())
    return asyncio.run(replicate(request, services, cancelled=cancelled))


async def replicate(
    request: RunRequest, services: Services, *, cancelled: threading.Event | None = None
) -> RunFinished:
    """`run`, for whoever has a loop."""
    selected = resolve(request.tables, request.selections, services.catalog)
    check_salt(selected.landed, request.hash_salt)
    started = services.clock()
    run_id = request.run_id or secrets.token_hex(RUN_ID_BYTES)
    with (
        services.state.lock(request.destination, request.dataset, run_id, request.pipeline),
        services.state.event_file(run_id) as file,
    ):
        tell = Telling(services.events, file)
        tell(
            RunQueued(
                at=started,
                run_id=run_id,
                pipeline=request.pipeline,
                destination=request.destination,
                dataset=request.dataset,
                schema_version=SCHEMA_VERSION,
                chimpline_version=chimpline.__version__,
            )
        )
        job = _Run(request, services, selected, run_id, started, tell=tell)
        return await stoppable(job.whole(), cancelled, job.let_go)


class Stage(enum.IntEnum):
    """How far a run has come, which decides what can be said, and written, of its end."""

    QUEUED = 0  # it holds the lock of its dataset
    CONNECTED = 1  # its account is known
    OPENED = 2  # its destination is open
    CLAIMED = 3  # its dataset belongs to the account, and the ledger knows of the run
    PLANNED = 4
    REPLICATED = 5
    LANDED = 6
    ENDED = 7


class _Run:
    def __init__(
        self,
        request: RunRequest,
        services: Services,
        selected: Selected,
        run_id: str,
        started: dt.datetime,
        *,
        tell: Callable[[Event], None],
    ) -> None:
        self.request = request
        self.services = services
        self.clock = services.clock
        self.catalog: Mapping[str, Table] = selected.tables
        self.selected = selected
        self.offered: tuple[str, ...] = ()
        self.run_id = run_id
        self.started = started
        self.tell = tell
        self.monotonic = time.monotonic()
        self.client: Client | None = None
        self.destination: Destination | None = None
        self.writer: Writer | None = None
        self.stage = Stage.QUEUED
        self.finished: RunFinished | None = None
        read = needed(selected.landed)
        self.read = [table for name, table in self.catalog.items() if name in read]
        self.tally = Tally(tell, self.clock, self.read, [table.name for table in selected.landed])

    def let_go(self) -> None:
        """Wait for no lock of others any more; called from any thread."""
        if self.destination is not None:
            self.destination.let_go()

    async def whole(self) -> RunFinished:
        """The run; where it is stopped while it lets go of what it held, it has ended before."""
        try:
            async with contextlib.AsyncExitStack() as held:
                return await self._ended(held)
        except asyncio.CancelledError:
            if self.finished is None:
                raise
            return self.finished

    async def _ended(self, held: contextlib.AsyncExitStack) -> RunFinished:
        """All stages, and how they ended, wherever that was."""
        outcome = BROKEN
        try:
            await self._stages(held)
            outcome = judged(self.tally)
        except asyncio.CancelledError:
            outcome = STOPPED_BEFORE if self.stage < Stage.OPENED else STOPPED
        except BaseExceptionGroup as many:
            error = first_of(many)
            outcome = failed(error)
            raise error from None
        except ChimplineError as error:
            if self.stage >= Stage.OPENED:
                outcome = failed(error)
                raise
            before = error.keeping("kept-nothing-touched")
            outcome = failed(before)
            raise before.with_traceback(error.__traceback__) from error.__cause__
        except Exception as error:
            outcome = failed(error)
            raise
        finally:
            finished = await self._end(outcome)
        return finished

    async def _stages(self, held: contextlib.AsyncExitStack) -> None:
        """The account first: with a wrong key, no destination is opened, let alone created."""
        connecting = connected(self.request, self.services, self.tally.notice)
        client, owner = await held.enter_async_context(connecting)
        self.client, self.stage = client, Stage.CONNECTED
        self.writer = writer = await self._opened(held)
        self.stage = Stage.OPENED
        await writer.call(writer.destination.claim, Owner(owner.account_id, owner.account_name))
        self.stage = Stage.CLAIMED
        await self._record(self._running())
        state = self.services.state
        await writer.call(write_endings, writer.destination, state, self.run_id)
        planning = Planning(
            self.request, self.run_id, self.started, self.selected, writer, self.tally
        )
        plan = await planning.plan(client, self.clock)
        self.offered = plan.offered
        self.tell(planning.started_with(plan, owner, self.clock()))
        planning.tell(plan)
        writer.versions = plan.versions
        self.stage = Stage.PLANNED
        decoders = {table.name: Decoder(table, self.request.hash_salt) for table in self.read}
        replication = await self._replicated(writer, client, plan, decoders)
        self.stage = Stage.REPLICATED
        await self._views(writer, replication)
        for name, told in oddities_of({name: decoders[name] for name in plan.held}):
            self.tally.notice(told, name)
        # Given up, they would hold their connections against this process's next run.
        await client.close(LAST_ANSWERS_WITHIN_S)
        self.stage = Stage.LANDED

    async def _end(self, outcome: Outcome) -> RunFinished:
        """The one place where the end of a run is written: into its ledger, and as an event."""
        claimed = self.stage >= Stage.CLAIMED
        if claimed:
            self.tally.broken_off()
        self.finished = finished = RunFinished(
            at=self.clock(),
            run_id=self.run_id,
            state=outcome.state,
            exit=outcome.exit,
            requests=self.client.requests if self.client else 0,
            rows_changed=sum(t.changes.total for t in self.tally.tables.values()),
            seconds=round(time.monotonic() - self.monotonic, 3),
            tables=self.tally.summary(),
            said=outcome.said,
            offered=self.offered,
        )
        try:
            if claimed:
                with contextlib.suppress(ChimplineError):
                    await self._record(ended(self._running(), finished, self.request))
        finally:
            self.stage = Stage.ENDED
            self.tell(finished)
        return finished

    async def _opened(self, held: contextlib.AsyncExitStack) -> Writer:
        """The destination, and the one thread that writes to it from now on."""
        destination: Destination = await opened(
            self.services.destination, lambda late: late.__exit__(None, None, None)
        )
        self.destination = destination
        writer = Writer(
            destination,
            run_id=self.run_id,
            synced_at=self.started,
            deletes=self.request.deletes,
            on_commit=self.tally.committed,
            on_landed=self.tally.landed,
            on_silence=self.tally.notice,
            room=Room(self.request.pages_in_memory_mb * MEGABYTE),
        )
        held.callback(writer.close)
        await writer.call(destination.__enter__)
        return writer

    async def _replicated(
        self, writer: Writer, client: Client, plan: Plan, decoders: Mapping[str, Decoder]
    ) -> Replication:
        """Everything read, and what was read committed, also where the run was stopped."""
        committing = asyncio.create_task(writer.work())
        watching = asyncio.create_task(self._watch(client))
        try:
            async with Tasks() as group:
                context = Context.of(
                    self.request,
                    self.run_id,
                    plan.over,
                    Chosen(
                        self.catalog,
                        selected=frozenset(plan.held),
                        fresh=frozenset(name for name, rows in plan.held.items() if not rows),
                    ),
                    client=client,
                    decoders=decoders,
                    writer=writer,
                    bookmarks=plan.bookmarks,
                    tally=self.tally,
                    group=group,
                )
                replication = Replication(context)
                replication.start()
        finally:
            watching.cancel()
            # What was read and handed over stays, also when the run was stopped.
            await writer.stop()
            await committing
        writer.check()
        return replication

    async def _views(self, writer: Writer, replication: Replication) -> None:
        destination = writer.destination
        if destination.capabilities.views and "list_members" in replication.context.chosen.selected:
            told = functools.partial(self.tally.notice, table="list_members")
            await writer.call(destination.create_views, replication.views(), told)
            await writer.call(destination.drop_views, replication.views_gone, told)

    async def _watch(self, client: Client) -> None:
        while True:
            self.tally.connections(client.in_use, client.limit, client.requests)
            await asyncio.sleep(SHOW_CONNECTIONS_EVERY_S)

    def _running(self) -> RunRecord:
        """The run's line in the ledger while it has no end."""
        return RunRecord(
            run_id=self.run_id,
            pipeline=self.request.pipeline,
            started_at=self.started,
            finished_at=None,
            state=RunState.RUNNING,
            schema_version=SCHEMA_VERSION,
            chimpline_version=chimpline.__version__,
        )

    async def _record(self, line: RunRecord) -> None:
        if self.writer is not None:
            await self.writer.call(self.writer.destination.record_run, line)
