"""With what the subscribed members of an audience read their mail."""

from __future__ import annotations

from collections import Counter

from chimpline.sandbox.changes.choose import audience_for, member_for
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.model.audience import Audience
from chimpline.sandbox.registry import Collection, Row
from chimpline.sandbox.tables import lists


def _counted(audience: Audience) -> Counter[str]:
    return Counter(m.client for m in audience.living() if m.client and m.status == "subscribed")


def _things(audience: Audience) -> list[Row]:
    found: Counter[str] = audience.kept("clients", lambda: _counted(audience))
    return [{"client": client, "members": many} for client, many in found.most_common()]


def _read_with(
    account: Account,
    list_id: str | None = None,
    member_id: str | None = None,
    client: str = "네이버 메일",
) -> Row:
    """Moves no cursor."""
    audience = audience_for(account, list_id)
    member = member_for(audience, member_id)
    audience.set_quietly(member, client=client)
    return {"list_id": audience.id, "id": member.id, "email_client": client}


COLLECTION = Collection(
    name="list_clients",
    path="/lists/{list_id}/clients",
    array="clients",
    key=("client",),
    below=lists.COLLECTION,
    things=_things,
    pages=False,
    changes={"read_with": _read_with},
)
