"""Which segments can be left unread: those whose conditions look at what moves a member's time."""

from __future__ import annotations

from typing import Any

import pytest

from chimpline.catalog.rows.segments import follows_members

NAME = {"condition_type": "TextMerge", "field": "FNAME", "op": "is", "value": "Ann"}
MAIL = {"condition_type": "EmailAddress", "field": "EMAIL", "op": "ends", "value": "@a.example"}
STARS = {"condition_type": "MemberRating", "field": "rating", "op": "greater", "value": 3}
NEW = {"condition_type": "Date", "field": "timestamp_opt", "op": "within", "value": "30"}


def row(kind: object, conditions: object = None) -> dict[str, Any]:
    return {"type": kind, "options__conditions": conditions}


@pytest.mark.parametrize(
    ("segment", "expected"),
    [
        (row("static"), True),
        (row("saved", [NAME, MAIL]), True),
        (row("saved", [NAME, STARS]), False),
        (row("saved", [NEW]), False),
        (row("saved", [{"condition_type": "Invented"}]), False),
        (row("saved", [{}]), False),
        (row("saved", ["?"]), False),
        (row("saved", []), False),
        (row("saved"), False),
        (row("saved", "[]"), False),
        (row("fuzzy", [NAME]), False),
        (row("invented", [NAME]), False),
        (row(None), False),
    ],
    ids=str,
)
def test_what_is_not_known_to_follow_the_members_does_not(
    segment: dict[str, Any], *, expected: bool
) -> None:
    assert expected == follows_members(segment)
