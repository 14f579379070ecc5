"""What is asked of landed data, of processes that read it, and what they may take.

The one that serves imports no driver, and nothing that a statement does can reach it. A process
reads for one page: a DuckDB file belongs to it for that time only, and a run that begins meanwhile
waits for it (`load.duckdb.session`). While a run goes on, none is started.
"""

from __future__ import annotations

import contextlib
import dataclasses
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from chimpline.errors import UserError
from chimpline.load.reading import Answer, Column, Limits, Question
from chimpline.message import Problem
from chimpline.service.data.processes import Processes

AT_ONCE = 3
"""Processes that read; who comes next waits for one of them to end."""
_SHEET = "sheet.csv"


class Unread(UserError):
    """The problem of the process that read, as it told it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message.kind)
        self.problem = problem


class Held(Unread):
    """Another process, a run mostly, has the file for itself."""


@dataclasses.dataclass(frozen=True, slots=True)
class Where:
    """A dataset, with the secrets for opening it."""

    url: str
    dataset: str
    secrets: Mapping[str, str] = dataclasses.field(default_factory=dict, repr=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Bounds:
    """What one page may take."""

    seconds: float = 10.0
    rows: int = 1000
    bytes: int = 4_000_000
    memory_mb: int = 256


@dataclasses.dataclass(frozen=True, slots=True)
class Sheet:
    """An answer as CSV: a file that is gone once it is closed. `more`: `count` rows are not all."""

    file: IO[bytes]
    count: int
    more: bool


PAGE = Bounds()
SHEET = Bounds(rows=100_000, bytes=40_000_000)


class Reading:
    """`keep_ready`: whether a process stands ready for the next question."""

    def __init__(self, environ: Mapping[str, str], *, keep_ready: bool = False) -> None:
        self._processes = Processes(environ, keep_ready=keep_ready)
        self._turns = threading.BoundedSemaphore(AT_ONCE)

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Within it, one of a few reads; raises `UserError` where too many do for long."""
        if not self._turns.acquire(timeout=PAGE.seconds):
            raise UserError("data-too-many")
        try:
            yield
        finally:
            self._turns.release()

    def ask(
        self,
        where: Where,
        questions: Sequence[Question],
        *,
        trusted: bool = True,
        bounds: Bounds = PAGE,
    ) -> list[Answer]:
        """The answers, in the order of the questions.

        Raises `Held` while another process has the file, `Unread` for everything else.
        """
        asked = [dataclasses.asdict(one) for one in questions]
        told = self._told(where, {"questions": asked}, trusted=trusted, bounds=bounds)
        return [
            Answer(
                tuple(Column(*column) for column in one["columns"]),
                tuple(tuple(row) for row in one["rows"]),
                one["more"],
            )
            for one in told["answers"]
        ]

    def sheet(self, where: Where, question: Question, *, trusted: bool = True) -> Sheet:
        """The answer as CSV, which the process that reads has written; raises as `ask` does."""
        wanted = {"questions": [dataclasses.asdict(question)], "sheet": _SHEET}
        told = self._told(where, wanted, trusted=trusted, bounds=SHEET)
        return Sheet(told["file"], told["count"], told["more"])

    def make_reader(self, where: Where, password: str) -> None:
        """Make the role under which statements of anybody are asked. Raises `Unread`."""
        self._told(where, {"make_reader": password}, trusted=True, bounds=PAGE)

    def _told(
        self, where: Where, wanted: Mapping[str, Any], *, trusted: bool, bounds: Bounds
    ) -> dict[str, Any]:
        with tempfile.TemporaryDirectory(prefix="chimpline-read-") as temporary:
            limits = Limits(temporary, **dataclasses.asdict(bounds))
            asked = {
                **dataclasses.asdict(where),
                **wanted,
                "trusted": trusted,
                "limits": dataclasses.asdict(limits),
            }
            path = Path(temporary, _SHEET)
            if "sheet" in wanted:
                asked["sheet"] = str(path)
            scheme = where.url.partition(":")[0]
            said = self._processes.said(scheme, asked, bounds.seconds, trusted=trusted)
            if path.exists():
                said["file"] = path.open("rb")
        problem = said.get("problem")
        if problem is not None:
            raise (Held if said.get("held") else Unread)(Problem.from_json(problem))
        return said
