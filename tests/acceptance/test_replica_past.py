"""The past of an account, read back from a database as docs/history.md says."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chimpline.model import History
from tests.acceptance.replica import (
    DATASET,
    STALE,
    Pair,
    Replica,
    Row,
    Truth,
    differences,
    key_of,
    replicate,
)

pytestmark = pytest.mark.either_engine

MEMBERS, IN_SEGMENTS = "list_members", "list_segment_members"
PEOPLE = (MEMBERS, IN_SEGMENTS)
KEPT = {
    **dict.fromkeys(PEOPLE, History.VERSIONS),
    **dict.fromkeys(("lists", "reports"), History.DAILY),
}
TABLES = ("lists", MEMBERS, "list_segments", IN_SEGMENTS, "reports")
PAGE = Path(__file__).parents[2] / "docs" / "history.md"
WHO, OPENS = re.findall(r"```sql\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
TIMES = ("_valid_from", "_valid_to", "_day", "_synced_at")


@pytest.fixture
def pair(new_pair: Callable[..., Pair]) -> Pair:
    return new_pair(members=120, campaigns=4, events=150, audiences=2, tables=TABLES)


def ran(pair: Pair, **chosen: Any) -> tuple[dt.datetime, Truth]:
    """A run: as of when it read, and what the account was like."""
    finished = replicate(pair.sandbox, pair.replica, tables=TABLES, history=KEPT, **chosen)
    assert (0, None) == (finished.exit, finished.said)
    horizon = max(str(line["until"]) for line in pair.replica.lines("lists"))
    truth = {
        table: {key_of(table, row): row for row in pair.sandbox.truth(table)} for table in TABLES
    }
    return dt.datetime.fromisoformat(horizon), truth


def changed(pair: Pair) -> None:
    """An hour in which members and segments change, and a campaign is opened."""
    for kind in (
        *("edit_merge_fields", "subscribe", "unsubscribe", "delete_permanently", "tag", "untag"),
        *("leave_segment", "join_segment", "add_event"),
    ):
        pair.sandbox.change(kind)
    pair.sandbox.advance(3600)


def own(row: Row) -> Row:
    return {name: cell for name, cell in row.items() if name not in TIMES}


def at(replica: Replica, table: str, time: dt.datetime) -> list[Row]:
    moment = f"'{time.isoformat()}'"
    rows = replica.query(
        f"SELECT * FROM {DATASET}.{table}_history WHERE _valid_from <= {moment} "
        f"AND (_valid_to > {moment} OR _valid_to IS NULL)"
    )
    return [own(row) for row in rows]


def test_every_state_and_every_day_can_be_read_back(pair: Pair) -> None:
    sandbox, replica = pair.sandbox, pair.replica
    states: dict[dt.datetime, Truth] = {}
    for hours in (0, 1, 24):
        sandbox.advance(hours * 3600)
        # Joining and leaving a static segment leaves no sign: every run reads all of them.
        time, truth = ran(pair, segments_every_run=True)
        states[time] = truth
        changed(pair)
    assert 3 == len(states)
    wrong = [
        f"{time}: {one}"
        for time, truth in states.items()
        for table in PEOPLE
        for one in differences(table, truth[table], at(replica, table, time))
        if one.column not in STALE[table]
    ]
    assert [] == wrong

    days = {time.date().isoformat(): truth for time, truth in states.items()}
    assert 2 == len(days)
    for table in ("lists", "reports"):
        found: dict[str, list[Row]] = defaultdict(list)
        for row in replica.query(f"SELECT * FROM {DATASET}.{table}_daily"):
            found[str(row["_day"])].append(own(row))
        assert days.keys() == found.keys()
        for day, truth in days.items():
            assert [] == differences(table, truth[table], found[day])

    # The queries of the page.
    for time, truth in states.items():
        members = defaultdict(list)
        for row in truth[IN_SEGMENTS].values():
            members[row["list_id"], row["segment_id"]].append(row["email_address"])
        (list_id, segment), people = max(members.items(), key=lambda one: len(one[1]))
        asked = WHO.replace("0194e8dd9b", list_id).replace("12345", str(segment))
        rows = replica.query(asked.replace("2027-03-01 00:00:00+00", time.isoformat()))
        assert sorted(people) == sorted(row["email_address"] for row in rows)
    told = {
        (str(row["_day"]), row["campaign_title"], row["opens__opens_total"])
        for row in replica.query(OPENS)
    }
    assert {
        (day, row["campaign_title"], row["opens__opens_total"])
        for day, truth in days.items()
        for row in truth["reports"].values()
    } == told
