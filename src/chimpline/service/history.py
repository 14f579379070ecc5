"""What runs have said and left: live runs from the state directory, earlier ones from the ledger.

While a run holds a DuckDB file nobody else can open it; then the event files of the state
directory stand in for the ledger, as far as they reach.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chimpline.clock import utc_now
from chimpline.errors import DestinationError, DestinationLocked
from chimpline.model import RunRecord, RunState, TableState
from chimpline.runs import events as said
from chimpline.state.directory import StateDirectory

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from chimpline.clock import Clock
    from chimpline.runs.info import TableStatus
    from chimpline.service.engine import Engine
    from chimpline.service.settings_request import Chosen

_EVENTS: Mapping[str, type[said.Event]] = {
    "run_started": said.RunStarted,
    "table_progress": said.TableProgress,
    "connections_in_use": said.ConnectionsInUse,
    "notice": said.Notice,
    "table_finished": said.TableFinished,
    "run_finished": said.RunFinished,
}


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
    of which nothing landed; empty where the ledger could not be asked.
    """

    pipeline: str
    destination: str
    dataset: str
    runs: Sequence[RunRecord]
    tables: Sequence[TableStatus]
    unreadable: str = ""
    held_by: str = ""
    states: Mapping[str, TableState] = dataclasses.field(default_factory=dict)


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
            events=tuple(read_events(state_dir, holder.run_id)),
        )
        for holder in state.live_runs()
    ]


def read_events(state_dir: Path, run_id: str) -> Iterator[said.Event]:
    """What a run has said; lines of a form that this version does not know are left out."""
    for line in StateDirectory(state_dir).read_events(run_id):
        event = event_from_json(line)
        if event is not None:
            yield event


def event_from_json(line: Mapping[str, Any]) -> said.Event | None:
    """The inverse of `runs.events.as_json`."""
    kind = _EVENTS.get(str(line.get("event")))
    if kind is None:
        return None
    states = RunState if kind is said.RunFinished else TableState
    try:
        values = {field.name: line[field.name] for field in dataclasses.fields(kind)}
        values["at"] = dt.datetime.fromisoformat(values["at"])
        if "state" in values:
            values["state"] = states(values["state"])
        if "tables" in values and isinstance(values["tables"], list):
            values["tables"] = tuple(values["tables"])
        return kind(**values)
    except (KeyError, ValueError, TypeError):
        return None


def dataset_history(chosen: Chosen, engine: Engine) -> DatasetHistory:
    """Ask the ledger of a pipeline; where it cannot be opened, the event files."""
    runs: Sequence[RunRecord] = ()
    tables: Sequence[TableStatus] = ()
    states: Mapping[str, TableState] = {}
    unreadable = held_by = ""
    try:
        if not nothing_landed(chosen.destination):
            ledger = engine.ledger(chosen.destination, chosen.pipeline.dataset)
            runs, tables = ledger.runs, ledger.tables
            order = [table.name for table in engine.catalog_tables()]
            states = _states(runs, tables, order)
    except DestinationError as error:
        unreadable = f"{error.what} {error.do}"
        held_by = _holding(chosen) if isinstance(error, DestinationLocked) else ""
        if held_by:
            unreadable = f"Run {held_by}, which is under way, has it open."
    recorded = {run.run_id for run in runs}
    alone = [run for run in _runs_from_events(chosen) if run.run_id not in recorded]
    return DatasetHistory(
        pipeline=chosen.pipeline_name,
        destination=chosen.destination,
        dataset=chosen.pipeline.dataset,
        runs=sorted((*runs, *alone), key=lambda run: run.started_at, reverse=True),
        tables=tables,
        unreadable=unreadable,
        held_by=held_by,
        states=states,
    )


def _states(
    runs: Sequence[RunRecord], tables: Sequence[TableStatus], order: Sequence[str]
) -> dict[str, TableState]:
    """How each table ended in the last run that read it, in the catalog's order.

    One slice that is not proven keeps the whole table from being done.
    """
    states = {
        table.table: TableState.UNPROVEN if table.unproven_slices else TableState.DONE
        for table in tables
    }
    last: dict[str, TableState] = {}
    for run in sorted(runs, key=lambda run: run.started_at, reverse=True):
        ended: Mapping[str, Mapping[str, Any]] = (run.report or {}).get("tables", {})
        for name, table in ended.items():
            with contextlib.suppress(ValueError):  # a state of a newer version
                last.setdefault(name, TableState(str(table.get("state"))))
    states |= {name: state for name, state in last.items() if state is not TableState.DONE}
    places = {name: place for place, name in enumerate(order)}
    return dict(sorted(states.items(), key=lambda item: places.get(item[0], len(places))))


def _holding(chosen: Chosen) -> str:
    """The run of ours that has the destination open: this dataset, or one beside it."""
    state = StateDirectory(chosen.state_dir)
    holder = state.holder(chosen.destination, chosen.pipeline.dataset)
    if holder is not None:
        return holder.run_id
    for other in state.live_runs():
        start, _ = _ends(chosen.state_dir, other.run_id)
        if start is not None and start.destination == chosen.destination:
            return other.run_id
    return ""


def nothing_landed(destination: str) -> bool:
    """True where a DuckDB file does not exist yet; looking must not create it."""
    scheme, _, rest = destination.partition(":///")
    return scheme == "duckdb" and not Path(rest).exists()


def write_log(state_dir: Path, text: str, clock: Clock = utc_now) -> Path:
    """Keep a traceback of ours, redacted, for a bug report."""
    return StateDirectory(state_dir, clock).write_log(text)


def remembered(state_dir: Path) -> list[dict[str, object]]:
    """The datasets that runs of this state directory wrote to, newest first, as options.

    They stand in where no settings file names a pipeline: what was typed once for `run` need not
    be typed again for `status`.
    """
    found: dict[tuple[str, str], dict[str, object]] = {}
    for run_id in StateDirectory(state_dir).run_ids():
        start, _ = _ends(state_dir, run_id)
        if start is not None:
            options: dict[str, object] = {
                "destination": start.destination,
                "dataset": start.dataset,
            }
            found.setdefault((start.destination, start.dataset), options)
    return list(found.values())


def _ends(state_dir: Path, run_id: str) -> tuple[said.RunStarted | None, said.RunFinished | None]:
    """The first and the last word of a run, where it came to say them."""
    start: said.RunStarted | None = None
    end: said.RunFinished | None = None
    for event in read_events(state_dir, run_id):
        if isinstance(event, said.RunStarted):
            start = event
        elif isinstance(event, said.RunFinished):
            end = event
    return start, end


def _runs_from_events(chosen: Chosen) -> Iterator[RunRecord]:
    state = StateDirectory(chosen.state_dir)
    alive = {holder.run_id for holder in state.live_runs()}
    here = (chosen.pipeline_name, chosen.destination, chosen.pipeline.dataset)
    for run_id in state.run_ids():
        start, end = _ends(chosen.state_dir, run_id)
        if start is None or (start.pipeline, start.destination, start.dataset) != here:
            continue
        broken_off = RunState.RUNNING if run_id in alive else RunState.FAILED
        yield RunRecord(
            run_id=run_id,
            pipeline=start.pipeline,
            started_at=start.at,
            finished_at=end.at if end else None,
            state=end.state if end else broken_off,
            schema_version="",
            chimpline_version="",
            requests=end.requests if end else 0,
            rows_changed=end.rows_changed if end else 0,
            report={"tables": end.tables} if end else None,
        )
