"""How a run ended, told from its events where the ledger does not know.

A run that was killed wrote no end anywhere; one that lost its destination wrote it into its event
file only; one that never reached Mailchimp is in no ledger at all.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING, Any

from chimpline.message import Message, Problem
from chimpline.model import RunRecord, RunState, TableState
from chimpline.runs.report.events import (
    ConnectionsInUse,
    Event,
    RunBrokenOff,
    RunFinished,
    RunQueued,
    RunStarted,
    TableFinished,
    as_json,
    from_json,
)

if TYPE_CHECKING:
    from chimpline.load.contract import Destination
    from chimpline.state.directory import StateDirectory

ENDED_FROM_OUTSIDE = Message("run-killed")
NOT_READ = Problem(Message("table-not-read"), Message("kept-committed"))
STOPPED_AT_ONCE = Message("run-stopped-at-once")
_BESIDE = ("at", "event", "table")
_NOT_DUE = ("read_at", "due_at")
"""Only of tables that are not due."""
_NOT_READ = {
    "state": TableState.UNPROVEN.value,
    "rows_read": None,
    "inserted": None,
    "updated": None,
    "deleted": None,
    "requests": None,
    "left_out": None,
    "said": NOT_READ.to_json(),
}
"""The report on a table that a run was to read, and of whose end it said nothing."""


@dataclasses.dataclass(slots=True)
class Words:
    """What a run has said that matters when it is over; `last_at`: when it was last heard of."""

    queued: RunQueued | None = None
    started: RunStarted | None = None
    finished: RunFinished | None = None
    tables: dict[str, TableFinished] = dataclasses.field(default_factory=dict)
    requests: int = 0
    broken_off: bool = False
    last_at: dt.datetime | None = None

    def hear(self, event: Event) -> None:
        self.last_at = event.at
        match event:
            case RunQueued():
                # Stopped and taken up again, a run begins its file anew, below what was said.
                self.queued, self.started, self.finished = event, None, None
                self.tables, self.requests, self.broken_off = {}, 0, False
            case RunStarted():
                self.started = event
            case RunFinished():
                self.finished = event
            case RunBrokenOff():
                self.broken_off = True
            case TableFinished():
                self.tables[event.table] = event
            case ConnectionsInUse():
                self.requests = event.requests
            case _:
                pass

    @property
    def about(self) -> RunQueued | RunStarted | None:
        """What names the pipeline, the destination and the dataset."""
        return self.queued or self.started


def words_of(state: StateDirectory, run_id: str) -> Words:
    """What the event file of a run holds; nothing where there is none."""
    words = Words()
    for line in state.read_events(run_id):
        if line.get("event") == "table_progress":
            continue  # most of the file, and nothing that outlives the run
        event = from_json(line)
        if event is not None:
            words.hear(event)
    return words


def ended(record: RunRecord, words: Words) -> RunRecord:
    """The record of a run whose process is gone, as far as its words tell."""
    if words.finished is not None:
        end = words.finished
        return dataclasses.replace(
            record,
            finished_at=end.at,
            state=end.state,
            requests=end.requests,
            rows_changed=end.rows_changed,
            report=report_of(end),
        )
    tables = words.tables.values()
    unread = [name for name in _begun(words) if name not in words.tables]
    return dataclasses.replace(
        record,
        finished_at=words.last_at,
        state=RunState.CANCELLED if words.broken_off else RunState.FAILED,
        # What the run told of its connections is kept now and then only.
        requests=max(words.requests, sum(table.requests for table in tables)),
        rows_changed=sum(table.inserted + table.updated + table.deleted for table in tables),
        report={
            # Slices that are whole say nothing of those that were never begun.
            "tables": {table.table: summary_of(table) for table in tables}
            | {name: dict(_NOT_READ) for name in unread},
            "said": (STOPPED_AT_ONCE if words.broken_off else ENDED_FROM_OUTSIDE).to_json(),
        },
    )


def report_of(end: RunFinished) -> dict[str, Any]:
    """What the ledger keeps of the end of a run, as JSON; `said` None where all went well."""
    said = end.said.to_json() if end.said else None
    report = {"tables": end.tables, "said": said, "exit": end.exit}
    return report | {"offered": list(end.offered)} if end.offered else report


def note_broken_off(state: StateDirectory, run_id: str) -> None:
    """Leave in the run's event file that somebody ends it now, without its own last word."""
    with state.event_file(run_id) as file:
        file.write(as_json(RunBrokenOff(at=state.clock(), run_id=run_id)))


def write_endings(destination: Destination, state: StateDirectory, run_id: str) -> None:
    """Put the ends of earlier runs into the ledger, where they could not do it themselves.

    For a run that holds the dataset: no other is alive then.
    """
    for record in destination.runs(without_end=True):
        if record.run_id != run_id:
            destination.record_run(ended(record, words_of(state, record.run_id)))


def _begun(words: Words) -> tuple[str, ...]:
    """The tables that a run was to read; none where it never came to reading."""
    return () if words.started is None else words.started.tables


def summary_of(table: TableFinished) -> dict[str, Any]:
    """The end of a table, as the report of a run has it."""
    told = as_json(table).items()
    return {k: v for k, v in told if k not in _BESIDE and (v is not None or k not in _NOT_DUE)}
