"""The record of an audience, with the statistics that no cursor follows."""

from __future__ import annotations

from typing import Any

from chimpline.sandbox.instants import iso
from chimpline.sandbox.model.audience import Audience

Row = dict[str, Any]


def _dates(audience: Audience, last_sent: int) -> tuple[int, int, int, int, int]:
    """Last subscription, last unsubscription, and who came and went since the last campaign."""
    last_sub = last_unsub = joined = left = cleaned = 0
    for member in audience.living():
        if member.status == "subscribed":
            last_sub = max(last_sub, member.opted)
            joined += member.opted > last_sent
        elif member.status == "unsubscribed":
            last_unsub = max(last_unsub, member.changed)
            left += member.changed > last_sent
        elif member.status == "cleaned":
            cleaned += member.changed > last_sent
    return last_sub, last_unsub, joined, left, cleaned


def list_row(audience: Audience, *, total_contacts: bool = False) -> Row:
    account = audience.account
    campaigns = [c for c in account.campaigns.values() if c.audience is audience]
    last_sent = max((c.sent for c in campaigns if c.status == "sent"), default=0)
    last_sub, last_unsub, joined, left, cleaned = audience.kept(
        ("dates", last_sent), lambda: _dates(audience, last_sent)
    )
    indexes = audience.indexes
    stats: Row = {"member_count": len(indexes["subscribed"])}
    if total_contacts:
        stats["total_contacts"] = len(audience.by_id)
    stats |= {
        "unsubscribe_count": len(indexes["unsubscribed"]),
        "cleaned_count": len(indexes["cleaned"]),
        "member_count_since_send": joined,
        "unsubscribe_count_since_send": left,
        "cleaned_count_since_send": cleaned,
        "campaign_count": len(campaigns),
        "campaign_last_sent": iso(last_sent),
        "merge_field_count": len(audience.merge_fields) + 1,
        "avg_sub_rate": 438 - audience.number,
        "avg_unsub_rate": 0,
        "target_sub_rate": 0,
        "open_rate": 24.5 if campaigns else 0,
        "click_rate": 3.125 if campaigns else 0,
        "last_sub_date": iso(last_sub),
        "last_unsub_date": iso(last_unsub),
    }
    return {
        "id": audience.id,
        "web_id": audience.web_id,
        "name": audience.name,
        "contact": {
            "company": "Sandbox Goods",
            "address1": "1 Main St",
            "address2": "",
            "city": "Berlin",
            "state": "",
            "zip": "10115",
            "country": "DE",
            "phone": "",
        },
        "permission_reminder": "You bought bananas from us.",
        "use_archive_bar": True,
        "campaign_defaults": {
            "from_name": "Sandbox Goods",
            "from_email": "news@example.com",
            "subject": "",
            "language": "en",
        },
        "notify_on_subscribe": "",
        "notify_on_unsubscribe": "",
        "date_created": iso(audience.created),
        "list_rating": audience.number % 4,
        "email_type_option": False,
        "subscribe_url_short": f"http://eepurl.com/{audience.id[:6]}",
        "subscribe_url_long": f"https://sandbox.us19.list-manage.com/subscribe?id={audience.id}",
        "beamer_address": f"us19-{audience.id}@inbound.mailchimp.com",
        "visibility": "pub" if audience.number % 2 else "prv",
        "double_optin": audience.number % 2 == 1,
        "has_welcome": False,
        "marketing_permissions": bool(audience.marketing_permissions),
        "modules": [],
        "stats": stats,
    }
