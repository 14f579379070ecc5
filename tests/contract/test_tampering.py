"""What a person may do to a table of ours: it is noticed, told, and the copy comes out right.

The kind: any statement on the dataset between two runs. After it, the next run leaves the table
equal to the account, what is theirs (columns, views, constraints, rows elsewhere) is still there,
and nothing was set aside without need; or the table is refused in words that name what stands in
the way, and the others are written.
"""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pytest

from chimpline.errors import DestinationError, TableBlocked
from chimpline.load import open_destination
from chimpline.load.contract import Change, Destination, View, ViewColumn
from chimpline.message import Message
from chimpline.model import ColumnType, Deletes, Scope, SliceState, TableSchema
from tests.contract.conftest import ENGINES, Place
from tests.contract.samples import (
    EVENTS,
    HOUR,
    MEMBERS,
    T0,
    batch,
    commit,
    keys,
    line,
    load,
    member,
)
from tests.words import heard, refused, told_of

DATASET = 'My "메일" 0'
DUCK, POSTGRES = (("duckdb",), ("postgresql",))
Row = dict[str, Any]

PEOPLE = [
    member("a", rating=5),
    member("b", vip=True),
    member("c", "list2", rating=None, rate=None, changed=None, merge_fields=None),
    member("d", merge_fields='{"FNAME":"Dan"}'),
]
GONE = member("gone", rating=1)


def event(url: str, action: str = "click") -> Row:
    return {
        "campaign_id": "c1",
        "email_id": "e1",
        "action": action,
        "timestamp": T0,
        "url": url,
        "_ordinal": 0,
        "ip": "10.0.0.1",
    }


HAPPENED = [event("https://a.example/"), event("https://b.example/"), event("", "open")]
TRUTH: dict[str, tuple[TableSchema, list[Row]]] = {
    "list_members": (MEMBERS, PEOPLE),
    "reports_email_activity": (EVENTS, HAPPENED),
}


def run_again(destination: Destination) -> list[Change]:
    """What a run does: prepare, read again what is not proven, bury what was not met."""
    changes: list[Change] = []
    for schema, rows in TRUTH.values():
        changes += destination.prepare(schema)
        lines = [one for one in destination.slices() if one.table_name == schema.name]
        if lines and all(one.state is SliceState.PROVEN for one in lines):
            continue
        first = line(None, 2, table=schema.name)
        destination.commit(commit(load(schema, *rows), at=T0 + HOUR))
        seen = keys(schema, *[tuple(row[name] for name in schema.primary_key) for row in rows])
        missing = destination.missing(schema, Scope(), seen)
        gone = [tuple(row.values()) for row in missing.to_pylist()]
        destination.commit(commit(load(schema, gone=gone), at=T0 + HOUR, slices=[first]))
    return changes


def run_first(destination: Any) -> None:
    run_again(destination)
    destination.commit(commit(load(MEMBERS, GONE)))
    destination.commit(commit(load(MEMBERS, gone=[("list1", "gone")])))


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of DuckDB that a first run has ended on, to be copied."""
    path = tmp_path_factory.mktemp("ended") / "warehouse.duckdb"
    with open_destination(f"duckdb:///{path}", DATASET) as destination:
        run_first(destination)
    return path


@pytest.fixture
def tampered(
    place: Place, tmp_path: Path, request: pytest.FixtureRequest
) -> Callable[[Sequence[str]], Any]:
    """A dataset that a first run has ended on, changed by these statements."""

    def make(statements: Sequence[str]) -> Any:
        if place.engine == "duckdb":
            shutil.copy(request.getfixturevalue("ended"), tmp_path)
            place.dataset = DATASET
        first: Any = place.open()
        if place.engine != "duckdb":
            run_first(first)
        for statement in statements:
            first._session.run(statement)
        return first

    return make


def right(destination: Any) -> None:
    """The live rows are the truth, each once, cell by cell; the tombstone is still there."""
    for schema, rows in TRUTH.values():
        names = [column.name for column in schema.columns]
        found = destination.cells(schema, Scope(), names)
        order = [(name, "ascending") for name in schema.primary_key]
        expected = pa.Table.from_batches([batch(schema, *rows)]).sort_by(order)
        assert _plain(expected.to_pylist()) == _plain(found.sort_by(order).to_pylist())
        assert 0 == destination.surplus(schema, Scope())
        assert [] == list(destination.prepare(schema))
    tables = {
        str(row[0]) for row in destination._session.rows(destination._session.dialect.objects)
    }
    assert set() == tables & {f"{name}_2" for name in TRUTH}


def _plain(rows: list[Row]) -> list[Row]:
    return [
        {k: v.replace(" ", "") if isinstance(v, str) else v for k, v in r.items()} for r in rows
    ]


@dataclasses.dataclass(frozen=True)
class Tampering:
    """`told`: words of the changes, empty where none is needed. `theirs`: a query that must answer
    with the rows after it, also after the run."""

    name: str
    statements: tuple[str, ...]
    told: tuple[str, ...] = ()
    theirs: tuple[str, list[tuple[Any, ...]]] | None = None
    engines: tuple[str, ...] = ENGINES


M, E = '"list_members"', '"reports_email_activity"'
ALTER = f"ALTER TABLE {M}"
PUT_RIGHT = [
    Tampering(
        "a column of ours NOT NULL",
        (f"DELETE FROM {M} WHERE rating IS NULL", f"{ALTER} ALTER COLUMN rating SET NOT NULL"),
        ("rating of list_members was made NOT NULL", "1 row of list_members was removed"),
    ),
    Tampering(
        "a column of ours NOT NULL, before a version that remembers tables",
        (
            f"UPDATE {M} SET rating = 3 WHERE rating IS NULL",
            f"{ALTER} ALTER COLUMN rating SET NOT NULL",
            f"UPDATE {E} SET ip = 'x' WHERE ip IS NULL",
            f"ALTER TABLE {E} ALTER COLUMN ip SET NOT NULL",
            "DROP TABLE _chimpline_tables",
            "CREATE TABLE _chimpline_tables (table_name text, shape json, rows bigint)",
            "UPDATE _chimpline_slices SET state = 'stale'",
        ),
        ("rating of list_members was made NOT NULL", "ip of reports_email_activity was made"),
    ),
    Tampering(
        "_deleted_at NOT NULL",
        (
            f"UPDATE {M} SET _deleted_at = _synced_at",
            f"{ALTER} ALTER COLUMN _deleted_at SET NOT NULL",
            f"{ALTER} ALTER COLUMN _deleted_at DROP NOT NULL",
            f"UPDATE {M} SET _deleted_at = NULL WHERE id <> 'gone'",
            f"{ALTER} ALTER COLUMN _deleted_at SET DEFAULT now()",
        ),
    ),
    Tampering(
        "_deleted_at filled by default",
        (
            f"{ALTER} ALTER COLUMN _deleted_at SET DEFAULT now()",
            f"DELETE FROM {M} WHERE id IN ('a', 'c')",
        ),
        ("2 rows of list_members were removed by somebody else",),
    ),
    Tampering(
        "a column of theirs",
        (f"{ALTER} ADD COLUMN mine text", f"UPDATE {M} SET mine = id"),
        theirs=(f"SELECT mine FROM {M} WHERE id = 'a'", [("a",)]),
    ),
    Tampering(
        "columns of theirs that are called as the merge's own",
        (
            f"{ALTER} ADD COLUMN stage_id text",
            f"{ALTER} ADD COLUMN row_id text",
            f"{ALTER} ADD COLUMN came_back text",
            f"{ALTER} ADD COLUMN kept_0 text",
            f'{ALTER} ADD COLUMN "{{one}}" text',
            f"UPDATE {M} SET stage_id = 's', row_id = 'r', came_back = 'c', kept_0 = 'k'",
            f"UPDATE {M} SET \"{{one}}\" = 'o', rating = 9",
            f"DELETE FROM {M} WHERE id = 'a'",
        ),
        ("1 row of list_members was removed",),
        theirs=(
            f"SELECT stage_id, row_id, came_back, kept_0, \"{{one}}\" FROM {M} WHERE id = 'b'",
            [("s", "r", "c", "k", "o")],
        ),
    ),
    Tampering(
        "a column of theirs NOT NULL",
        (
            f"{ALTER} ADD COLUMN mine text",
            f"UPDATE {M} SET mine = 'x'",
            f"{ALTER} ALTER COLUMN mine SET NOT NULL",
            f"DELETE FROM {M} WHERE id = 'a'",
        ),
        ("mine of list_members was made NOT NULL", "chimpline has no value for it"),
        theirs=(f"SELECT mine FROM {M} WHERE id = 'b'", [("x",)]),
    ),
    Tampering(
        "a column of theirs NOT NULL with a default",
        (
            f"{ALTER} ADD COLUMN mine text DEFAULT 'x'",
            f"{ALTER} ALTER COLUMN mine SET NOT NULL",
            f"DELETE FROM {M} WHERE id = 'a'",
        ),
        ("1 row of list_members was removed",),
        theirs=(f"SELECT DISTINCT mine FROM {M}", [("x",)]),
    ),
    Tampering(
        "a key column renamed",
        (f"{ALTER} RENAME COLUMN id TO member_id",),
        ("id of list_members had been renamed to member_id",),
    ),
    Tampering(
        "columns renamed, one but for case",
        (f"{ALTER} RENAME COLUMN rating TO stars", f'{ALTER} RENAME COLUMN rate TO "Rate"'),
        ("rating of list_members had been renamed to stars", "renamed to Rate"),
    ),
    Tampering(
        "_deleted_at renamed",
        (f"{ALTER} RENAME COLUMN _deleted_at TO deleted",),
        ("_deleted_at of list_members had been renamed",),
    ),
    Tampering(
        "a column dropped",
        (f"{ALTER} DROP COLUMN rating",),
        ("rating of list_members was not there any more",),
    ),
    Tampering(
        "a column dropped and another of its name added",
        (f"{ALTER} DROP COLUMN rating", f"{ALTER} ADD COLUMN rating text"),
        ("rating of list_members had been changed to",),
    ),
    Tampering(
        "a column dropped and the same one added",
        (f"{ALTER} DROP COLUMN rating", f"{ALTER} ADD COLUMN rating bigint"),
        ("Columns of list_members were dropped and added again",),
    ),
    Tampering(
        "the last column dropped and the same one added",
        (f"{ALTER} DROP COLUMN _deleted_at", f"{ALTER} ADD COLUMN _deleted_at timestamptz"),
        ("Columns of list_members were dropped and added again",),
        engines=POSTGRES,
    ),
    Tampering(
        "columns that exchanged their names",
        (
            f"ALTER TABLE {E} RENAME COLUMN ip TO _ip",
            f"ALTER TABLE {E} RENAME COLUMN url TO ip",
            f"ALTER TABLE {E} RENAME COLUMN _ip TO url",
        ),
        ("Columns of reports_email_activity were dropped and added again",),
    ),
    Tampering(
        "_deleted_at dropped",
        (f"{ALTER} DROP COLUMN _deleted_at",),
        ("_deleted_at of list_members was not there any more",),
    ),
    Tampering(
        "_synced_at dropped",
        (f"{ALTER} DROP COLUMN _synced_at",),
        ("_synced_at of list_members was not there any more",),
    ),
    Tampering(
        "a narrower number",
        (f"{ALTER} ALTER COLUMN rating TYPE integer",),
        ("rating of list_members had been changed to",),
    ),
    Tampering(
        "a number as text",
        (f"{ALTER} ALTER COLUMN rating TYPE text USING CAST(rating AS text)",),
        ("rating of list_members had been changed to",),
    ),
    Tampering(
        "a number as text that is none any more",
        (
            f"{ALTER} ALTER COLUMN rating TYPE text USING CAST(rating AS text)",
            f"UPDATE {M} SET rating = 'high' WHERE id = 'a'",
        ),
        ("do not fit", "It is called rating__text now"),
        theirs=(f"SELECT rating__text FROM {M} WHERE id = 'a'", [("high",)]),
    ),
    Tampering(
        "a double cut to whole numbers",
        (f"{ALTER} ALTER COLUMN rate TYPE bigint USING CAST(rate AS bigint)",),
        ("rate of list_members had been changed to",),
    ),
    Tampering(
        "a time without its zone",
        (f"{ALTER} ALTER COLUMN changed TYPE timestamp",),
        ("changed of list_members had been changed to",),
    ),
    Tampering(
        "JSON as text",
        (f"{ALTER} ALTER COLUMN merge_fields TYPE text USING CAST(merge_fields AS text)",),
        ("merge_fields of list_members had been changed to",),
    ),
    Tampering(
        "a key of another type",
        (f"{ALTER} ALTER COLUMN id TYPE varchar(20)",),
        ("id of list_members had been changed to character varying(20)",),
        engines=POSTGRES,
    ),
    Tampering(
        "NOT NULL of a key dropped, and rows without one",
        (
            f"{ALTER} ALTER COLUMN id DROP NOT NULL",
            f"INSERT INTO {M} (list_id, _synced_at) SELECT 'list1', _synced_at FROM {M} LIMIT 2",
            f"UPDATE {M} SET id = NULL WHERE id = 'a'",
        ),
        ("id of list_members could be empty", "3 rows of list_members without a key"),
        engines=DUCK,
    ),
    Tampering(
        "the primary key dropped, rows without a key and rows twice",
        (
            f"{ALTER} DROP CONSTRAINT list_members_pkey",
            f"{ALTER} ALTER COLUMN id DROP NOT NULL",
            f"INSERT INTO {M} (list_id, _synced_at) SELECT 'list1', _synced_at FROM {M} LIMIT 2",
            f"INSERT INTO {M} SELECT * FROM {M} WHERE id IN ('b', 'c')",
        ),
        ("without a key", "2 rows of list_members were there twice", "primary key"),
        engines=POSTGRES,
    ),
    Tampering(
        "the primary key dropped, and another one of theirs",
        (
            f"{ALTER} DROP CONSTRAINT list_members_pkey",
            f"{ALTER} ADD COLUMN mine bigserial PRIMARY KEY",
        ),
        ("The primary key of list_members was not there any more",),
        theirs=(f"SELECT count(mine) FROM {M}", [(5,)]),
        engines=POSTGRES,
    ),
    Tampering("a primary key added", (f"{ALTER} ADD PRIMARY KEY (list_id, id)",), engines=DUCK),
    Tampering(
        "the index dropped",
        ('DROP INDEX "reports_email_activity_campaign_id_email_id_timestamp__ordi_idx"',),
        ("The index of reports_email_activity was not there any more",),
        engines=POSTGRES,
    ),
    Tampering(
        "an index of theirs",
        (f"CREATE INDEX mine ON {M} (rating)", f"DELETE FROM {M} WHERE id = 'a'"),
        ("1 row of list_members was removed",),
    ),
    Tampering(
        "an identity",
        (
            f"UPDATE {M} SET rating = 1",
            f"{ALTER} ALTER COLUMN rating SET NOT NULL",
            f"{ALTER} ALTER COLUMN rating ADD GENERATED ALWAYS AS IDENTITY",
        ),
        ("rating of list_members was filled by the database itself",),
        engines=POSTGRES,
    ),
    Tampering(
        "rows twice",
        (f"INSERT INTO {M} SELECT * FROM {M} WHERE id IN ('a', 'b', 'gone')",),
        ("3 rows of list_members were there twice",),
        engines=DUCK,
    ),
    Tampering(
        "rows twice, and changed",
        (
            f"INSERT INTO {M} SELECT * FROM {M} WHERE id IN ('a', 'b')",
            f"UPDATE {M} SET rating = 9 WHERE rowid IN (SELECT max(rowid) FROM {M} WHERE id = 'a')",
        ),
        ("2 rows of list_members were there twice", "not alike"),
        engines=DUCK,
    ),
    Tampering(
        "rows twice, and as many removed",
        (
            f"INSERT INTO {M} SELECT * FROM {M} WHERE id = 'a'",
            f"DELETE FROM {M} WHERE id = 'b'",
        ),
        ("1 row of list_members was there twice", "1 row of list_members was removed"),
        engines=DUCK,
    ),
    Tampering(
        "events twice",
        (f"INSERT INTO {E} SELECT * FROM {E} WHERE url <> ''",),
        ("2 rows of reports_email_activity were there twice",),
    ),
    Tampering(
        "rows removed",
        (f"DELETE FROM {E} WHERE url = ''",),
        ("1 row of reports_email_activity was removed by somebody else",),
    ),
    Tampering(
        "a table emptied",
        (f"TRUNCATE {E}", f"DELETE FROM {M}"),
        ("3 rows of reports_email_activity were removed", "5 rows of list_members were removed"),
    ),
    Tampering(
        "rows that Mailchimp never had",
        (
            (
                f"INSERT INTO {M} (list_id, id, rating, _synced_at) "
                f"SELECT 'list1', 'nobody', 1, _synced_at FROM {M} LIMIT 1"
            ),
        ),
        ("1 row was added to list_members by somebody else", "as the setting deletes says"),
    ),
    Tampering("a table dropped", (f"DROP TABLE {M}",), ("list_members was not there any more",)),
    Tampering(
        "a table renamed, with a view of theirs on it",
        (f"CREATE VIEW dash AS SELECT id FROM {M}", f"{ALTER} RENAME TO members"),
        ("it is called members now", "chimpline no longer updates members", "view dash"),
        theirs=("SELECT count(*) FROM members", [(5,)]),
        engines=POSTGRES,
    ),
    Tampering(
        "a table renamed",
        (f"{ALTER} RENAME TO members",),
        ("list_members was not there any more",),
        theirs=("SELECT count(*) FROM members", [(5,)]),
    ),
    Tampering(
        "views of theirs",
        (
            f"CREATE VIEW dash AS SELECT id, rating FROM {M}",
            "CREATE VIEW board AS SELECT count(*) AS n FROM dash",
            f"DELETE FROM {M} WHERE id = 'a'",
        ),
        ("1 row of list_members was removed",),
        theirs=("SELECT n FROM board", [(5,)]),
    ),
    Tampering(
        "foreign keys and materialized views of theirs",
        (
            f"CREATE MATERIALIZED VIEW dash AS SELECT id, rating FROM {M}",
            (
                "CREATE TABLE notes (list_id text, id text, "
                f"FOREIGN KEY (list_id, id) REFERENCES {M} (list_id, id))"
            ),
            "INSERT INTO notes VALUES ('list1', 'a')",
            f"UPDATE {M} SET rating = 9",
            f"DELETE FROM {M} WHERE id = 'b'",
        ),
        ("1 row of list_members was removed",),
        theirs=("SELECT count(*) FROM notes", [(1,)]),
        engines=POSTGRES,
    ),
    Tampering(
        "a trigger that only looks on",
        (
            (
                "CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RETURN NULL; END $$"
            ),
            (
                f"CREATE TRIGGER audit AFTER INSERT OR UPDATE ON {M} FOR EACH ROW "
                "EXECUTE FUNCTION look()"
            ),
            f"DELETE FROM {M} WHERE id = 'b'",
        ),
        ("1 row of list_members was removed",),
        engines=POSTGRES,
    ),
]
EACH = [
    pytest.param(engine, one, id=f"{one.name}, {engine}")
    for one in PUT_RIGHT
    for engine in one.engines
]


@pytest.mark.parametrize(("engine", "one"), EACH)
def test_what_a_person_did_is_told_and_put_right_where_it_stands(
    tampered: Callable[[Sequence[str]], Any], one: Tampering
) -> None:
    destination = tampered(one.statements)
    told = [heard(change.said) for change in run_again(destination)]
    assert bool(one.told) == bool(told), told
    for words in one.told:
        assert words in " ".join(told)
    right(destination)
    if one.theirs:
        query, answer = one.theirs
        assert answer == destination._session.rows(query)


@pytest.mark.parametrize("engine", DUCK)
def test_a_merge_holds_keys_distinct_and_loses_no_row_beside_them(destination: Any) -> None:
    merges_once(destination, notes="")


@pytest.mark.parametrize("engine", DUCK)
def test_a_merge_of_heavy_rows_does_so_too(destination: Any) -> None:
    merges_once(destination, notes="x" * 20_000)


@pytest.mark.parametrize("engine", DUCK)
def test_a_merge_of_unchanged_rows_leaves_none_beside_them(destination: Any) -> None:
    run_again(destination)
    stored = destination._session.rows(f"SELECT id, rating FROM {M} ORDER BY id")
    destination._session.run(
        f"INSERT INTO {M} SELECT * REPLACE (9 AS rating) FROM {M} WHERE id = 'a'"
    )
    destination.commit(commit(load(MEMBERS, *PEOPLE), at=T0 + HOUR))
    assert stored == destination._session.rows(f"SELECT id, rating FROM {M} ORDER BY id")


def merges_once(destination: Any, notes: str) -> None:
    """Rows met twice, counted as two, would stand for rows that are new."""
    run_again(destination)
    destination._session.run(f"INSERT INTO {M} SELECT * FROM {M} WHERE id IN ('a', 'b')")
    cells = {"merge_fields": f'{{"NOTES":"{notes}"}}'}
    rows = [member("a", rating=1, **cells), PEOPLE[1], member("new", **cells), member("newer")]
    change = destination.commit(commit(load(MEMBERS, *rows), at=T0 + HOUR))["list_members"]
    assert 2 == change.inserted
    found = destination._session.rows(f"SELECT id, rating FROM {M} ORDER BY id")
    assert [("a", 1), ("b", 2), ("c", None), ("d", 2), ("new", 2), ("newer", 2)] == found
    assert [] == list(destination.prepare(MEMBERS))


# -- what cannot be put right without touching what is theirs ---------------------------------


@dataclasses.dataclass(frozen=True)
class Standing:
    """`words`: of the message. `undo`: what a person does then; the run after it is right."""

    name: str
    statements: tuple[str, ...]
    words: tuple[str, ...]
    undo: tuple[str, ...]
    engines: tuple[str, ...] = ENGINES


IN_THE_WAY = [
    Standing(
        "a view of theirs on a column of another type",
        (
            f"{ALTER} ALTER COLUMN rating TYPE integer",
            f"CREATE VIEW dash AS SELECT rating FROM {M}",
            "CREATE MATERIALIZED VIEW board AS SELECT * FROM dash",
        ),
        (
            "list_members has to have its column rating changed",
            "used by a view or rule: rule _RETURN on view dash depends on column",
            "view board",
        ),
        ("DROP MATERIALIZED VIEW board", "DROP VIEW dash"),
        POSTGRES,
    ),
    Standing(
        "an index of theirs on a table that has to be altered",
        (
            f"{ALTER} DROP COLUMN rating",
            f"{ALTER} ADD COLUMN rating integer",
            f"CREATE INDEX mine ON {M} (rating)",
        ),
        ("list_members", "index mine", "create them again"),
        ("DROP INDEX mine",),
        DUCK,
    ),
    Standing(
        "a column of theirs that is called as DuckDB's own name for the place of a row",
        (f'{ALTER} ADD COLUMN "RowId" bigint', f"INSERT INTO {M} SELECT * FROM {M}"),
        ("table list_members has a column called RowId", "Rename the column RowId"),
        (f'{ALTER} RENAME COLUMN "RowId" TO mine',),
        DUCK,
    ),
    Standing(
        "a column of ours that is called so",
        (f"{ALTER} RENAME COLUMN rating TO rowid",),
        ("table list_members has a column called rowid",),
        (f"{ALTER} RENAME COLUMN rowid TO stars",),
        DUCK,
    ),
    Standing(
        "a view of theirs in another schema that is named like the table",
        (
            f"{ALTER} ALTER COLUMN rate TYPE text",
            "CREATE SCHEMA named_alike",
            f"CREATE VIEW named_alike.list_members AS SELECT id, rate FROM {M}",
        ),
        ("list_members", "view named_alike.list_members"),
        ("DROP SCHEMA named_alike CASCADE",),
        POSTGRES,
    ),
    Standing(
        "a policy on a column that has another type",
        (
            f"{ALTER} ALTER COLUMN rate TYPE text",
            f"CREATE POLICY mine ON {M} USING (rate <> '1')",
        ),
        ("list_members", "policy"),
        (f"DROP POLICY mine ON {M}",),
        POSTGRES,
    ),
    Standing(
        "a table of theirs that inherits from ours",
        (f"CREATE TABLE kid () INHERITS ({M})", f"INSERT INTO kid SELECT * FROM ONLY {M}"),
        ("inherit from the table list_members", "kid NO INHERIT"),
        (f"ALTER TABLE kid NO INHERIT {M}",),
        POSTGRES,
    ),
    Standing(
        "a view in the place of a table",
        (f"{ALTER} RENAME TO members", f"CREATE VIEW {M} AS SELECT * FROM members"),
        ("has a view list_members that chimpline did not make", "Rename that view"),
        (f"DROP VIEW {M}", f"ALTER TABLE members RENAME TO {M}"),
    ),
    Standing(
        "a table of theirs in the place of ours",
        (f"{ALTER} RENAME TO members", f"CREATE TABLE {M} (id text)"),
        ("has a table list_members that chimpline did not make", "Rename that table"),
        (f"DROP TABLE {M}", f"ALTER TABLE members RENAME TO {M}"),
    ),
    Standing(
        "a primary key of theirs over a column that may be empty",
        (
            f"{ALTER} DROP CONSTRAINT list_members_pkey",
            f"UPDATE {M} SET rating = 1",
            f"{ALTER} ADD PRIMARY KEY (list_id, id, rating)",
        ),
        ("rating", "primary key"),
        (f"{ALTER} DROP CONSTRAINT list_members_pkey",),
        POSTGRES,
    ),
]
STANDING = [
    pytest.param(engine, one, id=f"{one.name}, {engine}")
    for one in IN_THE_WAY
    for engine in one.engines
]


def three_parts(error: DestinationError) -> str:
    told = told_of(error)
    assert all((told.what, told.kept, told.do))
    assert "report" not in str(told).replace("reports_email_activity", "")
    return str(told)


@pytest.mark.parametrize(("engine", "one"), STANDING)
def test_what_of_theirs_is_in_the_way_of_a_table_is_named_and_others_are_written(
    tampered: Callable[[Sequence[str]], Any], one: Standing
) -> None:
    destination = tampered(one.statements)
    with pytest.raises(TableBlocked) as caught:
        destination.prepare(MEMBERS)
    told = three_parts(caught.value)
    for words in one.words:
        assert words in told
    assert 0 == destination.count(MEMBERS, Scope())  # not half of it
    assert [] == list(destination.prepare(EVENTS))
    for statement in one.undo:
        destination._session.run(statement)
    destination.commit(commit(load(MEMBERS), slices=[line(None, 3, SliceState.STALE)]))
    run_again(destination)
    right(destination)


@pytest.mark.parametrize("engine", POSTGRES)
def test_postgresql_lets_no_column_be_called_as_its_own_name_for_the_place_of_a_row(
    destination: Any,
) -> None:
    run_again(destination)
    with refused(DestinationError, "ctid"):
        destination._session.run(f"{ALTER} ADD COLUMN ctid bigint")


@dataclasses.dataclass(frozen=True)
class Refusing:
    """Something of theirs that refuses rows, or lets them fall, as they are written."""

    name: str
    statements: tuple[str, ...]
    words: tuple[str, ...]
    engines: tuple[str, ...] = ENGINES


FALLS = "$$ BEGIN RETURN NULL; END $$"
REFUSING = [
    Refusing(
        "a unique index",
        (
            f"DELETE FROM {M} WHERE id IN ('b', 'd', 'gone')",
            f"CREATE UNIQUE INDEX mine ON {M} (list_id)",
        ),
        ("list_members", "index mine", "Drop"),
    ),
    Refusing(
        "a check",
        (
            f"DELETE FROM {M} WHERE id = 'a'",
            f"{ALTER} ADD CONSTRAINT mine CHECK (rating < 5 OR rating IS NULL)",
        ),
        ("list_members", "mine"),
        POSTGRES,
    ),
    Refusing(
        "a foreign key to a table of theirs",
        (
            f"DELETE FROM {M} WHERE id = 'c'",
            "CREATE TABLE audiences (id text PRIMARY KEY)",
            "INSERT INTO audiences VALUES ('list1')",
            f"{ALTER} ADD CONSTRAINT mine FOREIGN KEY (list_id) REFERENCES audiences (id)",
        ),
        ("list_members", "mine"),
        POSTGRES,
    ),
    Refusing(
        "a trigger that raises",
        (
            (
                "CREATE FUNCTION not_mine() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'not here'; END $$"
            ),
            f"CREATE TRIGGER mine BEFORE INSERT ON {M} FOR EACH ROW EXECUTE FUNCTION not_mine()",
            f"DELETE FROM {M} WHERE id = 'a'",
        ),
        ("list_members", "trigger mine", "not here"),
        POSTGRES,
    ),
    Refusing(
        "a trigger that lets rows fall",
        (
            f"CREATE FUNCTION fall() RETURNS trigger LANGUAGE plpgsql AS {FALLS}",
            f"CREATE TRIGGER mine BEFORE INSERT ON {M} FOR EACH ROW EXECUTE FUNCTION fall()",
            f"DELETE FROM {M} WHERE id = 'a'",
        ),
        ("list_members", "trigger mine", "Of 1 rows"),
        POSTGRES,
    ),
    Refusing(
        "a trigger that lets changes fall",
        (
            f"CREATE FUNCTION fall() RETURNS trigger LANGUAGE plpgsql AS {FALLS}",
            f"CREATE TRIGGER mine BEFORE UPDATE ON {M} FOR EACH ROW EXECUTE FUNCTION fall()",
            f"{ALTER} DROP COLUMN rating",
        ),
        ("list_members", "trigger mine"),
        POSTGRES,
    ),
    Refusing(
        "a trigger that removes rows after they were written",
        (
            (
                "CREATE FUNCTION gdpr() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN DELETE FROM {M} WHERE id = NEW.id; RETURN NULL; END $$"
            ),
            f"CREATE TRIGGER mine AFTER INSERT ON {M} FOR EACH ROW EXECUTE FUNCTION gdpr()",
            f"DELETE FROM {M} WHERE id = 'a'",
        ),
        ("list_members", "trigger mine", "4 rows after a write that leaves 5"),
        POSTGRES,
    ),
    Refusing(
        "a rule",
        (
            f"CREATE RULE mine AS ON INSERT TO {M} DO INSTEAD NOTHING",
            f"DELETE FROM {M} WHERE id = 'a'",
        ),
        ("list_members", "rule mine"),
        POSTGRES,
    ),
]
REFUSED = [
    pytest.param(engine, one, id=f"{one.name}, {engine}")
    for one in REFUSING
    for engine in one.engines
]


@pytest.mark.parametrize(("engine", "one"), REFUSED)
def test_what_of_theirs_keeps_rows_from_landing_is_named_and_nothing_is_proven(
    tampered: Callable[[Sequence[str]], Any], one: Refusing
) -> None:
    destination = tampered(one.statements)
    with pytest.raises(DestinationError) as caught:
        run_again(destination)
    told = three_parts(caught.value)
    for words in one.words:
        assert words in told
    assert "list1" not in told  # no value of a row
    lines = [one for one in destination.slices() if one.table_name == "list_members"]
    assert {SliceState.STALE} == {one.state for one in lines}


@pytest.mark.parametrize("engine", POSTGRES)
@pytest.mark.parametrize("deletes", [Deletes.MARK, Deletes.REMOVE])
def test_a_trigger_that_keeps_a_row_alive_is_named(
    tampered: Callable[[Sequence[str]], Any], deletes: Deletes
) -> None:
    event = "UPDATE" if deletes is Deletes.MARK else "DELETE"
    destination = tampered(
        (
            f"CREATE FUNCTION stay() RETURNS trigger LANGUAGE plpgsql AS {FALLS}",
            f"CREATE TRIGGER mine BEFORE {event} ON {M} FOR EACH ROW EXECUTE FUNCTION stay()",
        )
    )
    with pytest.raises(TableBlocked) as caught:
        destination.commit(commit(load(MEMBERS, gone=[("list1", "a")]), deletes=deletes))
    assert "trigger mine" in three_parts(caught.value)


class TestRights:
    """In PostgreSQL, of a user who does not own the tables."""

    @pytest.fixture
    def place(self, postgres_url: str) -> Any:
        import contextlib

        with contextlib.ExitStack() as stack:
            yield Place("postgresql", postgres_url, "rights", stack)
        with psycopg.connect(postgres_url, autocommit=True) as admin:
            admin.execute("DROP SCHEMA rights CASCADE")

    def _as_loader(
        self, place: Place, tampered: Callable[[Sequence[str]], Any], *statements: str
    ) -> Any:
        tampered(())
        place.stack.close()
        with psycopg.connect(place.url, autocommit=True) as admin:
            admin.execute("DROP ROLE IF EXISTS loader")
            admin.execute("CREATE ROLE loader LOGIN")
            admin.execute("GRANT USAGE ON SCHEMA rights TO loader")
            admin.execute("GRANT ALL ON ALL TABLES IN SCHEMA rights TO loader")
            for statement in statements:
                admin.execute(statement.encode())
        mine = dataclasses.replace(place, url=place.url.replace("postgres:@", "loader@"))
        return mine.open()

    def test_rights_that_were_revoked_are_named(
        self, place: Place, tampered: Callable[[Sequence[str]], Any]
    ) -> None:
        loader = self._as_loader(place, tampered, f"REVOKE INSERT ON rights.{M} FROM loader")
        with pytest.raises(TableBlocked) as caught:
            loader.prepare(MEMBERS)
        told = three_parts(caught.value)
        assert 'GRANT SELECT, INSERT, UPDATE, DELETE ON "list_members" TO "loader"' in told
        assert [] == list(loader.prepare(EVENTS))

    def test_rows_that_a_policy_hides_are_no_smaller_copy(
        self, place: Place, tampered: Callable[[Sequence[str]], Any]
    ) -> None:
        loader = self._as_loader(
            place,
            tampered,
            f"ALTER TABLE rights.{M} ENABLE ROW LEVEL SECURITY",
            f"CREATE POLICY mine ON rights.{M} USING (id = 'a') WITH CHECK (true)",
        )
        with pytest.raises(DestinationError):
            loader.count(MEMBERS, Scope())  # nobody is told of one member
        with pytest.raises(TableBlocked) as caught:
            loader.prepare(MEMBERS)
        assert "Row-level security" in three_parts(caught.value)

    def test_a_shape_that_only_the_owner_can_put_right(
        self, place: Place, tampered: Callable[[Sequence[str]], Any]
    ) -> None:
        loader = self._as_loader(
            place,
            tampered,
            f"ALTER TABLE rights.{M} ALTER COLUMN vip SET DEFAULT true",
            f"UPDATE rights.{M} SET rating = 1",
            f"ALTER TABLE rights.{M} ALTER COLUMN rating SET NOT NULL",
        )
        with pytest.raises(TableBlocked) as caught:
            loader.prepare(MEMBERS)
        assert "must be owner of table list_members" in three_parts(caught.value)


# -- names ------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", DUCK)
def test_duckdb_takes_names_alike_but_for_case_for_one(place: Place) -> None:
    place.dataset = "mailchimp"
    run_again(place.open())
    place.stack.close()
    shouted = dataclasses.replace(place, dataset="MAILCHIMP")
    destination = shouted.open()
    assert [] == run_again(destination)
    right(destination)


@pytest.mark.parametrize("engine", POSTGRES)
def test_postgresql_refuses_a_dataset_alike_but_for_case(place: Place) -> None:
    """It would be another one, empty, and read anew beside the one that was meant."""
    run_again(place.open())
    place.stack.close()
    with pytest.raises(DestinationError) as caught:
        dataclasses.replace(place, dataset=place.dataset.upper()).open()
    told = three_parts(caught.value)
    assert place.dataset in told
    assert place.dataset.upper() in told


@pytest.mark.parametrize("engine", DUCK)
def test_in_duckdb_a_table_of_theirs_alike_but_for_case_is_named(place: Place) -> None:
    destination: Any = place.open()
    destination._session.run('CREATE TABLE "List_Members" (id text)')
    with refused(TableBlocked, "did not make"):
        destination.prepare(MEMBERS)


# -- views of ours ----------------------------------------------------------------------------

VIEW = View("list_members__list1", "list_members", (), (ViewColumn("id", "id"),))


@pytest.mark.parametrize(
    "statements",
    [
        (f"{ALTER} RENAME COLUMN id TO member_id",),
        (f"{ALTER} RENAME TO members",),
        (f"{ALTER} RENAME TO members", f"CREATE TABLE {M} AS SELECT * FROM members WHERE id = 'a'"),
    ],
)
def test_a_view_of_ours_shows_the_table_of_that_name(
    tampered: Callable[[Sequence[str]], Any], statements: tuple[str, ...]
) -> None:
    """In PostgreSQL a view follows what it was made on, whatever that is called later."""
    first = tampered(())
    first.create_views([VIEW])
    for statement in statements:
        first._session.run(statement)
    run_again(first)
    first.create_views([VIEW])
    first.commit(commit(load(MEMBERS, gone=[("list1", "a")])))
    found = first._session.rows(f'SELECT id FROM "{VIEW.name}" ORDER BY id')
    assert [("b",), ("c",), ("d",)] == found


@pytest.mark.parametrize("engine", POSTGRES)
def test_a_view_of_ours_shows_the_table_also_after_a_run_that_died(
    place: Place,
) -> None:
    """The table is there anew, and the process dies before the view is on it."""
    first: Any = place.open()
    run_again(first)
    first.create_views([VIEW])
    first._session.run(f"{ALTER} RENAME TO members")
    run = first._session.run

    def dying(sql: str, *values: object) -> int:
        if "VIEW" in sql:
            raise KeyboardInterrupt
        return int(run(sql, *values))

    first._session.run = dying
    with pytest.raises(KeyboardInterrupt):
        first.prepare(MEMBERS)
    place.stack.close()
    again: Any = place.open()
    run_again(again)
    again.create_views([VIEW])
    again.commit(commit(load(MEMBERS, gone=[("list1", "a")])))
    found = again._session.rows(f'SELECT id FROM "{VIEW.name}" ORDER BY id')
    assert [("b",), ("c",), ("d",)] == found


@pytest.mark.parametrize("engine", POSTGRES)
def test_a_view_that_something_of_theirs_uses_stays_and_the_others_are_made(place: Place) -> None:
    destination: Any = place.open()
    run_again(destination)

    def views(kind: ColumnType) -> list[View]:
        column = ViewColumn("SHOE", "merge_fields", "SHOE", kind)
        return [dataclasses.replace(VIEW, columns=(*VIEW.columns, column), name=n) for n in "ab"]

    destination.create_views(views(ColumnType.DOUBLE))
    destination._session.run('CREATE VIEW dash AS SELECT * FROM "a"')
    notices: list[Message] = []
    assert ["a", "b"] == destination.create_views(views(ColumnType.TEXT), notices.append)
    told = [heard(one) for one in notices]
    assert 1 == len(told)
    assert "view dash" in told[0]
    assert "All rows were copied" in told[0]
    assert "It stays as it was." in told[0]
    destination.drop_views(["a", "b"], notices.append)
    assert 2 == len(notices)
    assert "It stays, and is empty." in heard(notices[1])
    assert [] == destination._session.rows("SELECT * FROM dash WHERE FALSE")
