"""What is said of members that differ, by their counts and one by one."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from chimpline.reconcile.difference import Kind
from chimpline.reconcile.member_counts import Counted, differences
from chimpline.reconcile.member_kinds import MemberKinds
from tests.words import heard

UNTIL = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
ARCHIVED = "status=archived"
KINDS = MemberKinds({"": UNTIL, ARCHIVED: UNTIL}, "last_changed", UNTIL + 2 * HOUR, Kind.UNPROVEN)


def row(time: dt.datetime | None, status: str = "subscribed") -> dict[str, Any]:
    return {"id": "m", "last_changed": time, "status": status}


def told(**counted: Counted) -> list[tuple[Kind, int]]:
    asks = {"plain": "", "archived": ARCHIVED}
    by_ask = {asks[name]: one for name, one in counted.items()}
    return [(kind, many) for kind, many, _ in differences(by_ask, Kind.UNPROVEN) if many]


# -- by counts --------------------------------------------------------------------------------


def test_equal_counts_tell_nothing() -> None:
    assert [] == told(plain=Counted(UNTIL, 7, 0, 7), archived=Counted(UNTIL, 2, 0, 2))


def test_what_the_copy_lacks_of_the_proven_is_lost() -> None:
    assert [(Kind.FEWER, 3)] == told(plain=Counted(UNTIL, 10, 0, 7))


def test_no_more_than_changed_since_can_have_left_the_window() -> None:
    assert [(Kind.CHANGED, 2), (Kind.MORE, 1)] == told(plain=Counted(UNTIL, 7, 2, 10))


def test_who_changed_explains_the_copys_surplus_once_over_all_asks() -> None:
    plain, archived = Counted(UNTIL, 7, 1, 8), Counted(UNTIL, 2, 0, 3)
    assert [(Kind.CHANGED, 1), (Kind.MORE, 1)] == told(plain=plain, archived=archived)


def test_whoever_changed_without_a_surplus_came_or_changed_in_place() -> None:
    assert [(Kind.CHANGED, 4)] == told(plain=Counted(UNTIL, 7, 4, 7))


def test_what_was_never_proven_is_told_as_that() -> None:
    assert [(Kind.UNPROVEN, 7)] == told(plain=Counted(None, 7, 0, 0))


def test_a_note_names_the_ask() -> None:
    ((_, _, note), _) = differences({ARCHIVED: Counted(UNTIL, 7, 0, 6)}, Kind.UNPROVEN)
    assert "7 at Mailchimp up to then, 6 in the copy (archived)" == heard(note)


# -- one by one -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("time", "buried", "expected"),
    [
        (UNTIL, False, Kind.LOST),
        (UNTIL, True, Kind.BURIED),
        (None, False, Kind.LOST),
        (UNTIL + HOUR, True, Kind.NEW),
        (UNTIL + 3 * HOUR, False, Kind.CHANGED),
    ],
)
def test_the_time_of_change_tells_why_the_copy_lacks_a_member(
    time: dt.datetime | None, buried: bool, expected: Kind
) -> None:
    assert expected is KINDS.only_theirs(row(time), buried=buried)


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        (row(UNTIL), row(UNTIL), Kind.ALTERED),
        (row(None), row(UNTIL), Kind.ALTERED),
        (row(UNTIL + HOUR), row(UNTIL), Kind.CHANGED),
        (row(UNTIL + HOUR, "archived"), row(UNTIL), Kind.ARCHIVED),
        (row(UNTIL + HOUR), row(UNTIL, "archived"), Kind.ARCHIVED),
        (row(UNTIL + HOUR, "archived"), row(UNTIL, "archived"), Kind.CHANGED),
    ],
)
def test_the_time_of_change_tells_why_a_member_is_another(
    now: dict[str, Any], before: dict[str, Any], expected: Kind
) -> None:
    assert expected is KINDS.pair(now, before)


def test_an_ask_without_a_proof_speaks_for_none_of_its_members() -> None:
    kinds = MemberKinds({"": UNTIL, ARCHIVED: None}, "last_changed", UNTIL, Kind.NOT_COPIED)
    assert Kind.NOT_COPIED is kinds.only_theirs(row(UNTIL, "archived"), buried=False)
    assert Kind.LOST is kinds.only_theirs(row(UNTIL), buried=False)
    assert Kind.NOT_COPIED is kinds.pair(row(UNTIL, "archived"), row(UNTIL))
