"""What a member agreed to be sent, where the audience asks for that."""

from __future__ import annotations

from chimpline.sandbox.changes.choose import audience_for, member_for
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.model.audience import Audience
from chimpline.sandbox.model.member import Member, member_row
from chimpline.sandbox.registry import Collection, Row
from chimpline.sandbox.tables import list_members


def _things(audience: Audience, member: Member) -> list[Row]:
    if not audience.marketing_permissions:
        return []
    row = list_members.keyed(member_row(audience, member))
    return [{"subscriber_hash": row["id"], **one} for one in row["marketing_permissions"]]


def withdraw_permission(account: Account, list_id: str | None = None) -> Row:
    """A member takes back what was agreed to; that this moves the time of change is assumed."""
    if list_id is None:
        asking = (one for one in account.audiences.values() if one.marketing_permissions)
        audience = next(asking, None)
        if audience is None:
            raise ValueError("No audience asks for permissions.")
    else:
        audience = audience_for(account, list_id)
    member = member_for(
        audience,
        None,
        like=lambda one: (
            one.status == "subscribed"
            and one.number % 3 != 0
            and one.number not in audience.withdrawn
        ),
    )
    audience.withdrawn.add(member.number)
    audience.move(member, account.clock.second())
    return {"list_id": audience.id, "id": member.id}


COLLECTION = Collection(
    name="list_member_permissions",
    path="/lists/{list_id}/members/{subscriber_hash}/marketing-permissions",
    rides="marketing_permissions",
    key=("marketing_permission_id",),
    below=list_members.COLLECTION,
    things=_things,
    changes={"withdraw_permission": withdraw_permission},
)
