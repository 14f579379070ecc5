"""A run, from a request to a report: open, claim, plan, replicate, land, tell.

The way of a record, as one list of calls: `run` -> `Replication` plans slices -> `read_slice` or
`Audience` -> `walk` or `seek` -> `Source.page` -> `Client.get` -> `Transport.get` -> `Decoder` to
columns -> proof -> `Collector` -> `Writer.put` -> `Destination.commit` -> event.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
import functools
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa

import chimpline
from chimpline.api.client import Client, Retry
from chimpline.api.sign_in.account import Account
from chimpline.api.transport import AiohttpTransport
from chimpline.catalog.selected import Selected, resolve
from chimpline.catalog.table import Table
from chimpline.catalog.tables import SCHEMA_VERSION
from chimpline.clock import Clock, utc_now
from chimpline.errors import COMMITTED_STAYS, NOTHING_TOUCHED, Bug, ChimplineError, TableBlocked
from chimpline.extract.decode.decoder import Decoder
from chimpline.extract.plan import needed
from chimpline.extract.room import MEGABYTE, Room
from chimpline.load import open_destination
from chimpline.load.contract import Change, Commit, Destination, Reopen
from chimpline.model import Owner, RunRecord, RunState, Scope, TableState
from chimpline.redact import redact
from chimpline.runs.context import Context
from chimpline.runs.mistimed import disown
from chimpline.runs.replication import Replication
from chimpline.runs.report.endings import write_endings
from chimpline.runs.report.events import (
    ConnectionsInUse,
    Event,
    Notice,
    RunFinished,
    RunQueued,
    RunStarted,
    TableProgress,
    as_json,
)
from chimpline.runs.report.tally import Tally
from chimpline.runs.request import RunRequest
from chimpline.runs.reshaping import Reshaping, check_salt
from chimpline.runs.work.connecting import OpenTransport, connected, horizon
from chimpline.runs.work.thread import opened
from chimpline.runs.work.together import Tasks, first_of
from chimpline.runs.work.turns import Turns
from chimpline.runs.work.writer import Writer
from chimpline.state.bookmarks import Bookmarks
from chimpline.state.directory import StateDirectory

EXTRAS_TOLD = 20  # fields of one table that had no column, by name
RUN_ID_BYTES = 5
"""Short enough to be typed; of 10,000 runs in one dataset, two have the same by one in 20,000."""
SHOW_CONNECTIONS_EVERY_S = 0.25
WRITE_PROGRESS_EVERY_S = 0.2
LOOK_FOR_CANCEL_EVERY_S = 0.05
LOOK_FOR_LOCKS_EVERY_S = 0.5
LAST_ANSWERS_WITHIN_S = 5.0
"""For requests whose slice has ended; a run that is stopped waits for none."""


def run(
    request: RunRequest,
    emit: Callable[[Event], None],
    *,
    cancelled: threading.Event | None = None,
    retry: Retry | None = None,
    clock: Clock = utc_now,
    transport: OpenTransport = AiohttpTransport,
    catalog: Mapping[str, Table] | None = None,
) -> RunFinished:
    """Replicate once. Raises `ChimplineError` where somebody must act, after telling it.

    A failure of single tables is no error: the report says so, with exit status 1. `catalog`: the
    tables that there are, where they are not those of `catalog.tables`.
    """
    # Arrow's own allocators keep what was freed, and the system's gives it back (measured: a run
    # that took 550 MB took 450).
    pa.set_memory_pool(pa.system_memory_pool())
    selected = resolve(request.tables, request.selections, catalog)
    check_salt(selected.landed, request.hash_salt)
    started = clock()
    run_id = secrets.token_hex(RUN_ID_BYTES)
    state = StateDirectory(request.state_dir)
    with (
        state.lock(request.destination, request.dataset, run_id, request.pipeline),
        state.event_file(run_id) as events,
    ):
        written = 0.0

        def tell(event: Event) -> None:
            nonlocal written
            emit(event)
            if isinstance(event, TableProgress | ConnectionsInUse):
                # The file is for others to look at, now and then: not ten times a second.
                if time.monotonic() - written < WRITE_PROGRESS_EVERY_S:
                    return
                written = time.monotonic()
            events.write(as_json(event))

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
        job = _Run(
            request,
            selected,
            run_id,
            started,
            tell=tell,
            retry=retry,
            clock=clock,
            transport=transport,
        )
        return asyncio.run(job.guarded(cancelled))


class _Run:
    def __init__(
        self,
        request: RunRequest,
        selected: Selected,
        run_id: str,
        started: dt.datetime,
        *,
        tell: Callable[[Event], None],
        retry: Retry | None,
        clock: Clock,
        transport: OpenTransport,
    ) -> None:
        self.transport = transport
        self.request = request
        self.catalog: Mapping[str, Table] = selected.tables
        self.selected = selected.landed
        self.run_id = run_id
        self.started = started
        self.tell = tell
        self.retry = retry or Retry()
        self.clock = clock
        self.monotonic = time.monotonic()
        self.client: Client | None = None
        self.destination: Destination | None = None
        self.told = False
        read = needed(self.selected)
        self.read = [table for name, table in self.catalog.items() if name in read]
        self.tally = Tally(tell, clock, self.read, [table.name for table in self.selected])

    async def guarded(self, cancelled: threading.Event | None) -> RunFinished:
        """The run, ended from outside where `cancelled` is set."""
        job = asyncio.create_task(self.whole())
        done = threading.Event()
        try:
            while not job.done():
                await asyncio.wait([job], timeout=LOOK_FOR_CANCEL_EVERY_S if cancelled else None)
                if cancelled and cancelled.is_set() and not job.done():
                    job.cancel()
                    cancelled = None
                    threading.Thread(target=self._let_go_until, args=(done,), daemon=True).start()
        except asyncio.CancelledError:
            # Interrupted without `cancelled`: the job ends before the loop cancels its helpers.
            job.cancel()
            await asyncio.wait([job])
            raise
        finally:
            done.set()
        return job.result()

    def _let_go_until(self, done: threading.Event) -> None:
        """A run that is stopped commits what is whole, and waits for nobody's lock to do so."""
        while not done.wait(LOOK_FOR_LOCKS_EVERY_S):
            if self.destination is not None:
                self.destination.let_go()

    async def whole(self) -> RunFinished:
        """The account first: with a wrong key, no destination is opened, let alone created."""
        try:
            connecting = connected(self.request, self.retry, self._notice, self.transport)
            async with connecting as (client, owner):
                self.client = client
                return await self._landed(client, owner)
        except asyncio.CancelledError:
            finished = self._finished(RunState.CANCELLED, 1, {}, f"Stopped. {NOTHING_TOUCHED}")
            self.tell(finished)
            return finished
        except ChimplineError as error:
            if not self.told:
                error.kept = NOTHING_TOUCHED
                self.tell(self._finished(RunState.FAILED, error.exit_status, {}, str(error)))
            raise
        except Exception as error:
            if not self.told:
                self.tell(self._finished(RunState.FAILED, 3, {}, _of_ours(error)))
            raise

    async def _landed(self, client: Client, owner: Account) -> RunFinished:
        destination: Destination = await opened(
            lambda: open_destination(self.request.destination, self.request.dataset),
            lambda late: late.__exit__(None, None, None),
        )
        self.destination = destination
        writer = Writer(
            destination,
            run_id=self.run_id,
            synced_at=self.started,
            deletes=self.request.deletes,
            on_commit=self.tally.committed,
            on_silence=self.tally.notice,
            room=Room(self.request.pages_in_memory_mb * MEGABYTE),
        )
        try:
            await writer.call(destination.__enter__)
            return await self._opened(writer, destination, client, owner)
        finally:
            writer.close()

    async def _opened(
        self, writer: Writer, destination: Destination, client: Client, owner: Account
    ) -> RunFinished:
        """With the destination open: everything that the ledger is told of."""
        state, message, exit_status = RunState.FAILED, "", 3
        recorded = False
        try:
            await writer.call(destination.claim, Owner(owner.account_id, owner.account_name))
            recorded = True
            await self._record(writer, RunState.RUNNING, {})
            state_dir = StateDirectory(self.request.state_dir)
            await writer.call(write_endings, destination, state_dir, self.run_id)
            await self._replicate(writer, destination, client, owner)
            # Given up, they would hold their connections against this process's next run.
            await client.close(LAST_ANSWERS_WITHIN_S)
            state, exit_status, message = self._judged()
        except asyncio.CancelledError:
            state, exit_status = RunState.CANCELLED, 1
            message = f"The run was stopped. {COMMITTED_STAYS}"
        except BaseExceptionGroup as many:
            error = first_of(many)
            if isinstance(error, ChimplineError):
                exit_status, message = error.exit_status, str(error)
            else:
                message = _of_ours(error)
            raise error from None
        except ChimplineError as error:
            exit_status, message = error.exit_status, str(error)
            raise
        except Exception as error:
            message = _of_ours(error)
            raise
        finally:
            if recorded:
                self.tally.broken_off()
            summary = self.tally.summary()
            finished = self._finished(state, exit_status, summary, message)
            if recorded:
                with contextlib.suppress(ChimplineError):
                    report = {"tables": summary, "message": redact(message), "exit": exit_status}
                    if self.request.reread is not None:
                        report["repair"] = True  # it speaks for some slices of a table only
                    await self._record(writer, state, report, finished)
            self.told = True
            self.tell(finished)
        return finished

    async def _replicate(
        self, writer: Writer, destination: Destination, client: Client, owner: Account
    ) -> None:
        reshaping = Reshaping(self.request, self.run_id, self.started, self.selected)
        reshaped = await writer.call(reshaping.erase, destination)
        for name, message in reshaped.items():
            self.tally.notice(message, name)
        changes, blocked = await self._prepared(writer, destination)
        held = {
            table.name: await writer.call(destination.count, table.schema, Scope())
            for table in self.selected
            if table.name not in blocked
        }
        changed = {name for name, change in changes if change.again and held[name]}
        await self._reread(writer, changed | reshaped.keys())
        await writer.call(reshaping.remember, destination)
        over = await horizon(client, self.clock, self._notice)
        if told := await writer.call(
            disown,
            destination,
            run_id=self.run_id,
            now=over.reached,
            until=over.at,
            deletes=self.request.deletes,
        ):
            self._notice(told)
        ledger = Bookmarks(await writer.call(destination.slices), over.reached)
        self.tell(
            RunStarted(
                at=self.clock(),
                run_id=self.run_id,
                pipeline=self.request.pipeline,
                account=owner.account_name or owner.account_id,
                destination=self.request.destination,
                dataset=self.request.dataset,
                tables=tuple(table.name for table in self.selected),
                connections=self.request.connections,
                first_run=not any(held.values()),
            )
        )
        for name, change in changes:
            if not change.by_catalog:
                self.tally.notice(change.what, name)
            elif held[name] or not change.what.startswith("created"):
                self.tally.notice(f"Schema {SCHEMA_VERSION}: {change.what}.", name)
        for name, error in blocked.items():
            self.tally[name].spoil(TableState.FAILED, str(error))
            self.tally.finish(name)
        committing = asyncio.create_task(writer.work())
        watching = asyncio.create_task(self._watch(client))
        try:
            async with Tasks() as group:
                replication = Replication(
                    Context(
                        request=self.request,
                        run_id=self.run_id,
                        horizon=over.at,
                        client=client,
                        writer=writer,
                        bookmarks=ledger,
                        tally=self.tally,
                        turns=Turns(self.request.connections),
                        group=group,
                        tables=self.catalog,
                        selected=frozenset(held),
                        fresh=frozenset(name for name, rows in held.items() if not rows),
                        decoders={t.name: Decoder(t, self.request.hash_salt) for t in self.read},
                        clocks_agree=over.clocks_agree,
                    )
                )
                replication.start()
        finally:
            watching.cancel()
            # What was read and handed over stays, also when the run was stopped.
            await writer.stop()
            await committing
        writer.check()
        await self._views(writer, destination, replication)
        self._report_extras(replication.context)

    async def _prepared(
        self, writer: Writer, destination: Destination
    ) -> tuple[list[tuple[str, Change]], dict[str, TableBlocked]]:
        """What was changed of which table, and the tables that cannot be written as they are."""
        changes: list[tuple[str, Change]] = []
        blocked: dict[str, TableBlocked] = {}
        for table in self.selected:
            try:
                prepared = await writer.call(destination.prepare, table.schema)
            except TableBlocked as error:
                blocked[table.name] = error
            else:
                changes += [(table.name, change) for change in prepared]
        if len(blocked) == len(self.selected):
            first = next(iter(blocked.values()))
            first.kept = COMMITTED_STAYS
            raise first
        return changes, blocked

    async def _reread(self, writer: Writer, names: set[str]) -> None:
        """Take back what is proven of tables whose columns changed: their old rows lack them.

        In the ledger, so that a run that stops before they are read again changes nothing.
        """
        lines = await writer.call(writer.destination.slices) if names else []
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
            await writer.call(writer.destination.commit, commit)

    async def _views(
        self, writer: Writer, destination: Destination, replication: Replication
    ) -> None:
        if destination.capabilities.views and "list_members" in replication.context.selected:
            told = functools.partial(self.tally.notice, table="list_members")
            await writer.call(destination.create_views, replication.views(), told)
            await writer.call(destination.drop_views, replication.views_gone, told)

    def _report_extras(self, context: Context) -> None:
        for name, decoder in context.decoders.items():
            if decoder.in_extra and name in context.selected:
                paths = ", ".join(sorted(decoder.in_extra)[:EXTRAS_TOLD])
                more = len(decoder.in_extra) - EXTRAS_TOLD
                paths += f" and {more:,} more" if more > 0 else ""
                told = f"Mailchimp sent fields without a column of their own: {paths}."
                self.tally.notice(f"{told} Their values are in the column _extra.", name)
            if decoder.replaced and name in context.selected:
                told = "Some texts hold a broken character; \ufffd is stored in its place."
                self.tally.notice(told, name)

    async def _watch(self, client: Client) -> None:
        while True:
            self.tally.connections(client.in_use, client.limit, client.requests)
            await asyncio.sleep(SHOW_CONNECTIONS_EVERY_S)

    def _notice(self, message: str) -> None:
        self.tell(Notice(at=self.clock(), message=message))

    def _judged(self) -> tuple[RunState, int, str]:
        outcomes = {t.name: t.outcome for t in self.tally.tables.values() if t.landed}
        wrong = {name: state for name, state in outcomes.items() if state is not TableState.DONE}
        if not wrong:
            return RunState.SUCCEEDED, 0, ""
        only_unproven = set(wrong.values()) == {TableState.UNPROVEN}
        told = ", ".join(f"{name} ({state.value})" for name, state in wrong.items())
        state = RunState.UNPROVEN if only_unproven else RunState.FAILED
        message = f"{len(wrong)} of {len(outcomes)} tables may be incomplete: {told}."
        return state, 1, f"{message} All other tables were copied completely."

    def _finished(
        self, state: RunState, exit_status: int, summary: dict[str, dict[str, Any]], message: str
    ) -> RunFinished:
        changed = sum(t.changes.total for t in self.tally.tables.values())
        return RunFinished(
            at=self.clock(),
            run_id=self.run_id,
            state=state,
            exit=exit_status,
            requests=self.client.requests if self.client else 0,
            rows_changed=changed,
            seconds=round(time.monotonic() - self.monotonic, 3),
            tables=summary,
            message=redact(message),
        )

    async def _record(
        self,
        writer: Writer,
        state: RunState,
        report: dict[str, Any],
        finished: RunFinished | None = None,
    ) -> None:
        record = RunRecord(
            run_id=self.run_id,
            pipeline=self.request.pipeline,
            started_at=self.started,
            finished_at=finished.at if finished else None,
            state=state,
            schema_version=SCHEMA_VERSION,
            chimpline_version=chimpline.__version__,
        )
        if finished:
            record = dataclasses.replace(
                record,
                requests=finished.requests,
                rows_changed=finished.rows_changed,
                report=report,
            )
        await writer.call(writer.destination.record_run, record)


def _of_ours(error: BaseException) -> str:
    """The message of a run that met a mistake of ours; its traceback goes to the log, not here."""
    return str(Bug(f"chimpline met a mistake of its own ({type(error).__name__})."))
