"""How a run ended, by how its tables did; and the ledger's line of it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest

from chimpline.catalog.tables import tables
from chimpline.errors import Bug, DestinationUnavailable, Refused
from chimpline.model import RunRecord, RunState, TableState
from chimpline.runs.report.events import RunFinished
from chimpline.runs.report.outcome import Outcome, ended, failed, judged
from chimpline.runs.report.tally import Tally
from chimpline.runs.request import Credential, RunRequest
from tests.words import heard, saying, sentence

NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
READ = ("lists", "campaigns", "automations")


def tally(wrong: Mapping[str, TableState], landed: tuple[str, ...] = READ) -> Tally:
    made = Tally(lambda _: None, lambda: NOON, [tables()[name] for name in READ], landed)
    for name, state in wrong.items():
        made[name].spoil(state, sentence("trouble"))
    return made


def test_a_run_whose_tables_are_done_succeeded_and_has_nothing_to_say() -> None:
    assert Outcome(RunState.SUCCEEDED, 0) == judged(tally({}))


@pytest.mark.parametrize(
    ("wrong", "state"),
    [
        ({"lists": TableState.UNPROVEN}, RunState.UNPROVEN),
        ({"lists": TableState.FAILED}, RunState.FAILED),
        ({"lists": TableState.REFUSED}, RunState.FAILED),
        ({"lists": TableState.UNPROVEN, "campaigns": TableState.FAILED}, RunState.FAILED),
    ],
)
def test_a_run_is_as_its_worst_table_and_names_each_that_is_not_done(
    wrong: dict[str, TableState], state: RunState
) -> None:
    outcome = judged(tally(wrong))
    assert (state, 1) == (outcome.state, outcome.exit)
    named = ", ".join(f"{name} ({how.value})" for name, how in wrong.items())
    assert f"{len(wrong)} of 3 tables may be incomplete: {named}." in heard(outcome.said)


def test_a_table_that_is_only_read_for_another_is_not_counted() -> None:
    assert 0 == judged(tally({"lists": TableState.FAILED}, ("campaigns",))).exit


@pytest.mark.parametrize(
    ("error", "exit_status", "message"),
    [
        (saying(DestinationUnavailable, "It is gone.", do="Start it."), 2, "It is gone. "),
        (saying(Refused, "No.", do="Ask."), 1, "No. "),
        (Bug("own-mistake", name="Odd"), 3, "chimpline met a mistake of its own (Odd). "),
        (KeyError("k"), 3, "chimpline met a mistake of its own (KeyError). "),
    ],
)
def test_an_error_ends_a_run_with_its_own_status_and_words(
    error: Exception, exit_status: int, message: str
) -> None:
    outcome = failed(error)
    assert (RunState.FAILED, exit_status) == (outcome.state, outcome.exit)
    assert heard(outcome.said).startswith(message)


RUNNING = RunRecord("r1", "daily", NOON, None, RunState.RUNNING, "1", "0.1")


@pytest.mark.parametrize("repair", [False, True])
def test_the_line_of_a_run_has_its_end_and_what_it_said(*, repair: bool) -> None:
    told: dict[str, Any] = {"lists": {"state": "done"}}
    finished = RunFinished(
        at=NOON + dt.timedelta(minutes=1),
        run_id="r1",
        state=RunState.UNPROVEN,
        exit=1,
        requests=7,
        rows_changed=3,
        seconds=60.0,
        tables=told,
        said=sentence("why"),
    )
    request = RunRequest(
        pipeline="daily",
        credential=Credential("k-us1", is_api_key=True),
        destination="d",
        dataset="s",
        reread={"lists": frozenset({""})} if repair else None,
    )
    report = {"tables": told, "said": sentence("why").to_json(), "exit": 1} | (
        {"repair": True} if repair else {}
    )
    expected = dataclasses.replace(
        RUNNING,
        state=RunState.UNPROVEN,
        finished_at=finished.at,
        requests=7,
        rows_changed=3,
        report=report,
    )
    assert expected == ended(RUNNING, finished, request)
