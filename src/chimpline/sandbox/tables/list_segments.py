"""Segments of an audience, whose counts depend on the flags of the request."""

from __future__ import annotations

from chimpline.sandbox.answers.answer import Page, Record, paged
from chimpline.sandbox.answers.ordering import tie
from chimpline.sandbox.answers.query import Query
from chimpline.sandbox.changes import audiences
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.model.audience import Audience
from chimpline.sandbox.model.segment.segments import ALL_FLAGS, FLAGS, Segment
from chimpline.sandbox.registry import Collection, Row, Variables
from chimpline.sandbox.tables import lists


def _find(audience: Audience, text: str) -> Segment | None:
    return audience.segments.get(int(text)) if text.isascii() and text.isdigit() else None


def _row(audience: Audience, segment: Segment, query: Query) -> Row:
    row = segment.row(audience, query.flags(FLAGS))
    return COLLECTION.shown(audience.account, (audience.id,), row)[1]


def _listing(account: Account, variables: Variables, query: Query) -> Page:
    (audience,) = COLLECTION.parents(account, variables)
    found = sorted(audience.segments.values(), key=lambda segment: tie(segment.id & 0xFFFF))
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
    rows = [_row(audience, segment, query) for segment in paged(query, found)]
    return COLLECTION.page((audience,), rows, len(found), query.offset)


def _single(account: Account, variables: Variables, query: Query) -> Record:
    (audience,) = COLLECTION.parents(account, variables)
    segment: Segment = COLLECTION.found((audience,), variables["segment_id"])
    path = f"{COLLECTION.place((audience,))}/{segment.id}"
    return Record(_row(audience, segment, query), COLLECTION.linked, path)


COLLECTION = Collection(
    name="list_segments",
    path="/lists/{list_id}/segments",
    array="segments",
    record="segment_id",
    below=lists.COLLECTION,
    times=("created_at", "updated_at"),
    things=lambda audience: list(audience.segments.values()),
    find=_find,
    row=lambda audience, segment: segment.row(audience, ALL_FLAGS),
    listing=_listing,
    single=_single,
    changes={
        "create_segment": audiences.create_segment,
        "edit_segment": audiences.edit_segment,
        "delete_segment": audiences.delete_segment,
        "rename_tag": audiences.rename_tag,
    },
)
