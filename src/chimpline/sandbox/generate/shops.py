"""Two small stores: one of them shows what is rare, and both call many things alike."""

from __future__ import annotations

from chimpline.sandbox.instants import START
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

DAY = 86400
NAMES = ("Tassen & mehr ☕", "서울 상점")
LONG = 24
"""Lines of the largest order, and twice as many as the largest product has variants."""


def generate_shops(account: Account) -> None:
    """Nothing of it is drawn by chance: the rest of an account is as it was without stores."""
    audiences = list(account.audiences.values())[: len(NAMES)]
    campaigns = [one.id for one in account.campaigns.values() if one.status == "sent"]
    for number, audience in enumerate(audiences):
        made = START - (400 - number) * DAY
        store_id = digest(account.options.seed, account.options.account_id, "store", number)[:16]
        store = Store(store_id, number, audience, NAMES[number], made, made)
        account.stores[store.id] = store
        for place in range(3 - number):
            at = made + place * DAY
            email = f"kunde{place}@shop{number}.example.com"
            if place == 0:  # whoever buys may be a member as well
                email = next((m.email for m in audience.living() if m.email), email)
            store.customers[str(place + 1)] = Customer(store, str(place + 1), place, email, at, at)
        _products(store)
        _orders(store, campaigns)
        _rules(store)


def _products(store: Store) -> None:
    at = store.created
    many = LONG // 2 if store.number == 0 else 2
    variants = [
        Variant(f"1001-{place}", f"Größe {place} / 크기", 9.5 + place, 40 - place, at + place)
        for place in range(many)
    ]
    images = [
        {"id": f"{place}", "url": f"https://{store.domain}/{place}.png", "variant_ids": on}
        for place, on in enumerate((["1001-0", "1001-1"], []))
    ]
    # What comes in one kind only has a variant of its own name; not every product is published.
    only = Variant("tee & ü 1", "", 4.25, 0, at)
    for product in (
        Product(store, "1001", "Tasse “Ünal”", variants, images, at),
        Product(store, "tee & ü 1", "녹차 🍵", [only], [], 0),
    ):
        store.products[product.id] = product


def _orders(store: Store, campaigns: list[str]) -> None:
    mug, tea = store.products.values()
    buyer, other, *_ = store.customers.values()
    at = store.created + 30 * DAY
    several = LONG if store.number == 0 else 2
    lines = [
        Line(str(place + 1), mug, mug.variants[place % len(mug.variants)], 1 + place % 3)
        for place in range(several)
    ]
    promos = [
        {"code": "SOMMER 10%", "amount_discounted": 3, "type": "percentage"},
        {"code": "무료배송", "amount_discounted": 4.9, "type": "fixed"},
    ]
    sold = Order(store, "1001", buyer, lines, at, at, promos, shipped=True)
    sold.campaign_id = campaigns[0] if campaigns and store.number == 0 else ""
    called_off = Order(store, "1002", other, [Line("1", tea, tea.variants[0], 2)], at, at)
    called_off.cancelled = at + 60
    store.orders |= {order.id: order for order in (sold, called_off)}
    left = [Line("1", tea, tea.variants[0], 1), Line("2", mug, mug.variants[0], 3)]
    store.carts["1001"] = Cart(store, "1001", buyer, left, at, at)


def _rules(store: Store) -> None:
    at = store.created
    rule = PromoRule(store, "1", "Sommerschlussverkauf ☀", 0.1, at, at)
    # A code is unique to its rule only.
    rule.codes = {
        str(place): PromoCode(str(place), code, place, at, at)
        for place, code in enumerate(("SOMMER 10%", "여름"), 1)
    }
    store.rules["1"] = rule
    if store.number == 0:
        again = PromoRule(store, "2", "", 5, at, at, enabled=False)
        again.codes["1"] = PromoCode("1", "SOMMER 10%", 0, at, at)
        store.rules["2"] = again
