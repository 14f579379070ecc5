"""A row of the catalog means what it says: made-up rows of each kind equal their truth after a run.

The kinds: a key of several fields; a child of members, of whom a run reads only those that changed;
a child of a gated table; a gate that is not the reports'; no number of expected rows.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from chimpline.catalog.row import Gate, Refresh, T
from chimpline.catalog.rows import ROWS
from chimpline.catalog.rows.reports import NEWS
from chimpline.catalog.tables import made_of
from chimpline.reconcile.compare import reconcile
from chimpline.reconcile.difference import Level
from chimpline.runs.asking.discovery import discover
from chimpline.runs.asking.dry_run import Estimate, first_run
from chimpline.runs.job import run
from chimpline.runs.report.events import Event, Notice, RunFinished, TableProgress
from chimpline.runs.request import RunRequest
from chimpline.runs.work.connecting import connected
from tests.acceptance.destinations import DuckDBReplica, Replica
from tests.acceptance.made_up import MadeUp, Record, request_of
from tests.acceptance.replica import changes_of, services_of
from tests.acceptance.within import MemoryReplica
from tests.words import heard

NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
LONG_AGO = "2026-01-01T00:00:00+00:00"

LINKS = "/reports/{campaign_id}/click-details"
LINK_STATE = Gate("reports_click_details", ("total_clicks", "last_click"))
MADE_UP = (
    T("list_growth_history", "/lists/{list_id}/growth-history", "month", Refresh(),
      gate=Gate("lists", ("stats__",))),
    T("list_member_notes", "/lists/{list_id}/members/{subscriber_hash}/notes", "id", Refresh()),
    T("list_member_all_tags", "/lists/{list_id}/members/{subscriber_hash}/tags", "id", Refresh(),
      gate=Gate("list_members", ("tags_count",)), expects=("tags_count",)),
    T("reports_locations", "/reports/{campaign_id}/locations", ("country_code", "region"),
      Refresh(), gate=NEWS),
    T("reports_click_details", LINKS, "id", Refresh(), gate=NEWS),
    T("reports_link_clickers", f"{LINKS}/{{link_id}}/members", "email_id", Refresh(),
      gate=LINK_STATE, expects=("unique_clicks",)),
)  # fmt: skip
NAMES = tuple(row.name for row in MADE_UP)
PATHS = {row.path for row in MADE_UP}
CATALOG = made_of((*(row for row in ROWS if row.path not in PATHS), *MADE_UP))

TRUTH = {
    "list_growth_history": ("/lists/{}/growth-history", ("list_id",), ("month",)),
    "list_member_notes": ("/lists/{}/members/{}/notes", ("list_id", "subscriber_hash"), ("id",)),
    "list_member_all_tags": ("/lists/{}/members/{}/tags", ("list_id", "subscriber_hash"), ("id",)),
    "list_members": ("/lists/{}/members", ("list_id",), ("id",)),
    "reports_locations": (
        "/reports/{}/locations",
        ("campaign_id",),
        ("country_code", "region"),
    ),
    "reports_click_details": ("/reports/{}/click-details", ("campaign_id",), ("id",)),
    "reports_link_clickers": (
        "/reports/{}/click-details/{}/members",
        ("campaign_id", "link_id"),
        ("email_id",),
    ),
}
"""Of each table: where its collections are, the columns of the path, its own key."""


def member(number: int, **values: Any) -> Record:
    id_ = f"m{number}"
    changed = f"2026-01-01T00:00:{number:02}+00:00"
    address = f"{id_}@example.com"
    record = {"id": id_, "email_address": address, "status": "subscribed", "last_changed": changed}
    return {**record, "contact_id": f"c{number}", "tags_count": number, **values}


def link(id_: str, total: int) -> Record:
    return {"id": id_, "url": f"https://{id_}.example", "total_clicks": total, "unique_clicks": 2}


def account() -> MadeUp:
    """Two audiences, members of each status, two campaigns with links that people clicked."""
    made = MadeUp(NOON)
    made.put("/lists", "lists", "id", [{"id": i, "name": i, "stats": {}} for i in ("l1", "l2")])
    for list_ in ("l1", "l2"):
        for path, name in (
            ("merge-fields", "merge_fields"),
            ("interest-categories", "categories"),
            ("segments", "segments"),
        ):
            made.put(f"/lists/{list_}/{path}", name, "id", [])
        people = [member(1), member(2, status="archived"), member(3)]
        made.put(f"/lists/{list_}/members", "members", "id", people)
        months = [{"month": "2026-01", "existing": 3}, {"month": "2026-02", "existing": 4}]
        made.put(f"/lists/{list_}/growth-history", "history", "month", months)
        for number in (1, 2, 3):
            notes = [{"id": 10 * number + n, "note": f"{n} of {number}"} for n in range(number)]
            tags = [{"id": n, "name": f"t{n}"} for n in range(number)]
            made.put(f"/lists/{list_}/members/m{number}/notes", "notes", "id", notes)
            made.put(f"/lists/{list_}/members/m{number}/tags", "tags", "id", tags)
    counters = {"opens": {"opens_total": 5}, "clicks": {"clicks_total": 3}, "emails_sent": 9}
    reports = [{"id": i, "list_id": "l1", "send_time": LONG_AGO, **counters} for i in ("r1", "r2")]
    made.put("/reports", "reports", "id", reports)
    for report in ("r1", "r2"):
        path = f"/reports/{report}"
        made.put(f"{path}/click-details", "urls_clicked", "id", [link("k1", 2), link("k2", 1)])
        for key in ("k1", "k2"):
            people = [{"email_id": f"m{n}", "clicks": n} for n in (1, 3)]
            made.put(f"{path}/click-details/{key}/members", "members", "email_id", people)
        # More than a page of one country, and records without a region, or without a country.
        places = [{"country_code": "US", "region": f"R{n}", "opens": n} for n in range(1100)]
        places += [{"country_code": "FR", "opens": 1}, {"country_code": "", "region": "X"}]
        made.put(f"{path}/locations", "locations", "country_code", places)
    return made


def request_for(replica: Replica, *tables: str) -> RunRequest:
    return request_of(replica, tables or (*NAMES, "list_members"))


def replicated(
    made: MadeUp,
    replica: Replica,
    *tables: str,
    told: list[Event] | None = None,
    reread: Mapping[str, frozenset[str]] | None = None,
) -> RunFinished:
    """One run a minute later; what was asked for before is forgotten."""
    made.now += dt.timedelta(minutes=1)
    made.asked.clear()
    request = dataclasses.replace(request_for(replica, *tables), reread=reread)
    events = [] if told is None else told
    services = services_of(request, events=events.append, catalog=CATALOG, **made.ports(replica))
    return run(request, services)


def truth(made: MadeUp, table: str) -> dict[tuple[Any, ...], Record]:
    path, above, own = TRUTH[table]
    parts = path.split("/")
    found = {}
    for known, collection in made.collections.items():
        given = known.split("/")
        fits = zip(parts, given, strict=False)
        if len(given) != len(parts) or any(p not in ("{}", g) for p, g in fits):
            continue
        values = [g for p, g in zip(parts, given, strict=True) if p == "{}"]
        for record in collection.records:
            row = {**dict(zip(above, values, strict=True)), **record}
            row |= {name: record.get(name, "") for name in own}
            found[tuple(row[name] for name in (*above, *own))] = row
    return found


def assert_true(made: MadeUp, replica: Replica, *tables: str) -> None:
    for table in tables or tuple(TRUTH):
        expected = truth(made, table)
        _, above, own = TRUTH[table]
        rows = replica.live(table)
        actual = {tuple(row[name] for name in (*above, *own)): row for row in rows}
        assert len(actual) == len(rows), table
        assert expected.keys() == actual.keys(), table
        cells = {key: {n: actual[key][n] for n in row} for key, row in expected.items()}
        assert expected == cells, table


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> MemoryReplica:
    """What a first run lands of the account."""
    replica = MemoryReplica(tmp_path_factory.mktemp("first") / "state")
    assert 0 == replicated(account(), replica).exit
    return replica


@pytest.fixture
def empty(tmp_path: Path) -> MemoryReplica:
    return MemoryReplica(tmp_path / "state")


@pytest.fixture
def replica(first: MemoryReplica, tmp_path: Path) -> MemoryReplica:
    """A clone of the first run."""
    return MemoryReplica(tmp_path / "state", first.destination.copy())


@pytest.fixture
def database(tmp_path: Path) -> DuckDBReplica:
    """Made-up rows are landed as others are: the first test shows it on a real engine."""
    return DuckDBReplica(tmp_path / "state", tmp_path / "replica.duckdb")


@pytest.fixture
def made() -> MadeUp:
    """The account as the first run found it, some minutes later."""
    made = account()
    made.now += dt.timedelta(minutes=5)
    return made


def test_rows_of_each_kind_equal_their_truth(made: MadeUp, database: DuckDBReplica) -> None:
    told: list[Event] = []
    finished = replicated(made, database, told=told)
    assert (0, None) == (finished.exit, finished.said)
    assert_true(made, database)
    assert len(truth(made, "reports_locations")) == 2 * 1102
    progress = [e for e in told if isinstance(e, TableProgress) and e.table == "reports_locations"]
    assert 2 * 1102 == progress[-1].rows_read
    assert {None} == {event.rows_expected for event in progress}
    # Members are listed for what hangs below them: nothing of that is landed.
    assert 6 == finished.tables["list_members"]["rows_read"]


def test_a_second_run_changes_nothing_and_leaves_closed_gates_alone(
    made: MadeUp, replica: Replica
) -> None:
    again = replicated(made, replica)
    assert (0, {}) == (again.exit, changes_of(again))
    # What no gate betrays is not asked for, but for what tells the records of others.
    gated = ("/locations", "/growth-history", "k1/members", "/tags")
    closed = [asked for asked in made.asked if asked.endswith(gated)]
    assert [] == closed
    assert "/reports/r1/click-details" in made.asked


def test_what_changes_below_an_unchanged_member_is_read(made: MadeUp, replica: Replica) -> None:
    """Of members a run reads those that changed: their children came from none of the others."""
    made.records("/lists/l1/members/m1/notes").append({"id": 7, "note": "new"})
    made.records("/lists/l2/members/m2/notes")[0]["note"] = "of an archived member"
    made.records("/lists/l2/members/m3/notes").pop()
    # Of this one the member tells, though not by its time of change.
    made.records("/lists/l1/members")[0]["tags_count"] = 5
    made.records("/lists/l1/members/m1/tags")[0]["name"] = "renamed"
    assert 0 == replicated(made, replica).exit
    assert_true(made, replica, "list_member_notes", "list_member_all_tags")
    assert ["/lists/l1/members/m1/tags"] == [a for a in made.asked if a.endswith("/tags")]


def test_what_hangs_below_a_member_goes_with_it(made: MadeUp, replica: Replica) -> None:
    made.records("/lists/l1/members").pop()
    for name in ("notes", "tags"):
        del made.collections[f"/lists/l1/members/m3/{name}"]
    # Its clicks go, too, and neither the report nor the link's row moves.
    for path, collection in made.collections.items():
        if "/click-details/" in path:
            collection.records.pop()
    made.records("/lists/l1/members").append(member(4, last_changed="2026-11-23T12:04:30+00:00"))
    made.put("/lists/l1/members/m4/notes", "notes", "id", [{"id": 1, "note": "first"}])
    made.put("/lists/l1/members/m4/tags", "tags", "id", [])
    assert 0 == replicated(made, replica).exit
    assert_true(made, replica)


def test_children_of_members_are_read_where_members_are_not_landed(
    made: MadeUp, empty: Replica
) -> None:
    finished = replicated(made, empty, "list_member_notes")
    assert (0, "", ["list_member_notes"]) == (
        finished.exit,
        heard(finished),
        list(finished.tables),
    )
    assert_true(made, empty, "list_member_notes")


def test_children_of_a_gated_table_are_read_by_their_own_gate(
    made: MadeUp, replica: Replica
) -> None:
    """The report's counters rest: what moves is the link's row, which only reading it shows."""
    path = "/reports/r1/click-details"
    made.records(path)[0]["total_clicks"] = 9
    made.records(f"{path}/k1/members").append({"email_id": "m2", "clicks": 7})
    made.records(path).append(link("k3", 1))
    made.put(f"{path}/k3/members", "members", "email_id", [{"email_id": "m1", "clicks": 1}])
    assert 0 == replicated(made, replica).exit
    assert_true(made, replica)
    clicked = {asked for asked in made.asked if "/click-details/" in asked}
    assert {f"{path}/k1/members", f"{path}/k3/members"} == clicked


def test_a_gate_of_any_parent_moves(made: MadeUp, replica: Replica) -> None:
    made.records("/lists")[0]["stats"] = {"member_count": 4}
    made.records("/lists/l1/growth-history").append({"month": "2026-03", "existing": 5})
    assert 0 == replicated(made, replica).exit
    assert_true(made, replica)
    histories = {asked for asked in made.asked if asked.endswith("/growth-history")}
    assert {"/lists/l1/growth-history"} == histories


def test_a_record_with_a_key_of_several_fields_that_went_is_found(
    made: MadeUp, replica: Replica
) -> None:
    for report in ("r1", "r2"):
        del made.records(f"/reports/{report}/locations")[3:700]
    for row in made.records("/reports"):
        row["opens"] = {"opens_total": 6}
    finished = replicated(made, replica)
    assert (0, (0, 0, 2 * 697)) == (finished.exit, changes_of(finished)["reports_locations"])
    assert_true(made, replica)


def test_two_records_of_one_key_of_several_fields_are_told(made: MadeUp, empty: Replica) -> None:
    made.records("/reports/r1/locations").append({"country_code": "FR", "region": ""})
    finished = replicated(made, empty, "reports_locations", "reports_click_details")
    assert (1, "unproven") == (finished.exit, finished.tables["reports_locations"]["state"])
    assert "1 key came with two records" in heard(finished.tables["reports_locations"])
    assert_true(made, empty, "reports_click_details")


def test_one_slice_below_a_member_is_repaired_without_reading_the_audience(
    made: MadeUp, replica: Replica
) -> None:
    made.records("/lists/l1/members/m1/notes")[0]["note"] = "was lost"
    told: list[Event] = []
    slices = {"list_member_notes": frozenset({"l1/m1"})}
    finished = replicated(made, replica, told=told, reread=slices)
    assert (0, {"list_member_notes": (0, 1, 0)}) == (finished.exit, changes_of(finished))
    assert ["/lists/l1/members/m1/notes"] == [a for a in made.asked if a.endswith("/notes")]
    assert [] == [event for event in told if isinstance(event, Notice)]


def test_a_dry_run_counts_what_hangs_below_members_and_gated_tables(
    made: MadeUp, empty: Replica
) -> None:
    request = request_for(empty)

    async def estimated() -> Estimate:
        services = services_of(request, **made.ports(empty))
        async with connected(request, services, lambda _: None) as (client, _):
            return await first_run(request, client, catalog=CATALOG)

    requests = {table.table: table.requests for table in asyncio.run(estimated()).tables}
    replicated(made, empty)
    for name, end, slices in (
        ("list_member_notes", "/notes", 6),
        ("list_member_all_tags", "/tags", 6),
        ("reports_click_details", "/click-details", 2),
        ("reports_link_clickers", "/members", 4),
    ):
        asked = [a for a in made.asked if a.endswith(end) and ("/reports" in a) == ("r" == name[0])]
        assert slices == requests[name] == len(asked), name


def test_a_copy_of_made_up_tables_is_compared_down_to_the_last_child(
    made: MadeUp, replica: Replica
) -> None:
    request = request_for(replica)

    def compared() -> dict[str, int]:
        services = services_of(request, catalog=CATALOG, **made.ports(replica))
        tables = reconcile(request, services, Level.KEYS).tables
        assert {*NAMES, "list_members"} == {table.table for table in tables}
        return {t.table: sum(d.count for d in t.differences) for t in tables if t.differences}

    assert {} == compared()
    made.records("/lists/l1/members/m2/notes").pop()
    made.records("/reports/r1/click-details/k1/members").pop()
    assert {"list_member_notes": 1, "reports_link_clickers": 1} == compared()


def test_a_discovery_looks_down_to_the_last_child(made: MadeUp, empty: Replica) -> None:
    request = request_for(empty)
    services = services_of(request, catalog=CATALOG, **made.ports(empty))
    found = {table.name: table for table in discover(request, services).tables}
    assert list(CATALOG) == list(found)
    assert "note" in found["list_member_notes"].samples
    assert "clicks" in found["reports_link_clickers"].samples
    assert (6, 4) == (found["list_member_notes"].requests, found["reports_link_clickers"].requests)
