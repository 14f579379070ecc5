"""The same audiences as lists, as the beta of contacts shows them."""

from __future__ import annotations

from chimpline.sandbox.answers.ordering import tie
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.model.audience import Audience
from chimpline.sandbox.registry import Collection, Row
from chimpline.sandbox.tables import lists


def _row(_account: Account, audience: Audience) -> Row:
    return {
        "id": audience.id,
        "name": audience.name,
        "stats": {"total_contacts": len(audience.by_id)},
        "enabled_channels": ["email", "sms"] if audience.number % 2 == 0 else ["email"],
    }


COLLECTION = Collection(
    name="audiences",
    path="/audiences",
    array="audiences",
    record="audience_id",
    things=lists.COLLECTION.things,
    find=lists.COLLECTION.find,
    row=_row,
    around=lambda _: {},
    order=lambda audience: tie(audience.number + 3),
)
