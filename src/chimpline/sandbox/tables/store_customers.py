"""Customers of a store, who need not be members of its audience."""

from __future__ import annotations

from chimpline.sandbox.answers.query import Query
from chimpline.sandbox.changes import shop
from chimpline.sandbox.model.shop import Customer
from chimpline.sandbox.registry import Collection
from chimpline.sandbox.tables import stores


def _narrow(found: list[Customer], query: Query) -> list[Customer]:
    email = query.text("email_address")
    return [one for one in found if email in (None, one.email)]


COLLECTION = Collection(
    name="store_customers",
    path="/ecommerce/stores/{store_id}/customers",
    array="customers",
    record="customer_id",
    below=stores.COLLECTION,
    times=("created_at", "updated_at"),
    things=lambda store: list(store.customers.values()),
    row=lambda _store, customer: customer.row(),
    narrow=_narrow,
    changes={
        "create_customer": shop.create_customer,
        "edit_customer": shop.edit_customer,
        "delete_customer": shop.delete_customer,
    },
)
