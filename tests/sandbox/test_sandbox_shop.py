"""Stores: what a record holds is what its own paths list; and accounts that lack them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
import requests

from chimpline.sandbox import Sandbox

Ask = Callable[..., requests.Response]
STORES = "/ecommerce/stores"


def bare(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name != "_links"}


@pytest.mark.parametrize(
    ("records", "inside"),
    [("orders", "lines"), ("carts", "lines"), ("products", "variants"), ("products", "images")],
)
def test_what_is_inside_a_record_is_what_its_path_lists(
    quiet: Sandbox, ask: Ask, records: str, inside: str
) -> None:
    longest = 0
    for store in ask(quiet, STORES).json()["stores"]:
        below = f"{STORES}/{store['id']}/{records}"
        for record in ask(quiet, below).json()[records]:
            path = f"{below}/{quote(record['id'], safe='')}/{inside}"
            listed = [bare(one) for one in ask(quiet, path, count=1000).json()[inside]]
            assert all("_links" in one for one in record[inside])
            assert [bare(one) for one in record[inside]] == listed
            longest = max(longest, len(listed))
            assert listed[:10] == [bare(one) for one in ask(quiet, path).json()[inside]]
    assert longest > 10 or (records, inside) in {("carts", "lines"), ("products", "images")}


def test_two_stores_call_many_things_alike(quiet: Sandbox) -> None:
    for table in ("store_customers", "store_products", "store_carts", "store_orders"):
        stores: dict[str, set[str]] = {}
        for row in quiet.truth(table):
            stores.setdefault(row["store_id"], set()).add(row["id"])
        one, other = stores.values()
        assert one & other


def test_an_order_moves_what_its_customer_spent_and_none_of_its_times(sandbox: Sandbox) -> None:
    before = {(row["store_id"], row["id"]): row for row in sandbox.truth("store_customers")}
    sandbox.change("create_order")
    after = {(row["store_id"], row["id"]): row for row in sandbox.truth("store_customers")}
    (moved,) = [key for key, row in after.items() if row != before[key]]
    assert before[moved]["orders_count"] + 1 == after[moved]["orders_count"]
    assert before[moved]["total_spent"] < after[moved]["total_spent"]
    assert before[moved]["updated_at"] == after[moved]["updated_at"]


def test_orders_are_narrowed_to_a_customer_or_a_campaign(quiet: Sandbox, ask: Ask) -> None:
    path = f"{STORES}/{quiet.truth('stores')[0]['id']}/orders"
    assert ["1001"] == [one["id"] for one in ask(quiet, path, has_outreach=1).json()["orders"]]
    assert ["1002"] == [one["id"] for one in ask(quiet, path, customer_id="2").json()["orders"]]


@pytest.mark.parametrize("status", [403, 404])
def test_an_account_can_lack_parts_of_mailchimp(ask: Ask, status: int) -> None:
    few = {"members": 10, "campaigns": 1, "events": 0}
    with Sandbox.start(**few, lacks="ecommerce", lacking_status=status) as sandbox:
        answer = ask(sandbox, STORES)
        assert status == answer.status_code == answer.json()["status"]
        assert "application/problem+json" in answer.headers["Content-Type"]
        assert [] == sandbox.truth("store_orders")
        assert 200 == ask(sandbox, "/lists").status_code
        sandbox.lack()
        assert 200 == ask(sandbox, STORES).status_code
        assert sandbox.truth("store_orders")
        with pytest.raises(
            ValueError, match="No part 'moons'; an account may lack: contacts, ecom"
        ):
            sandbox.lack("ecommerce,moons")
