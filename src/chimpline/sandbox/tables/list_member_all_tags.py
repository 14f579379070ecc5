"""All tags of a member; the table has those of members whose own record stops at fifty."""

from __future__ import annotations

from chimpline.sandbox.instants import iso
from chimpline.sandbox.model.audience import Audience
from chimpline.sandbox.model.member import MAX_TAGS_IN_ROW, Member
from chimpline.sandbox.registry import Collection, Row
from chimpline.sandbox.tables import list_members


def _row(audience: Audience, member: Member, tag: int) -> Row:
    segment = audience.segments[tag]
    return {"id": tag, "name": segment.name, "date_added": iso(segment.joined[member.number])}


COLLECTION = Collection(
    name="list_member_all_tags",
    path="/lists/{list_id}/members/{subscriber_hash}/tags",
    array="tags",
    below=list_members.COLLECTION,
    around=lambda *_: {},
    times=("date_added",),
    things=lambda _audience, member: member.tags,
    row=_row,
    copied=lambda _audience, member: len(member.tags) >= MAX_TAGS_IN_ROW,
)
