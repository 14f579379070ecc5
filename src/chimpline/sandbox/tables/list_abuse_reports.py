"""Complaints of members: who called which campaign spam. They keep the address of that time."""

from __future__ import annotations

from chimpline.sandbox.instants import iso
from chimpline.sandbox.model.audience import Audience
from chimpline.sandbox.model.member import hash_of
from chimpline.sandbox.registry import Row, plain
from chimpline.sandbox.tables import lists


def _made(audience: Audience, id_: str, number: int) -> Row:
    sent = [c.id for c in audience.account.campaigns.values() if c.audience is audience and c.sent]
    address = f"Störung{number}@example.net"
    return {
        "id": 40_000 + int(id_[:6], 16) * 100 + number,
        "campaign_id": sent[number % len(sent)] if sent else "",
        "list_id": audience.id,
        "email_id": hash_of(address),
        "email_address": address,
        "merge_fields": {"FNAME": "Grüße 🙅" if number % 2 else ""},
        "vip": False,
        "date": iso(audience.created + 86400 * (number + 1)),
    }


COLLECTION = plain(
    "list_abuse_report",
    _made,
    name="list_abuse_reports",
    path="/lists/{list_id}/abuse-reports",
    array="abuse_reports",
    record="report_id",
    below=lists.COLLECTION,
    edited=lambda _account, report: report.update(vip=True),
)
