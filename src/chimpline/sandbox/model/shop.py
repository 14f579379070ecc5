"""Stores that are connected to the account, with what they sell, to whom, and at which discount.

Ids are the shop's own, so that two stores have the same ones. What a record shows of another (the
customer of an order, the product of a line) is looked up whenever it is served.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from chimpline.sandbox.instants import iso

if TYPE_CHECKING:
    from chimpline.sandbox.model.audience import Audience

Row = dict[str, Any]
NOWHERE: Row = dict.fromkeys(
    ("address1", "address2", "city", "province", "province_code", "postal_code"), ""
) | {"country": "", "country_code": ""}
SEOUL: Row = NOWHERE | {
    "address1": "세종대로 110",
    "city": "서울",
    "postal_code": "04524",
    "country": "South Korea",
    "country_code": "KR",
}
BERLIN: Row = NOWHERE | {
    "address1": "Straße des 17. Juni 135",
    "city": "Berlin",
    "postal_code": "10623",
    "country": "Germany",
    "country_code": "DE",
}
ON_THE_MAP: Row = {"longitude": 13.32, "latitude": 52.51}


@dataclasses.dataclass(slots=True)
class Customer:
    store: Store
    id: str
    number: int
    email: str
    created: int
    updated: int

    def row(self) -> Row:
        bought = [one for one in self.store.orders.values() if one.customer is self]
        return {
            "id": self.id,
            "email_address": self.email,
            "sms_phone_number": "",
            "opt_in_status": self.number % 2 == 0,
            "company": "" if self.number else "Bücher & Söhne",
            "first_name": ("Ada", "", "지우")[self.number % 3],
            "last_name": ("Müller", "", "김")[self.number % 3],
            "orders_count": len(bought),
            "total_spent": round(sum(one.total for one in bought), 2),
            "address": dict((BERLIN, NOWHERE, SEOUL)[self.number % 3]),
            "created_at": iso(self.created),
            "updated_at": iso(self.updated),
        }


@dataclasses.dataclass(slots=True)
class Variant:
    id: str
    title: str
    price: float
    left: int
    created: int

    def row(self, store: Store) -> Row:
        return {
            "id": self.id,
            "title": self.title,
            "url": "",
            "sku": f"SKU-{self.id}",
            "price": self.price,
            "inventory_quantity": self.left,
            "image_url": "",
            "backorders": "",
            "visibility": "visible",
            "created_at": iso(self.created),
            "updated_at": iso(max(self.created, store.created)),
        }


@dataclasses.dataclass(slots=True)
class Product:
    store: Store
    id: str
    title: str
    variants: list[Variant]
    images: list[Row]
    published: int

    def row(self) -> Row:
        return {
            "id": self.id,
            "currency_code": self.store.currency,
            "title": self.title,
            "handle": "",
            "url": f"https://{self.store.domain}/{self.id}" if self.images else "",
            "description": "Für den Küchentisch ☕" if self.images else "",
            "type": "",
            "vendor": "Sandbox Goods",
            "image_url": self.images[0]["url"] if self.images else "",
            "variants": [variant.row(self.store) for variant in self.variants],
            "images": [dict(image) for image in self.images],
            "published_at_foreign": iso(self.published),
        }


@dataclasses.dataclass(slots=True)
class Line:
    """Of an order or a cart. Its product may have been deleted since; it stays what was bought."""

    id: str
    product: Product
    variant: Variant
    quantity: int

    @property
    def total(self) -> float:
        return self.quantity * self.variant.price

    def row(self) -> Row:
        return {
            "id": self.id,
            "product_id": self.product.id,
            "product_title": self.product.title,
            "product_variant_id": self.variant.id,
            "product_variant_title": self.variant.title,
            "quantity": self.quantity,
            "price": self.variant.price,
        }


@dataclasses.dataclass(slots=True)
class Cart:
    store: Store
    id: str
    customer: Customer
    lines: list[Line]
    created: int
    updated: int

    def row(self) -> Row:
        return {
            "id": self.id,
            "customer": self.customer.row(),
            "campaign_id": "",
            "checkout_url": f"https://{self.store.domain}/cart/{self.id}",
            "currency_code": self.store.currency,
            "order_total": round(sum(line.total for line in self.lines), 2),
            "tax_total": 0,
            "lines": [line.row() for line in self.lines],
            "created_at": iso(self.created),
            "updated_at": iso(self.updated),
        }


@dataclasses.dataclass(slots=True)
class Order:
    store: Store
    id: str
    customer: Customer
    lines: list[Line]
    processed: int
    updated: int
    promos: list[Row] = dataclasses.field(default_factory=list)
    campaign_id: str = ""
    shipped: bool = False
    cancelled: int = 0

    @property
    def discount(self) -> float:
        return float(sum(promo["amount_discounted"] for promo in self.promos))

    @property
    def total(self) -> float:
        return round(sum(line.total for line in self.lines) - self.discount, 2)

    def line_rows(self) -> list[Row]:
        return [{**line.row(), "image_url": "", "discount": 0} for line in self.lines]

    def row(self) -> Row:
        to = {"name": "", "phone": "", "company": "", **self.customer.row()["address"]}
        row = {
            "id": self.id,
            "customer": self.customer.row(),
            "store_id": self.store.id,
            "campaign_id": self.campaign_id,
            "landing_site": "",
            "financial_status": "cancelled" if self.cancelled else "paid",
            "fulfillment_status": "shipped" if self.shipped else "",
            "currency_code": self.store.currency,
            "order_total": self.total,
            "order_url": "",
            "discount_total": self.discount,
            "tax_total": 0,
            "shipping_total": 4.9,
            "processed_at_foreign": iso(self.processed),
            "cancelled_at_foreign": iso(self.cancelled),
            "updated_at_foreign": iso(self.updated),
            "shipping_address": to | ON_THE_MAP if self.shipped else to,
            "billing_address": to,
            "promos": [dict(promo) for promo in self.promos],
            "lines": self.line_rows(),
            "tracking_number": f"DE{self.id}" if self.shipped else "",
            "tracking_carrier": "",
            "tracking_url": "",
        }
        if self.campaign_id:
            outreach = {"id": self.campaign_id, "name": "Ausverkauf / 세일", "type": "regular"}
            row["outreach"] = {**outreach, "published_time": iso(self.processed - 3600)}
        return row


@dataclasses.dataclass(slots=True)
class PromoCode:
    id: str
    code: str
    used: int
    created: int
    updated: int

    def row(self) -> Row:
        return {
            "id": self.id,
            "code": self.code,
            "redemption_url": f"https://shop.example.com/discount/{self.id}",
            "usage_count": self.used,
            "enabled": True,
            "created_at_foreign": iso(self.created),
            "updated_at_foreign": iso(self.updated),
        }


@dataclasses.dataclass(slots=True)
class PromoRule:
    store: Store
    id: str
    title: str
    amount: float
    created: int
    updated: int
    codes: dict[str, PromoCode] = dataclasses.field(default_factory=dict)
    enabled: bool = True

    def row(self) -> Row:
        return {
            "id": self.id,
            "title": self.title,
            "description": "",
            "starts_at": iso(self.created),
            "ends_at": "",
            "amount": self.amount,
            "type": "percentage" if self.amount < 1 else "fixed",
            "target": "total",
            "enabled": self.enabled,
            "created_at_foreign": iso(self.created),
            "updated_at_foreign": iso(self.updated),
        }


@dataclasses.dataclass(slots=True)
class Store:
    id: str
    number: int
    audience: Audience
    name: str
    created: int
    updated: int
    customers: dict[str, Customer] = dataclasses.field(default_factory=dict)
    products: dict[str, Product] = dataclasses.field(default_factory=dict)
    carts: dict[str, Cart] = dataclasses.field(default_factory=dict)
    orders: dict[str, Order] = dataclasses.field(default_factory=dict)
    rules: dict[str, PromoRule] = dataclasses.field(default_factory=dict)

    @property
    def currency(self) -> str:
        return ("EUR", "KRW")[self.number % 2]

    @property
    def domain(self) -> str:
        return f"shop{self.number}.example.com"

    def row(self) -> Row:
        connected = self.number % 2 == 0
        row: Row = {
            "id": self.id,
            "list_id": self.audience.id,
            "name": self.name,
            "platform": "WooCommerce" if connected else "",
            "domain": self.domain if connected else "",
            "is_syncing": False,
            "email_address": f"shop@{self.domain}" if connected else "",
            "currency_code": self.currency,
            "money_format": ("€", "₩")[self.number % 2],
            "primary_locale": "de" if connected else "",
            "timezone": "",
            "phone": "",
            "address": BERLIN | ON_THE_MAP if connected else dict(NOWHERE),
            "automations": {
                "abandoned_cart": {"is_supported": connected},
                "abandoned_browse": {"is_supported": False},
            },
            "list_is_active": not self.audience.deleted,
            "created_at": iso(self.created),
            "updated_at": iso(self.updated),
        }
        if connected:
            script = {"url": f"https://chimpstatic.example/{self.id}.js", "fragment": ""}
            row["connected_site"] = {"site_foreign_id": self.domain, "site_script": script}
            row["automations"]["abandoned_cart"] |= {"id": self.id[:10], "status": "sending"}
        return row
