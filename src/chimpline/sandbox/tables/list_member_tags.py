"""The tags that the record of a member shows: the first fifty."""

from __future__ import annotations

from chimpline.sandbox.model.audience import Audience
from chimpline.sandbox.model.member import Member, member_row
from chimpline.sandbox.registry import Collection, Row
from chimpline.sandbox.tables import list_members


def _things(audience: Audience, member: Member) -> list[Row]:
    """Each with the id under which the member's own record is kept."""
    row = list_members.keyed(member_row(audience, member))
    return [{"subscriber_hash": row["id"], **tag} for tag in row["tags"]]


COLLECTION = Collection(
    name="list_member_tags",
    path="/lists/{list_id}/members/{subscriber_hash}/tags",
    rides="tags",
    below=list_members.COLLECTION,
    things=_things,
)
