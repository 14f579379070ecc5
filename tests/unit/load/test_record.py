"""What the record of a table tells of what others did to its columns."""

from __future__ import annotations

import pytest

from chimpline.load.upkeep.record import Recorded
from chimpline.load.upkeep.stored import StoredColumn

BEFORE = Recorded(
    key=("id",),
    columns=(("id", "text"), ("city", "text"), ("rating", "bigint")),
    rows=1,
    identity=7,
    places=(1, 2, 3),
)


def stored(*columns: str) -> list[StoredColumn]:
    """Columns as `name type place`; without a place where the engine has none."""
    told = [column.split() for column in columns]
    return [
        StoredColumn(name, kind, required=False, place=int(place[0]) if place else None)
        for name, kind, *place in told
    ]


SAME = stored("id text 1", "city text 2", "rating bigint 3")


def test_of_an_untouched_table_nothing_is_told() -> None:
    assert ({}, set()) == (BEFORE.renamed(SAME), BEFORE.moved(SAME, 7))


@pytest.mark.parametrize("further", [[], ["theirs text 4"]])
def test_a_renamed_column_is_known_by_its_place_and_type(further: list[str]) -> None:
    now = stored("id text 1", "town text 2", "rating bigint 3", *further)
    assert {"city": "town"} == BEFORE.renamed(now)


@pytest.mark.parametrize(
    "now",
    [
        ["id text 1", "rating bigint 3"],  # dropped
        ["id text 1", "town integer 2", "rating bigint 3"],  # of another type
        ["id text 1", "rating bigint 3", "city text 4"],  # dropped and added again
        ["id text 1", "rating text 2", "city bigint 3"],  # exchanged their names
    ],
)
def test_where_places_tell_nothing_no_column_is_taken_for_another(now: list[str]) -> None:
    assert {} == BEFORE.renamed(stored(*now))


def test_a_column_that_came_back_has_another_place() -> None:
    now = stored("id text 1", "city text 2", "rating bigint 4")
    assert {"rating"} == BEFORE.moved(now, 7)


def test_columns_that_exchanged_their_names_both_moved() -> None:
    now = stored("id text 1", "rating text 2", "city bigint 3")
    assert {"city", "rating"} == BEFORE.moved(now, 7)


def test_a_restored_dump_numbers_its_columns_anew_and_keeps_their_order() -> None:
    assert set() == BEFORE.moved(stored("id text 1", "city text 4", "rating bigint 9"), 8)
    now = stored("id text 1", "rating bigint 2", "city text 3")
    assert {"city", "rating"} == BEFORE.moved(now, 8)


def test_without_places_the_order_tells() -> None:
    old = Recorded(BEFORE.key, BEFORE.columns, BEFORE.rows, BEFORE.identity)
    assert set() == old.moved(SAME, 7)
    assert {"city", "rating"} == old.moved(stored("id text 1", "rating bigint 3", "city text 4"), 7)


def test_columns_of_theirs_are_nobodys_move() -> None:
    assert set() == BEFORE.moved([*SAME, *stored("theirs text 4")], 7)
