"""Promos of an order, which are inside it only."""

from __future__ import annotations

from chimpline.sandbox.registry import Collection
from chimpline.sandbox.tables import store_orders

COLLECTION = Collection(
    name="store_order_promos",
    path="/ecommerce/stores/{store_id}/orders/{order_id}/promos",
    rides="promos",
    key=("code",),
    below=store_orders.COLLECTION,
    things=lambda _store, order: order.row()["promos"],
)
