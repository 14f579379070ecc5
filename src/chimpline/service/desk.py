"""What a console works with, whoever asks: people in a browser, programs, the clock.

The settings file is read again when it changes, so that an editor and the console can both be
used. While it is wrong, the last good one counts for what goes on, and everyone is told.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import argon2

from chimpline.clock import Clock, utc_now
from chimpline.errors import ChimplineError, UserError
from chimpline.model import RunState
from chimpline.runs.request import TableSet
from chimpline.service.connection.connections import Connections
from chimpline.service.control import ControlDatabase
from chimpline.service.execution.comparing import Comparisons
from chimpline.service.execution.order import Executes, Order, Task, new_run_id
from chimpline.service.execution.past import PastRun, PastRuns, run_told, take_over, unheard
from chimpline.service.execution.tidying import Kept, tidy
from chimpline.service.people.people import People
from chimpline.service.people.sessions import Sessions
from chimpline.service.people.tokens import Tokens
from chimpline.service.pipelines import NEXT_RUNS, PipelineNow, tables_of, timed_of
from chimpline.service.schedule.due import upcoming
from chimpline.service.schedule.memory import ScheduleMemory
from chimpline.service.schedule.ticker import Timed
from chimpline.service.settings.every import Pipeline
from chimpline.service.settings.request import (
    SETTINGS_FILE,
    Chosen,
    Configuration,
    read,
    settings_default,
)
from chimpline.state.directory import StateDirectory

log = logging.getLogger(__name__)
ORDERS_KEPT = 500
"""Of those that have ended, in the engine; the history has its own rule."""


class Desk:
    """`executor` is set once it is there: it asks the desk where a pipeline's data lies."""

    executor: Executes

    def __init__(
        self,
        environ: Mapping[str, str],
        cwd: Path,
        *,
        settings: Path | None = None,
        state_dir: Path | None = None,
        clock: Clock = utc_now,
        hasher: argon2.PasswordHasher | None = None,
    ) -> None:
        self.environ = environ
        self.cwd = cwd
        self.clock = clock
        self._settings = settings
        self._given_state_dir = state_dir
        self._read: tuple[object, Configuration] | None = None
        self._wrong: ChimplineError | None = None
        self._lock = threading.RLock()
        self._database: ControlDatabase | None = None
        self.state = StateDirectory(self._first().state_dir, clock)
        self.people = People(self.database, clock, hasher)
        self.sessions = Sessions(self.database, clock)
        self.tokens = Tokens(self.database, clock)
        self.schedules = ScheduleMemory(self.database, clock)
        self.past = PastRuns(self.database)
        self.comparisons = Comparisons(self.state, lambda: self.executor, clock)

    # -- what it stands on ------------------------------------------------------------------------

    def database(self) -> ControlDatabase:
        with self._lock:
            if self._database is None:
                self._database = ControlDatabase(self.state.path)
            return self._database

    def close(self) -> None:
        with self._lock:
            if self._database is not None:
                self._database.close()
                self._database = None

    def configuration(self) -> Configuration:
        """The settings as they are now; the last good ones while the file is wrong."""
        with self._lock:
            stamp = self._stamp()
            if self._read is None or self._read[0] != stamp:
                try:
                    found = self._configured()
                    found.settings()
                except ChimplineError as error:
                    if self._read is None:
                        raise
                    self._wrong = error
                    return self._read[1]
                self._read, self._wrong = (stamp, found), None
            return self._read[1]

    def wrong_settings(self) -> ChimplineError | None:
        """Why the settings file cannot be used as it is now; None where it can."""
        try:
            self.configuration()
        except ChimplineError as error:
            return error
        return self._wrong

    @property
    def settings_file(self) -> Path:
        """Where the settings are, or will be once the first are saved."""
        file = self._read[1].settings_file if self._read else None
        named = self._settings or self.environ.get("CHIMPLINE_SETTINGS") or SETTINGS_FILE
        return file or self.cwd / named

    def configured_by(self, text: str) -> Configuration:
        """The settings as they would be if the file had this text; not validated."""
        return self._configured(text)

    @contextlib.contextmanager
    def connections(self) -> Iterator[Connections]:
        """The connections as they are now, for one question."""
        found = Connections(
            self.environ,
            self.cwd,
            settings=self._settings,
            state_dir=self._given_state_dir,
            clock=self.clock,
            database=self.database(),
        )
        with contextlib.closing(found):
            yield found

    def _first(self) -> Configuration:
        return self._configured()

    def _configured(self, text: str | None = None) -> Configuration:
        return read(
            self.environ,
            self.cwd,
            settings=self._settings,
            state_dir=self._given_state_dir,
            text=text,
        )

    def _stamp(self) -> object:
        try:
            found = self.settings_file.stat()
        except OSError:
            return None
        return (found.st_mtime_ns, found.st_size, found.st_ino)

    # -- pipelines --------------------------------------------------------------------------------

    def pipeline_names(self) -> list[str]:
        return self.configuration().sources.names("pipelines")

    def choose(self, pipeline: str) -> Chosen:
        """A pipeline with all its settings. Raises `UserError` where there is none of this name."""
        if pipeline not in self.pipeline_names():
            raise UserError("console-pipeline-unknown", name=pipeline)
        return self.configuration().choose(pipeline)

    def place(self, pipeline: str) -> tuple[str, str]:
        """The destination and dataset of a pipeline."""
        chosen = self.choose(pipeline)
        return chosen.destination, chosen.pipeline.dataset

    def scheduled(self) -> dict[str, Timed]:
        """The pipelines that run by themselves."""
        found = {}
        for name in self.pipeline_names():
            try:
                timed = timed_of(self.choose(name).pipeline)
            except ChimplineError:  # told with the pipeline
                continue
            if timed is not None:
                found[name] = timed
        return found

    def pipelines(self, *, runs: int = 30) -> list[PipelineNow]:
        """All pipelines, in the order of the settings file."""
        self.take_over()
        alive = {run.pipeline: run for run in self.live()}
        return [self._pipeline(name, alive.get(name), runs) for name in self.pipeline_names()]

    def pipeline(self, name: str, *, runs: int = 30) -> PipelineNow:
        """Raises `UserError` where there is none of this name."""
        if name not in self.pipeline_names():
            raise UserError("console-pipeline-unknown", name=name)
        alive = {run.pipeline: run for run in self.live()}
        return self._pipeline(name, alive.get(name), runs)

    def _pipeline(self, name: str, live: PastRun | None, count: int) -> PipelineNow:
        runs = self.past.newest(name, limit=count)
        now = PipelineNow(
            name,
            None,
            live=live,
            runs=runs,
            fresh_at=self.past.proven_at(name),
        )
        try:
            chosen = self.choose(name)
            timed = timed_of(chosen.pipeline)
        except ChimplineError as error:
            return dataclasses.replace(now, problem=error)
        if timed is None:
            return dataclasses.replace(now, chosen=chosen)
        paused = self.schedules.asked(name, timed.words).paused
        instants = [] if paused else upcoming(timed.schedule, self.clock(), NEXT_RUNS)
        return dataclasses.replace(now, chosen=chosen, paused=paused, upcoming=instants)

    # -- runs -------------------------------------------------------------------------------------

    def live(self) -> list[PastRun]:
        """The runs that go on now, of a terminal too, and those that are about to; oldest first."""
        found = {
            order.run_id: self._over(order)
            or PastRun(order.run_id, order.pipeline, RunState.QUEUED, order.asked_at, due=order.due)
            for order, _ in self.executor.orders(under_way=True)
            if order.task is Task.RUN
        }
        for holder in self.state.live_runs():
            known = found.get(holder.run_id)
            told = run_told(self.state, holder.run_id, alive=True) or PastRun(
                holder.run_id, holder.pipeline, RunState.QUEUED, holder.started_at
            )
            found[holder.run_id] = dataclasses.replace(told, due=known.due if known else None)
        return sorted(found.values(), key=lambda run: run.queued_at)

    def _over(self, order: Order) -> PastRun | None:
        """An order whose run has just ended; one that was cancelled is taken up again."""
        told = run_told(self.state, order.run_id)
        if told is None or told.state not in {RunState.SUCCEEDED, RunState.UNPROVEN}:
            return None
        return dataclasses.replace(told, due=order.due)

    def run(self, run_id: str) -> PastRun | None:
        """A run, whether it goes on or has ended; None where nothing is known of it."""
        for live in self.live():
            if live.run_id == run_id:
                return live
        return self.past.get(run_id) or self._not_taken_over(run_id)

    def _not_taken_over(self, run_id: str) -> PastRun | None:
        """A run that ended a moment ago."""
        told = run_told(self.state, run_id)
        for order, fate in self.executor.orders():
            if order.run_id == run_id and order.task is Task.RUN:
                if told is None:
                    return unheard(order, fate, self.clock())
                return dataclasses.replace(told, due=order.due)
        return told

    def known_run(self, run_id: str) -> PastRun:
        """Raises `UserError` where nothing is known of it."""
        found = self.run(run_id)
        if found is None:
            raise UserError("console-run-unknown", run_id=run_id)
        return found

    def goes_on(self, run_id: str) -> bool:
        return any(run.run_id == run_id for run in self.live())

    def run_now(
        self, pipeline: str, *, full_refresh: bool = False, tables: Sequence[str] = ()
    ) -> PastRun:
        """Ask for a run of a pipeline, of some of its tables, or of the default set (`TableSet`).

        Raises `UserError` where another run has its dataset, or where it has no such table.
        """
        chosen = self.choose(pipeline)
        for table in tables if list(tables) != [TableSet.DEFAULT] else ():
            if table not in tables_of(chosen):
                raise UserError("pipeline-without-table", pipeline=pipeline, table=table)
        place = (chosen.destination, chosen.pipeline.dataset)
        holder = self._holder(place)
        if holder is not None:
            raise UserError("run-held", holder=holder)
        order = Order(
            new_run_id(),
            pipeline,
            self.clock(),
            full_refresh=full_refresh,
            tables=tuple(tables),
        )
        self.executor.submit(order)
        log.info("run asked for", extra={"pipeline": pipeline, "run_id": order.run_id})
        return PastRun(
            order.run_id,
            pipeline,
            RunState.QUEUED,
            self.clock(),
            destination=chosen.destination,
            dataset=chosen.pipeline.dataset,
        )

    def _holder(self, place: tuple[str, str]) -> str | None:
        """The run that has a dataset, or is about to have it."""
        holder = self.state.holder(*place)
        if holder is not None:
            return holder.run_id
        for order, _ in self.executor.orders(under_way=True):
            if order.task is not Task.RUN or self._over(order) is not None:
                continue
            if self._lies(order.pipeline) == place:
                return order.run_id
        return None

    def _lies(self, pipeline: str) -> tuple[str, str] | None:
        try:
            return self.place(pipeline)
        except ChimplineError:
            return None

    def run_due(self, pipeline: str, instant: dt.datetime) -> None:
        """Ask for the run of a schedule; the same instant twice is one run."""
        self.executor.submit(Order(new_run_id(), pipeline, self.clock(), due=instant))
        log.info("run due", extra={"pipeline": pipeline, "due": instant.isoformat()})

    def take_over(self) -> None:
        """Keep what has ended since; also what a schedule asked for and another run prevented."""
        take_over(self.past, self.state, self.executor.orders(), self.clock())

    def tidy(self) -> None:
        """Take up what was stranded, and forget what is older than the settings say."""
        defaults = settings_default("pipelines", "any")
        found = {}
        with contextlib.suppress(ChimplineError):  # a file that is wrong now forgets nothing
            settings = self.configuration().settings()
            found = {name: _kept(one) for name, one in settings.pipelines.items()}
            tidy(self.past, self.state, found, _kept(defaults), self.clock())
        self.executor.sweep(ORDERS_KEPT)


def _kept(pipeline: Pipeline) -> Kept:
    return Kept(pipeline.keep_runs, dt.timedelta(days=pipeline.keep_logs_days))
