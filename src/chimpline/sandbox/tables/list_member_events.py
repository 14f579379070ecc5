"""Events that were reported of a member. They have no id, and none of them moves its record."""

from __future__ import annotations

from chimpline.sandbox.changes.choose import audience_for, member_for
from chimpline.sandbox.instants import iso
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.model.audience import Audience
from chimpline.sandbox.model.member import Member
from chimpline.sandbox.registry import ORDINAL, Collection, Row, numbered
from chimpline.sandbox.tables import list_members

KEY = ("occurred_at", "name")


def events_of(audience: Audience, member: Member) -> list[Row]:
    """Newest first: of every ninth member, two of one second, and one exactly twice."""
    kept = audience.account.records.get(f"events {audience.id} {member.number}")
    if kept is not None:
        return kept
    if member.number % 9 != 4:
        return []
    seen, bought = iso(member.opted + 30), iso(member.opted + 90)
    return [
        {"occurred_at": bought, "name": "purchased", "properties": {"größe": "L"}},
        {"occurred_at": bought, "name": "purchased", "properties": {"größe": "바나나"}},
        {"occurred_at": seen, "name": "seen", "properties": {}},
        {"occurred_at": seen, "name": "seen", "properties": {}},
    ]


def _things(audience: Audience, member: Member) -> list[Row]:
    return numbered(events_of(audience, member), KEY)


def _report(
    account: Account,
    list_id: str | None = None,
    member_id: str | None = None,
    name: str = "déjà vu",
    times: int = 1,
) -> Row:
    audience = audience_for(account, list_id)
    member = member_for(audience, member_id)
    event = {"occurred_at": iso(account.clock.second()), "name": name, "properties": {"a.b": ""}}
    place = f"events {audience.id} {member.number}"
    account.records[place] = [*[event] * times, *events_of(audience, member)]
    return {"list_id": audience.id, "id": member.id, "event": event}


COLLECTION = Collection(
    name="list_member_events",
    path="/lists/{list_id}/members/{subscriber_hash}/events",
    array="events",
    key=(*KEY, ORDINAL),
    below=list_members.COLLECTION,
    around=lambda *_: {},
    times=("occurred_at",),
    things=_things,
    changes={"report_event": _report},
)
