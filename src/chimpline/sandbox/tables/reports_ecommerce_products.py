"""What was bought through a campaign: its report counts the orders and what they brought."""

from __future__ import annotations

from chimpline.sandbox.changes.choose import campaign_for
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.model.campaign import PRICE
from chimpline.sandbox.registry import Collection, Row
from chimpline.sandbox.tables import campaigns


def sold_row(product: Row, price: float) -> Row:
    """A product as it was sold through a campaign or an ad."""
    return {
        "title": product["title"],
        "sku": product["sku"],
        "image_url": "",
        "total_revenue": product["times"] * price,
        "total_purchased": product["times"],
        "currency_code": "USD",
        "recommendation_total": 0,
        "recommendation_purchased": 0,
    }


def buy_through_campaign(account: Account) -> Row:
    """What was bought before once more, and something else."""
    campaign = campaign_for(account, None)
    account.made += 1
    for product in campaign.bought[:1]:
        product["times"] += 1
    new = {"title": f"바나나 {account.made}", "sku": f"N-{account.made}", "times": 1}
    campaign.bought.append(new)
    return {"campaign_id": campaign.id, **new}


def refund_through_campaign(account: Account) -> Row:
    campaign = campaign_for(account, None, lambda c: c.status == "sent" and bool(c.bought))
    return {"campaign_id": campaign.id, **campaign.bought.pop()}


COLLECTION = Collection(
    name="reports_ecommerce_products",
    path="/reports/{campaign_id}/ecommerce-product-activity",
    array="products",
    key=("sku", "title", "currency_code"),
    below=campaigns.COLLECTION,
    around=lambda _: {},
    things=lambda campaign: campaign.bought,
    row=lambda _campaign, product: sold_row(product, PRICE),
    changes={
        "buy_through_campaign": buy_through_campaign,
        "refund_through_campaign": refund_through_campaign,
    },
)
