"""Rows that no row of another table accounts for (`Destination.strangers`)."""

from __future__ import annotations

import dataclasses
from typing import Any

from chimpline.load.contract import Destination, Known
from tests.contract.samples import EVENTS, MEMBERS, SEGMENTS, T0, commit, load, member


def event(who: str) -> dict[str, Any]:
    """A key, and a row, of a campaign that only this one received."""
    return {
        "campaign_id": f"c {who}",
        "email_id": who,
        "action": "open",
        "timestamp": T0,
        "url": "",
        "_ordinal": 0,
    }


def test_strangers(destination: Destination) -> None:
    """Whose id no row of the other table accounts for, in the same list."""
    known = Known(MEMBERS, "id", ("list_id", "list1"))
    told = dataclasses.replace(known, told_by="rating")
    destination.prepare(EVENTS)
    assert destination.strangers(EVENTS, "campaign_id", "email_id", known) == []
    people = ("a", "told", "untold", "of another list", "nobody")
    destination.commit(commit(load(EVENTS, *(event(one) for one in people))))
    everyone = sorted(f"c {one}" for one in people)
    assert destination.strangers(EVENTS, "campaign_id", "email_id", known) == everyone
    destination.prepare(MEMBERS)
    rows = [member("a"), member("told", rating=3), member("untold", rating=None)]
    other = member("of another list", list_id="list2")
    destination.commit(commit(load(MEMBERS, *rows, other)))
    found = ["c nobody", "c of another list"]
    assert destination.strangers(EVENTS, "campaign_id", "email_id", known) == found
    gone = [("list1", "told"), ("list1", "untold")]
    destination.commit(commit(load(MEMBERS, gone=gone)))
    found = ["c nobody", "c of another list", "c untold"]
    assert destination.strangers(EVENTS, "campaign_id", "email_id", told) == found
    found = sorted([*found, "c told"])
    assert destination.strangers(EVENTS, "campaign_id", "email_id", known) == found
    destination.commit(commit(load(EVENTS, gone=[tuple(event("nobody").values())])))
    assert "c nobody" not in destination.strangers(EVENTS, "campaign_id", "email_id", known)


def test_strangers_of_one_list(destination: Destination) -> None:
    """A table that stores the list is narrowed to it; who stands in no list is in every one."""
    destination.prepare(SEGMENTS)
    rows = [{"list_id": f"list{i}", "id": i, "name": "s"} for i in (1, 2)]
    destination.commit(commit(load(SEGMENTS, *rows)))
    known = Known(MEMBERS, "id", ("list_id", "list1"))
    assert destination.strangers(SEGMENTS, "id", "name", known) == ["1"]
