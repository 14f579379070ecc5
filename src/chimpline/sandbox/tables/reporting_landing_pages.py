"""How landing pages did that were published: people who come move nothing of the page itself."""

from __future__ import annotations

from chimpline.sandbox.instants import iso
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.model.campaign import rate
from chimpline.sandbox.registry import Collection, Row
from chimpline.sandbox.tables import landing_pages

PAGES = landing_pages.COLLECTION
OF_THE_PAGE = ("id", "name", "title", "url", "published_at", "unpublished_at", "status", "web_id")


def _things(account: Account) -> list[Row]:
    return [page for page in PAGES.things(account) if page["published_at"]]


def _visits(account: Account, page: Row) -> list[int]:
    """The instants at which people came."""
    came = account.records.setdefault("landing_page_visits", [{}])[0]
    visits: list[int] = came.setdefault(page["id"], [])
    return visits


def _row(account: Account, page: Row) -> Row:
    shown, visits = PAGES.row(account, page), _visits(account, page)
    days = sorted({iso(instant)[:10] for instant in visits})
    daily = [{"date": d, "val": sum(iso(v).startswith(d) for v in visits)} for d in days]
    audience = account.audiences.get(shown["list_id"])
    joined = len(visits) // 2
    return {name: shown[name] for name in OF_THE_PAGE} | {
        "list_id": shown["list_id"],
        "list_name": audience.name if audience else "",
        "visits": len(visits),
        "unique_visits": len(visits),
        "subscribes": joined,
        "clicks": joined,
        "conversion_rate": rate(joined, len(visits)),
        "timeseries": {
            "daily_stats": {"clicks": [], "visits": daily, "unique_visits": daily},
            "weekly_stats": {"clicks": [], "visits": [], "unique_visits": []},
        },
        "ecommerce": {
            "total_revenue": 0,
            "currency_code": "USD",
            "total_orders": 0,
            "average_order_revenue": 0,
        },
        "signup_tags": [{"tag_id": 7, "tag_name": "새 고객"}],
    }


def visit_landing_page(account: Account) -> Row:
    """Somebody comes to the newest page that was ever published."""
    page = max(_things(account), key=lambda one: str(one["published_at"]), default=None)
    if page is None:
        raise ValueError("The account has no landing page that was published.")
    _visits(account, page).append(account.clock.second())
    return {"id": page["id"]}


COLLECTION = Collection(
    name="reporting_landing_pages",
    path="/reporting/landing-pages",
    array="landing_pages",
    record="outreach_id",
    times=("published_at", "unpublished_at"),
    things=_things,
    row=_row,
    changes={"visit_landing_page": visit_landing_page},
)
