"""Members of an audience, their tags, segments and the members of those."""

from __future__ import annotations

from chimpline.sandbox.answers.answer import Page, Record, decode, paged
from chimpline.sandbox.answers.member_search import encoded, search
from chimpline.sandbox.answers.ordering import tie
from chimpline.sandbox.answers.problems import not_found
from chimpline.sandbox.answers.query import Query
from chimpline.sandbox.instants import iso
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.model.audience import Audience
from chimpline.sandbox.model.member import Member, segment_member_row
from chimpline.sandbox.model.segments import FLAGS, Segment
from chimpline.sandbox.routes.lists import Variables, audience_of

NO_FLAGS: frozenset[str] = frozenset()


def members(account: Account, variables: Variables, query: Query) -> Page:
    audience = audience_of(account, variables)
    found, total = search(audience, query)
    return Page(
        "members",
        [encoded(audience, member) for member in found],
        total,
        f"/lists/{audience.id}/members",
        "Lists/Members",
        around={"list_id": audience.id},
        offset=query.offset,
    )


def _member(audience: Audience, variables: Variables) -> Member:
    """By the id of the current address; the id of a former one is as unknown as any other."""
    asked = variables["subscriber_hash"]
    member = audience.member(asked)
    if member is not None and member.email:
        return member
    if audience.account.options.contacts_answer_by_contact_id:
        for one in audience.living():
            if one.contact_id(audience) == asked:
                return one
    raise not_found()


def one_member(account: Account, variables: Variables, _query: Query) -> Record:
    audience = audience_of(account, variables)
    member = _member(audience, variables)
    path = f"/lists/{audience.id}/members/{member.id}"
    return Record(decode(encoded(audience, member)), "Lists/Members", path)


def member_tags(account: Account, variables: Variables, query: Query) -> Page:
    """All tags, where the member's own record stops at fifty."""
    audience = audience_of(account, variables)
    member = _member(audience, variables)
    rows = [
        {
            "id": tag,
            "name": audience.segments[tag].name,
            "date_added": iso(audience.segments[tag].joined[member.number]),
        }
        for tag in member.tags
    ]
    path = f"/lists/{audience.id}/members/{member.id}/tags"
    return Page("tags", paged(query, rows), len(rows), path, offset=query.offset)


def tag_search(account: Account, variables: Variables, query: Query) -> Page:
    """Without a name all tags; it pages, though nobody wrote that down."""
    audience = audience_of(account, variables)
    name = (query.text("name") or "").lower()
    rows = [
        {"id": segment.id, "name": segment.name}
        for segment in _segments(audience)
        if segment.type == "static" and segment.name.lower().startswith(name)
    ]
    path = f"/lists/{audience.id}/tag-search"
    return Page("tags", paged(query, rows), len(rows), path, offset=query.offset)


def _segments(audience: Audience) -> list[Segment]:
    return sorted(audience.segments.values(), key=lambda segment: tie(segment.id & 0xFFFF))


def segments(account: Account, variables: Variables, query: Query) -> Page:
    audience = audience_of(account, variables)
    found = _segments(audience)
    kind = query.text("type")
    if kind:  # an unknown type is 200 with nothing
        found = [segment for segment in found if segment.type == kind]
    for name in ("created", "updated"):
        since = query.instant(f"since_{name}_at")
        before = query.instant(f"before_{name}_at")
        if since is not None:
            found = [segment for segment in found if getattr(segment, name) > since]
        if before is not None:
            found = [segment for segment in found if getattr(segment, name) <= before]
    flags = query.flags(FLAGS)
    return Page(
        "segments",
        [segment.row(audience, flags) for segment in paged(query, found)],
        len(found),
        f"/lists/{audience.id}/segments",
        "Lists/Segments",
        around={"list_id": audience.id},
        offset=query.offset,
    )


def _segment(audience: Audience, variables: Variables) -> Segment:
    text = variables["segment_id"]
    segment = audience.segments.get(int(text)) if text.isascii() and text.isdigit() else None
    if segment is None:
        raise not_found()
    return segment


def one_segment(account: Account, variables: Variables, query: Query) -> Record:
    audience = audience_of(account, variables)
    segment = _segment(audience, variables)
    path = f"/lists/{audience.id}/segments/{segment.id}"
    return Record(segment.row(audience, query.flags(FLAGS)), "Lists/Segments", path)


def segment_members(account: Account, variables: Variables, query: Query) -> Page:
    """`offset` indexes what the flags ask for; `total_items` goes on counting without them."""
    audience = audience_of(account, variables)
    segment = _segment(audience, variables)
    flags = query.flags(FLAGS)
    found = audience.kept(("segment", segment.id, flags), lambda: segment.members(audience, flags))
    total = audience.kept(("segment total", segment.id), lambda: segment.count(audience, NO_FLAGS))
    return Page(
        "members",
        [segment_member_row(audience, member, segment.id) for member in paged(query, found)],
        total,
        f"/lists/{audience.id}/segments/{segment.id}/members",
        "Lists/Segments/Members",
        offset=query.offset,
    )
