"""The tags of an audience: without a name all; it pages, though nobody wrote that down."""

from __future__ import annotations

from chimpline.sandbox.answers.ordering import tie
from chimpline.sandbox.answers.query import Query
from chimpline.sandbox.model.audience import Audience
from chimpline.sandbox.model.segment.segments import Segment
from chimpline.sandbox.registry import Collection
from chimpline.sandbox.tables import lists


def _things(audience: Audience) -> list[Segment]:
    return [segment for segment in audience.segments.values() if segment.type == "static"]


def _narrow(found: list[Segment], query: Query) -> list[Segment]:
    name = (query.text("name") or "").lower()
    return [segment for segment in found if segment.name.lower().startswith(name)]


COLLECTION = Collection(
    name="list_tags",
    path="/lists/{list_id}/tag-search",
    array="tags",
    below=lists.COLLECTION,
    around=lambda *_: {},
    things=_things,
    row=lambda _audience, segment: {"id": segment.id, "name": segment.name},
    order=lambda segment: tie(segment.id & 0xFFFF),
    narrow=_narrow,
)
