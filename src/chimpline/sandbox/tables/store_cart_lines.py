"""Lines of a cart: the same records as inside it."""

from __future__ import annotations

from chimpline.sandbox.registry import Collection
from chimpline.sandbox.tables import store_carts

COLLECTION = Collection(
    name="store_cart_lines",
    path="/ecommerce/stores/{store_id}/carts/{cart_id}/lines",
    array="lines",
    rides="lines",
    record="line_id",
    below=store_carts.COLLECTION,
    things=lambda _store, cart: cart.row()["lines"],
)
