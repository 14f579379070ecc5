"""A first run of every table, a second one, a full refresh, and what they leave in the ledger."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import pytest

from chimpline.runs.report.events import RunFinished
from chimpline.sandbox import Sandbox
from tests.acceptance.conftest import ENGINES, Templates
from tests.acceptance.replica import (
    ALL,
    DATASET,
    Replica,
    assert_true_to,
    changes_of,
    replicate,
    truth_of,
)

SIZES = {"members": 120, "audiences": 2, "campaigns": 6, "events": 300}


@dataclasses.dataclass(frozen=True)
class Three:
    """What three runs of an unchanged account said; `synced`: of each row, after each of them."""

    sandbox: Sandbox
    replica: Replica
    first: RunFinished
    second: RunFinished
    refresh: RunFinished
    synced: Sequence[object]


@pytest.fixture(scope="module", params=ENGINES)
def three(request: pytest.FixtureRequest, templates: Templates) -> Iterator[Three]:
    pair = templates.begin(request.param, begun=False, tables=None, **SIZES)
    synced: list[object] = []

    def run(*, full_refresh: bool = False) -> RunFinished:
        ended = replicate(pair.sandbox, pair.replica, tables=None, full_refresh=full_refresh)
        synced.append(pair.replica.synced())
        return ended

    first, second, refresh = run(), run(), run(full_refresh=True)
    yield Three(pair.sandbox, pair.replica, first, second, refresh, synced)
    templates.discard(pair)


def test_a_first_run_equals_the_account_cell_by_cell(three: Three) -> None:
    assert (0, None) == (three.first.exit, three.first.said)
    # The runs after it changed no row, as the next tests show.
    assert_true_to(three.sandbox, three.replica, ALL)
    inserted = {name: (len(rows), 0, 0) for name, rows in truth_of(three.sandbox, ALL).items()}
    assert inserted == changes_of(three.first)


def test_a_second_run_changes_no_row_and_asks_far_less(three: Three) -> None:
    first, second = three.first, three.second
    assert (0, 0, {}) == (second.exit, second.rows_changed, changes_of(second))
    assert three.synced[0] == three.synced[1]
    assert second.requests < 0.7 * first.requests
    assert 0 == sum(
        second.tables[name]["requests"]
        for name in ("reports_email_activity", "reports_sent_to", "unsubscribes")
    )


def test_a_full_refresh_of_an_unchanged_account_changes_no_row(three: Three) -> None:
    again = three.refresh
    assert (0, {}) == (again.exit, changes_of(again))
    assert three.synced[1] == three.synced[2]
    assert again.tables["list_members"]["rows_read"] >= len(three.sandbox.truth("list_members"))
    assert again.requests >= 0.9 * three.first.requests


def test_the_ledger_tells_of_all_runs_and_of_every_slice(three: Three) -> None:
    sandbox, replica = three.sandbox, three.replica
    finished = [three.first, three.second, three.refresh]
    runs = replica.query(f"SELECT * FROM {DATASET}._chimpline_runs ORDER BY started_at")
    assert [(f.run_id, "succeeded", f.requests, f.rows_changed) for f in finished] == [
        (run["run_id"], run["state"], run["requests"], run["rows_changed"]) for run in runs
    ]
    for run, told in zip(runs, finished, strict=True):
        assert {n: t["inserted"] for n, t in told.tables.items()} == {
            n: t["inserted"] for n, t in run["report"]["tables"].items()
        }
        assert run["finished_at"] > run["started_at"]
    slices = replica.query(f"SELECT * FROM {DATASET}._chimpline_slices")
    assert {"proven"} == {line["state"] for line in slices}
    assert set(ALL) == {line["table_name"] for line in slices}
    campaigns = {report["id"] for report in sandbox.truth("reports")}
    gated = [line for line in slices if line["table_name"] == "reports_email_activity"]
    assert campaigns == {line["parent_key"] for line in gated}
    assert all(line["evidence"] for line in gated)
    (dataset,) = replica.query(f"SELECT * FROM {DATASET}._chimpline_dataset")
    assert sandbox.account_id == dataset["account_id"]
