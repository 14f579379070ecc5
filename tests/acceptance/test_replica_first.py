"""A first run, a second one, and what both leave in the ledger."""

from __future__ import annotations

from chimpline.sandbox import Sandbox
from tests.acceptance.replica import (
    ALL,
    DATASET,
    Replica,
    assert_true_to,
    changes_of,
    replicate,
    truth_of,
)


def test_a_first_run_equals_the_account_cell_by_cell(sandbox: Sandbox, replica: Replica) -> None:
    finished = replicate(sandbox, replica, tables=None)
    assert (0, None) == (finished.exit, finished.said)
    assert_true_to(sandbox, replica, ALL)
    inserted = {name: (len(rows), 0, 0) for name, rows in truth_of(sandbox, ALL).items()}
    assert inserted == changes_of(finished)


def test_a_second_run_changes_no_row_and_asks_far_less(sandbox: Sandbox, replica: Replica) -> None:
    first = replicate(sandbox, replica, tables=None)
    before = replica.synced()
    second = replicate(sandbox, replica, tables=None)
    assert (0, 0, {}) == (second.exit, second.rows_changed, changes_of(second))
    assert before == replica.synced()
    assert second.requests < 0.7 * first.requests
    assert 0 == sum(
        second.tables[name]["requests"]
        for name in ("reports_email_activity", "reports_sent_to", "unsubscribes")
    )


def test_the_ledger_tells_of_both_runs_and_of_every_slice(
    sandbox: Sandbox, replica: Replica
) -> None:
    finished = [replicate(sandbox, replica, tables=None), replicate(sandbox, replica, tables=None)]
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


def test_a_full_refresh_of_an_unchanged_account_changes_no_row(
    sandbox: Sandbox, replica: Replica
) -> None:
    first = replicate(sandbox, replica, tables=None)
    before = replica.synced()
    again = replicate(sandbox, replica, tables=None, full_refresh=True)
    assert (0, {}) == (again.exit, changes_of(again))
    assert before == replica.synced()
    assert again.tables["list_members"]["rows_read"] >= len(sandbox.truth("list_members"))
    assert again.requests >= 0.9 * first.requests
