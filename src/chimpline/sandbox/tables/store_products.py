"""Products of a store, with their variants and images inside."""

from __future__ import annotations

from chimpline.sandbox.changes import shop
from chimpline.sandbox.registry import Collection
from chimpline.sandbox.tables import stores

COLLECTION = Collection(
    name="store_products",
    path="/ecommerce/stores/{store_id}/products",
    array="products",
    record="product_id",
    below=stores.COLLECTION,
    times=("published_at_foreign",),
    things=lambda store: list(store.products.values()),
    row=lambda _store, product: product.row(),
    changes={
        "create_product": shop.create_product,
        "edit_product": shop.edit_product,
        "delete_product": shop.delete_product,
    },
)
