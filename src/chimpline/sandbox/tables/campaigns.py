"""Campaigns of all types and statuses."""

from __future__ import annotations

from chimpline.sandbox.answers.ordering import tie
from chimpline.sandbox.answers.query import Query
from chimpline.sandbox.changes import campaigns
from chimpline.sandbox.model.campaign import Campaign
from chimpline.sandbox.model.variate import find_campaign
from chimpline.sandbox.registry import Collection

STATUSES = ("save", "paused", "schedule", "sending", "sent")
TYPES = ("regular", "plaintext", "absplit", "rss", "variate")


def within(found: list[Campaign], query: Query, name: str, attribute: str) -> list[Campaign]:
    """The campaigns in `(since, before]` of an instant; those without it are in no window."""
    since, before = query.instant(f"since_{name}"), query.instant(f"before_{name}")
    if since is not None:
        found = [c for c in found if getattr(c, attribute) > since]
    if before is not None:
        found = [c for c in found if 0 < getattr(c, attribute) <= before]
    return found


def _narrow(found: list[Campaign], query: Query) -> list[Campaign]:
    status, kind = query.choice("status", STATUSES), query.choice("type", TYPES)
    list_id, folder = query.text("list_id"), query.text("folder_id")
    member_id = query.text("member_id")
    found = [
        c
        for c in found
        if status in (None, c.status)
        and kind in (None, c.type)
        and list_id in (None, c.audience.id)
        and folder in (None, c.folder_id)
        and (member_id is None or _was_sent_to(c, member_id))
    ]
    found = within(found, query, "create_time", "created")
    found = within(found, query, "send_time", "sent")
    sort_field = query.choice("sort_field", ("create_time", "send_time"))
    if sort_field:
        attribute = "created" if sort_field == "create_time" else "sent"
        found.sort(key=lambda c: int(getattr(c, attribute)), reverse=query.descending)
    return found


def _was_sent_to(campaign: Campaign, member_id: str) -> bool:
    number = campaign.audience.by_id.get(member_id)
    return number is not None and campaign.activity.position(number) is not None


COLLECTION = Collection(
    name="campaigns",
    path="/campaigns",
    array="campaigns",
    record="campaign_id",
    times=(
        "create_time",
        "send_time",
        "rss_opts__last_sent",
        "ab_split_opts__send_time_a",
        "ab_split_opts__send_time_b",
    ),
    things=lambda account: list(account.campaigns.values()),
    find=find_campaign,
    row=lambda _account, campaign: campaign.row(),
    order=lambda campaign: tie(campaign.number + 11),
    narrow=_narrow,
    changes={
        "create_campaign": campaigns.create_campaign,
        "send_campaign": campaigns.send_campaign,
        "rename_campaign": campaigns.rename_campaign,
        "delete_campaign": campaigns.delete_campaign,
    },
)
