"""Members of a segment. `offset` indexes what the flags ask for; `total_items` does not."""

from __future__ import annotations

from chimpline.sandbox.answers.answer import Page, paged
from chimpline.sandbox.answers.query import Query
from chimpline.sandbox.changes import members
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.model.audience import Audience
from chimpline.sandbox.model.member import Member, segment_member_row
from chimpline.sandbox.model.segment.segments import ALL_FLAGS, FLAGS, Segment
from chimpline.sandbox.registry import Collection, Row, Variables
from chimpline.sandbox.tables import list_segments
from chimpline.sandbox.tables.list_members import keyed


def _row(audience: Audience, _segment: Segment, member: Member) -> Row:
    row = keyed(segment_member_row(audience, member))
    if not member.email:  # the specification has no such field here
        row["_extra"] = {"contact_id": row.pop("contact_id")}
    return row


def _listing(account: Account, variables: Variables, query: Query) -> Page:
    audience, segment = COLLECTION.parents(account, variables)
    flags, bare = query.flags(FLAGS), frozenset[str]()
    found = audience.kept(("segment", segment.id, flags), lambda: segment.members(audience, flags))
    total = audience.kept(("segment total", segment.id), lambda: segment.count(audience, bare))
    rows = [
        account.oddities.apply(
            COLLECTION.name,
            (audience.id, str(segment.id), member.id),
            segment_member_row(audience, member),
        )
        for member in paged(query, found)
    ]
    return COLLECTION.page((audience, segment), rows, total, query.offset)


COLLECTION = Collection(
    name="list_segment_members",
    path="/lists/{list_id}/segments/{segment_id}/members",
    array="members",
    below=list_segments.COLLECTION,
    around=lambda *_: {},
    links="Lists/Segments/Members",
    times=("timestamp_signup", "timestamp_opt", "last_changed", "last_note__created_at"),
    things=lambda audience, segment: segment.members(audience, ALL_FLAGS),
    row=_row,
    listing=_listing,
    changes={
        "tag": members.tag,
        "untag": members.untag,
        "join_segment": members.join_segment,
        "leave_segment": members.leave_segment,
    },
)
