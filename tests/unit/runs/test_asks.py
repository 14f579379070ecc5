"""Which rows answer which question about the members of an audience."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from chimpline.model import LAST_SECOND, Scope, Window
from chimpline.runs.members.asks import ask_columns, ask_of, of_ask, window_filters

ARCHIVED = "status=archived"
ASKS = ("", ARCHIVED)
T0 = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)


def test_an_ask_has_its_rows_and_the_plain_one_all_others() -> None:
    mine = Scope(equals=(("list_id", "l"),), cursor="last_changed", until=T0)
    archived = of_ask(mine, ARCHIVED, ASKS)
    assert ((("list_id", "l"), ("status", "archived")), ()) == (archived.equals, archived.unless)
    plain = of_ask(mine, "", ASKS)
    assert (mine.equals, (("status", "archived"),)) == (plain.equals, plain.unless)
    assert {("last_changed", T0)} == {(one.cursor, one.until) for one in (archived, plain)}


@pytest.mark.parametrize(
    ("row", "expected"),
    [({"status": "archived"}, ARCHIVED), ({"status": "subscribed"}, ""), ({}, "")],
)
def test_each_row_answers_one_ask(row: dict[str, Any], expected: str) -> None:
    assert expected == ask_of(row, ASKS)


def test_the_columns_that_tell_the_ask() -> None:
    assert ["status"] == ask_columns(ASKS)


def test_a_window_is_asked_for_by_its_ends() -> None:
    since, until = "2024-05-01T12:00:00+00:00", "2024-05-01T13:00:00+00:00"
    later = T0 + dt.timedelta(hours=1)
    assert {"since_c": since, "before_c": until} == window_filters("c", Window(T0, later))
    assert {"before_c": until} == window_filters("c", Window(None, later))


def test_all_who_have_a_time_are_asked_for_by_one_end_at_least() -> None:
    assert ["since_c"] == list(window_filters("c", Window(T0, LAST_SECOND)))
    assert ["before_c"] == list(window_filters("c", Window(None, LAST_SECOND)))
