"""Carts of a store, with their lines inside."""

from __future__ import annotations

from chimpline.sandbox.changes import shop
from chimpline.sandbox.registry import Collection
from chimpline.sandbox.tables import stores

COLLECTION = Collection(
    name="store_carts",
    path="/ecommerce/stores/{store_id}/carts",
    array="carts",
    record="cart_id",
    below=stores.COLLECTION,
    times=("customer__created_at", "customer__updated_at", "created_at", "updated_at"),
    things=lambda store: list(store.carts.values()),
    row=lambda _store, cart: cart.row(),
    changes={
        "create_cart": shop.create_cart,
        "edit_cart": shop.edit_cart,
        "delete_cart": shop.delete_cart,
    },
)
