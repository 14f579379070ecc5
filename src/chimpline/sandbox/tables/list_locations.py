"""In which countries the subscribed members of an audience are; an unknown one has no code."""

from __future__ import annotations

from collections import Counter

from chimpline.sandbox.changes.choose import audience_for, member_for
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.model.audience import Audience
from chimpline.sandbox.model.campaign import rate
from chimpline.sandbox.model.member import PLACES
from chimpline.sandbox.registry import Collection, Row
from chimpline.sandbox.tables import lists

COUNTRIES: tuple[Row, ...] = (
    {"country": "Unbekannt / unknown"},
    {"country": "Germany", "cc": "DE"},
    {"country": "Canada", "cc": "CA"},
    {"country": "Korea (대한민국)", "cc": "KR"},
)


def _things(audience: Audience) -> list[Row]:
    found: Counter[int] = audience.kept(
        "places", lambda: Counter(m.place for m in audience.living() if m.status == "subscribed")
    )
    return [
        {**COUNTRIES[place], "percent": rate(many, found.total()), "total": many}
        for place, many in found.most_common()
    ]


def _move_house(account: Account, list_id: str | None = None, member_id: str | None = None) -> Row:
    """Moves no cursor."""
    audience = audience_for(account, list_id)
    member = member_for(audience, member_id)
    audience.set_quietly(member, place=(member.place + 1) % len(PLACES))
    return {"list_id": audience.id, "id": member.id, "location": member.location()}


COLLECTION = Collection(
    name="list_locations",
    path="/lists/{list_id}/locations",
    array="locations",
    key=("cc", "country"),
    below=lists.COLLECTION,
    things=_things,
    pages=False,
    changes={"move_house": _move_house},
)
