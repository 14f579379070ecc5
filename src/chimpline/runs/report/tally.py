"""What a run has done so far, by table; the source of every event."""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from chimpline.catalog.table import Table
from chimpline.clock import Clock
from chimpline.load.contract import TableChange
from chimpline.message import Message, Said
from chimpline.model import SliceRecord, SliceState, TableState
from chimpline.runs.report.endings import NOT_READ, summary_of
from chimpline.runs.report.events import (
    ConnectionsInUse,
    Event,
    Notice,
    TableFinished,
    TableProgress,
)

log = logging.getLogger(__name__)

PROGRESS_EVERY_S = 0.1
_WORST_FIRST = (
    TableState.REFUSED,
    TableState.FAILED,
    TableState.UNPROVEN,
    TableState.LACKING,
)
TELL_TIME_AFTER_S = 3.0


@dataclasses.dataclass(slots=True)
class TableTally:
    """Counts of one table; `trouble` is what the user is told where it did not end *done*."""

    name: str
    state: TableState = TableState.QUEUED
    landed: bool = True
    rows_read: int = 0
    records: int = 0
    records_expected: int | None = None
    pages: int = 0
    requests: int = 0
    open: int = 0
    changes: TableChange = dataclasses.field(default_factory=TableChange)
    left_out: int | None = 0
    trouble: dict[TableState, list[Said]] = dataclasses.field(default_factory=dict)
    shown_at: float | None = None
    finished: TableFinished | None = None
    begun_at: float | None = None
    extra: int = 0
    slices: int = 0
    bookmark: dt.datetime | None = None
    proof: str = ""

    def spoil(self, state: TableState, said: Said) -> None:
        """Something went wrong with a part of the table; the worst state is shown at the end."""
        self.trouble.setdefault(state, []).append(said)

    def lack(self) -> None:
        """The account lacks what the table is of. That is told once, and not of each table."""
        self.trouble.setdefault(TableState.LACKING, [])

    @property
    def outcome(self) -> TableState:
        for state in _WORST_FIRST:
            if state in self.trouble:
                return state
        return TableState.DONE

    @property
    def said(self) -> Said | None:
        """What is wrong with the table, or with some of its parts."""
        distinct = list(dict.fromkeys(self.trouble.get(self.outcome, [])))
        match distinct:
            case []:
                return None
            case [one]:
                return one
            case [one, two]:
                return Message.of("two-said", one=one, two=two)
            case [one, two, three]:
                return Message.of("three-said", one=one, two=two, three=three)
            case _:
                one, two, three, *others = distinct
                more = len(others)
                return Message.of("more-said", one=one, two=two, three=three, more=more)


class Tally:
    """All tables of a run; emits events, progress at most ten times a second a table."""

    def __init__(
        self,
        emit: Callable[[Event], None],
        clock: Clock,
        read: Iterable[Table],
        selected: Iterable[str],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._emit = emit
        self._clock = clock
        landed = set(selected)
        self.tables = {
            table.name: TableTally(table.name, landed=table.name in landed) for table in read
        }
        self._monotonic = monotonic
        self._started = monotonic()

    def __getitem__(self, name: str) -> TableTally:
        return self.tables[name]

    def not_due(self, name: str, read_at: dt.datetime, due_at: dt.datetime) -> None:
        """The table is not landed by this run; it may be read for those below it."""
        tally = self.tables[name]
        tally.landed, tally.state = False, TableState.NOT_DUE
        tally.finished = TableFinished(
            at=self._clock(),
            table=name,
            state=tally.state,
            rows_read=0,
            inserted=0,
            updated=0,
            deleted=0,
            requests=0,
            left_out=None,
            read_at=read_at,
            due_at=due_at,
        )
        self._emit(tally.finished)

    def notice(self, said: Said, table: str | None = None) -> None:
        self._emit(Notice(at=self._clock(), said=said, table=table))

    def begin(self, name: str, *, full: bool, expected: int | None) -> None:
        """A slice is planned."""
        tally = self.tables[name]
        tally.open += 1
        if tally.begun_at is None:
            tally.begun_at = self._monotonic()
        if tally.state is not TableState.FULL_LOAD:
            tally.state = TableState.FULL_LOAD if full else TableState.CHANGES
        if expected:
            tally.records_expected = (tally.records_expected or 0) + expected
        self.progress(name)

    def page(self, name: str, *, records: int, rows: int) -> None:
        """A page came. Records are what was announced (recipients, say), rows what they hold."""
        tally = self.tables[name]
        tally.records += records
        tally.rows_read += rows
        tally.pages += 1
        self.progress(name)

    def rode(self, name: str, rows: int) -> None:
        """Rows came with a page of another table."""
        tally = self.tables[name]
        tally.records += rows
        tally.rows_read += rows
        self.progress(name)

    def end(self, name: str, requests: int) -> None:
        """A slice is over, one way or another."""
        tally = self.tables[name]
        tally.open -= 1
        tally.requests += requests
        self.progress(name)

    def committed(self, changes: Mapping[str, TableChange]) -> None:
        log.debug(
            "commit: %s",
            "; ".join(
                f"{name} {one.inserted} inserted, {one.updated} updated, {one.deleted} deleted"
                for name, one in changes.items()
            )
            or "no rows",
        )
        for name, change in changes.items():
            if name in self.tables:
                total = self.tables[name].changes
                total.inserted += change.inserted
                total.updated += change.updated
                total.deleted += change.deleted

    def landed(self, lines: Iterable[SliceRecord], extra: Mapping[str, int]) -> None:
        """What is committed: lines of the ledger, and the rows with something in `_extra`."""
        for line in lines:
            tally = self.tables.get(line.table_name)
            if tally is not None and line.state is SliceState.PROVEN:
                tally.slices += 1
                tally.bookmark = max(line.until, tally.bookmark or line.until)
                tally.proof = line.proof
        for name, rows in extra.items():
            if name in self.tables:
                self.tables[name].extra += rows

    def progress(self, name: str, *, always: bool = False) -> None:
        tally, now = self.tables[name], self._monotonic()
        early = tally.shown_at is not None and now - tally.shown_at < PROGRESS_EVERY_S
        if not tally.landed or (early and not always):
            return
        tally.shown_at = now
        expected = tally.records_expected
        self._emit(
            TableProgress(
                at=self._clock(),
                table=name,
                state=tally.state,
                rows_read=tally.records,
                rows_expected=None if expected is None else max(expected, tally.records),
                pages=tally.pages,
                # Those of a slice are told at its end; each page of it took one at least.
                requests=max(tally.requests, tally.pages),
                slices_open=tally.open,
            )
        )

    def connections(self, in_use: int, limit: int, requests: int) -> None:
        self._emit(
            ConnectionsInUse(
                at=self._clock(),
                in_use=in_use,
                limit=limit,
                requests=requests,
                seconds_left=self._seconds_left(),
            )
        )

    def _seconds_left(self) -> float | None:
        """By rows still expected at the pace so far; None while too little is known.

        What a table holds that has not begun is not known: its parents tell.
        """
        landed = [t for t in self.tables.values() if t.landed]
        if any(t.state is TableState.QUEUED for t in landed):
            return None
        expected = sum(max(t.records_expected or 0, t.records) for t in landed)
        read = sum(t.records for t in landed)
        spent = self._monotonic() - self._started
        if not read or spent < TELL_TIME_AFTER_S:
            return None
        return round((expected - read) * spent / read, 1)

    def finish(self, name: str) -> None:
        """The table is done, for better or worse: tell it, once."""
        tally = self.tables[name]
        if not tally.landed or tally.finished is not None:
            return
        tally.state = tally.outcome
        self.progress(name, always=True)
        tally.finished = TableFinished(
            at=self._clock(),
            table=name,
            state=tally.state,
            rows_read=tally.rows_read,
            inserted=tally.changes.inserted,
            updated=tally.changes.updated,
            deleted=tally.changes.deleted,
            requests=tally.requests,
            left_out=tally.left_out,
            said=tally.said,
            extra=tally.extra,
            seconds=None
            if tally.begun_at is None
            else round(self._monotonic() - tally.begun_at, 3),
            bookmark=tally.bookmark,
            slices=tally.slices,
            proof=tally.proof,
        )
        self._emit(tally.finished)

    def broken_off(self) -> None:
        """The run ended early: what was not read to its end is not proven, and is told so."""
        for name, tally in self.tables.items():
            if tally.finished is None:
                tally.spoil(TableState.UNPROVEN, NOT_READ)
                self.finish(name)

    def summary(self) -> dict[str, dict[str, Any]]:
        """The end of every table that was to be landed, by name, as JSON has it."""
        return {
            tally.name: summary_of(tally.finished)
            for tally in self.tables.values()
            if tally.finished is not None
        }
