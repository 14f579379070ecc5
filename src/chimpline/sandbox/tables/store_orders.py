"""Orders of a store, with their lines and promos inside."""

from __future__ import annotations

from chimpline.sandbox.answers.query import Query
from chimpline.sandbox.changes import shop
from chimpline.sandbox.model.shop import Order
from chimpline.sandbox.registry import Collection
from chimpline.sandbox.tables import stores


def _narrow(found: list[Order], query: Query) -> list[Order]:
    customer, campaign = query.text("customer_id"), query.text("campaign_id")
    if query.given("has_outreach"):
        found = [one for one in found if bool(one.campaign_id) == query.flag("has_outreach")]
    outreach = query.text("outreach_id")
    return [
        one
        for one in found
        if customer in (None, one.customer.id)
        and campaign in (None, one.campaign_id)
        and outreach in (None, one.campaign_id)
    ]


COLLECTION = Collection(
    name="store_orders",
    path="/ecommerce/stores/{store_id}/orders",
    array="orders",
    record="order_id",
    below=stores.COLLECTION,
    times=(
        "customer__created_at",
        "customer__updated_at",
        "processed_at_foreign",
        "cancelled_at_foreign",
        "updated_at_foreign",
        "outreach__published_time",
    ),
    things=lambda store: list(store.orders.values()),
    row=lambda _store, order: order.row(),
    narrow=_narrow,
    changes={
        "create_order": shop.create_order,
        "edit_order": shop.edit_order,
        "delete_order": shop.delete_order,
    },
)
