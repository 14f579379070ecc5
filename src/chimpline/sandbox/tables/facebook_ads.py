"""Ads on Facebook and Instagram: what was made of them."""

from __future__ import annotations

from chimpline.sandbox.instants import at, iso
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.registry import Row, plain

DAY = 86400
NOT_SHOWN = ("sold",)
"""What the account knows of an ad, and its reports tell."""
AUDIENCE: Row = {
    "type": "Interest-based Audience",
    "source_type": "facebook",
    "email_source": {"name": "", "type": "", "is_segment": False, "list_name": ""},
    "include_source_in_target": False,
    "lookalike_country_code": "",
    "targeting_specs": {
        "gender": 0,
        "min_age": 18,
        "max_age": 65,
        "locations": {"countries": ["DE", "KR"], "regions": [], "cities": ["Köln"], "zips": []},
        "interests": [{"name": "Bananen 🍌"}],
    },
}


def _ad(id_: str, number: int) -> Row:
    created = at(2024) + number * DAY
    return {
        "id": id_,
        "web_id": int(id_[:6], 16),
        "name": f"Anzeige “{number}” 광고",
        "type": "facebook",
        "status": "completed" if number % 2 else "active",
        "show_report": True,
        "create_time": iso(created),
        "start_time": iso(created + 600),
        "updated_at": iso(created + 600),
        "canceled_at": "",
        "published_time": iso(created + 600),
        "has_segment": False,
        "recipients": {
            "list_id": "",
            "list_is_active": False,
            "list_name": "",
            "segment_text": "",
            "recipient_count": 0,
        },
        "thumbnail": "https://example.com/ad.png",
        "email_source_name": "",
        "paused_at": "",
        "end_time": iso(created + 7 * DAY) if number % 2 else "",
        "needs_attention": False,
        "was_canceled_by_facebook": False,
        "channel": {
            "fb_placement_feed": True,
            "fb_placement_audience": False,
            "ig_placement_feed": number % 2 == 0,
        },
        "audience": AUDIENCE,
        "budget": {"duration": 7, "total_amount": 70.5, "currency_code": "USD"},
        "sold": [
            {"title": f"Banane {n}", "sku": f"B-{n}" if n else "", "times": 1 + number}
            for n in range(2)
        ],
    }


def _row(_account: Account, ad: Row) -> Row:
    shown = {name: value for name, value in ad.items() if name not in NOT_SHOWN}
    return shown | {
        "is_connected": True,
        "has_audience": True,
        "has_content": True,
        "feedback": {"content": "", "audience": "", "budget": "", "compliance": ""},
        "site": {"id": 7, "name": "Laden", "url": "https://example.com"},
        "content": {
            "title": ad["name"],
            "link_url": "https://example.com",
            "message": "Frisch & 노란색",
            "description": "",
            "image_url": "https://example.com/ad.png",
            "call_to_action": "SHOP_NOW",
            "attachments": [],
        },
    }


def _edited(account: Account, ad: Row) -> None:
    """Paused, or begun again."""
    now, active = iso(account.clock.second()), ad["status"] == "active"
    ad |= {"status": "paused", "paused_at": now} if active else {"status": "active"}
    ad["updated_at"] = now


COLLECTION = plain(
    "facebook_ad",
    _ad,
    edited=_edited,
    name="facebook_ads",
    path="/facebook-ads",
    array="facebook_ads",
    record="outreach_id",
    times=(
        "create_time",
        "start_time",
        "updated_at",
        "canceled_at",
        "published_time",
        "paused_at",
        "end_time",
    ),
    row=_row,
    sorts=("updated_at", "end_time"),
)
