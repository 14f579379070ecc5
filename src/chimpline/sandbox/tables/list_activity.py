"""What happened in an audience, day by day: the last 180 days, those on which anything did."""

from __future__ import annotations

from collections import Counter

from chimpline.sandbox.instants import iso
from chimpline.sandbox.model.audience import Audience
from chimpline.sandbox.registry import Collection, Row
from chimpline.sandbox.tables import lists

KEPT_S = 180 * 86400
COUNTED = (
    "emails_sent",
    "unique_opens",
    "recipient_clicks",
    "hard_bounce",
    "soft_bounce",
    "subs",
    "unsubs",
    "other_adds",
    "other_removes",
)

Days = dict[str, Counter[str]]


def _came_and_went(audience: Audience) -> Days:
    days: Days = {}
    for member in audience.living():
        if member.status == "subscribed":
            days.setdefault(iso(member.opted)[:10], Counter())["subs"] += 1
        elif member.status == "unsubscribed":
            days.setdefault(iso(member.changed)[:10], Counter())["unsubs"] += 1
    return days


def _things(audience: Audience) -> list[Row]:
    account = audience.account
    kept: Days = audience.kept("activity", lambda: _came_and_went(audience))
    days = {day: Counter(counted) for day, counted in kept.items()}
    for campaign in account.campaigns.values():
        if campaign.audience is audience and campaign.status == "sent":
            found = campaign.counters()
            day = days.setdefault(iso(campaign.sent)[:10], Counter())
            day["emails_sent"] += campaign.emails_sent
            day["unique_opens"] += found.unique_opens
            day["recipient_clicks"] += found.clickers
            day["hard_bounce"] += found.hard
            day["soft_bounce"] += found.soft
    first, last = iso(account.clock.second() - KEPT_S)[:10], iso(account.clock.second())[:10]
    return [
        {"day": day} | {name: days[day][name] for name in COUNTED}
        for day in sorted(days, reverse=True)
        if first < day <= last
    ]


COLLECTION = Collection(
    name="list_activity",
    path="/lists/{list_id}/activity",
    array="activity",
    key=("day",),
    below=lists.COLLECTION,
    things=_things,
)
