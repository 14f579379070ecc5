"""Interests of a category."""

from __future__ import annotations

from chimpline.sandbox.changes.audiences import add_interest, delete_interest
from chimpline.sandbox.model.audience import Audience, Interest, InterestCategory
from chimpline.sandbox.registry import Collection
from chimpline.sandbox.tables import list_interest_categories


def _things(audience: Audience, category: InterestCategory) -> list[Interest]:
    return [one for one in audience.interests if one.category_id == category.id]


COLLECTION = Collection(
    name="list_interests",
    path="/lists/{list_id}/interest-categories/{interest_category_id}/interests",
    array="interests",
    record="interest_id",
    below=list_interest_categories.COLLECTION,
    things=_things,
    row=lambda audience, _category, interest: audience.interest_row(interest),
    around=lambda audience, category: {"list_id": audience.id, "category_id": category.id},
    changes={"add_interest": add_interest, "delete_interest": delete_interest},
)
