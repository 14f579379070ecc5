"""Changes of stores and of what is in them; each the newest one, unless another is named.

Nothing of it can be asked for by time, whatever the shop says of when it changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from chimpline.sandbox.changes.choose import audience_for
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.model.member import digest
from chimpline.sandbox.model.shop import (
    Cart,
    Customer,
    Line,
    Order,
    Product,
    PromoCode,
    PromoRule,
    Store,
    Variant,
)

Row = dict[str, Any]
T = TypeVar("T")


def _one(things: Mapping[str, T], what: str, id_: str | None) -> T:
    if id_ is None and things:
        return list(things.values())[-1]
    if id_ is None or id_ not in things:
        raise ValueError(f"There is no {what} {id_ or 'that this could be done to'}.")
    return things[id_]


def _store(account: Account, store_id: str | None) -> Store:
    """The oldest one, which has most, unless another is named."""
    return _one(account.stores, "store", store_id or next(iter(account.stores), None))


def _made(account: Account) -> str:
    """An id as shops give them."""
    account.made += 1
    return str(9000 + account.made)


def _told(store: Store, id_: str) -> Row:
    return {"store_id": store.id, "id": id_}


# -- stores -----------------------------------------------------------------------------------


def create_store(account: Account, list_id: str | None = None, name: str | None = None) -> Row:
    audience, number = audience_for(account, list_id), int(_made(account))
    store_id = digest(account.options.seed, account.options.account_id, "made", number)[:16]
    now = account.clock.second()
    store = Store(store_id, number, audience, name or "새 상점", now, now)
    account.stores[store_id] = store
    return {"id": store_id, "name": store.name}


def rename_store(account: Account, store_id: str | None = None, name: str | None = None) -> Row:
    store = _store(account, store_id)
    store.name = name or f"Umbenannt {_made(account)}"
    store.updated = account.clock.second()
    return {"id": store.id, "name": store.name}


def delete_store(account: Account, store_id: str | None = None) -> Row:
    """With all that is in it."""
    store = _one(account.stores, "store", store_id)
    del account.stores[store.id]
    return {"id": store.id}


# -- customers --------------------------------------------------------------------------------


def create_customer(account: Account, store_id: str | None = None, email: str | None = None) -> Row:
    store, id_ = _store(account, store_id), _made(account)
    now = account.clock.second()
    address = email or f"neu{id_}@example.com"
    store.customers[id_] = Customer(store, id_, int(id_), address, now, now)
    return _told(store, id_)


def edit_customer(
    account: Account,
    store_id: str | None = None,
    customer_id: str | None = None,
    email: str | None = None,
) -> Row:
    """Another address. Carts and orders show it too, and their own times stay as they are."""
    store = _store(account, store_id)
    first = next(iter(store.customers), None) if customer_id is None else customer_id
    customer = _one(store.customers, "customer", first)
    customer.email = email or f"kunde{_made(account)}@example.com"
    customer.updated = account.clock.second()
    return _told(store, customer.id)


def delete_customer(
    account: Account, store_id: str | None = None, customer_id: str | None = None
) -> Row:
    """Orders and carts go on showing who it was."""
    store = _store(account, store_id)
    customer = _one(store.customers, "customer", customer_id)
    del store.customers[customer.id]
    return _told(store, customer.id)


# -- products ---------------------------------------------------------------------------------


def create_product(account: Account, store_id: str | None = None) -> Row:
    store, id_ = _store(account, store_id), _made(account)
    now = account.clock.second()
    only = Variant(id_, "", 3.5, 7, now)
    store.products[id_] = Product(store, id_, f"Neu / 신상 {id_}", [only], [], now)
    return _told(store, id_)


def edit_product(
    account: Account, store_id: str | None = None, product_id: str | None = None
) -> Row:
    """Another title and prices, a variant and an image more, the first of each gone.

    Carts and orders show the titles and prices.
    """
    store = _store(account, store_id)
    first = next(iter(store.products), None) if product_id is None else product_id
    product, made = _one(store.products, "product", first), _made(account)
    product.title = f"Umbenannt {made}"
    for variant in product.variants:
        variant.price += 1
    added = Variant(made, f"Größe {made}", 2.5, 1, account.clock.second())
    product.variants = [*product.variants[1:], added]
    image = {"id": made, "url": f"https://{store.domain}/{made}.png", "variant_ids": [made]}
    product.images = [*product.images[1:], image]
    return _told(store, product.id)


def delete_product(
    account: Account, store_id: str | None = None, product_id: str | None = None
) -> Row:
    """Lines go on showing what it was."""
    store = _store(account, store_id)
    product = _one(store.products, "product", product_id)
    del store.products[product.id]
    return _told(store, product.id)


# -- carts and orders -------------------------------------------------------------------------


def _line(store: Store, id_: str) -> Line:
    product = _one(store.products, "product", None)
    return Line(id_, product, product.variants[-1], 2)


def create_cart(account: Account, store_id: str | None = None) -> Row:
    store = _store(account, store_id)
    lines, customer = [_line(store, "1")], _one(store.customers, "customer", None)
    id_, now = _made(account), account.clock.second()
    store.carts[id_] = Cart(store, id_, customer, lines, now, now)
    return _told(store, id_)


def edit_cart(account: Account, store_id: str | None = None, cart_id: str | None = None) -> Row:
    """A line more, and the first one gone."""
    store = _store(account, store_id)
    cart = _one(store.carts, "cart", cart_id)
    cart.lines = [*cart.lines[1:], _line(store, _made(account))]
    cart.updated = account.clock.second()
    return _told(store, cart.id)


def delete_cart(account: Account, store_id: str | None = None, cart_id: str | None = None) -> Row:
    store = _store(account, store_id)
    cart = _one(store.carts, "cart", cart_id)
    del store.carts[cart.id]
    return _told(store, cart.id)


def create_order(
    account: Account, store_id: str | None = None, campaign_id: str | None = None
) -> Row:
    """Its customer has one more."""
    store = _store(account, store_id)
    lines, customer = [_line(store, "1"), _line(store, "2")], _one(store.customers, "one", None)
    id_, now = _made(account), account.clock.second()
    promos = [{"code": "여름", "amount_discounted": 1, "type": "fixed"}]
    store.orders[id_] = Order(store, id_, customer, lines, now, now, promos, campaign_id or "")
    return _told(store, id_)


def edit_order(account: Account, store_id: str | None = None, order_id: str | None = None) -> Row:
    """It is shipped; a line and a promo more, and the first of each gone."""
    store = _store(account, store_id)
    first = next(iter(store.orders), None) if order_id is None else order_id
    order, made = _one(store.orders, "order", first), _made(account)
    order.lines = [*order.lines[1:], _line(store, made)]
    promo = {"code": f"DANKE{made}", "amount_discounted": 0.5, "type": "fixed"}
    order.promos = [*order.promos[1:], promo]
    order.shipped, order.updated = True, account.clock.second()
    return _told(store, order.id)


def delete_order(account: Account, store_id: str | None = None, order_id: str | None = None) -> Row:
    store = _store(account, store_id)
    order = _one(store.orders, "order", order_id)
    del store.orders[order.id]
    return _told(store, order.id)


# -- promos -----------------------------------------------------------------------------------


def create_promo_rule(account: Account, store_id: str | None = None) -> Row:
    store, id_ = _store(account, store_id), _made(account)
    now = account.clock.second()
    store.rules[id_] = PromoRule(store, id_, f"Neu {id_}", 2.5, now, now)
    return _told(store, id_)


def edit_promo_rule(
    account: Account, store_id: str | None = None, promo_rule_id: str | None = None
) -> Row:
    store = _store(account, store_id)
    rule = _one(store.rules, "promo rule", promo_rule_id)
    rule.enabled, rule.updated = not rule.enabled, account.clock.second()
    return _told(store, rule.id)


def delete_promo_rule(
    account: Account, store_id: str | None = None, promo_rule_id: str | None = None
) -> Row:
    """With its codes."""
    store = _store(account, store_id)
    rule = _one(store.rules, "promo rule", promo_rule_id)
    del store.rules[rule.id]
    return _told(store, rule.id)


def create_promo_code(
    account: Account, store_id: str | None = None, promo_rule_id: str | None = None
) -> Row:
    """The rule does not change by it."""
    store = _store(account, store_id)
    rule, id_ = _one(store.rules, "promo rule", promo_rule_id), _made(account)
    now = account.clock.second()
    rule.codes[id_] = PromoCode(id_, f"NEU {id_}", 0, now, now)
    return {**_told(store, id_), "promo_rule_id": rule.id}


def use_promo_code(account: Account, store_id: str | None = None) -> Row:
    """Somebody does; no time of the code or its rule moves."""
    store = _store(account, store_id)
    codes = {(rule.id, one.id): one for rule in store.rules.values() for one in rule.codes.values()}
    if not codes:
        raise ValueError(f"Store {store.id!r} has no promo code.")
    (rule_id, id_), code = next(iter(codes.items()))
    code.used += 1
    return {**_told(store, id_), "promo_rule_id": rule_id}


def delete_promo_code(account: Account, store_id: str | None = None) -> Row:
    store = _store(account, store_id)
    rule = next((one for one in store.rules.values() if one.codes), None)
    if rule is None:
        raise ValueError(f"Store {store.id!r} has no promo code.")
    id_ = list(rule.codes)[-1]
    del rule.codes[id_]
    return {**_told(store, id_), "promo_rule_id": rule.id}
