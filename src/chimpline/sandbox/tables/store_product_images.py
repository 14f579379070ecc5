"""Images of a product: the same records as inside it."""

from __future__ import annotations

from chimpline.sandbox.registry import Collection
from chimpline.sandbox.tables import store_products

COLLECTION = Collection(
    name="store_product_images",
    path="/ecommerce/stores/{store_id}/products/{product_id}/images",
    array="images",
    rides="images",
    record="image_id",
    below=store_products.COLLECTION,
    things=lambda _store, product: product.row()["images"],
)
