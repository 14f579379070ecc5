"""Goals that a member has reached, once each; the list reads neither `count` nor `offset`."""

from __future__ import annotations

from chimpline.sandbox.changes.choose import audience_for, member_for
from chimpline.sandbox.instants import iso
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.model.audience import Audience
from chimpline.sandbox.model.member import Member
from chimpline.sandbox.registry import Collection, Row
from chimpline.sandbox.tables import list_members

PAGES = ("/cart", "/danke?für=alles")


def _goal(number: int, instant: int) -> Row:
    event = f"https://example.com{PAGES[number]}"
    return {"goal_id": 700 + number, "event": event, "last_visited_at": iso(instant), "data": ""}


def _things(audience: Audience, member: Member) -> list[Row]:
    kept = audience.account.records.get(f"goals {audience.id} {member.number}")
    if kept is not None:
        return kept
    many = len(PAGES) if member.number % 11 == 3 else 0
    return [_goal(number, number and member.opted + 600) for number in range(many)]


def _reach(account: Account, list_id: str | None = None, member_id: str | None = None) -> Row:
    """The first goal, for the first time or once more: moves nothing of the member's record."""
    audience = audience_for(account, list_id)
    member = member_for(audience, member_id)
    goal, others = _goal(0, account.clock.second()), _things(audience, member)[1:]
    account.records[f"goals {audience.id} {member.number}"] = [goal, *others]
    return {"list_id": audience.id, "id": member.id, **goal}


COLLECTION = Collection(
    name="list_member_goals",
    path="/lists/{list_id}/members/{subscriber_hash}/goals",
    array="goals",
    key=("goal_id",),
    below=list_members.COLLECTION,
    around=lambda audience, member: {"list_id": audience.id, "email_id": member.id},
    times=("last_visited_at",),
    things=_things,
    pages=False,
    changes={"reach_goal": _reach},
)
