"""What a commit hands out, and the past that is made of it (`chimpline.load.history.kept`)."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chimpline.errors import DestinationError, TableBlocked
from chimpline.interfaces import messages
from chimpline.load.contract import Destination, Load
from chimpline.load.history.kept import DAY, VALID_FROM, VALID_TO, Kept, kept_in
from chimpline.load.history.mended import OF_A_PAST
from chimpline.message import Message
from chimpline.model import DELETED_AT, Column, ColumnType, Deletes, History, TableSchema
from tests.contract.samples import HOUR, LISTS, MEMBERS, SEGMENTS, T0, commit, load, member
from tests.words import heard

Key = tuple[Any, ...]
Row = dict[str, Any]
LATER = T0 + 1000 * HOUR
VERSIONS, DAILY = History.VERSIONS, History.DAILY


def keeps(
    destination: Destination,
    table: TableSchema,
    kind: History | None,
    at: dt.datetime,
    reached: dt.datetime = LATER,
) -> Kept:
    return destination.keep_history(table, kind, at, reached=reached, synced_at=at)


def following(one: Load, at: dt.datetime | None = None) -> Load:
    return Load(one.table, one.batches, one.tombstones, versions=at, hands_out=True)


def stored(destination: Destination, table: TableSchema, which: str = "") -> list[Row]:
    """The rows of a table; of one in memory, JSON is text as well."""
    names = [column.name for column in table.columns]
    texts = {c.name for c in table.columns if c.type is ColumnType.JSON}
    cells = [f'CAST("{n}" AS text) AS "{n}"' if n in texts else f'"{n}"' for n in names]
    session: Any = destination._session  # type: ignore[attr-defined]
    rows = session.rows(f'SELECT {", ".join(cells)} FROM "{table.name}" {which}')
    return [dict(zip(names, row, strict=True)) for row in rows]


def by_key(table: TableSchema, rows: list[Row]) -> dict[Key, Row]:
    """Rows by the key of the table, with its columns only."""
    names = [column.name for column in table.columns]
    found = {tuple(r[n] for n in table.primary_key): {n: r[n] for n in names} for r in rows}
    assert len(rows) == len(found)
    return found


def live(destination: Destination, table: TableSchema) -> dict[Key, Row]:
    if hasattr(destination, "past"):
        return dict(destination._plain(table))  # type: ignore[attr-defined]
    return by_key(table, stored(destination, table, f"WHERE {DELETED_AT} IS NULL"))


def versions(destination: Destination, table: TableSchema) -> list[tuple[Key, Row, Any, Any]]:
    """(key, row, from, to) of every version, in order."""
    if hasattr(destination, "past"):
        known = destination.past.versions.get(table.name, {})
        found = [(k, v.cells, v.begun, v.ended) for k, vs in known.items() for v in vs]
    else:
        names = [column.name for column in table.columns]
        found = [
            (
                tuple(row[n] for n in table.primary_key),
                {n: row[n] for n in names},
                row[VALID_FROM],
                row[VALID_TO],
            )
            for row in stored(destination, kept_in(table, VERSIONS))
        ]
    return sorted(found, key=lambda one: (one[0], one[2]))


def at(destination: Destination, table: TableSchema, time: dt.datetime) -> dict[Key, Row]:
    """The rows that held at a time, as a reader asks for them."""
    if hasattr(destination, "past"):
        return dict(destination.past.at(table.name, time))
    moment = f"TIMESTAMP WITH TIME ZONE '{time.isoformat()}'"
    which = f"WHERE {VALID_FROM} <= {moment} AND ({VALID_TO} > {moment} OR {VALID_TO} IS NULL)"
    return by_key(table, stored(destination, kept_in(table, VERSIONS), which))


def days(destination: Destination, table: TableSchema) -> dict[dt.date, dict[Key, Row]]:
    if hasattr(destination, "past"):
        return {d: dict(rows) for d, rows in destination.past.days.get(table.name, {}).items()}
    found: dict[dt.date, list[Row]] = {}
    for row in stored(destination, kept_in(table, DAILY)):
        found.setdefault(row[DAY], []).append(row)
    return {day: by_key(table, rows) for day, rows in found.items()}


def handed(
    destination: Destination, one: Load, **more: Any
) -> tuple[list[Row], list[Row], list[Row]]:
    change = destination.commit(commit(following(one), **more))[one.table.name]
    assert change.handed is not None
    counts = [len(change.handed.new), len(change.handed.changed), len(change.handed.gone)]
    assert [change.inserted, change.updated, change.deleted] == counts
    parts = (change.handed.new, change.handed.changed, change.handed.gone)
    new, changed, gone = (sorted(p.to_pylist(), key=lambda r: str(r["id"])) for p in parts)
    for row in new + changed:
        if row.get("merge_fields"):  # PostgreSQL has a form of its own
            row["merge_fields"] = row["merge_fields"].replace(" ", "")
    return new, changed, gone


# -- what a commit hands out ------------------------------------------------------------------


def test_a_commit_hands_out_what_it_changed_once(destination: Destination) -> None:
    destination.prepare(MEMBERS)
    rows = [member("a"), member("b", rating=None, merge_fields=None)]
    assert (rows, [], []) == handed(destination, load(MEMBERS, *rows))
    assert ([], [], []) == handed(destination, load(MEMBERS, *rows))
    changed = load(MEMBERS, member("a", rating=5), rows[1], member("c"), gone=[("list1", "b")])
    key = {"list_id": "list1", "id": "b"}
    told = ([member("c")], [member("a", rating=5)], [key])
    assert told == handed(destination, changed)
    assert ([], [], []) == handed(destination, load(MEMBERS, gone=[("list1", "b")]))


def test_what_comes_back_after_its_tombstone_is_handed_out_as_new(destination: Destination) -> None:
    destination.prepare(LISTS)
    one = {"id": "l", "name": "One"}
    handed(destination, load(LISTS, one))
    assert ([], [], [{"id": "l"}]) == handed(destination, load(LISTS, gone=[("l",), ("l",)]))
    assert ([one], [], []) == handed(destination, load(LISTS, one, one))


def test_what_is_removed_is_handed_out_as_gone_once(destination: Destination) -> None:
    destination.prepare(LISTS)
    handed(destination, load(LISTS, {"id": "l", "name": "One"}))
    gone, remove = load(LISTS, gone=[("l",)]), {"deletes": Deletes.REMOVE}
    assert ([], [], [{"id": "l"}]) == handed(destination, gone, **remove)
    assert ([], [], []) == handed(destination, gone, **remove)


def test_nothing_is_handed_out_unless_it_is_asked_for(destination: Destination) -> None:
    destination.prepare(LISTS)
    changes = destination.commit(commit(load(LISTS, {"id": "l", "name": "One"})))
    assert changes["lists"].handed is None


# -- versions ---------------------------------------------------------------------------------


def begun(destination: Destination, at: dt.datetime, reached: dt.datetime = LATER) -> dt.datetime:
    destination.prepare(LISTS)
    return keeps(destination, LISTS, VERSIONS, at, reached).at


def named(destination: Destination, at: dt.datetime, *names: str, **more: Any) -> None:
    """One list by its name, or none, as of a time."""
    rows = [{"id": "l", "name": name} for name in names]
    one = load(LISTS, *rows, gone=[] if names else [("l",)])
    destination.commit(commit(following(one, at), **more))


def told(destination: Destination) -> list[tuple[str, int, int | None]]:
    """(name, from, to) of every version, in hours."""
    return [
        (
            str(row["name"]),
            (begin - T0) // HOUR,
            None if end is None else (end - T0) // HOUR,
        )
        for _, row, begin, end in versions(destination, LISTS)
    ]


def test_each_state_of_a_row_is_a_version(destination: Destination) -> None:
    for hour, name in enumerate(["One", "One", "Two", "", "Three"]):
        begun(destination, T0 + hour * HOUR)
        named(destination, T0 + hour * HOUR, *([name] if name else []))
    assert [("One", 0, 2), ("Two", 2, 3), ("Three", 4, None)] == told(destination)


def test_what_changes_twice_at_one_time_is_one_change(destination: Destination) -> None:
    begun(destination, T0)
    named(destination, T0, "One")
    now = begun(destination, T0 + HOUR)
    for name in ("Two", "Three"):
        named(destination, now, name)
    assert [("One", 0, 1), ("Three", 1, None)] == told(destination)
    named(destination, now)
    assert [("One", 0, 1)] == told(destination)
    named(destination, now, "One")
    assert [("One", 0, None)] == told(destination)
    named(destination, now, "Two")
    named(destination, now, "One")
    assert [("One", 0, None)] == told(destination)


def test_a_commit_that_fails_leaves_no_version(destination: Destination) -> None:
    begun(destination, T0)
    named(destination, T0, "One")
    changed = following(load(LISTS, {"id": "l", "name": "Two"}), T0 + HOUR)
    missing = load(SEGMENTS, {"list_id": "l", "id": 1, "name": "There is no such table"})
    with pytest.raises(DestinationError):
        destination.commit(commit(changed, missing))
    assert [("One", 0, None)] == told(destination)


def test_what_comes_and_goes_at_one_time_was_never_there(destination: Destination) -> None:
    begun(destination, T0)
    one = load(LISTS, {"id": "l", "name": "One"}, gone=[("l",)])
    destination.commit(commit(following(one, T0)))
    assert [] == told(destination)


def test_versions_begin_with_the_rows_that_are_there(destination: Destination) -> None:
    destination.prepare(LISTS)
    rows = [{"id": one, "name": one.upper()} for one in "abc"]
    destination.commit(commit(load(LISTS, *rows)))
    destination.commit(commit(load(LISTS, gone=[("b",)])))
    for hour in (5, 6):
        begun(destination, T0 + hour * HOUR)
        assert [("A", 5, None), ("C", 5, None)] == told(destination)


def test_versions_end_where_they_are_kept_no_more_and_nothing_is_known_until_they_are(
    destination: Destination,
) -> None:
    begun(destination, T0)
    named(destination, T0, "One")
    keeps(destination, LISTS, None, T0 + HOUR)
    destination.commit(commit(load(LISTS, {"id": "l", "name": "Two"}, {"id": "m", "name": "M"})))
    keeps(destination, LISTS, None, T0 + 2 * HOUR)
    assert [("One", 0, 1)] == told(destination)
    begun(destination, T0 + 3 * HOUR)
    assert [("One", 0, 1), ("Two", 3, None), ("M", 3, None)] == told(destination)


@pytest.mark.parametrize("kind", [VERSIONS, DAILY])
def test_a_column_that_is_chosen_again_is_in_the_past_again(
    destination: Destination, kind: History
) -> None:
    """The table has what it had when the column was left out, so that no merge changes it."""
    whole = dataclasses.replace(LISTS, columns=(*LISTS.columns, Column("more", ColumnType.INT64)))
    short = dataclasses.replace(whole, columns=(whole.columns[0], whole.columns[2]))
    expected: dict[Key, Row] = {}
    for hour, table in enumerate((whole, short, whole)):
        time = T0 + hour * HOUR
        destination.prepare(table)
        destination.keep_history(table, kind, time, reached=LATER, synced_at=time, chosen=hour == 2)
        row = {"id": "l", "name": "One", "more": min(hour, 1)}
        read = load(table, {c.name: row[c.name] for c in table.columns})
        if kind is VERSIONS:
            read = following(read, time)
        destination.commit(commit(read, at=time))
        if kind is DAILY:
            destination.keep_day(table, T0.date())
        expected = {("l",): row}
    assert expected == live(destination, whole)
    if kind is DAILY:
        assert {T0.date(): expected} == days(destination, whole)
    else:
        assert expected == at(destination, whole, T0 + 2 * HOUR)
        assert 3 == len(versions(destination, whole))


def test_an_earlier_time_than_the_last_counts_as_the_last(destination: Destination) -> None:
    begun(destination, T0 + 2 * HOUR)
    named(destination, T0 + 2 * HOUR, "One")
    now = begun(destination, T0 + HOUR)
    assert T0 + 2 * HOUR == now
    named(destination, now, "Two")
    assert [("Two", 2, None)] == told(destination)


def test_times_that_have_not_come_are_no_times(destination: Destination) -> None:
    begun(destination, T0)
    named(destination, T0, "One")
    for hour, name in ((100, "Two"), (200, "Three")):
        ahead = begun(destination, T0 + hour * HOUR)
        named(destination, ahead, name)
    assert [("One", 0, 100), ("Two", 100, 200), ("Three", 200, None)] == told(destination)
    now = begun(destination, T0 + HOUR, reached=T0 + 2 * HOUR)
    assert [("One", 0, 1), ("Three", 1, None)] == told(destination)
    named(destination, now, "Four")
    assert [("One", 0, 1), ("Four", 1, None)] == told(destination)


def test_a_key_has_its_own_versions_whatever_the_others_do(destination: Destination) -> None:
    destination.prepare(MEMBERS)
    keeps(destination, MEMBERS, VERSIONS, T0)
    rows = [member("a"), member("a", "list2"), member("b", merge_fields='{"a":[1]}')]
    destination.commit(commit(following(load(MEMBERS, *rows), T0)))
    changed = member("a", "list2", merge_fields=None, changed=T0 + HOUR)
    gone = load(MEMBERS, changed, gone=[("list1", "b")])
    destination.commit(commit(following(gone, T0 + HOUR)))
    assert [
        (("list1", "a"), T0, None),
        (("list1", "b"), T0, T0 + HOUR),
        (("list2", "a"), T0, T0 + HOUR),
        (("list2", "a"), T0 + HOUR, None),
    ] == [(key, begin, end) for key, _, begin, end in versions(destination, MEMBERS)]


def test_every_state_can_be_asked_for_again(destination: Destination) -> None:
    """Rows that change, go and come back, in runs that are repeated, broken off and mistimed."""
    drawn = random.Random(1)  # noqa: S311 - the same each time
    destination.prepare(MEMBERS)
    states: dict[dt.datetime, dict[Key, Row]] = {}
    hour = 0
    for _ in range(10):
        hour += drawn.choice([0, 1, 1, 1, -1])
        told = keeps(destination, MEMBERS, VERSIONS, T0 + hour * HOUR)
        assert not states or not told.changes  # nobody else wrote there
        now = told.at
        hour = (now - T0) // HOUR
        for _ in range(drawn.randrange(4)):
            met = drawn.sample("abcdefgh", drawn.randrange(1, 5))
            rows = [member(one, rating=drawn.randrange(3)) for one in met]
            gone = [("list1", one) for one in drawn.sample("abcdefgh", drawn.randrange(3))]
            one = dataclasses.replace(load(MEMBERS, *rows, gone=gone), versions=now)
            for _ in range(drawn.choice([1, 1, 2])):
                destination.commit(commit(one, at=now))
        states[now] = live(destination, MEMBERS)
    assert len(states) > 4
    assert states == {time: at(destination, MEMBERS, time) for time in states}
    last: dict[Key, Any] = {}
    for key, _, begin, end in versions(destination, MEMBERS):
        assert key not in last or last[key] <= begin  # none goes on beside a later one
        assert end is None or begin < end
        last[key] = end or LATER


_RUNS = itertools.count()


# -- days -------------------------------------------------------------------------------------


def kept(destination: Destination, day: dt.date, *rows: Row, gone: Any = ()) -> None:
    destination.prepare(LISTS)
    keeps(destination, LISTS, DAILY, T0)
    at = T0 + next(_RUNS) * HOUR
    destination.commit(commit(load(LISTS, *map(dict, rows), gone=gone), at=at))
    destination.keep_day(LISTS, day)


def test_a_day_has_the_rows_that_were_live_when_it_was_kept_last(destination: Destination) -> None:
    first, second = dt.date(2024, 5, 1), dt.date(2024, 5, 2)
    one, two = {"id": "a", "name": "One"}, {"id": "b", "name": "Two"}
    kept(destination, first, one, two)
    assert {first: {("a",): one, ("b",): two}} == days(destination, LISTS)
    kept(destination, first, one | {"name": None}, gone=[("b",)])
    assert {first: {("a",): one | {"name": None}}} == days(destination, LISTS)
    kept(destination, second)
    kept(destination, second, one)
    assert {first: {("a",): one | {"name": None}}, second: {("a",): one}} == days(
        destination, LISTS
    )


def test_a_day_that_has_not_come_is_no_day(destination: Destination) -> None:
    kept(destination, dt.date(2024, 5, 1), {"id": "a", "name": "One"})
    kept(destination, dt.date(2024, 7, 1))
    keeps(destination, LISTS, DAILY, T0, dt.datetime(2024, 5, 2, 1, tzinfo=dt.UTC))
    assert [dt.date(2024, 5, 1)] == list(days(destination, LISTS))


def test_a_day_that_is_kept_again_is_not_written_again(
    destination: Destination, stored: Callable[..., list[Any]]
) -> None:
    kept(destination, dt.date(2024, 5, 1), {"id": "a", "name": "One"})
    destination.keep_day(LISTS, dt.date(2024, 5, 1))
    before = stored("SELECT _synced_at FROM lists")
    assert before == stored("SELECT _synced_at FROM lists_daily")


# -- what must not be there any more ----------------------------------------------------------


def past(destination: Destination) -> None:
    """A row with two versions, and a day."""
    begun(destination, T0)
    named(destination, T0, "One")
    keeps(destination, LISTS, DAILY, T0)
    destination.keep_day(LISTS, T0.date())
    begun(destination, T0 + HOUR)
    named(destination, T0 + HOUR, "Two")


def test_what_is_erased_is_erased_from_the_past(destination: Destination) -> None:
    past(destination)
    destination.erase(LISTS, ["name"], T0 + HOUR)
    assert {None} == {row["name"] for _, row, _, _ in versions(destination, LISTS)}
    assert {T0.date(): {("l",): {"id": "l", "name": None}}} == days(destination, LISTS)
    destination.erase(LISTS, None, T0 + HOUR)
    assert [] == versions(destination, LISTS)
    assert {} == {day: rows for day, rows in days(destination, LISTS).items() if rows}


@pytest.mark.parametrize("renamed", [VALID_FROM, DAY, "name", "_synced_at"])
def test_what_is_erased_is_erased_from_a_past_whose_column_somebody_renamed(
    destination: Destination, renamed: str
) -> None:
    past(destination)
    session: Any = destination._session  # type: ignore[attr-defined]
    place = kept_in(LISTS, DAILY if renamed == DAY else VERSIONS).name
    session.run(f'ALTER TABLE "{place}" RENAME COLUMN "{renamed}" TO "theirs"')
    # As where the column is dropped: it is not among those that are landed any more.
    short = dataclasses.replace(LISTS, columns=tuple(c for c in LISTS.columns if c.name != "name"))
    destination.erase(short, ["name"], T0 + HOUR)
    assert renamed in {column.name for column in session.catalog.columns(place)}
    assert {None} == {row["name"] for _, row, _, _ in versions(destination, LISTS)}
    assert {T0.date(): {("l",): {"id": "l", "name": None}}} == days(destination, LISTS)
    kind = DAILY if renamed == DAY else VERSIONS
    said = [change.said for change in keeps(destination, LISTS, kind, T0 + HOUR).changes]
    facts = {"column": renamed, "table": place, "now": "theirs"}
    assert [Message.of("column-renamed-back", **facts)] == said


_HISTORY = '"lists_history"'
_PUT_RIGHT = {
    f"DROP TABLE {_HISTORY}": "A new one was made, and begins with this run.",
    f"DELETE FROM {_HISTORY}": "1 row of the history lists_history was removed",
    f"INSERT INTO {_HISTORY} SELECT * REPLACE ('m' AS id) FROM {_HISTORY}": "1 row was added",
    f"ALTER TABLE {_HISTORY} DROP COLUMN name": "is empty in the rows that are there",
}


@pytest.mark.parametrize("engine", ["duckdb"])
@pytest.mark.parametrize(("statement", "words"), _PUT_RIGHT.items())
def test_what_was_put_right_of_a_past_is_not_said_to_be_read_again(
    destination: Destination, statement: str, words: str
) -> None:
    past(destination)
    session: Any = destination._session  # type: ignore[attr-defined]
    session.run(statement)
    text = " ".join(
        heard(change.said) for change in keeps(destination, LISTS, VERSIONS, T0 + HOUR).changes
    )
    assert words in text
    assert "read again" not in text


def test_every_sentence_of_a_table_that_is_read_again_has_one_of_a_past() -> None:
    folder = Path(messages.__file__).parent
    for language, again in (("en", "read again"), ("ko", "다시 읽")):
        told = (folder / language / "load.ftl").read_text(encoding="utf-8")
        part = re.split(r"^# .*\n", told, flags=re.MULTILINE)
        [mended] = [one for one in part if one.startswith("table-moved ")]
        kinds = re.findall(r"^([a-z-]+) = ((?:.*\n(?![a-z\n#]))*.*\n)", mended, re.MULTILINE)
        assert {kind for kind, text in kinds if again in text} == OF_A_PAST.keys()
        [of_pasts] = [one for one in part if one.startswith("past-moved ")]
        assert again not in of_pasts


@pytest.fixture
def session(destination: Destination) -> Any:
    """Of its database, for what people do there."""
    return destination._session  # type: ignore[attr-defined]


def test_a_table_of_theirs_in_the_place_of_a_past_is_not_erased(
    destination: Destination, session: Any
) -> None:
    past(destination)
    for kind in History:
        place = kept_in(LISTS, kind).name
        session.run(f'DROP TABLE "{place}"')
        session.run(f'CREATE TABLE "{place}" AS SELECT * FROM "lists"')
    destination.erase(LISTS, None, T0 + HOUR)
    for kind in History:
        assert [("l", "Two")] == session.rows(f'SELECT id, name FROM "{kept_in(LISTS, kind).name}"')


def test_what_is_erased_and_written_anew_is_that_of_the_day(destination: Destination) -> None:
    one, day = {"id": "a", "name": "One"}, dt.date(2024, 5, 1)
    kept(destination, day, one)
    destination.erase(LISTS, ["name"], T0 + 100 * HOUR)
    again = load(LISTS, one | {"name": "hashed"})
    destination.commit(commit(again, at=T0 + 100 * HOUR))
    destination.keep_day(LISTS, day)
    assert {day: {("a",): one | {"name": "hashed"}}} == days(destination, LISTS)


@pytest.mark.parametrize("kind", [VERSIONS, None])
def test_what_is_removed_is_removed_from_the_past_whether_it_is_kept_still_or_not(
    destination: Destination, kind: History | None
) -> None:
    past(destination)
    now = keeps(destination, LISTS, kind, T0 + 2 * HOUR).at
    one = following(load(LISTS, {"id": "m", "name": "M"}, gone=[("l",)]), now if kind else None)
    destination.commit(commit(one, deletes=Deletes.REMOVE))
    assert [("M", 2, None)] * bool(kind) == told(destination)
    assert {} == {day: rows for day, rows in days(destination, LISTS).items() if rows}


def test_what_is_removed_is_removed_from_a_past_whose_column_somebody_renamed(
    destination: Destination, session: Any
) -> None:
    past(destination)
    for kind, marker in ((VERSIONS, VALID_FROM), (DAILY, DAY)):
        place = kept_in(LISTS, kind).name
        session.run(f'ALTER TABLE "{place}" RENAME COLUMN "{marker}" TO "theirs"')
    said = [change.said for change in keeps(destination, LISTS, None, T0 + 2 * HOUR).changes]
    assert ["column-renamed-back"] * 2 == [one.kind for one in said]
    destination.commit(commit(load(LISTS, gone=[("l",)]), deletes=Deletes.REMOVE))
    assert [] == told(destination)
    assert {} == days(destination, LISTS)


def test_what_an_earlier_mark_left_is_removed_from_the_past(destination: Destination) -> None:
    past(destination)
    named(destination, T0 + 2 * HOUR)
    named(destination, T0 + 3 * HOUR, deletes=Deletes.REMOVE)
    assert [] == told(destination)


@pytest.mark.parametrize("kind", [VERSIONS, DAILY])
def test_a_copy_that_somebody_made_of_a_table_is_no_past(
    destination: Destination, kind: History
) -> None:
    destination.prepare(LISTS)
    destination.commit(commit(load(LISTS, {"id": "l", "name": "One"})))
    session: Any = destination._session  # type: ignore[attr-defined]
    name = kept_in(LISTS, kind).name
    session.run(f'CREATE TABLE "{name}" AS SELECT * FROM "lists"')
    with pytest.raises(TableBlocked, match=f"load-table-not-ours.*{name}"):
        keeps(destination, LISTS, kind, T0)
    assert [(1,)] == session.rows(f'SELECT count(*) FROM "{name}"')
