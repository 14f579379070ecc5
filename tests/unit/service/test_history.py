"""What is told of tables, by the runs that said how they ended and by what landed of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from chimpline.model import RunRecord, RunState, TableState
from chimpline.runs.report import events
from chimpline.runs.report.info import LedgerView, TableInfo, TableStatus
from chimpline.service.history import DatasetHistory, dataset_history
from chimpline.service.settings.every import Connection, Pipeline
from chimpline.service.settings.request import Chosen
from chimpline.state.directory import StateDirectory

NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
STATUS = TableStatus("lists", 7, 2, 0, NOON + 3 * HOUR, NOON + 2 * HOUR)


def at(hour: int, state: RunState, **tables: str) -> RunRecord:
    start = NOON + hour * HOUR
    under_way = state is RunState.RUNNING
    return RunRecord(
        f"r{hour}",
        "daily",
        start,
        None if under_way else start + HOUR / 2,
        state,
        "3",
        "0.1.0",
        report=None
        if under_way
        else {"tables": {name: {"state": said} for name, said in tables.items()}},
    )


class Ledger:
    """An engine that knows two tables, and what the ledger of one dataset holds."""

    def __init__(self, *runs: RunRecord) -> None:
        self.runs = runs

    def ledger(
        self, _destination: str, _dataset: str, *, secrets: Mapping[str, str] | None = None
    ) -> LedgerView:
        del secrets
        return LedgerView(self.runs, (STATUS,))

    def catalog_tables(self) -> list[TableInfo]:
        return [
            TableInfo(name, "", None, (), None, (), gated=False, default=True, about="")
            for name in ("lists", "campaigns")
        ]


def history(path: Path, *runs: RunRecord) -> DatasetHistory:
    database = path / "d.duckdb"
    database.touch()
    chosen = Chosen(
        pipeline_name="daily",
        pipeline=Pipeline(dataset="m"),
        connection_name="main",
        connection=Connection(),
        destination=f"duckdb:///{database}",
        state_dir=path / "state",
    )
    engine: Any = Ledger(*runs)
    return dataset_history(chosen, engine)


def killed(path: Path, run_id: str, *tables: str) -> None:
    with StateDirectory(path / "state").event_file(run_id) as file:
        started = events.RunStarted(
            at=NOON + 2 * HOUR,
            run_id=run_id,
            pipeline="daily",
            account="A",
            destination=f"duckdb:///{path / 'd.duckdb'}",
            dataset="m",
            tables=tables,
            connections=8,
            first_run=True,
        )
        file.write(events.as_json(started))


def test_slices_that_are_whole_do_not_make_a_table_done_that_no_run_called_so(
    tmp_path: Path,
) -> None:
    killed(tmp_path, "r2", "lists", "campaigns")
    found = history(tmp_path, at(2, RunState.RUNNING))
    assert {"lists": TableState.UNPROVEN, "campaigns": TableState.UNPROVEN} == found.states
    assert [(7, None, None)] == [(t.rows, t.proven_until, t.complete_at) for t in found.tables]


@pytest.mark.parametrize("last", [RunState.RUNNING, RunState.CANCELLED])
def test_a_table_is_as_complete_as_the_last_run_that_read_all_of_it(
    tmp_path: Path, last: RunState
) -> None:
    found = history(
        tmp_path, at(2, last, lists="unproven"), at(1, RunState.SUCCEEDED, lists="done")
    )
    done = last is RunState.RUNNING  # of a run elsewhere nothing is known, so nothing is told
    assert {"lists": TableState.DONE if done else TableState.UNPROVEN} == found.states
    ended = NOON + 1.5 * HOUR
    assert [(ended, ended)] == [(t.proven_until, t.complete_at) for t in found.tables]
