"""Stores that are connected to the account."""

from __future__ import annotations

from chimpline.sandbox.changes import shop
from chimpline.sandbox.registry import Collection

COLLECTION = Collection(
    name="stores",
    path="/ecommerce/stores",
    array="stores",
    record="store_id",
    around=lambda _: {},
    times=("created_at", "updated_at"),
    things=lambda account: list(account.stores.values()),
    row=lambda _account, store: store.row(),
    changes={
        "create_store": shop.create_store,
        "rename_store": shop.rename_store,
        "delete_store": shop.delete_store,
    },
)
