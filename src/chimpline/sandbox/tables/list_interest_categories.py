"""Categories of the interests that an audience offers."""

from __future__ import annotations

from chimpline.sandbox.answers.query import Query
from chimpline.sandbox.model.audience import InterestCategory
from chimpline.sandbox.registry import Collection
from chimpline.sandbox.tables import lists


def _narrow(found: list[InterestCategory], query: Query) -> list[InterestCategory]:
    kind = query.text("type")
    return [category for category in found if kind in (None, category.type)]


COLLECTION = Collection(
    name="list_interest_categories",
    path="/lists/{list_id}/interest-categories",
    array="categories",
    record="interest_category_id",
    below=lists.COLLECTION,
    things=lambda audience: audience.categories,
    row=lambda audience, category: audience.category_row(category),
    narrow=_narrow,
)
