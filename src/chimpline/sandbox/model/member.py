"""A contact in one audience, and the record that Mailchimp sends of it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from chimpline.sandbox.instants import iso
from chimpline.sandbox.model.notes import notes_of

if TYPE_CHECKING:
    from chimpline.sandbox.model.audience import Audience

Row = dict[str, Any]

STATUSES = ("subscribed", "unsubscribed", "cleaned", "pending", "transactional", "archived")
CONTACT_STEP = 0x9E3779B97F4A7C15F39CC0605CEDC835  # odd: no two numbers meet
CONTACT_MASK = (1 << 128) - 1
MAX_TAGS_IN_ROW = 50  # docs/mailchimp-facts.md#tags-in-a-row

# What the members of a segment lack, compared with the members of an audience (specification).
SEGMENT_KEYS = (
    "id",
    "email_address",
    "full_name",
    "unique_email_id",
    "email_type",
    "status",
    "merge_fields",
    "interests",
    "stats",
    "ip_signup",
    "timestamp_signup",
    "ip_opt",
    "timestamp_opt",
    "member_rating",
    "last_changed",
    "language",
    "vip",
    "email_client",
    "location",
    "last_note",
    "list_id",
)

PLACES: tuple[Row, ...] = (
    {"latitude": 0, "longitude": 0, "gmtoff": 0, "dstoff": 0, "country_code": "", "timezone": ""},
    {
        "latitude": 52.52,
        "longitude": 13.405,
        "gmtoff": 1,
        "dstoff": 2,
        "country_code": "DE",
        "timezone": "Europe/Berlin",
        "region": "BE",
    },
    {
        "latitude": 43.5924,
        "longitude": -79.6953,
        "gmtoff": -5,
        "dstoff": -4,
        "country_code": "CA",
        "timezone": "America/Toronto",
        "region": "ON",
    },
    {
        "latitude": 37.5665,
        "longitude": 126.978,
        "gmtoff": 9,
        "dstoff": 9,
        "country_code": "KR",
        "timezone": "Asia/Seoul",
        "region": "",
    },
)


def hash_of(email: str) -> str:
    """A member's id: the MD5 of the lower-case address."""
    return hashlib.md5(email.lower().encode(), usedforsecurity=False).hexdigest()


def digest(*parts: object) -> str:
    """32 hexadecimal digits which depend on nothing but the parts."""
    text = "\x1f".join(map(str, parts)).encode()
    return hashlib.md5(text, usedforsecurity=False).hexdigest()


def ip_text(ip: int) -> str:
    return f"{ip >> 24 & 255}.{ip >> 16 & 255}.{ip >> 8 & 255}.{ip & 255}" if ip else ""


class Member:
    """Compact: there are hundreds of thousands. `number` stays, whatever the address."""

    __slots__ = (
        "changed",
        "click_rate",
        "client",
        "edits",
        "email",
        "email_type",
        "encoded",
        "id",
        "interests",
        "ip_opt",
        "ip_signup",
        "language",
        "note",
        "number",
        "open_rate",
        "opted",
        "place",
        "rating",
        "reason",
        "signed_up",
        "source",
        "status",
        "tags",
        "values",
        "vip",
    )

    def __init__(self, number: int, email: str, status: str, values: list[Any]) -> None:
        self.number = number
        self.email = email
        self.id = hash_of(email)
        self.status = status
        self.values = values  # by merge field slot; a missing or None one is the field's default
        self.interests = 0  # bits, by interest
        self.signed_up = 0
        self.opted = 0
        self.changed = 0  # 0: null, which has been seen
        self.rating = 2
        self.open_rate: float = 0
        self.click_rate: float = 0
        self.vip = False
        self.language = ""
        self.client = ""
        self.place = 0
        self.source = "Import"
        self.reason = ""
        self.note = 0
        self.email_type = "html"
        self.ip_signup = 0
        self.ip_opt = 0
        self.tags: tuple[int, ...] = ()  # static segments, newest first
        self.edits = 0
        self.encoded: bytes | None = None

    @property
    def unique_email_id(self) -> str:
        """Goes with the address, as the id does."""
        return self.id[:-11:-1] if self.email else ""

    @property
    def phone(self) -> str:
        some = self.number % 50 == 7 or not self.email
        return f"+1555{self.number:07d}" if some else ""

    def contact_id(self, audience: Audience) -> str:
        """Stays when the address changes."""
        return f"{(self.number + 1) * CONTACT_STEP + audience.salt & CONTACT_MASK:032x}"

    def web_id(self, audience: Audience) -> int:
        return audience.web_base + self.number

    def location(self) -> Row:
        place = PLACES[self.place]
        return dict(place)


def merge_values(audience: Audience, member: Member) -> Row:
    values = member.values
    known = len(values)
    fields: Row = {}
    for field in audience.merge_fields:
        raw = values[field.slot] if field.slot < known else None
        if raw is None:
            raw = field.default_value
        fields[field.tag] = raw if field.convert is None else field.convert(raw)
    return fields


def member_row(audience: Audience, member: Member) -> Row:
    """The record of a member as its audience lists it, without `_links`."""
    merge_fields = merge_values(audience, member)
    names = (merge_fields.get("FNAME", ""), merge_fields.get("LNAME", ""))
    row: Row = {
        # No address, no id of it: docs/mailchimp-facts.md#contacts-without-an-e-mail-address
        "id": member.id if member.email else audience.account.options.absent_id,
        "email_address": member.email,
        "unique_email_id": member.unique_email_id,
        "contact_id": member.contact_id(audience),
        "full_name": " ".join(str(name) for name in names if name),
        "web_id": member.web_id(audience),
        "email_type": member.email_type,
        "status": member.status,
    }
    if member.status == "unsubscribed":
        row["unsubscribe_reason"] = member.reason
    row["consents_to_one_to_one_messaging"] = True
    if phone := member.phone:
        row["sms_phone_number"] = phone
        row["sms_subscription_status"] = "subscribed"
        row["sms_subscription_last_updated"] = iso(member.opted)
    row["merge_fields"] = merge_fields
    if audience.interests:
        bits = member.interests
        row["interests"] = {i.id: bool(bits >> i.bit & 1) for i in audience.interests}
    row["stats"] = {"avg_open_rate": member.open_rate, "avg_click_rate": member.click_rate}
    if member.number % 40 == 11:
        row["stats"]["ecommerce_data"] = {
            "total_revenue": member.number % 900 + 0.5,
            "number_of_orders": member.number % 7,
            "currency_code": "USD",
        }
    row["ip_signup"] = ip_text(member.ip_signup)
    row["timestamp_signup"] = iso(member.signed_up)
    row["ip_opt"] = ip_text(member.ip_opt)
    row["timestamp_opt"] = iso(member.opted)
    row["member_rating"] = member.rating
    row["last_changed"] = iso(member.changed) if member.changed else None
    row["language"] = member.language
    row["vip"] = member.vip
    row["email_client"] = member.client
    row["location"] = member.location()
    if audience.marketing_permissions:
        row["marketing_permissions"] = [
            {
                "marketing_permission_id": audience.marketing_permissions,
                "text": "Email",
                "enabled": member.number % 3 != 0 and member.number not in audience.withdrawn,
            }
        ]
    if member.note:
        newest, *_ = notes_of(audience, member)
        told = {name: newest[name] for name in ("created_at", "created_by", "note")}
        row["last_note"] = {"note_id": newest["id"], **told}
    row["source"] = member.source
    row["tags_count"] = len(member.tags)
    row["tags"] = [
        {"id": tag, "name": audience.segments[tag].name} for tag in member.tags[:MAX_TAGS_IN_ROW]
    ]
    row["list_id"] = audience.id
    return row


def segment_member_row(audience: Audience, member: Member) -> Row:
    """The same contact as a segment lists it: fewer fields, and nothing that names the segment."""
    row = member_row(audience, member)
    kept = {key: row[key] for key in SEGMENT_KEYS if key in row}
    if not member.email:
        # The specification names nothing else by which a segment could list such a contact.
        kept["contact_id"] = row["contact_id"]
    kept["location"] = {k: v for k, v in kept["location"].items() if k != "region"}
    kept["stats"] = {k: v for k, v in kept["stats"].items() if k != "ecommerce_data"}
    return kept
