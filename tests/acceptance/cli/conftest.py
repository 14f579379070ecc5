"""The command line on a fake engine: what is typed, and all that comes out."""

from __future__ import annotations

import dataclasses
import datetime as dt
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from chimpline.errors import ChimplineError
from chimpline.interfaces.cli import main
from chimpline.interfaces.cli.session import Session
from chimpline.message import Message, Said
from chimpline.model import RunRecord, RunState, TableState
from chimpline.reconcile.difference import Level, Reconciliation
from chimpline.runs.asking.found import Discovery
from chimpline.runs.report.events import (
    ConnectionsInUse,
    Event,
    Notice,
    RunFinished,
    RunQueued,
    RunStarted,
    TableFinished,
    TableProgress,
    as_json,
)
from chimpline.runs.report.info import ColumnInfo, LedgerView, TableInfo, TableStatus
from chimpline.runs.request import RunRequest
from chimpline.runs.services import Services
from chimpline.state.directory import StateDirectory
from tests.words import sentence

KEY = "deadbeefdeadbeefdeadbeefdeadbeef-us19"
NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)


@dataclasses.dataclass(frozen=True)
class EstimateOfTable:
    table: str
    rows: int | None
    requests: int | None
    reason: Message


@dataclasses.dataclass(frozen=True)
class EstimateOfRun:
    tables: tuple[EstimateOfTable, ...]
    requests: int | None = 12
    seconds: float | None = 90.0
    connections: int = 8


def table(
    name: str,
    method: str,
    cursor: str | None,
    key: tuple[str, ...],
    parent: str | None,
    *,
    gated: bool = False,
) -> TableInfo:
    columns = (*(ColumnInfo(column, "text") for column in key), ColumnInfo("seen", "timestamp"))
    about = f"What {name} holds."
    return TableInfo(name, method, cursor, key, parent, columns, gated, default=True, about=about)


CATALOG = (
    table("lists", "Full Table", None, ("id",), None),
    table("list_members", "Incremental (CDC)", "last_changed", ("list_id", "id"), "lists"),
    table("unsubscribes", "Full Table", None, ("campaign_id", "email_id"), "campaigns", gated=True),
)


class FakeEngine:
    """Emits what a run of two tables would; `refused` is raised before, `fail` in the middle."""

    def __init__(self) -> None:
        self.requests: list[RunRequest] = []
        self.fail: BaseException | None = None
        self.refused: ChimplineError | None = None
        self.states = {"lists": TableState.DONE, "list_members": TableState.DONE}
        self.exit = 0
        self.state = RunState.SUCCEEDED
        self.notice = ""
        self.said: Said | None = None
        self.estimated_seconds = 90.0
        self.ledger_fails: Exception | None = None
        self.kept = LedgerView((), ())
        self.during: Callable[[threading.Event], None] = lambda _: None

    def catalog_tables(self) -> Sequence[TableInfo]:
        return CATALOG

    def estimate(
        self,
        request: RunRequest,
        services: Services,  # noqa: ARG002
        *,
        notice: Callable[[Message], None],
    ) -> EstimateOfRun:
        self.requests.append(request)
        if self.notice:
            notice(sentence(self.notice))
        return EstimateOfRun(
            (
                EstimateOfTable("lists", 3, 1, sentence("full")),
                EstimateOfTable("list_members", None, None, sentence("new")),
            ),
            seconds=self.estimated_seconds,
        )

    def discover(
        self, request: RunRequest, services: Services, *, notice: Callable[[Message], None]
    ) -> Discovery:
        raise NotImplementedError  # its tests have an account

    def reconcile(self, request: RunRequest, services: Services, level: Level) -> Reconciliation:
        raise NotImplementedError  # its tests have an account

    def ledger(
        self, destination: str, dataset: str, *, secrets: Mapping[str, str] | None = None
    ) -> LedgerView:
        del secrets
        assert destination
        assert dataset
        if self.ledger_fails is not None:
            raise self.ledger_fails
        return self.kept

    def run(
        self,
        request: RunRequest,
        services: Services,
        *,
        cancelled: threading.Event | None = None,
    ) -> RunFinished:
        self.requests.append(request)
        cancelled = cancelled or threading.Event()
        state = StateDirectory(request.state_dir, clock=lambda: NOON)
        with (
            state.lock(request.destination, request.dataset, "r1", request.pipeline),
            state.event_file("r1") as events,
        ):

            def tell(event: Event) -> None:
                events.write(as_json(event))
                services.events(event)

            tell(
                RunQueued(
                    at=NOON,
                    run_id="r1",
                    pipeline=request.pipeline,
                    destination=request.destination,
                    dataset=request.dataset,
                    schema_version="1",
                    chimpline_version="0.1.0",
                )
            )
            if self.refused is not None:
                tell(_refused(self.refused))
                raise self.refused
            return self._run(request, tell, cancelled)

    def _run(
        self, request: RunRequest, emit: Callable[[Event], None], cancelled: threading.Event
    ) -> RunFinished:
        names = tuple(self.states)
        emit(
            RunStarted(
                at=NOON,
                run_id="r1",
                pipeline=request.pipeline,
                account="Sandbox Goods",
                destination=request.destination,
                dataset=request.dataset,
                tables=names,
                connections=request.connections,
                first_run=True,
            )
        )
        self.during(cancelled)
        if self.fail is not None:
            raise self.fail
        if self.notice:
            emit(Notice(at=NOON, said=sentence(self.notice), table="list_members"))
        for seconds, name in enumerate(names, start=1):
            at = NOON + dt.timedelta(seconds=seconds * 6)
            emit(
                TableProgress(
                    at=at,
                    table=name,
                    state=TableState.FULL_LOAD,
                    rows_read=500,
                    rows_expected=1000,
                    pages=1,
                    requests=1,
                    slices_open=1,
                )
            )
            emit(ConnectionsInUse(at=at, in_use=3, limit=8, requests=4, seconds_left=65.0))
        for name, ended in self.states.items():
            emit(
                TableFinished(
                    at=NOON + dt.timedelta(seconds=20),
                    table=name,
                    state=ended,
                    rows_read=1000,
                    inserted=998,
                    updated=1,
                    deleted=1,
                    requests=2,
                    left_out=None,
                    said=None
                    if ended is TableState.DONE
                    else self.said or sentence(f"{name} went wrong. Run again."),
                )
            )
        finished = RunFinished(
            at=NOON + dt.timedelta(seconds=21),
            run_id="r1",
            state=RunState.CANCELLED if cancelled.is_set() else self.state,
            exit=self.exit,
            requests=4,
            rows_changed=2000,
            seconds=21.0,
            tables={name: {"state": ended.value} for name, ended in self.states.items()},
            said=sentence("Something went wrong. Look at the tables.") if self.exit else None,
        )
        emit(finished)
        return finished


def _refused(error: ChimplineError) -> RunFinished:
    return RunFinished(
        at=NOON + dt.timedelta(seconds=2),
        run_id="r1",
        state=RunState.FAILED,
        exit=error.exit_status,
        requests=1,
        rows_changed=0,
        seconds=2.0,
        tables={},
        said=error.problem,
    )


@dataclasses.dataclass(frozen=True)
class Outcome:
    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


class CommandLine:
    """Types commands in a directory of its own."""

    def __init__(self, cwd: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.cwd = cwd
        self.engine = FakeEngine()
        self.environ: dict[str, str] = {"CHIMPLINE_API_KEY": KEY}
        self._capsys = capsys

    def __call__(self, *argv: str) -> Outcome:
        session = Session(
            environ=self.environ, cwd=self.cwd, given_engine=self.engine, clock=lambda: NOON
        )
        self._capsys.readouterr()
        status = main(argv, session)
        captured = self._capsys.readouterr()
        outcome = Outcome(status, captured.out, captured.err)
        assert "deadbeef" not in outcome.out + outcome.err
        return outcome

    def landed(self, **states: TableState) -> None:
        """As after a run: a file, and a ledger with one table; `states`: how its tables ended."""
        ended = states or {"list_members": TableState.UNPROVEN}
        (self.cwd / "chimpline.duckdb").touch()
        status = TableStatus("list_members", 1234, 3, 0, NOON, NOON - dt.timedelta(days=3))
        record = RunRecord(
            run_id="r7",
            pipeline="main",
            started_at=NOON,
            finished_at=NOON + dt.timedelta(seconds=65),
            state=RunState.UNPROVEN,
            schema_version="1",
            chimpline_version="0.1.0",
            requests=42,
            rows_changed=7,
            report={
                "tables": {
                    name: {
                        "state": state.value,
                        "rows_read": 1234,
                        "message": "The total did not hold. Run again.",
                    }
                    for name, state in ended.items()
                }
            },
        )
        self.engine.kept = LedgerView((record,), (status,))


@pytest.fixture
def chimpline(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(tmp_path, capsys)
