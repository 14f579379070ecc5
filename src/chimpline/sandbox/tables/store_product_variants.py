"""Variants of a product: the same records as inside it."""

from __future__ import annotations

from chimpline.sandbox.registry import Collection
from chimpline.sandbox.tables import store_products

COLLECTION = Collection(
    name="store_product_variants",
    path="/ecommerce/stores/{store_id}/products/{product_id}/variants",
    array="variants",
    rides="variants",
    record="variant_id",
    below=store_products.COLLECTION,
    times=("created_at", "updated_at"),
    things=lambda _store, product: product.row()["variants"],
)
