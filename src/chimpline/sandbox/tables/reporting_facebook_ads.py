"""How ads did: who buys through one moves its report, and nothing of the ad itself."""

from __future__ import annotations

from chimpline.sandbox.model.account import Account
from chimpline.sandbox.registry import Collection, Row
from chimpline.sandbox.tables import facebook_ads

ADS = facebook_ads.COLLECTION
PRICE = 2.5


def _row(_account: Account, ad: Row) -> Row:
    shown = {name: value for name, value in ad.items() if name not in facebook_ads.NOT_SHOWN}
    sold = sum(product["times"] for product in ad["sold"])
    return shown | {
        "report_summary": {
            "reach": 900,
            "impressions": 1000 + sold,
            "clicks": 10 + sold,
            "click_rate": 0.25,
            "unique_clicks": 10 + sold,
            "first_time_buyers": 1,
            "ecommerce": {"total_revenue": sold * PRICE, "currency_code": "USD"},
            "total_products_sold": sold,
            "total_orders": sold,
            "average_order_amount": {"amount": PRICE, "currency_code": "USD"},
            "cost_per_click": {"amount": 0.5, "currency_code": "USD"},
            "average_daily_budget": {"amount": 10.5, "currency_code": "USD"},
            "likes": 3,
            "comments": 2,
            "shares": 1,
            "has_extended_ad_duration": False,
            "extended_at": {"datetime": "", "timezone": ""},
            "return_on_investment": 0.75,
        },
        "audience_activity": {
            "clicks": [{"date": "2024-01-02", "clicks": 10 + sold}],
            "impressions": [{"date": "2024-01-02", "impressions": 1000 + sold}],
            "revenue": [{"date": "2024-01-02", "revenue": sold * PRICE}],
        },
    }


COLLECTION = Collection(
    name="reporting_facebook_ads",
    path="/reporting/facebook-ads",
    array="facebook_ads",
    record="outreach_id",
    times=ADS.times,
    things=ADS.things,
    row=_row,
    sorts=ADS.sorts,
)
