"""How an audience grew, month by month: what members do moves it, and no cursor follows."""

from __future__ import annotations

from collections import Counter

from chimpline.sandbox.instants import iso, months
from chimpline.sandbox.model.audience import Audience
from chimpline.sandbox.registry import Collection, Row
from chimpline.sandbox.tables import lists

STATUSES = ("subscribed", "unsubscribed", "cleaned", "pending", "transactional")
NOT_KNOWN = dict.fromkeys(("imports", "optins", "reconfirm", "deleted"), 0)


def _row(audience: Audience, month: str) -> Row:
    came: Counter[tuple[str, str]] = audience.kept(
        "growth", lambda: Counter((iso(m.opted)[:7], m.status) for m in audience.living())
    )
    before = sum(n for (then, status), n in came.items() if then < month and status == STATUSES[0])
    row = {"list_id": audience.id, "month": month, "existing": before}
    return row | NOT_KNOWN | {status: came[month, status] for status in STATUSES}


COLLECTION = Collection(
    name="list_growth_history",
    path="/lists/{list_id}/growth-history",
    array="history",
    key=("month",),
    record="month",
    below=lists.COLLECTION,
    things=lambda audience: months(audience.created, audience.account.clock.second()),
    row=_row,
    sorts=("month",),
)
