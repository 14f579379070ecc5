"""The past of an account, asked for again: each state that a run read, and each day's rows."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping
from typing import Any

import pytest

from chimpline.errors import DestinationError, TableBlocked
from chimpline.load.contract import Commit
from chimpline.model import Deletes, History
from chimpline.runs.request import TableSelection
from tests.acceptance.replica import STALE, differences, key_of
from tests.memory import MemoryDestination
from tests.unit.runs.account import HOUR_S, Script, World, always, problem
from tests.words import saying

VERSIONS, DAILY = History.VERSIONS, History.DAILY
MEMBERS, IN_SEGMENTS = "list_members", "list_segment_members"
PEOPLE = {MEMBERS: VERSIONS, IN_SEGMENTS: VERSIONS}
TABLES = ("lists", MEMBERS, "list_segments", IN_SEGMENTS)
DAY_S = 86_400.0
States = dict[dt.datetime, dict[str, Any]]


def ran(world: World, states: States, **chosen: Any) -> None:
    """A run, and what the account was like when it read it."""
    told: dict[str, Any] = {"tables": TABLES, "history": PEOPLE, **chosen}
    finished = world.run(**told)
    assert (0, None) == (finished.exit, finished.said)
    states[horizon(world)] = {
        table: {key_of(table, row): row for row in world.engine.truth(table)} for table in PEOPLE
    }


def horizon(world: World) -> dt.datetime:
    return max(line.until for line in world.destination.lines)


def wrong(world: World, states: States) -> list[str]:
    """Where what is kept of a time is not as the account was then."""
    return [
        f"{time}: {one}"
        for time, tables in states.items()
        for table, expected in tables.items()
        for one in differences(table, expected, kept_at(world, table, time))
        if one.column not in STALE.get(table, ())
    ]


def kept_at(world: World, table: str, time: dt.datetime) -> list[dict[str, Any]]:
    return world.destination.shown(table, world.destination.past.at(table, time).values())


def count(world: World, table: str) -> int:
    return sum(map(len, world.destination.past.versions.get(table, {}).values()))


def swapped(world: World) -> None:
    """In one segment, somebody in another one's place, by tags."""
    gone = world.engine.change("untag")
    where = {"list_id": gone["list_id"], "segment_id": gone["segment_id"]}
    audience = world.engine.account.audiences[gone["list_id"]]
    segment = audience.segments[gone["segment_id"]]
    other = next(
        one
        for one in audience.living()
        if one.status == "subscribed" and one.id != gone["id"] and not segment.holds(audience, one)
    )
    world.engine.change("tag", member_id=other.id, **where)


def test_every_state_that_a_run_read_can_be_asked_for_again(copied: World) -> None:
    states: States = {}
    ran(copied, states)
    someone = copied.engine.change("edit_merge_fields")
    member = {"list_id": someone["list_id"], "member_id": someone["id"]}
    ran(copied, states)
    copied.engine.change("edit_merge_fields", **member)
    swapped(copied)
    ran(copied, states)
    copied.engine.change("edit_merge_fields", **member)
    copied.engine.change("edit_merge_fields", **member)  # which no run reads in between
    copied.engine.change("subscribe")
    ran(copied, states)
    copied.engine.change("unsubscribe", **member)
    swapped(copied)
    ran(copied, states)
    copied.engine.change("delete_permanently", **member)
    ran(copied, states)
    assert [] == wrong(copied, states)
    mine = copied.destination.past.versions[MEMBERS][someone["list_id"], someone["id"]]
    begun = list(states)[:5]
    assert begun == [one.begun for one in mine]
    assert list(states)[1:] == [one.ended for one in mine]


def test_what_comes_back_has_a_gap(copied: World) -> None:
    states: States = {}
    ran(copied, states)
    gone = copied.engine.change("leave_segment")
    ran(copied, states, segments_every_run=True)
    where = {name: gone[name] for name in ("list_id", "segment_id")}
    copied.engine.change("join_segment", member_id=gone["id"], **where)
    ran(copied, states, segments_every_run=True)
    assert [] == wrong(copied, states)
    key = (gone["list_id"], gone["segment_id"], gone["id"])
    first, second, third = states
    mine = copied.destination.past.versions[IN_SEGMENTS][key]
    assert [(first, second), (third, None)] == [(one.begun, one.ended) for one in mine]


def test_a_run_that_reads_nothing_new_makes_no_version(copied: World) -> None:
    states: States = {}
    ran(copied, states)
    before = {table: count(copied, table) for table in PEOPLE}
    assert before == {table: len(copied.live(table)) for table in PEOPLE}
    for chosen in ({}, {"full_refresh": True}, {"complete_read_every": dt.timedelta(0)}):
        ran(copied, states, **chosen)
    assert before == {table: count(copied, table) for table in PEOPLE}
    assert [] == wrong(copied, states)


def changed(world: World) -> None:
    for kind in ("edit_merge_fields", "subscribe", "delete_permanently"):
        world.engine.change(kind)
    swapped(world)


@pytest.mark.parametrize("fails_at", [1, 2, 4])
def test_a_run_that_is_killed_leaves_what_it_saved_and_the_next_goes_on(
    copied: World, fails_at: int
) -> None:
    states: States = {}
    ran(copied, states)
    changed(copied)
    commits = itertools.count(1)

    def dies(_: Commit) -> None:
        if next(commits) >= fails_at:
            raise saying(DestinationError, "The power fails.", do="Wait.")

    copied.destination.during = dies
    with pytest.raises(DestinationError):
        copied.run(tables=TABLES, history=PEOPLE)
    copied.destination.during = lambda _: None
    for table in PEOPLE:
        left = copied.destination.rows(table)
        assert [] == differences(
            table, {key_of(table, r): r for r in left}, kept_at(copied, table, copied.now())
        )
    ran(copied, states)
    assert [] == wrong(copied, states)


def test_where_history_is_switched_off_all_versions_end(copied: World) -> None:
    states: States = {}
    ran(copied, states)
    before = count(copied, MEMBERS)
    changed(copied)
    assert 0 == copied.run(tables=TABLES).exit
    assert [] == kept_at(copied, MEMBERS, copied.now())
    assert before == count(copied, MEMBERS)
    ran(copied, states)
    assert [] == wrong(copied, states)


IDS = frozenset({"id", "email_address", "unique_email_id"})


@pytest.mark.parametrize(
    ("column", "selection"),
    [
        ("email_address", TableSelection(hashed=IDS)),
        ("full_name", TableSelection(dropped=frozenset({"full_name"}))),
    ],
    ids=["hashed", "dropped"],
)
def test_what_is_hashed_or_dropped_goes_from_the_past(
    copied: World, column: str, selection: TableSelection
) -> None:
    def cells() -> set[str]:
        known = copied.destination.past.versions[MEMBERS].values()
        return {str(one.cells.get(column)) for versions in known for one in versions} - {"None"}

    states: States = {}
    ran(copied, states, tables=(MEMBERS,))
    copied.engine.change("delete_permanently")
    ran(copied, states, tables=(MEMBERS,))
    clear = cells()
    assert len(clear) > 20
    finished = copied.run(
        tables=(MEMBERS,),
        history=PEOPLE,
        selections={MEMBERS: selection},
        hash_salt=b"a salt of 16 bytes",
        full_refresh=True,
    )
    assert 0 == finished.exit
    assert not clear & cells()
    assert len(kept_at(copied, MEMBERS, copied.now())) == len(copied.live(MEMBERS))


def test_what_is_left_out_for_a_while_is_there_again(copied: World) -> None:
    states: States = {}
    ran(copied, states)
    without = {MEMBERS: TableSelection(exclude=frozenset({"full_name"}))}
    member = copied.engine.change("unsubscribe")
    told: dict[str, Any] = {"tables": TABLES, "history": PEOPLE}
    copied.run(**told, selections=without)
    key = (member["list_id"], member["id"])
    assert copied.destination.past.versions[MEMBERS][key][-1].cells.get("full_name") is None
    ran(copied, states)
    assert [] == wrong(copied, states)


def test_what_is_removed_is_removed_from_the_past(copied: World) -> None:
    states: States = {}
    ran(copied, states)
    gone = copied.engine.change("delete_permanently")
    ran(copied, states, deletes=Deletes.REMOVE)
    key = (gone["list_id"], gone["id"])
    assert key not in {k for k, v in copied.destination.past.versions[MEMBERS].items() if v}


def test_a_table_whose_past_cannot_be_written_is_not_written_either(copied: World) -> None:
    class Blocked(MemoryDestination):
        def keep_history(self, table: Any, kind: Any, *at: Any, **times: Any) -> Any:
            if kind is not None:
                raise saying(TableBlocked, "A view has the name.", do="Rename it.")
            return super().keep_history(table, kind, *at, **times)

    destination = Blocked()
    vars(destination).update(vars(copied.destination))
    copied.engine.change("edit_merge_fields")
    before = dict(destination.live(MEMBERS))
    finished = copied.run(
        services={"destination": destination}, tables=TABLES, history={MEMBERS: VERSIONS}
    )
    states = {name: told["state"] for name, told in finished.tables.items()}
    assert {"failed"} == {states.pop(MEMBERS)}
    assert {"done"} == {states[name] for name in ("lists", "list_segments")}
    assert before == destination.live(MEMBERS)


# -- days -------------------------------------------------------------------------------------

COUNTERS = ("lists", "reports")


def counted(world: World, **chosen: Any) -> Mapping[str, list[dict[str, Any]]]:
    told: dict[str, Any] = {"tables": COUNTERS, "history": dict.fromkeys(COUNTERS, DAILY)}
    world.run(**told | chosen)
    return {table: sorted(world.engine.truth(table), key=lambda r: r["id"]) for table in COUNTERS}


def days(world: World, table: str) -> dict[dt.date, list[dict[str, Any]]]:
    found = world.destination.past.days.get(table, {})
    shown = {day: world.destination.shown(table, rows.values()) for day, rows in found.items()}
    return {day: sorted(rows, key=lambda r: r["id"]) for day, rows in shown.items()}


def assert_days(world: World, expected: Mapping[dt.date, Mapping[str, list[Any]]]) -> None:
    for table in COUNTERS:
        found = days(world, table)
        assert list(expected) == list(found)
        for day, tables in expected.items():
            truth = {key_of(table, row): row for row in tables[table]}
            assert [] == differences(table, truth, found[day])


def test_each_day_has_the_counters_of_its_last_run(copied: World) -> None:
    expected: dict[dt.date, Mapping[str, list[Any]]] = {}
    for wait in (0.0, HOUR_S, DAY_S, 3 * DAY_S, HOUR_S):
        copied.engine.advance(wait)
        copied.engine.change("add_event")
        copied.engine.change("subscribe")
        told = counted(copied)
        expected[horizon(copied).date()] = told
    copied.engine.advance(DAY_S)
    told = counted(copied)  # nothing has changed
    expected[horizon(copied).date()] = told
    assert 4 == len(expected)
    assert_days(copied, expected)


def test_what_is_not_proven_makes_no_day(copied: World) -> None:
    told = {horizon_day(copied): counted(copied)}
    copied.engine.advance(DAY_S)
    fails = Script((rf"^/({'|'.join(COUNTERS)})\?", always(problem("Internal Server Error", 500))))
    counted(copied, script=fails)
    assert_days(copied, told)


def test_what_is_not_read_or_only_repaired_makes_no_day(copied: World) -> None:
    told = {horizon_day(copied): counted(copied)}
    copied.engine.advance(DAY_S)
    copied.engine.change("add_event")
    counted(copied, every=dict.fromkeys(COUNTERS, dt.timedelta(days=9)))
    counted(copied, reread=dict.fromkeys(COUNTERS, frozenset({""})))
    assert_days(copied, told)


def horizon_day(world: World) -> dt.date:
    """The day of a run that begins an hour from now."""
    return (world.now() + dt.timedelta(seconds=HOUR_S - 1)).date()
