"""A dry run and a discovery: what they say of an account, and that they change nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest

from chimpline.catalog.rows import ROWS
from chimpline.catalog.table import Table
from chimpline.catalog.tables import made_of
from chimpline.errors import SourceUnavailable
from chimpline.runs.asking.discovery import discover
from chimpline.runs.asking.dry_run import Estimate, estimate
from chimpline.runs.asking.found import Discovery
from chimpline.runs.request import RunRequest
from chimpline.sandbox.tables import descendants
from tests.acceptance.destinations import ALL
from tests.unit.runs.account import Emulated, Script, World, always, problem
from tests.words import heard


def look(world: World, script: Script | None = None) -> Discovery:
    world.transport = Emulated(world.engine, script or Script())
    return discover(world.request(), world.services(transport=world.transport))


def test_a_discovery_opens_no_destination_and_shows_nothing_in_clear(new: World) -> None:
    found = look(new)
    assert 0 == new.destination.opened
    assert {"lists", "list_members", "campaigns"} <= {table.name for table in found.tables}
    samples = {name: text for table in found.tables for name, text in table.samples.items()}
    addresses = {row["email_address"] for row in new.engine.truth("list_members")}
    assert not addresses & set(samples.values())
    assert "***@" in samples["email_address"]


def test_a_discovery_knows_each_audience_with_its_fields_and_interests(new: World) -> None:
    found = look(new)
    audiences = {one.id: one for one in found.audiences}
    assert new.truth("lists", "id") == {(name,) for name in audiences}
    fields = {(one.id, int(merge_id)) for one in found.audiences for merge_id in one.merge_fields}
    assert new.truth("list_merge_fields", "list_id", "merge_id") == fields
    interests = {(one.id, key) for one in found.audiences for key in one.interests}
    assert new.truth("list_interests", "list_id", "id") == interests


def test_a_refused_table_is_found_refused_with_those_below_it(new: World) -> None:
    found = look(new, Script((r"^/reports\?", always(problem("Forbidden", 403)))))
    refused = {table.name: table.refused for table in found.tables if table.refused}
    assert {"reports"} | descendants("reports") == set(refused)
    assert "It depends on reports." in heard(refused["unsubscribes"])


def test_a_first_run_takes_about_as_many_requests_as_a_discovery_says(new: World) -> None:
    said = look(new).requests
    assert said == pytest.approx(new.run().requests, rel=0.3)


def test_where_nothing_answers_a_discovery_says_so(new: World) -> None:
    with pytest.raises(SourceUnavailable):
        look(new, Script(("", always(problem("Internal Server Error", 500)))))


def test_a_discovery_is_of_all_tables_whatever_was_chosen(new: World) -> None:
    request: RunRequest = new.request(tables=("lists",), start_date=dt.date(2020, 1, 1))
    found = discover(request, new.services())
    assert len(found.tables) > 1


# -- a dry run --------------------------------------------------------------------------------


def dry(
    world: World,
    script: Script | None = None,
    catalog: Mapping[str, Table] | None = None,
    **chosen: object,
) -> Estimate:
    # Whether it could be written is asked of the place that the request names.
    place = f"duckdb:///{world.directory}/copy.duckdb"
    world.transport = Emulated(world.engine, script or Script())
    ports = world.services(transport=world.transport, catalog=catalog)
    return estimate(world.request(destination=place, **chosen), ports)


def test_a_dry_run_of_a_first_run_says_about_what_it_takes_and_leaves_nothing(new: World) -> None:
    said = dry(new)
    assert {} == new.destination.stored
    assert [] == new.destination.lines
    rows = {table.table: table.rows for table in said.tables}
    assert len(new.engine.truth("list_members")) == rows["list_members"]
    assert said.requests == pytest.approx(new.run().requests, rel=0.3)


def test_a_dry_run_of_a_later_run_knows_what_the_ledger_proves(copied: World) -> None:
    said = {table.table: heard(table.reason) for table in dry(copied).tables}
    assert "only changes in 2 of 2 audiences" == said["list_members"]
    assert "0 of 3 campaigns are new or have changed" == said["reports_sent_to"]
    copied.engine.change("add_event")
    said = {table.table: heard(table.reason) for table in dry(copied).tables}
    assert "1 of 3 campaigns are new or have changed" == said["reports_sent_to"]


def test_a_dry_run_of_a_full_refresh_reads_everything(copied: World) -> None:
    said = {table.table: heard(table.reason) for table in dry(copied, full_refresh=True).tables}
    assert "all members" == said["list_members"]
    assert "3 of 3 campaigns are new or have changed" == said["reports_sent_to"]


def test_a_dry_run_names_what_is_refused_with_what_hangs_below_it(new: World) -> None:
    refused = Script((r"^/reports\?", always(problem("Forbidden", 403))))
    said = {table.table: table for table in dry(new, refused).tables}
    assert heard(said["reports"].reason).startswith("cannot be read: ")
    for name in descendants("reports") & {*ALL}:
        assert heard(said[name].reason).startswith("cannot be read: It depends on reports. ")
        assert (None, 0) == (said[name].rows, said[name].requests)


def test_a_dry_run_counts_the_members_that_a_start_date_lets_in(new: World) -> None:
    times = sorted(row["last_changed"] for row in new.engine.truth("list_members"))
    middle = dt.datetime.fromisoformat(times[len(times) // 2]).date()
    for start in (middle, None):
        chosen: dict[str, Any] = {"tables": ("lists", "list_members"), "start_date": start}
        said = {table.table: table.rows for table in dry(new, **chosen).tables}
        finished = new.run(**chosen)
        assert finished.tables["list_members"]["inserted"] == said["list_members"]
        assert 0 != said["list_members"]


def test_the_tables_are_those_of_the_catalog_that_is_given(new: World) -> None:
    few = ("lists", "list_segments", "campaigns")
    catalog = made_of(tuple(row for row in ROWS if row.name in few))
    assert set(few) == {table.table for table in dry(new, catalog=catalog).tables}
    new.transport = Emulated(new.engine, Script())
    found = discover(new.request(), new.services(transport=new.transport, catalog=catalog))
    assert set(few) == {table.name for table in found.tables}
    assert new.truth("lists", "id") == {(one.id,) for one in found.audiences}


def test_a_dry_run_says_which_tables_are_left_as_they_are(copied: World) -> None:
    said = {
        one.table: one for one in dry(copied, every={"unsubscribes": dt.timedelta(days=1)}).tables
    }
    assert "estimate-not-due" == said["unsubscribes"].reason.kind
    assert 0 == said["unsubscribes"].requests
    assert said["lists"].requests
