"""Campaigns by SMS or WhatsApp, in a list that is newer than the specification."""

from __future__ import annotations

from chimpline.sandbox.instants import START, iso
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.registry import Row, plain

STATUSES = ("draft", "scheduled", "sent")
DAY = 86400


def _campaign(id_: str, number: int) -> Row:
    made = START - (number + 1) * DAY
    status = STATUSES[number % 3]
    return {
        "id": id_,
        "web_id": str(7_000_000 + number),
        "name": f"Sale / 세일 {number}",
        "status": status,
        "channel": "whatsapp" if number % 2 else "sms",
        "list_id": 380_000 + number % 2,
        "recipient_count": 40 * number,
        "create_time": iso(made),
        "send_time": "" if status == "draft" else iso(made + DAY // 2),
        "updated_at": iso(made),
        "expire_time": "" if status == "draft" else iso(made + DAY),
        "is_send_now": number % 4 == 1,
        "folder_id": "",
        "segments": [number, number + 1],
        "excluded_segments": [],
    }


def _edited(account: Account, campaign: Row) -> None:
    campaign["status"] = "sent"
    campaign["recipient_count"] += 1
    campaign["updated_at"] = campaign["send_time"] = iso(account.clock.second())


COLLECTION = plain(
    "sms_campaign",
    _campaign,
    name="sms_campaigns",
    path="/sms-campaigns",
    array="sms_campaigns",
    record="sms_campaign_id",
    times=("create_time", "send_time", "updated_at", "expire_time"),
    edited=_edited,
)
