"""What runs have said and left: live runs from the state directory, earlier ones from the ledger.

While a run has a destination open, it may be that nobody else can open it (a DuckDB file); then
the event files of the state directory stand in for the ledger, as far as they reach.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chimpline.clock import utc_now
from chimpline.errors import DestinationError, DestinationLocked
from chimpline.load import registry
from chimpline.message import Message, Problem
from chimpline.model import RunRecord, RunState, TableState
from chimpline.runs.report import events as said
from chimpline.runs.report.endings import ended, note_broken_off, words_of
from chimpline.state.directory import StateDirectory

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from chimpline.clock import Clock
    from chimpline.runs.report.info import TableStatus
    from chimpline.service.engine import Engine
    from chimpline.service.settings.request import Chosen

ELSEWHERE = Message("run-started-elsewhere")


@dataclasses.dataclass(frozen=True, slots=True)
class LiveRun:
    """A run whose process is alive and holds its lock."""

    run_id: str
    pipeline: str
    pid: int
    host: str
    started_at: dt.datetime
    events: tuple[said.Event, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class DatasetHistory:
    """What is known of one dataset; `unreadable` says why its ledger could not be asked.

    `held_by`: the run of ours that is the reason. `states`: how each table stands, also one
    of which nothing landed; empty where the ledger could not be asked. `schema_version`: of the
    catalog that the tables are laid out by; empty likewise. `requests` and `offered`: as in
    `LedgerView`.
    """

    pipeline: str
    destination: str
    dataset: str
    runs: Sequence[RunRecord]
    tables: Sequence[TableStatus]
    unreadable: Problem | None = None
    held_by: str = ""
    states: Mapping[str, TableState] = dataclasses.field(default_factory=dict)
    schema_version: str = ""
    requests: Mapping[str, int] = dataclasses.field(default_factory=dict)
    offered: frozenset[str] = frozenset()


def live_runs(state_dir: Path) -> list[LiveRun]:
    """The runs under way now, each with all it has said."""
    state = StateDirectory(state_dir)
    return [
        LiveRun(
            run_id=holder.run_id,
            pipeline=holder.pipeline,
            pid=holder.pid,
            host=holder.host,
            started_at=holder.started_at,
            events=tuple(
                event
                for line in state.read_events(holder.run_id)
                if (event := said.from_json(line)) is not None
            ),
        )
        for holder in state.live_runs()
    ]


def dataset_history(chosen: Chosen, engine: Engine) -> DatasetHistory:
    """Ask the ledger of a pipeline; where it cannot be opened, the event files."""
    runs: Sequence[RunRecord] = ()
    tables: Sequence[TableStatus] = ()
    states: Mapping[str, TableState] = {}
    requests: Mapping[str, int] = {}
    offered: frozenset[str] = frozenset()
    order: Sequence[str] = ()
    unreadable: Problem | None = None
    held_by = ""
    try:
        if not registry.kind_of(chosen.destination).is_missing(chosen.destination):
            ledger = engine.ledger(
                chosen.destination, chosen.pipeline.dataset, secrets=chosen.destination_secrets
            )
            runs, tables, requests = ledger.runs, ledger.tables, ledger.requests
            offered = ledger.offered
            order = [table.name for table in engine.catalog_tables()]
    except DestinationError as error:
        unreadable = error.problem
        held_by = _holding(chosen) if isinstance(error, DestinationLocked) else ""
        if held_by:
            unreadable = Problem(Message.of("run-has-it-open", run=held_by), unreadable.kept)
    # After the ledger was read: a run that ended in between has said so in its event file.
    alive = {holder.run_id for holder in StateDirectory(chosen.state_dir).live_runs()}
    recorded = {run.run_id for run in runs}
    alone = [run for run in _runs_from_events(chosen, alive) if run.run_id not in recorded]
    known = [_as_it_is(run, chosen, alive) for run in runs]
    if unreadable is None:
        states = _states(known, tables, order)
        tables = _held_to(known, tables)
    return DatasetHistory(
        pipeline=chosen.pipeline_name,
        destination=chosen.destination,
        dataset=chosen.pipeline.dataset,
        runs=sorted((*known, *alone), key=lambda run: run.started_at, reverse=True),
        tables=tables,
        unreadable=unreadable,
        held_by=held_by,
        states=states,
        schema_version=runs[0].schema_version if runs else "",
        requests=requests,
        offered=offered,
    )


def _states(
    runs: Sequence[RunRecord], tables: Sequence[TableStatus], order: Sequence[str]
) -> dict[str, TableState]:
    """How each table ended in the last run that read it, in the catalog's order.

    A table is done where that run said so, and where no slice is unproven since. Proven slices
    alone say nothing: a run that was killed may never have come to the others.
    """
    states = {table.table: TableState.UNPROVEN for table in tables}
    unproven = {table.table for table in tables if table.unproven_slices}
    for name, (state, _) in _last(runs).items():
        if state is not TableState.DONE:
            states[name] = state
        elif name in states and name not in unproven:
            states[name] = TableState.DONE
    places = {name: place for place, name in enumerate(order)}
    return dict(sorted(states.items(), key=lambda item: places.get(item[0], len(places))))


def _last(
    runs: Sequence[RunRecord], *, done: bool = False
) -> dict[str, tuple[TableState, dt.datetime | None]]:
    """What the newest run that tells of a table said of it, and when that run ended.

    `done`: the newest run that said *done*.
    """
    last: dict[str, tuple[TableState, dt.datetime | None]] = {}
    for run in sorted(runs, key=lambda run: run.started_at, reverse=True):
        report = run.report or {}
        ended: Mapping[str, Mapping[str, Any]] = report.get("tables", {})
        for name, table in ended.items():
            with contextlib.suppress(ValueError):  # a state of a newer version
                state = TableState(str(table.get("state")))
                if state is TableState.NOT_DUE:
                    continue
                # A repair reads some slices: that these are good says nothing of the others.
                if report.get("repair") and state is TableState.DONE:
                    continue
                if state is TableState.DONE or not done:
                    last.setdefault(name, (state, run.finished_at))
    return last


def _held_to(runs: Sequence[RunRecord], tables: Sequence[TableStatus]) -> list[TableStatus]:
    """The tables with no time later than the run that last read all of each; none before it."""
    done = _last(runs, done=True)
    held = []
    for table in tables:
        _, ended_at = done.get(table.table, (None, None))
        times = (table.proven_until, table.complete_at)
        until, complete = (
            None if table.table not in done or at is None else min(at, ended_at or at)
            for at in times
        )
        held.append(dataclasses.replace(table, proven_until=until, complete_at=complete))
    return held


def _holding(chosen: Chosen) -> str:
    """The run of ours that has the destination open: this dataset, or one beside it."""
    state = StateDirectory(chosen.state_dir)
    holder = state.holder(chosen.destination, chosen.pipeline.dataset)
    if holder is not None:
        return holder.run_id
    for other in state.live_runs():
        about = words_of(state, other.run_id).about
        if about is not None and about.destination == chosen.destination:
            return other.run_id
    return ""


def write_log(state_dir: Path, text: str, clock: Clock = utc_now) -> Path:
    """Keep a traceback of ours, redacted, for a bug report."""
    return StateDirectory(state_dir, clock).write_log(text)


def stopped_at_once(state_dir: Path, run_id: str, clock: Clock = utc_now) -> None:
    """Keep that somebody ends this run now, so that it is not taken for a crash later."""
    note_broken_off(StateDirectory(state_dir, clock), run_id)


def remembered(state_dir: Path) -> list[dict[str, object]]:
    """The datasets that runs of this state directory wrote to, newest first, as options.

    They stand in where no settings file names a pipeline: what was typed once for `run` need not
    be typed again for `status`.
    """
    found: dict[tuple[str, str], dict[str, object]] = {}
    state = StateDirectory(state_dir)
    for run_id in state.run_ids():
        about = words_of(state, run_id).about
        if about is not None:
            options: dict[str, object] = {
                "destination": about.destination,
                "dataset": about.dataset,
            }
            found.setdefault((about.destination, about.dataset), options)
    return list(found.values())


def _runs_from_events(chosen: Chosen, alive: Collection[str]) -> Iterator[RunRecord]:
    """The runs of this dataset that were started from this state directory, as they told of it."""
    state = StateDirectory(chosen.state_dir)
    here = (chosen.destination, chosen.pipeline.dataset)  # of any pipeline, as in the ledger
    for run_id in state.run_ids():
        words = words_of(state, run_id)
        about = words.about
        if about is None or (about.destination, about.dataset) != here:
            continue
        record = RunRecord(
            run_id=run_id,
            pipeline=about.pipeline,
            started_at=about.at,
            finished_at=None,
            state=RunState.RUNNING,
            schema_version=words.queued.schema_version if words.queued else "",
            chimpline_version=words.queued.chimpline_version if words.queued else "",
            requests=words.requests,
        )
        under_way = run_id in alive and words.finished is None
        yield record if under_way else ended(record, words)


def _as_it_is(record: RunRecord, chosen: Chosen, alive: Collection[str]) -> RunRecord:
    """A run that the ledger says is under way, as what it is: its end may not have got there."""
    if record.state is not RunState.RUNNING or record.run_id in alive:
        return record
    state = StateDirectory(chosen.state_dir)
    # What nobody else can have open while we read it is open in no run.
    if record.run_id in state.run_ids() or registry.kind_of(chosen.destination).alone:
        return ended(record, words_of(state, record.run_id))
    return dataclasses.replace(record, report={"tables": {}, "said": ELSEWHERE.to_json()})
