"""Contacts (the beta): the same people as members, seen by channel, a page naming the next one."""

from __future__ import annotations

import base64
import binascii
import hashlib

from chimpline.sandbox.answers.answer import Page
from chimpline.sandbox.answers.ordering import tie
from chimpline.sandbox.answers.problems import Problem
from chimpline.sandbox.answers.query import Query
from chimpline.sandbox.instants import iso
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.model.audience import Audience
from chimpline.sandbox.model.member import Member, hash_of, merge_values
from chimpline.sandbox.registry import Collection, Row, Variables
from chimpline.sandbox.tables import audiences

EFFECTIVE = {"subscribed": "subscribed", "unsubscribed": "unsubscribed", "pending": "pending"}
CONSENT = {"subscribed": "consented", "unsubscribed": "denied"}
Place = tuple[int, int]


def created(audience: Audience, member: Member) -> int:
    return member.signed_up or member.opted or audience.created


def updated(audience: Audience, member: Member) -> int:
    """Moves with the member's `last_changed`; whoever has none was never updated."""
    return member.changed or created(audience, member)


def _place(audience: Audience, member: Member) -> Place:
    return updated(audience, member), tie(member.number, member.edits)


def _channel(member: Member, own: Row) -> Row:
    source = {"name": member.source}
    status = {"value": EFFECTIVE.get(member.status, "nonsubscribed")}
    consent = {"status": CONSENT.get(member.status, "unknown"), "source": source}
    told = {"effective_subscription_status": status, "marketing_consent": consent}
    return {**own, **told, "source": source}


def _row(audience: Audience, member: Member) -> Row:
    row: Row = {"id": member.contact_id(audience), "audience_id": audience.id}
    if member.language:
        row["language"] = member.language
    row["status"] = "archived" if member.status == "archived" else "active"
    if member.email:
        own = {"email": member.email, "hashed_email": hash_of(member.email)}
        row["email_channel"] = _channel(member, own)
    if phone := member.phone:
        hashed = hashlib.sha256(phone.encode()).hexdigest()
        row["sms_channel"] = _channel(member, {"sms_phone": phone, "hashed_sms_phone": hashed})
    row["merge_fields"] = merge_values(audience, member)
    row["tags"] = [audience.segments[tag].name for tag in member.tags]
    row["source"] = {"name": member.source}
    row["created_at"] = iso(created(audience, member))
    row["last_updated_at"] = iso(updated(audience, member))
    return row


def _named(account: Account, place: Place) -> str:
    """A name for what comes behind this place, which means nothing to anybody else."""
    text = f"{account.clock.second()} {place[0]} {place[1]}"
    return base64.urlsafe_b64encode(text.encode()).decode()


def _behind(account: Account, name: str) -> Place:
    """Which place a name stands for. Raises `Problem` (400) for one that is not known."""
    try:
        made, changed, tied = map(int, base64.b64decode(name, b"-_", validate=True).split())
    except (ValueError, binascii.Error):
        raise Problem("Bad Request", "The cursor is invalid.") from None
    if account.clock.second() - made > account.options.names_of_pages_last_s:
        raise Problem("Bad Request", "The cursor has expired.")
    return changed, tied


def _latest_first(audience: Audience) -> list[Member]:
    return sorted(audience.living(), key=lambda one: _place(audience, one), reverse=True)


def _narrowed(audience: Audience, query: Query) -> list[Member]:
    """Those that the filters leave, the latest first: `since` is exclusive, `before` inclusive."""
    found: list[Member] = audience.kept("contacts", lambda: _latest_first(audience))
    for name, of in (("created", created), ("updated", updated)):
        since, before = query.instant(f"{name}_since"), query.instant(f"{name}_before")
        found = [m for m in found if since is None or of(audience, m) > since]
        found = [m for m in found if before is None or of(audience, m) <= before]
    return found


def _listing(account: Account, variables: Variables, query: Query) -> Page:
    """The latest update first; a page begins behind the contact that its name stands for."""
    (audience,) = COLLECTION.parents(account, variables)
    found = _narrowed(audience, query)
    if name := query.text("cursor"):
        behind = _behind(account, name)
        found = [member for member in found if _place(audience, member) < behind]
    page = found[: query.count]
    rows = [COLLECTION.record_of(account, (audience,), member) for member in page]
    answer = COLLECTION.page((audience,), rows, 0, 0)
    if page and (len(page) < len(found) or account.options.last_page_names_a_next):
        answer.around = {"next_cursor": _named(account, _place(audience, page[-1]))}
    return answer


COLLECTION = Collection(
    name="contacts",
    path="/audiences/{audience_id}/contacts",
    array="contacts",
    record="contact_id",
    below=audiences.COLLECTION,
    times=("created_at", "last_updated_at"),
    things=Audience.living,
    row=_row,
    around=lambda _: {},
    total=False,
    listing=_listing,
)
