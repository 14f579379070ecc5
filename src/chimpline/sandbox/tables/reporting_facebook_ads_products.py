"""What was bought through an ad: a product without a number of its own has an empty one."""

from __future__ import annotations

from chimpline.sandbox.model.account import Account
from chimpline.sandbox.registry import Collection, Row
from chimpline.sandbox.tables import reporting_facebook_ads
from chimpline.sandbox.tables.reporting_facebook_ads import PRICE
from chimpline.sandbox.tables.reports_ecommerce_products import sold_row


def _sold(account: Account) -> list[Row]:
    """Through the newest ad."""
    ads = reporting_facebook_ads.ADS.things(account)
    if not ads:
        raise ValueError("The account has no ad.")
    sold: list[Row] = ads[-1]["sold"]
    return sold


def buy_through_ad(account: Account) -> Row:
    """The first product once more, and one that nobody had bought before."""
    sold = _sold(account)
    account.made += 1
    for product in sold[:1]:
        product["times"] += 1
    sold.append({"title": f"바나나 {account.made}", "sku": f"N-{account.made}", "times": 1})
    return sold[-1]


def refund_through_ad(account: Account) -> Row:
    sold = _sold(account)
    if not sold:
        raise ValueError("Nothing was bought through the newest ad.")
    return sold.pop()


COLLECTION = Collection(
    name="reporting_facebook_ads_products",
    path="/reporting/facebook-ads/{outreach_id}/ecommerce-product-activity",
    array="products",
    key=("sku", "title", "currency_code"),
    below=reporting_facebook_ads.COLLECTION,
    around=lambda _: {},
    things=lambda ad: ad["sold"],
    row=lambda _ad, product: sold_row(product, PRICE),
    changes={
        "buy_through_ad": buy_through_ad,
        "refund_through_ad": refund_through_ad,
    },
)
