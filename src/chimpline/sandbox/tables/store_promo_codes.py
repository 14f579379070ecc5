"""Codes for which a promo rule holds."""

from __future__ import annotations

from chimpline.sandbox.changes import shop
from chimpline.sandbox.registry import Collection
from chimpline.sandbox.tables import store_promo_rules

COLLECTION = Collection(
    name="store_promo_codes",
    path="/ecommerce/stores/{store_id}/promo-rules/{promo_rule_id}/promo-codes",
    array="promo_codes",
    record="promo_code_id",
    below=store_promo_rules.COLLECTION,
    around=lambda store, _rule: {"store_id": store.id},
    times=("created_at_foreign", "updated_at_foreign"),
    things=lambda _store, rule: list(rule.codes.values()),
    row=lambda _store, _rule, code: code.row(),
    changes={
        "create_promo_code": shop.create_promo_code,
        "use_promo_code": shop.use_promo_code,
        "delete_promo_code": shop.delete_promo_code,
    },
)
