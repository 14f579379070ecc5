"""Tables follow the catalog, and nothing of value is lost on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from chimpline.errors import DestinationError
from chimpline.load.contract import Change, Destination, View, ViewColumn
from chimpline.model import Column, ColumnType, Scope, SliceState, TableSchema
from tests.contract.conftest import Place
from tests.contract.samples import HOUR, T0, commit, line, load
from tests.words import heard, refused

Read = Callable[..., list[tuple[Any, ...]]]
TEXT, INT64, DOUBLE = ColumnType.TEXT, ColumnType.INT64, ColumnType.DOUBLE
BOOLEAN, TIMESTAMP, JSON = ColumnType.BOOLEAN, ColumnType.TIMESTAMP, ColumnType.JSON


def said(changes: Sequence[Change]) -> list[str]:
    return [heard(change.said) for change in changes]


def table(*columns: tuple[str, ColumnType], key: tuple[str, ...] = ("id",)) -> TableSchema:
    return TableSchema("things", (Column("id", TEXT), *(Column(*one) for one in columns)), key)


def test_a_new_column_is_added_and_a_dropped_one_keeps_its_values(
    destination: Destination, stored: Read
) -> None:
    old = table(("a", TEXT), ("b", INT64))
    destination.prepare(old)
    rows = [{"id": "1", "a": "x", "b": 1}, {"id": "2", "a": "y", "b": 2}]
    destination.commit(commit(load(old, *rows)))
    new = table(("c", JSON), ("a", TEXT))
    assert ["added column c to things"] == said(destination.prepare(new))
    fresh: list[dict[str, Any]] = [
        {"id": "1", "a": "changed", "c": "{}"},
        {"id": "2", "a": "y", "c": None},
        {"id": "3", "a": "z", "c": None},
    ]
    change = destination.commit(commit(load(new, *fresh), at=T0 + HOUR))["things"]
    assert (1, 1) == (change.inserted, change.updated)
    assert [("1", "changed", 1), ("2", "y", 2), ("3", "z", None)] == stored(
        'SELECT id, a, b FROM "things" ORDER BY id'
    )


def test_a_new_column_takes_back_what_was_proven_of_its_table_alone(
    destination: Destination,
) -> None:
    """With the column itself: a run that dies then must not leave it empty and proven."""
    old = table(("a", TEXT))
    destination.prepare(old)
    lines = [line(None, 1, table="things"), line(None, 1, table="others")]
    destination.commit(commit(load(old, {"id": "1", "a": "x"}), slices=lines))
    destination.prepare(table(("a", TEXT), ("b", TEXT)))
    states = {one.table_name: one.state for one in destination.slices()}
    assert {"things": SliceState.STALE, "others": SliceState.PROVEN} == states


def test_a_table_that_somebody_dropped_is_made_anew_and_nothing_is_proven_of_it(
    place: Place, destination: Destination, stored: Read
) -> None:
    schema = table(("a", TEXT))
    destination.prepare(schema)
    lines = [line(None, 1, table="things"), line(None, 1, table="others")]
    destination.commit(commit(load(schema, {"id": "1", "a": "x"}), slices=lines))
    stored('DROP TABLE "things"')
    place.stack.close()
    later = place.open()
    (told,) = said(later.prepare(schema))
    assert "The table things was not there any more" in told
    assert {"others"} == {one.table_name for one in later.slices()}


@pytest.mark.parametrize(
    ("old", "new", "value", "kept"),
    [
        (TEXT, INT64, "12", 12),
        (TEXT, DOUBLE, "1.5", 1.5),
        (TEXT, BOOLEAN, "true", True),
        (TEXT, TIMESTAMP, T0.isoformat(), T0),
        (INT64, TEXT, 5, "5"),
        (INT64, DOUBLE, 5, 5.0),
        (DOUBLE, INT64, 5.0, 5),
        (BOOLEAN, TEXT, True, "true"),
    ],
)
def test_a_type_changes_where_every_value_survives(
    destination: Destination,
    stored: Read,
    *,
    old: ColumnType,
    new: ColumnType,
    value: object,
    kept: object,
) -> None:
    before = table(("a", old))
    destination.prepare(before)
    destination.commit(commit(load(before, {"id": "1", "a": value}, {"id": "2", "a": None})))
    after = table(("a", new))
    told = said(destination.prepare(after))
    assert [f"changed column a of things to {new}"] == told
    assert [("1", kept), ("2", None)] == stored('SELECT id, a FROM "things" ORDER BY id')
    assert [] == list(destination.prepare(after))
    again = load(after, {"id": "1", "a": kept}, {"id": "2", "a": None})
    assert destination.commit(commit(again))["things"].total == 0


@pytest.mark.parametrize(
    ("old", "new", "value"),
    [
        (TEXT, INT64, "twelve"),
        (TEXT, TIMESTAMP, "soon"),
        (TEXT, BOOLEAN, "maybe"),
        (DOUBLE, INT64, 1.5),
        (INT64, DOUBLE, 2**53 + 1),
        (INT64, TIMESTAMP, 5),
        (JSON, INT64, "[1]"),
    ],
)
def test_a_column_whose_values_do_not_fit_is_renamed_aside(
    destination: Destination, stored: Read, old: ColumnType, new: ColumnType, value: object
) -> None:
    before = table(("a", old))
    destination.prepare(before)
    destination.commit(commit(load(before, {"id": "1", "a": value})))
    after = table(("a", new))
    assert [f"renamed column a of things to a__{old} and added a as {new}"] == said(
        destination.prepare(after)
    )
    assert [(None, str(value))] == stored(f'SELECT a, CAST(a__{old} AS text) FROM "things"')
    assert [] == list(destination.prepare(after))
    # and once more back: the names aside stay distinct
    assert len(destination.prepare(before)) == 1
    assert [] == list(destination.prepare(before))


def test_a_type_changes_under_a_view(destination: Destination, stored: Read) -> None:
    if not destination.capabilities.views:
        pytest.skip("no views")
    before = table(("a", TEXT))
    destination.prepare(before)
    destination.commit(commit(load(before, {"id": "1", "a": "7"})))
    view = View("shown", "things", (), (ViewColumn("id", "id"), ViewColumn("a", "a")))
    destination.create_views([view])
    destination.prepare(table(("a", INT64)))
    assert [("1", 7)] == stored('SELECT * FROM "shown"')
    destination.prepare(table(("a", TIMESTAMP)))
    assert [("1", None)] == stored('SELECT * FROM "shown"')


def test_a_table_of_another_key_starts_anew_and_is_read_again(
    destination: Destination, stored: Read
) -> None:
    before = table(("a", TEXT))
    destination.prepare(before)
    destination.commit(
        commit(
            load(before, {"id": "1", "a": "7"}),
            slices=[line(None, 1, table="things"), line(None, 1, table="others")],
        )
    )
    after = table(("a", TEXT), key=("id", "a"))
    told = said(destination.prepare(after))
    assert ["renamed table things to things_2, since its key changed; it is read again"] == told
    assert destination.count(after, Scope()) == 0
    assert [("1", "7")] == stored('SELECT id, a FROM "things_2"')
    assert ["others"] == [one.table_name for one in destination.slices()]
    assert [] == list(destination.prepare(after))


def test_a_key_column_of_another_type(destination: Destination) -> None:
    before = TableSchema("things", (Column("id", TEXT),), ("id",))
    after = TableSchema("things", (Column("id", INT64),), ("id",))
    destination.prepare(before)
    destination.commit(commit(load(before, {"id": "1"}), slices=[line(None, 1, table="things")]))
    assert ["changed column id of things to int64"] == said(destination.prepare(after))
    assert destination.commit(commit(load(after, {"id": 1})))["things"].total == 0
    assert len(destination.slices()) == 1
    destination.prepare(before)
    destination.commit(commit(load(before, {"id": "x"})))
    told = said(destination.prepare(after))
    assert "renamed table things to things_2" in told[0]
    assert destination.slices() == []


def test_a_table_that_is_not_ours_is_left_alone(destination: Destination) -> None:
    session: Any = destination._session  # type: ignore[attr-defined]
    session.run('CREATE TABLE "things" (id text)')
    with refused(DestinationError, "did not make"):
        destination.prepare(table())


def test_erased_columns_are_empty_in_every_row_and_nothing_else_is(
    destination: Destination, stored: Read
) -> None:
    things = table(("a", TEXT), ("b", JSON))
    assert 0 == destination.erase(things, ["a"], T0)  # it is not there yet
    destination.prepare(things)
    rows: list[dict[str, Any]] = [
        {"id": "1", "a": "x", "b": "{}"},
        {"id": "2", "a": None, "b": None},
    ]
    destination.commit(commit(load(things, *rows)))
    destination.commit(commit(load(things, gone=[("1",)]), at=T0 + HOUR))
    later = T0 + 2 * HOUR
    assert 1 == destination.erase(things, ["a", "b", "never_stored"], later)
    assert [("1", None, None, later, T0 + HOUR), ("2", None, None, T0, None)] == stored(
        'SELECT id, a, b, _synced_at, _deleted_at FROM "things" ORDER BY id'
    )
    assert 0 == destination.erase(things, ["a", "b"], later)


def test_what_somebody_renamed_is_erased_as_well(destination: Destination, stored: Read) -> None:
    """Else `prepare` would give the column its name back, with all its values."""
    things = table(("a", TEXT), ("b", TEXT))
    destination.prepare(things)
    destination.commit(commit(load(things, {"id": "1", "a": "x", "b": "y"})))
    session: Any = destination._session  # type: ignore[attr-defined]
    session.run('ALTER TABLE "things" RENAME COLUMN a TO theirs')
    assert 1 == destination.erase(table(("b", TEXT)), ["a"], T0 + HOUR)
    assert [("1", None, "y")] == stored('SELECT id, a, b FROM "things"')
    told = "The column a of things had been renamed to theirs. "
    assert [f"{told}It is called a again; its values stayed."] == said(destination.prepare(things))


def test_erasing_without_columns_removes_every_row(destination: Destination, stored: Read) -> None:
    things = table(("a", TEXT))
    destination.prepare(things)
    destination.commit(commit(load(things, {"id": "1", "a": "x"}, {"id": "2", "a": "y"})))
    assert 2 == destination.erase(things, None, T0)
    assert [] == stored('SELECT * FROM "things"')
    assert ["added column n to things"] == said(
        destination.prepare(table(("a", TEXT), ("n", INT64)))
    )


@pytest.mark.parametrize("columns", [None, ["a"]])
def test_what_is_erased_is_not_proven_any_more(
    destination: Destination, columns: list[str] | None
) -> None:
    """In one step: whoever is killed after it would never read the rows again."""
    things = table(("a", TEXT))
    destination.prepare(things)
    rows = load(things, {"id": "1", "a": "x"})
    destination.commit(commit(rows, slices=[line(None, 1, table="things")]))
    assert 1 == destination.erase(things, columns, T0)
    assert [SliceState.STALE] == [one.state for one in destination.slices()]
