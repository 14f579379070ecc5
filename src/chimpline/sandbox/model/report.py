"""Reports: the counters of a sent campaign, and its rows by recipient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chimpline.sandbox.instants import iso
from chimpline.sandbox.model.activity import CLICK, HARD, HOUR, OPEN, PROXY_OPEN, SOFT
from chimpline.sandbox.model.campaign import Campaign, Unsubscribe, rate
from chimpline.sandbox.model.member import Member, merge_values

Row = dict[str, Any]


def report_row(campaign: Campaign) -> Row:
    found = campaign.counters()
    sent = campaign.emails_sent
    delivered = sent - found.hard - found.soft
    audience = campaign.audience
    row: Row = {
        "id": campaign.id,
        "campaign_title": campaign.title,
        "type": campaign.type,
        "list_id": audience.id,
        "list_is_active": campaign.list_is_active,
        "list_name": audience.name,
        "subject_line": campaign.subject,
        "preview_text": "",
        "emails_sent": sent,
        "abuse_reports": campaign.abuse_reports,
        "unsubscribed": campaign.unsubscribed(),
        "send_time": iso(campaign.sent),
        "bounces": {"hard_bounces": found.hard, "soft_bounces": found.soft, "syntax_errors": 0},
        "forwards": {"forwards_count": 0, "forwards_opens": 0},
        "opens": {
            "opens_total": found.opens,
            "proxy_excluded_opens": found.opens - found.proxy_opens,
            "unique_opens": found.unique_opens,
            "proxy_excluded_unique_opens": found.unique_direct_opens,
            "open_rate": rate(found.unique_opens, delivered),
            "proxy_excluded_open_rate": rate(found.unique_direct_opens, delivered),
            "last_open": iso(found.last_open),
        },
        "clicks": {
            "clicks_total": found.clicks,
            "unique_clicks": found.unique_clicks,
            "unique_subscriber_clicks": found.clickers,
            "click_rate": rate(found.clickers, delivered),
            "last_click": iso(found.last_click),
        },
        "facebook_likes": {"recipient_likes": 0, "unique_likes": 0, "facebook_likes": 0},
        "list_stats": {
            "sub_rate": 12,
            "unsub_rate": 1,
            "open_rate": 24.5,
            "proxy_excluded_open_rate": 18.25,
            "click_rate": 3.1,
        },
        "timeseries": _timeseries(campaign),
        "share_report": {
            "share_url": f"https://us19.campaign-archive.com/report?id={campaign.id}",
            "share_password": "",
        },
        "ecommerce": {**campaign.revenue(), "currency_code": "USD"},
        "delivery_status": campaign.delivery_status(),
    }
    if campaign.type == "rss":
        row["rss_last_send"] = iso(campaign.sent)
    if campaign.number % 3 == 0:
        row["industry_stats"] = {
            "type": "Retail",
            "open_rate": 0.2176,
            "click_rate": 0.0262,
            "bounce_rate": 0.0061,
            "unopen_rate": 0.7763,
            "unsub_rate": 0.0018,
            "abuse_rate": 0.0001,
        }
    if campaign.type == "absplit":
        halves = campaign.kept.get("halves")
        if halves is None:
            halves = campaign.kept["halves"] = (_half(campaign, 0), _half(campaign, 1))
        row["ab_split"] = {"a": dict(halves[0]), "b": dict(halves[1])}
    return row


def _timeseries(campaign: Campaign) -> list[Row]:
    """The first day after the sending, by hour."""
    kept: list[Row] | None = campaign.kept.get("timeseries")
    if kept is None:
        kept = campaign.kept["timeseries"] = _hours(campaign)
    return [dict(hour) for hour in kept]


def _hours(campaign: Campaign) -> list[Row]:
    found = campaign.counters()
    hourly = zip(found.hourly_opens, found.hourly_direct_opens, found.hourly_clicks, strict=True)
    return [
        {
            "timestamp": iso((campaign.sent // HOUR + hour) * HOUR),
            "emails_sent": campaign.emails_sent if hour == 0 else 0,
            "unique_opens": opens,
            "proxy_excluded_unique_opens": direct,
            "recipients_clicks": clicks,
        }
        for hour, (opens, direct, clicks) in enumerate(hourly)
    ]


def dealt(rows: Sequence[Row], **counted: int) -> list[Row]:
    """Counters of a report dealt out among rows, in turn, so that they move with the report."""
    return [
        row | {name: len(range(turn, n, len(rows))) for name, n in counted.items()}
        for turn, row in enumerate(rows)
    ]


def group_of(campaign: Campaign, number: int) -> str:
    """Which half of an A/B campaign a recipient was in."""
    return "ab"[number % 2] if campaign.type == "absplit" else ""


def _half(campaign: Campaign, half: int) -> Row:
    opens = clicks = bounces = last_open = 0
    openers: set[int] = set()
    recipients = campaign.activity.recipients
    for position, kind, instant, _ in campaign.activity.all_events():
        if recipients[position] % 2 != half:
            continue
        if kind in (OPEN, PROXY_OPEN):
            opens += 1
            openers.add(position)
            last_open = max(last_open, instant)
        elif kind == CLICK:
            clicks += 1
        else:
            bounces += 1
    return {
        "bounces": bounces,
        "abuse_reports": sum(number % 2 == half for number, _ in campaign.complaints),
        "unsubs": sum(1 for u in campaign.unsubscribes if u.number % 2 == half),
        "recipient_clicks": clicks,
        "forwards": 0,
        "forwards_opens": 0,
        "opens": opens,
        "last_open": iso(last_open),
        "unique_opens": len(openers),
    }


def recipient(campaign: Campaign, number: int) -> Member:
    """A recipient as a contact. Erased ones were forgotten, so there is one."""
    member = campaign.audience.members[number]
    if member is None:
        raise LookupError(f"Recipient {number} of campaign {campaign.id} was erased.")
    return member


def sent_to_row(campaign: Campaign, position: int) -> Row:
    number = campaign.activity.recipients[position]
    member = recipient(campaign, number)
    email_id, address = campaign.shown(member)
    status, opens, last_open = "sent", 0, 0
    for event in campaign.activity.events(position):
        if event.kind in (OPEN, PROXY_OPEN):
            opens += 1
            last_open = max(last_open, event.instant)
        elif event.kind == HARD:
            status = "hard"
        elif event.kind == SOFT:
            status = "soft"
    row: Row = {
        "email_id": email_id,
        "email_address": address,
        "merge_fields": merge_values(campaign.audience, member),
        "vip": member.vip,
        "status": status,
        "open_count": opens,
        "last_open": iso(last_open),
    }
    if campaign.type == "absplit":
        row["absplit_group"] = group_of(campaign, number)
    return row | {
        "gmt_offset": 0,
        "campaign_id": campaign.id,
        "list_id": campaign.audience.id,
        "list_is_active": campaign.list_is_active,
    }


def person_row(campaign: Campaign, number: int) -> Row:
    """What the rows about a recipient have in common."""
    member = recipient(campaign, number)
    email_id, address = campaign.shown(member)
    return {
        "email_id": email_id,
        "email_address": address,
        "merge_fields": merge_values(campaign.audience, member),
        "vip": member.vip,
        "campaign_id": campaign.id,
        "list_id": campaign.audience.id,
        "list_is_active": campaign.list_is_active,
    }


def unsubscribed_row(campaign: Campaign, unsubscribe: Unsubscribe) -> Row:
    told = {"timestamp": iso(unsubscribe.instant), "reason": unsubscribe.reason}
    return person_row(campaign, unsubscribe.number) | told
