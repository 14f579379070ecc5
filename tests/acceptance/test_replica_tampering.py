"""What people do to the copy between two runs: told by the next run, which is true to the account.

Each statement, on each database, is in `tests/contract/test_tampering.py`; here are the runs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chimpline.errors import TableBlocked
from chimpline.interfaces.cli import main
from chimpline.interfaces.cli.session import Session
from chimpline.runs.report.events import Event, Notice, RunFinished
from tests.acceptance.conftest import SMALL
from tests.acceptance.replica import (
    DATASET,
    STALE,
    Pair,
    assert_true_to,
    changes_of,
    replicate,
)
from tests.words import heard, refused

D = DATASET
ABOUT = (
    *("lists", "list_merge_fields", "list_members", "campaigns", "reports"),
    *("reports_email_activity", "reports_open_details", "unsubscribes"),
)
"""What is tampered with, its parents and as much beside it."""


def again(pair: Pair, **overrides: Any) -> tuple[RunFinished, dict[str, list[str]]]:
    """One run that leaves no segment unread for its hour, and what it told of each table."""
    told: dict[str, list[str]] = {}

    def take(event: Event) -> None:
        if isinstance(event, Notice) and event.table:
            told.setdefault(event.table, []).append(heard(event))

    asked = {"segments_every_run": True, "tables": ABOUT, **overrides}
    return replicate(pair.sandbox, pair.replica, emit=take, **asked), told


def typed(pair: Pair, cwd: Path) -> int:
    """`chimpline run` on the pair, as a person types it; its exit status."""
    session = Session(
        environ={
            "CHIMPLINE_API_KEY": pair.sandbox.api_key,
            "CHIMPLINE_SLOTS_DIR": str(cwd / "slots"),
        },
        cwd=cwd,
    )
    words = ["run", "--api-root", pair.sandbox.api_root, "--to", pair.replica.url]
    return main([*words, "--dataset", D, "--tables", ",".join(ABOUT)], session)


def tables_of(pair: Pair) -> set[str]:
    rows = pair.replica.query(
        f"SELECT table_name FROM information_schema.tables WHERE table_schema = '{D}'"
    )
    return {row["table_name"] for row in rows}


DONE = {
    "list_members": [
        f"UPDATE {D}.list_members SET contact_id = '' WHERE contact_id IS NULL",
        f"ALTER TABLE {D}.list_members ALTER COLUMN contact_id SET NOT NULL",
        f"ALTER TABLE {D}.list_members RENAME COLUMN id TO member_id",
    ],
    "unsubscribes": [f"TRUNCATE {D}.unsubscribes"],
    "reports_email_activity": [
        f"INSERT INTO {D}.reports_email_activity SELECT * FROM {D}.reports_email_activity LIMIT 3",
    ],
    "reports_open_details": [
        f"ALTER TABLE {D}.reports_open_details ALTER COLUMN opens_count TYPE smallint",
        f"DELETE FROM {D}.reports_open_details WHERE opens_count = 1",
    ],
    "campaigns": [f"ALTER TABLE {D}.campaigns DROP COLUMN status"],
    "lists": [f"DROP TABLE {D}.lists"],
}


def test_a_run_puts_right_what_people_did_and_tells_it(pair: Pair) -> None:
    before = tables_of(pair)
    for statements in DONE.values():
        for statement in statements:
            pair.replica.execute(statement)
    finished, told = again(pair)
    assert (0, None) == (finished.exit, finished.said)
    assert_true_to(pair.sandbox, pair.replica, ABOUT, stale=STALE)
    assert before == tables_of(pair)  # nothing is set aside
    assert DONE.keys() <= told.keys()
    members = " ".join(told["list_members"])
    assert "id of list_members had been renamed to member_id" in members
    assert "contact_id of list_members was made NOT NULL" in members
    assert "were removed by somebody else" in told["unsubscribes"][0]
    assert "3 rows of reports_email_activity were there twice" in told["reports_email_activity"][0]
    quiet, told = again(pair)
    assert (0, {}, {}) == (quiet.exit, changes_of(quiet), told)


@pytest.mark.either_engine
def test_it_is_told_as_typed(
    pair: Pair, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pair.replica.execute(f"TRUNCATE {D}.unsubscribes")
    assert 0 == typed(pair, tmp_path)
    shown = capsys.readouterr()
    words = " ".join(f"{shown.out} {shown.err}".split())
    assert "of unsubscribes were removed by somebody else since chimpline wrote it last" in words


def test_a_table_that_had_to_be_set_aside_is_told_with_what_still_reads_it(pair: Pair) -> None:
    pair.replica.execute(f"CREATE VIEW {D}.dash AS SELECT full_name FROM {D}.list_members")
    # In DuckDB a view is bound by name, and shows the new table.
    pair.replica.execute(f"ALTER TABLE {D}.list_members DROP COLUMN id CASCADE")
    if pair.replica.kind == "postgresql":
        pair.replica.execute(
            f"CREATE OR REPLACE VIEW {D}.dash AS SELECT full_name FROM {D}.list_members"
        )
    finished, told = again(pair)
    assert (0, None) == (finished.exit, finished.said)
    assert_true_to(pair.sandbox, pair.replica, ABOUT, stale=STALE)
    (aside,) = [one for one in told["list_members"] if "list_members_2" in one]
    assert "the key column id is not there any more" in aside
    assert ("view dash" in aside) == (pair.replica.kind == "postgresql")
    assert SMALL["members"] == len(pair.replica.query(f"SELECT * FROM {D}.list_members_2"))


def test_a_table_that_cannot_be_written_fails_alone_and_says_what_to_do(
    pair: Pair, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pair.replica.execute(f"ALTER TABLE {D}.campaigns RENAME TO mine")
    pair.replica.execute(f"CREATE VIEW {D}.campaigns AS SELECT * FROM {D}.mine")
    pair.sandbox.change("subscribe")
    finished, _ = again(pair)
    assert 1 == finished.exit
    assert "campaigns (failed)" in heard(finished)
    assert 1 == typed(pair, tmp_path)
    shown = capsys.readouterr()
    words = " ".join(f"{shown.out} {shown.err}".split())
    assert "has a view campaigns that chimpline did not make" in words
    told = heard(finished.tables["campaigns"])
    assert "has a view campaigns that chimpline did not make" in told
    assert "Rename that view" in told
    assert "report it" not in told
    others = [name for name in ABOUT if name != "campaigns"]
    assert {"done"} == {finished.tables[name]["state"] for name in others}
    assert_true_to(pair.sandbox, pair.replica, others, stale=STALE)
    with refused(TableBlocked, "did not make"):
        again(pair, tables=("campaigns",))
    pair.replica.execute(f"DROP VIEW {D}.campaigns")
    pair.replica.execute(f"ALTER TABLE {D}.mine RENAME TO campaigns")
    finished, _ = again(pair)
    assert (0, None) == (finished.exit, finished.said)
    assert_true_to(pair.sandbox, pair.replica, ABOUT, stale=STALE)


@pytest.mark.parametrize("engine", ["postgresql"])
def test_views_of_theirs_on_ours_keep_no_row_from_landing(pair: Pair) -> None:
    """A merge field is deleted at Mailchimp, and a dashboard uses the audience's view."""
    changed = pair.sandbox.change("change_merge_field_type")
    view = f"list_members__{changed['list_id']}"
    pair.replica.execute(f'CREATE VIEW {D}.dash AS SELECT * FROM {D}."{view}"')
    for _ in range(2):
        finished, told = again(pair)
        assert (0, None) == (finished.exit, finished.said)
        assert_true_to(pair.sandbox, pair.replica, ABOUT, stale=STALE)
        (about,) = [one for one in told["list_members"] if view in one]
        assert "view dash" in about
        assert "All rows were copied" in about
        assert "It stays as it was." in about
    pair.replica.execute(f"DROP VIEW {D}.dash")
    finished, told = again(pair)
    assert (0, {}) == (finished.exit, told)
