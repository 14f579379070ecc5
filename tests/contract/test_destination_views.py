"""Views with the names and values that people typed."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest

from chimpline.load.contract import Destination, View, ViewColumn
from chimpline.load.names import distinct
from chimpline.message import Message
from chimpline.model import ColumnType
from tests.contract.conftest import Place
from tests.contract.samples import MEMBERS, commit, load, member
from tests.words import heard

Read = Callable[..., list[tuple[Any, ...]]]
TEXT, INT64, DOUBLE = ColumnType.TEXT, ColumnType.INT64, ColumnType.DOUBLE
BOOLEAN, TIMESTAMP, JSON = ColumnType.BOOLEAN, ColumnType.TIMESTAMP, ColumnType.JSON
TEN = dt.datetime(2024, 2, 29, 10, tzinfo=dt.UTC)


def view(*columns: ViewColumn, name: str = "list_members__list1") -> View:
    return View(name, "list_members", (("list_id", "list1"),), (ViewColumn("id", "id"), *columns))


def shown(name: str, key: str, kind: ColumnType | None, *, is_date: bool = False) -> ViewColumn:
    return ViewColumn(name, "merge_fields", key, kind, is_date)


@pytest.fixture
def members(destination: Destination) -> Destination:
    if not destination.capabilities.views:
        pytest.skip("no views")
    destination.prepare(MEMBERS)
    return destination


def test_a_view_shows_the_live_rows_of_its_audience(members: Destination, stored: Read) -> None:
    rows = [member("a"), member("b", "list2"), member("c"), member("d", merge_fields=None)]
    members.commit(commit(load(MEMBERS, *rows)))
    members.commit(commit(load(MEMBERS, gone=[("list1", "c")])))
    name = members.create_views([view(shown("FNAME", "FNAME", TEXT))])[0]
    assert [("a", "Ann"), ("d", None)] == stored(f'SELECT id, "FNAME" FROM "{name}" ORDER BY id')


CELLS: list[tuple[ColumnType, bool, str, object]] = [
    (TEXT, False, '"x"', "x"),
    (TEXT, False, '""', ""),
    (TEXT, False, "12.5", "12.5"),
    (TEXT, False, "null", None),
    (INT64, False, "12", 12),
    (INT64, False, '"12"', 12),
    (INT64, False, '"-9223372036854775808"', -(2**63)),
    (INT64, False, '"9223372036854775808"', None),
    (INT64, False, "12.5", None),
    (INT64, False, '"twelve"', None),
    (INT64, False, '""', None),
    (INT64, False, "[1]", None),
    (DOUBLE, False, "12.5", 12.5),
    (DOUBLE, False, '"-1.5e3"', -1500.0),
    (DOUBLE, False, '"1e999"', None),
    (DOUBLE, False, '"1e99999999"', None),
    (DOUBLE, False, '"nan"', None),
    (DOUBLE, False, '""', None),
    (BOOLEAN, False, "true", True),
    (BOOLEAN, False, '"False"', False),
    (BOOLEAN, False, '"maybe"', None),
    (TIMESTAMP, True, '"2024-02-29"', dt.date(2024, 2, 29)),
    (TIMESTAMP, True, '"2023-02-29"', None),
    (TIMESTAMP, True, '"0000-00-00"', None),
    (TIMESTAMP, True, '"02/29/2024"', None),
    (TIMESTAMP, True, '"today"', None),
    (
        TIMESTAMP,
        False,
        '"2024-02-29T10:00:00+02:00"',
        dt.datetime(2024, 2, 29, 8, tzinfo=dt.UTC),
    ),
    (TIMESTAMP, False, '"2024-02-29 10:00:00"', dt.datetime(2024, 2, 29, 10, tzinfo=dt.UTC)),
    (TIMESTAMP, False, '"2024-02-30T10:00:00Z"', None),
    (TIMESTAMP, False, '"soon"', None),
    (TIMESTAMP, False, '""', None),
    (JSON, False, "null", None),
    (JSON, False, "[1]", "[1]"),
]
"""Kind, whether it is a date, what the person typed as JSON, and what the view shows."""


def test_a_cell_that_does_not_fit_is_null(members: Destination, stored: Read) -> None:
    """Each in a column of its own, and no other column is lost by it."""
    typed = [f'"KEY{n}":{text}' for n, (_, _, text, _) in enumerate(CELLS)]
    members.commit(commit(load(MEMBERS, member("a", merge_fields=f"{{{','.join(typed)}}}"))))
    columns = [
        shown(f"c{n}", f"KEY{n}", kind, is_date=is_date)
        for n, (kind, is_date, _, _) in enumerate(CELLS)
    ]
    name = members.create_views([view(*columns)])[0]
    (found,) = stored(f'SELECT {", ".join(one.name for one in columns)} FROM "{name}"')
    told = [(*case[:3], cell) for case, cell in zip(CELLS, found, strict=True)]
    assert CELLS == told


def test_text_of_an_object_is_its_json(members: Destination, stored: Read) -> None:
    members.commit(commit(load(MEMBERS, member("a", merge_fields='{"ADDRESS":{"zip":"1"}}'))))
    name = members.create_views([view(shown("ADDRESS", "ADDRESS", TEXT))])[0]
    found = stored(f'SELECT "ADDRESS" FROM "{name}"')[0][0]
    assert found.replace(" ", "") == '{"zip":"1"}'


KEYS = ["a b", "메일", "🐒", 'q"q', "it's", "a.b", "$.x", "a/b~c", "0", "*"]


def test_any_key_can_be_taken_out(members: Destination, stored: Read) -> None:
    cells = json.dumps({key: f"{n}" for n, key in enumerate(KEYS)} | {"other": "no"})
    members.commit(commit(load(MEMBERS, member("a", merge_fields=cells))))
    name = members.create_views([view(*(shown(key, key, TEXT) for key in KEYS))])[0]
    quoted = [f'"{key.replace(chr(34), chr(34) * 2)}"' for key in KEYS]
    (found,) = stored(f'SELECT {", ".join(quoted)} FROM "{name}"')
    assert {key: f"{n}" for n, key in enumerate(KEYS)} == dict(zip(KEYS, found, strict=True))


def test_column_names_are_made_distinct(members: Destination) -> None:
    long = "가" * 40
    names = ["ID", "Fname", "FNAME", "select", "", "id_2", long, long + "x"]
    columns = [shown(name, f"K{i}", TEXT) for i, name in enumerate(names)]
    name = members.create_views([view(*columns)])[0]
    session: Any = members._session  # type: ignore[attr-defined]
    found = session.arrow(f'SELECT * FROM "{name}"').column_names
    assert found[:7] == ["id", "ID_2", "Fname", "FNAME_2", "select", "unnamed", "id_2_2"]
    limit = members.capabilities.max_identifier_bytes
    assert all(len(one.encode()) <= limit for one in found)
    assert len({one.casefold() for one in found}) == 9


def test_an_unchanged_view_is_not_touched(place: Place) -> None:
    destination = place.open()
    if not destination.capabilities.views:
        pytest.skip("no views")
    destination.prepare(MEMBERS)
    one, two = view(shown("A", "A", TEXT)), view(shown("B", "B", INT64), name="two")
    given = destination.create_views([one, two])
    session: Any = destination._session  # type: ignore[attr-defined]
    ran: list[str] = []
    run = session.run

    def noted(sql: str, *values: object) -> Any:
        ran.append(sql)
        return run(sql, *values)

    session.run = noted
    assert given == destination.create_views([one, two])
    assert [] == ran
    assert given == destination.create_views([one, view(shown("B", "B", TEXT), name="two")])
    assert not [sql for sql in ran if "list_members__list1" in sql]


def test_another_object_keeps_its_name(members: Destination, stored: Read) -> None:
    session: Any = members._session  # type: ignore[attr-defined]
    session.run('CREATE TABLE "mine" (a text)')
    session.run('CREATE VIEW "yours" AS SELECT 1 AS x')
    names = ["Mine", "yours", "list_members", "메일 🐒" * 20]
    views = [view(name=name) for name in names]
    told: list[Message] = []
    given = members.create_views(views, told.append)
    assert ["Mine_2", "yours_2", "list_members_2"] == given[:3]
    clashes = (("mine", "Mine_2"), ("yours", "yours_2"), ("list_members", "list_members_2"))
    assert [
        f"The dataset already has a table or view named {theirs} that is not chimpline's, so the "
        f"audience view is called {name}."
        for theirs, name in clashes
    ] == [heard(one) for one in told]
    assert given == members.create_views(views, told.append)
    assert 3 == len(told)
    assert [(1,)] == stored('SELECT x FROM "yours"')
    members.drop_views([*names, "never made"])
    assert [(1,)] == stored('SELECT x FROM "yours"')
    left = {row[0] for row in stored(session.dialect.objects)}
    assert not left & set(given)


def test_a_table_of_theirs_in_the_place_of_a_view_is_told(
    members: Destination, stored: Read
) -> None:
    name = members.create_views([view()])[0]
    session: Any = members._session  # type: ignore[attr-defined]
    session.run(f'DROP VIEW "{name}"')
    session.run(f'CREATE TABLE "{name}" (a text)')
    told: list[Message] = []
    assert [f"{name}_2"] == members.create_views([view()], told.append)
    already = (
        f"The dataset already has a table or view named {name} that is not chimpline's, so the "
        f"audience view is called {name}_2."
    )
    assert [already] == [heard(one) for one in told]
    assert [f"{name}_2"] == members.create_views([view()], told.append)
    assert [already] == [heard(one) for one in told]
    assert [] == stored(f'SELECT a FROM "{name}"')


def test_a_view_that_someone_dropped_is_made_again(members: Destination, stored: Read) -> None:
    name = members.create_views([view()])[0]
    session: Any = members._session  # type: ignore[attr-defined]
    session.run(f'DROP VIEW "{name}"')
    assert [name] == members.create_views([view()])
    assert [] == stored(f'SELECT * FROM "{name}"')
    session.run(f'DROP VIEW "{name}"')
    members.drop_views([name])


def test_a_view_on_a_view_survives_a_new_merge_field(members: Destination, stored: Read) -> None:
    name = members.create_views([view(shown("A", "A", TEXT))])[0]
    session: Any = members._session  # type: ignore[attr-defined]
    session.run(f'CREATE VIEW "users_own" AS SELECT id, "A" FROM "{name}"')
    members.create_views([view(shown("A", "A", TEXT), shown("B", "B", INT64))])
    assert [] == stored('SELECT id, "A" FROM "users_own"')


def test_names_fit_and_stay_distinct() -> None:
    long = "é" * 100
    found = distinct([long, long.upper(), long + "!", "x" * 63, "x" * 64], ["y"], 63)
    assert all(len(name.encode()) <= 63 for name in found)
    assert len({name.casefold() for name in found}) == 5
    assert found == distinct([long, long.upper(), long + "!", "x" * 63, "x" * 64], ["y"], 63)
    assert ["a\u200b", "unnamed", "unnamed_2", "Y_2"] == distinct(
        ["a\u200b", "\n", " ", "Y"], ["y"], 63
    )


# DuckDB replaces views under others.
@pytest.mark.parametrize("engine", ["postgresql"])
def test_what_of_the_user_stands_in_the_way_is_named(place: Place) -> None:
    destination: Any = place.open()
    destination.prepare(MEMBERS)
    name = destination.create_views([view(shown("A", "A", TEXT))])[0]
    destination._session.run(f'CREATE VIEW "users_own" AS SELECT id, "A" FROM "{name}"')
    told: list[Message] = []
    assert [name] == destination.create_views([view(shown("A", "A", INT64))], told.append)
    assert f"the view {name} could not be replaced" in heard(told[0])
    assert "view users_own" in heard(told[0])
    assert [] == destination._session.rows('SELECT id, "A" FROM "users_own"')
    destination._session.run('DROP VIEW "users_own"')
    told.clear()
    assert [name] == destination.create_views([view(shown("A", "A", INT64))], told.append)
    assert [] == told
