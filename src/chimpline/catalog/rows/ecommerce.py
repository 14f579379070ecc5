"""Stores that are connected to the account, and what is in them.

Nothing of it can be asked for by time: the times in the records are the shop's own, and what a
record shows of another one (the customer of an order, the title of a product) moves none of them.
"""

from __future__ import annotations

from chimpline.catalog.row import Refresh, Riding, T

STORE = "/ecommerce/stores/{store_id}"
RULE = f"{STORE}/promo-rules/{{promo_rule_id}}"

# The customer of a cart or an order stands inside it.
_OF_CUSTOMERS = (
    *("email_address", "sms_phone_number", "opt_in_status", "company", "first_name", "last_name"),
    *("orders_count", "total_spent", "created_at", "updated_at"),
    *(
        f"address__{name}"
        for name in ("address1", "address2", "city", "province", "province_code", "postal_code")
    ),
    *("address__country", "address__country_code"),
)
CUSTOMER = {name: f"customer__{name}" for name in _OF_CUSTOMERS}

# fmt: off
ROWS = (
    T("stores", "/ecommerce/stores", "id", Refresh("updated_at"), called="name",
      about="Stores that are connected to the account, each with the audience that it belongs to."),
    T("store_carts", f"{STORE}/carts", "id", Refresh("updated_at"), person=CUSTOMER,
      about="Carts that wait for checkout, with who filled them."),
    T("store_cart_lines", f"{STORE}/carts", "id", Riding("store_carts", "lines"),
      about="One row per line of a cart: the product, how many of it, and the price."),
    T("store_customers", f"{STORE}/customers", "id", Refresh("updated_at"),
      about="Customers of each store, who need not be members of its audience, with what they spent."),
    T("store_orders", f"{STORE}/orders", "id", Refresh("updated_at_foreign"), person=CUSTOMER,
      about="Orders of each store: totals, discounts, addresses, and the campaign that led to them."),
    T("store_order_lines", f"{STORE}/orders", "id", Riding("store_orders", "lines"),
      about="One row per line of an order: the product, how many of it, the price and the discount."),
    T("store_order_promos", f"{STORE}/orders", "code", Riding("store_orders", "promos"),
      about="One row per promo code that was used in an order, with what it took off."),
    T("store_products", f"{STORE}/products", "id", Refresh(),
      about="Products of each store."),
    T("store_product_variants", f"{STORE}/products", "id", Riding("store_products", "variants"),
      about="One row per variant of a product: its title, SKU, price and stock."),
    T("store_product_images", f"{STORE}/products", "id", Riding("store_products", "images"),
      about="One row per image of a product, with the variants that it shows."),
    T("store_promo_rules", f"{STORE}/promo-rules", "id", Refresh("updated_at_foreign"),
      about="Rules by which a store grants discounts."),
    # No time of a rule moves when a code is added or used, so nothing can gate these.
    T("store_promo_codes", f"{RULE}/promo-codes", "id", Refresh("updated_at_foreign"),
      about="The codes for which a promo rule holds, and how often each was used."),
)
# fmt: on
