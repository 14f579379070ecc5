"""Rules of a store by which it grants discounts."""

from __future__ import annotations

from chimpline.sandbox.changes import shop
from chimpline.sandbox.registry import Collection
from chimpline.sandbox.tables import stores

COLLECTION = Collection(
    name="store_promo_rules",
    path="/ecommerce/stores/{store_id}/promo-rules",
    array="promo_rules",
    record="promo_rule_id",
    below=stores.COLLECTION,
    times=("starts_at", "created_at_foreign", "updated_at_foreign"),
    things=lambda store: list(store.rules.values()),
    row=lambda _store, rule: rule.row(),
    changes={
        "create_promo_rule": shop.create_promo_rule,
        "edit_promo_rule": shop.edit_promo_rule,
        "delete_promo_rule": shop.delete_promo_rule,
    },
)
