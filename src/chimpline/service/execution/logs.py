"""What a run's process wrote beside its events: read line by line, filtered, without secrets.

A line is a record of what chimpline does (`2026-11-27T17:36:03.19Z [debug    ] GET /lists ...`), an
event as JSON, or a plain line on standard error. A run of a terminal has no such log; its events
stand in for it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import enum
import json
import os
import re
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from chimpline import private
from chimpline.errors import SettingsError
from chimpline.redact import shown
from chimpline.state.directory import StateDirectory

LONGEST_LINE = 4_000
"""Characters of a line that are kept: an answer of a server may be one line of megabytes."""
_RECORD = re.compile(r"(?P<at>\d{4}-\d\d-\d\dT[\d:.]+Z) \[(?P<level>\w+)\s*\] (?P<text>.*)")
_PLAIN = re.compile(r"(?P<level>Debug|Info|Warning|Error|Critical|Note)\b.*")
_APART = {"event", "at", "tables", "problem"}
_OFTEN = {"table_progress", "connections_in_use"}


class Severity(enum.IntEnum):
    """How much a line matters; whoever asks for one gets those above it as well."""

    DEBUG = 0
    INFO = 1
    WARNING = 2
    ERROR = 3


@dataclasses.dataclass(frozen=True, slots=True)
class LogLine:
    """`at`: when it was written (UTC), where it says so."""

    at: dt.datetime | None
    severity: Severity
    text: str

    def __str__(self) -> str:
        at = "" if self.at is None else f"{self.at:%Y-%m-%dT%H:%M:%S.%f}Z "
        return f"{at}[{self.severity.name.lower()}] {self.text}"


def log_lines(
    state: StateDirectory, run_id: str, *, least: Severity = Severity.DEBUG, holding: str = ""
) -> Iterator[LogLine]:
    """The lines of a run's log, oldest first; `holding`: those with this text, in any case."""
    wanted = holding.casefold()
    for line in _lines(state, run_id):
        if line.severity >= least and wanted in line.text.casefold():
            yield line


def log_text(state: StateDirectory, run_id: str, *, least: Severity, holding: str) -> Iterator[str]:
    """`log_lines` as a text file has them."""
    for line in log_lines(state, run_id, least=least, holding=holding):
        yield f"{line}\n"


def last_lines(lines: Iterator[LogLine], count: int) -> list[LogLine]:
    return list(deque(lines, maxlen=count))


def log_path(state: StateDirectory, run_id: str) -> Path:
    return state.path / "logs" / f"run-{run_id}.log"


def _lines(state: StateDirectory, run_id: str) -> Iterator[LogLine]:
    found = False
    with contextlib.suppress(OSError, SettingsError):
        descriptor = private.open_file(log_path(state, run_id), os.O_RDONLY)
        with os.fdopen(descriptor, encoding="utf-8", errors="replace") as file:
            before = Severity.INFO
            for raw in file:
                line = _line(shown(raw.rstrip("\n")), before)
                if line is not None:
                    found = True
                    before = line.severity
                    yield line
    if not found:
        yield from filter(None, map(_event, state.read_events(run_id)))


def _line(text: str, before: Severity) -> LogLine | None:
    if text.startswith("{"):
        with contextlib.suppress(ValueError, RecursionError):
            told = json.loads(text)
            if isinstance(told, dict) and "event" in told:
                return _event(told)
    text = text[:LONGEST_LINE]
    if record := _RECORD.fullmatch(text):
        return LogLine(_time(record["at"]), _severity(record["level"]), record["text"])
    if plain := _PLAIN.fullmatch(text):
        return LogLine(None, _severity(plain["level"]), text)
    return LogLine(None, before, text) if text.strip() else None  # as a traceback goes on


def _event(told: Mapping[str, Any]) -> LogLine | None:
    """An event as a line: its name, and what it tells."""
    name = str(told["event"])
    if name in _OFTEN:
        return None
    facts = " ".join(
        f"{key}={json.dumps(value, ensure_ascii=False)}"
        for key, value in told.items()
        if key not in _APART and value not in (None, "")
    )
    severity = Severity.INFO
    match name, told.get("state"), told.get("exit"):
        case ("notice", _, _) | ("table_finished", "unproven" | "refused", _):
            severity = Severity.WARNING
        case ("table_finished", "failed", _) | ("reconcile_failed", _, _):
            severity = Severity.ERROR
        case ("run_finished", _, int(status)) if status:
            severity = Severity.ERROR
        case _:
            pass
    return LogLine(_time(told.get("at")), severity, shown(f"{name} {facts}")[:LONGEST_LINE])


def _time(text: Any) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else None


def _severity(word: str) -> Severity:
    match word.lower():
        case "debug":
            return Severity.DEBUG
        case "warning":
            return Severity.WARNING
        case "error" | "critical":
            return Severity.ERROR
        case _:
            return Severity.INFO
