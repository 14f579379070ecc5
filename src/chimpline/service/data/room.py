"""The data of the pipelines, for whoever may see it."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from chimpline.errors import UserError
from chimpline.load import registry
from chimpline.load.reading import Answer, Question
from chimpline.model import RunState
from chimpline.service.connection.vault import Vault
from chimpline.service.data import charts, member, tables
from chimpline.service.data.reading import (
    PAGE,
    SHEET,
    Bounds,
    Held,
    Reading,
    Sheet,
    Unread,
    Where,
)
from chimpline.service.data.tables import Look, Structure
from chimpline.service.desk import Desk
from chimpline.service.execution.past import PastRun
from chimpline.service.settings.request import Chosen

LONGEST_SQL = 20_000
T = TypeVar("T")


class RunHolds(UserError):
    """A run has the file for itself; `run_id` is its id."""

    def __init__(self, *, run_id: str) -> None:
        super().__init__("data-run-holds", run_id=run_id)
        self.run_id = run_id


class DataRoom:
    """What is asked of the data of a pipeline, by its name."""

    """`keep_ready`: so that the next page need not wait for the start of a process."""

    def __init__(self, desk: Desk, *, keep_ready: bool = True) -> None:
        self._desk = desk
        self._reading = Reading(desk.environ, keep_ready=keep_ready)
        self._structures: dict[tuple[str, str], tuple[object, Structure]] = {}
        self._lock = threading.Lock()

    # -- what there is ----------------------------------------------------------------------------

    def structure(self, pipeline: str) -> Structure:
        """The tables of a dataset; known from the last look until another run has ended."""
        chosen = self._desk.choose(pipeline)
        where = self._where(chosen)
        key, runs = (where.url, where.dataset), self._desk.past.newest(None, limit=1)
        stamp = runs[0].run_id if runs else None
        with self._lock:
            known = self._structures.get(key)
        if known is not None and known[0] == stamp:
            self._refuse_while_held(chosen)
            return known[1]
        (answer,) = self._ask(chosen, [tables.STRUCTURE], SHEET)
        found = tables.structure_of(answer)
        with self._lock:
            self._structures[key] = (stamp, found)
        return found

    def overview(self, pipeline: str) -> tuple[Structure, list[Answer]]:
        """The tables, with their rows and how fresh they are."""
        structure = self.structure(pipeline)
        return structure, self._ask(self._desk.choose(pipeline), tables.counting(structure), PAGE)

    def rows(self, pipeline: str, look: Look) -> tuple[Structure, Answer, int]:
        """One page of a table, and how many rows there are altogether."""
        structure = self.structure(pipeline)
        asked = tables.questions(structure, look)
        rows, count = self._ask(self._desk.choose(pipeline), asked, PAGE)
        return structure, rows, int(str(count.rows[0][0]))

    def sheet(self, pipeline: str, look: Look) -> Sheet:
        """The rows of a table that a filter leaves, every column, up to a limit."""
        asked = tables.questions(self.structure(pipeline), look, most=SHEET.rows + 1)[0]
        return self._sheet(self._desk.choose(pipeline), asked)

    def row(self, pipeline: str, table: str, key: Mapping[str, str]) -> Answer:
        """One row with every column. Raises `UserError` where there is none."""
        asked = tables.row_question(self.structure(pipeline), table, key)
        (found,) = self._ask(self._desk.choose(pipeline), [asked], PAGE)
        if not found.rows:
            raise UserError("data-row-unknown", table=table)
        return found

    def member(self, pipeline: str, key: Mapping[str, str]) -> member.Member:
        asked = member.questions(self.structure(pipeline), key)
        answers = self._ask(self._desk.choose(pipeline), list(asked.values()), PAGE)
        found = dict(zip(asked, answers, strict=True))
        row = found.pop("member")
        if not row.rows:
            raise UserError("data-row-unknown", table=member.MEMBERS)
        return member.Member(row, {part.name: found.get(part.name) for part in member.PARTS})

    # -- questions --------------------------------------------------------------------------------

    def charted(self, pipeline: str, name: str) -> tuple[charts.Chart, Answer]:
        """A chart and its numbers. Raises `UserError` where what it needs is not copied."""
        chart = charts.chart_of(name, self.structure(pipeline))
        return chart, self._ask(self._desk.choose(pipeline), [chart.question], PAGE)[0]

    def charted_sheet(self, pipeline: str, name: str) -> Sheet:
        """The numbers of a chart, as CSV."""
        chart = charts.chart_of(name, self.structure(pipeline))
        return self._sheet(self._desk.choose(pipeline), chart.question)

    def _sheet(self, chosen: Chosen, question: Question) -> Sheet:
        where = self._where(chosen)
        return self._guarded(chosen, where, lambda: self._reading.sheet(where, question))

    def asked(self, pipeline: str, sql: str) -> Answer:
        """The answer to a statement of anybody."""
        chosen, where = self._for_anybody(pipeline, sql)
        return self._guarded(
            chosen,
            where,
            lambda: self._reading.ask(where, [Question(sql)], trusted=False)[0],
        )

    def asked_sheet(self, pipeline: str, sql: str) -> Sheet:
        """The answer to a statement of anybody, as CSV."""
        chosen, where = self._for_anybody(pipeline, sql)
        return self._guarded(
            chosen, where, lambda: self._reading.sheet(where, Question(sql), trusted=False)
        )

    def _for_anybody(self, pipeline: str, sql: str) -> tuple[Chosen, Where]:
        """Where a statement of anybody is asked. Raises `UserError` where it cannot be."""
        if len(sql) > LONGEST_SQL or not sql.strip() or "\0" in sql:
            raise UserError("data-sql-empty")
        chosen = self._desk.choose(pipeline)
        where = self._where(chosen)
        if self.needs_reader(pipeline):
            word = self._reader_password(where)
            if word is None:
                raise UserError("data-reader-none")
            where = Where(where.url, where.dataset, {"reader_password": word})
        return chosen, where

    # -- the role of readers ----------------------------------------------------------------------

    def reader_role(self, pipeline: str) -> list[str]:
        """The statements that make the role; empty where none is needed."""
        chosen = self._desk.choose(pipeline)
        kind, place = registry.place_of(chosen.destination, chosen.pipeline.dataset, {})
        return [f"{statement};" for statement in kind.reader_role(place)]

    def needs_reader(self, pipeline: str) -> bool:
        return bool(self.reader_role(pipeline))

    def has_reader(self, pipeline: str) -> bool:
        """Whether statements of anybody can be asked."""
        chosen = self._desk.choose(pipeline)
        if not self.needs_reader(pipeline):
            return True
        return self._reader_password(self._where(chosen)) is not None

    def make_reader(self, pipeline: str) -> None:
        """Make the role, and keep its password. Raises `UserError` where none is needed."""
        if not self.needs_reader(pipeline):
            raise UserError("data-reader-needless")
        where, word = self._where(self._desk.choose(pipeline)), secrets.token_urlsafe(24)
        with self._reading.turn():
            self._reading.make_reader(where, word)
        self._vault().put_of_destination(_reader_name(where), {"reader_password": word})

    def keep_reader(self, pipeline: str, password: str) -> None:
        """Keep the password of a role that somebody else made. Raises where none is needed."""
        if not self.needs_reader(pipeline):
            raise UserError("data-reader-needless")
        where = self._where(self._desk.choose(pipeline))
        self._vault().put_of_destination(_reader_name(where), {"reader_password": password})

    def _reader_password(self, where: Where) -> str | None:
        found = self._vault().of_destination(_reader_name(where))
        return found.get("reader_password")

    def _vault(self) -> Vault:
        desk = self._desk
        return Vault(desk.database(), desk.environ, desk.state.path, desk.clock)

    # -- reading ----------------------------------------------------------------------------------

    def holder(self, pipeline: str) -> PastRun | None:
        """The run that has the file of a pipeline for itself."""
        return self._holding(self._desk.choose(pipeline))

    def _holding(self, chosen: Chosen) -> PastRun | None:
        if not registry.kind_of(chosen.destination).alone:
            return None
        held = self._desk.state.holder(chosen.destination, chosen.pipeline.dataset)
        if held is not None:  # before what it says is read: it says nothing at first
            return PastRun(held.run_id, held.pipeline, RunState.RUNNING, held.started_at)
        for run in self._desk.live():  # of another dataset in the same file
            try:
                same = self._desk.choose(run.pipeline).destination == chosen.destination
            except UserError:
                continue
            if same and run.state is RunState.RUNNING:
                return run
        return None

    def _refuse_while_held(self, chosen: Chosen) -> None:
        holding = self._holding(chosen)
        if holding is not None:
            raise RunHolds(run_id=holding.run_id)

    def _ask(self, chosen: Chosen, asked: Sequence[Question], bounds: Bounds) -> list[Answer]:
        if not asked:
            return []
        where = self._where(chosen)
        return self._guarded(chosen, where, lambda: self._reading.ask(where, asked, bounds=bounds))

    def _guarded(self, chosen: Chosen, where: Where, read: Callable[[], T]) -> T:
        """What is read, unless a run has the file; a failure makes the tables looked up anew."""
        try:
            with self._reading.turn():
                self._refuse_while_held(chosen)  # none begins to read while a run waits to write
                return read()
        except Held:
            self._refuse_while_held(chosen)
            raise
        except Unread:
            with self._lock:  # it may have changed without a run of ours
                self._structures.pop((where.url, where.dataset), None)
            raise

    def _where(self, chosen: Chosen) -> Where:
        return Where(chosen.destination, chosen.pipeline.dataset, chosen.destination_secrets)


def _reader_name(where: Where) -> str:
    """Under which the password is kept: of this host, database and dataset alone.

    No destination of the settings can have such a name.
    """
    place = hashlib.sha256(f"{where.url}\n{where.dataset}".encode()).hexdigest()[:32]
    return f"reader of {place}"
