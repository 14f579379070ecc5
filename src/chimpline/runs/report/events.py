"""What a run or a comparison says while it goes on; every interface draws these.

`as_json` gives the one JSON form, in the event file of the state directory and later on the
console's stream: `{"event": "table_finished", ...}`. `--json` has the words of what is `said`
besides, as `message`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import re
from typing import TYPE_CHECKING, Any

from chimpline.message import Message, Problem, Said, said_from_json
from chimpline.model import RunState, TableState

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base of all events; `at` is UTC."""

    at: dt.datetime


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RunQueued(Event):
    """The first event of a run, before anything is asked of anybody: what it is a run of."""

    run_id: str
    pipeline: str
    destination: str
    dataset: str
    schema_version: str
    chimpline_version: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted(Event):
    """The account and the destination are reached; reading begins."""

    run_id: str
    pipeline: str
    account: str
    destination: str
    dataset: str
    tables: tuple[str, ...]
    connections: int
    first_run: bool


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TableProgress(Event):
    """`rows_expected` is None until it can be known; it can grow as parents are read.

    Both count what Mailchimp counts (the recipients of a campaign, say, not their events).
    `slices_open`: those planned and not yet handed over.
    """

    table: str
    state: TableState
    rows_read: int
    rows_expected: int | None
    pages: int
    requests: int
    slices_open: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionsInUse(Event):
    in_use: int
    limit: int
    requests: int
    seconds_left: float | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Notice(Event):
    """Something a person should know that stops nothing: schema changes, slowed down by 429, ..."""

    said: Said
    table: str | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TableFinished(Event):
    """`left_out`: rows that the chosen scope leaves out, None where that is not known.

    `said`: what is wrong and what to do where `state` is not *done*, else None.
    `extra`: rows with something in `_extra`. `seconds`: since its first slice was planned.
    `bookmark`: up to when what was read is proven; `slices`: how many were, and of the last one
    `proof` says by which rule; None, 0 and empty where nothing had to be read. Where `state` is
    *not due*: when the run that read it last began, and when it is due again.
    """

    table: str
    state: TableState
    rows_read: int
    inserted: int
    updated: int
    deleted: int
    requests: int
    left_out: int | None
    said: Said | None = None
    extra: int = 0
    seconds: float | None = None
    bookmark: dt.datetime | None = None
    slices: int = 0
    proof: str = ""
    read_at: dt.datetime | None = None
    due_at: dt.datetime | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished(Event):
    """The last event of a run. `exit` is the exit status; `said` None when 0.

    `offered`: tables of the default set that the dataset does not take, and could.
    """

    run_id: str
    state: RunState
    exit: int
    requests: int
    rows_changed: int
    seconds: float
    tables: dict[str, dict[str, Any]]
    said: Said | None = None
    offered: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileStarted(Event):
    """A copy is about to be compared. `requests_expected`: about how many that takes."""

    level: str
    tables: tuple[str, ...]
    requests_expected: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RunBrokenOff(Event):
    """Somebody stopped the run at once, by a second Ctrl-C: nothing follows."""

    run_id: str


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, Message | Problem):
        return value.to_json()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def as_json(event: Event) -> dict[str, Any]:
    """The JSON form: `event` first, in snake case, then the fields."""
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower()
    fields = {f.name: _plain(getattr(event, f.name)) for f in dataclasses.fields(event)}
    return {"event": name, **fields}


_KINDS: Mapping[str, type[Event]] = {
    "run_queued": RunQueued,
    "run_started": RunStarted,
    "table_progress": TableProgress,
    "connections_in_use": ConnectionsInUse,
    "notice": Notice,
    "table_finished": TableFinished,
    "run_finished": RunFinished,
    "run_broken_off": RunBrokenOff,
    "reconcile_started": ReconcileStarted,
}


def said_in(told: Mapping[str, Any]) -> Said | None:
    """What an event or a report says, whichever version wrote it."""
    return said_from_json(told["said"] if "said" in told else told.get("message"))


def from_json(line: Mapping[str, Any]) -> Event | None:
    """The inverse of `as_json`; None for a form that this version does not know."""
    kind = _KINDS.get(str(line.get("event")))
    if kind is None:
        return None
    states = RunState if kind is RunFinished else TableState
    try:
        values = {
            field.name: line[field.name]
            for field in dataclasses.fields(kind)
            # An older version did not tell what has a default now.
            if field.name != "said" and (field.name in line or field.default is dataclasses.MISSING)
        }
        if any(field.name == "said" for field in dataclasses.fields(kind)):
            values["said"] = said_in(line)
        for name in ("bookmark", "read_at", "due_at"):
            if values.get(name):
                values[name] = dt.datetime.fromisoformat(values[name])
        values["at"] = dt.datetime.fromisoformat(values["at"])
        if values["at"].tzinfo is None:  # damaged: ours are aware, and are compared
            return None
        if "state" in values:
            values["state"] = states(values["state"])
        for name in ("tables", "offered"):
            if isinstance(values.get(name), list):
                values[name] = tuple(values[name])
        return kind(**values)
    except (KeyError, ValueError, TypeError):
        return None
