"""How an audience grew, month by month: what members do moves it, and no cursor follows."""

from __future__ import annotations

from collections import Counter

from chimpline.sandbox.answers.query import Query
from chimpline.sandbox.instants import iso
from chimpline.sandbox.model.audience import Audience
from chimpline.sandbox.registry import Collection, Row
from chimpline.sandbox.tables import lists

STATUSES = ("subscribed", "unsubscribed", "cleaned", "pending", "transactional")
NOT_KNOWN = dict.fromkeys(("imports", "optins", "reconfirm", "deleted"), 0)


def _months(audience: Audience) -> list[str]:
    """From the one in which it was made to the present one."""
    first, last = iso(audience.created)[:7], iso(audience.account.clock.second())[:7]
    years = range(int(first[:4]), int(last[:4]) + 1)
    every = [f"{year}-{month:02d}" for year in years for month in range(1, 13)]
    return [month for month in every if first <= month <= last]


def _row(audience: Audience, month: str) -> Row:
    came: Counter[tuple[str, str]] = audience.kept(
        "growth", lambda: Counter((iso(m.opted)[:7], m.status) for m in audience.living())
    )
    before = sum(n for (then, status), n in came.items() if then < month and status == STATUSES[0])
    row = {"list_id": audience.id, "month": month, "existing": before}
    return row | NOT_KNOWN | {status: came[month, status] for status in STATUSES}


def _narrow(months: list[str], query: Query) -> list[str]:
    sorts = query.choice("sort_field", ("month",))
    return sorted(months, reverse=query.descending) if sorts else months


COLLECTION = Collection(
    name="list_growth_history",
    path="/lists/{list_id}/growth-history",
    array="history",
    key=("month",),
    record="month",
    below=lists.COLLECTION,
    links="Lists/GrowthHistory",
    things=_months,
    row=_row,
    around=lambda audience: {"list_id": audience.id},
    narrow=_narrow,
)
