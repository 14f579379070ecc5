"""Lines of an order: the same records as inside it."""

from __future__ import annotations

from chimpline.sandbox.registry import Collection
from chimpline.sandbox.tables import store_orders

COLLECTION = Collection(
    name="store_order_lines",
    path="/ecommerce/stores/{store_id}/orders/{order_id}/lines",
    array="lines",
    rides="lines",
    record="line_id",
    below=store_orders.COLLECTION,
    things=lambda _store, order: order.row()["lines"],
)
