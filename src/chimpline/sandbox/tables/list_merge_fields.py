"""Merge fields: what an audience knows of its members."""

from __future__ import annotations

from chimpline.sandbox.answers.ordering import tie
from chimpline.sandbox.answers.query import Query
from chimpline.sandbox.changes import audiences
from chimpline.sandbox.model.merge_fields import MergeField
from chimpline.sandbox.registry import Collection
from chimpline.sandbox.tables import lists


def _narrow(found: list[MergeField], query: Query) -> list[MergeField]:
    kind = query.text("type")
    if kind:
        found = [field for field in found if field.type == kind]
    if query.given("required"):
        found = [field for field in found if field.required == query.flag("required")]
    return found


COLLECTION = Collection(
    name="list_merge_fields",
    path="/lists/{list_id}/merge-fields",
    array="merge_fields",
    key=("merge_id",),
    record="merge_id",
    below=lists.COLLECTION,
    things=lambda audience: audience.merge_fields,
    row=lambda audience, field: field.row(audience.id),
    order=lambda field: tie(field.merge_id + 3),
    narrow=_narrow,
    changes={
        "add_merge_field": audiences.add_merge_field,
        "change_merge_field_type": audiences.change_merge_field_type,
        "rename_merge_field": audiences.rename_merge_field,
        "delete_merge_field": audiences.delete_merge_field,
    },
)
