"""Changes of members. Most move `last_changed`; those that do not say so."""

from __future__ import annotations

from typing import Any

from chimpline.sandbox.changes.choose import audience_for, member_for, segment_for
from chimpline.sandbox.instants import parse
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.model.audience import Audience
from chimpline.sandbox.model.member import STATUSES, Member, hash_of
from chimpline.sandbox.model.segment.segments import Segment

Row = dict[str, Any]


def _told(audience: Audience, member: Member, **more: Any) -> Row:
    return {"list_id": audience.id, "id": member.id, "email_address": member.email, **more}


def subscribe(
    account: Account,
    list_id: str | None = None,
    email: str | None = None,
    status: str = "subscribed",
    merge_fields: Row | None = None,
) -> Row:
    """A contact that was not there."""
    audience = audience_for(account, list_id)
    if status not in STATUSES:
        raise ValueError(f"No status {status!r}.")
    account.made += 1
    address = email or f"new{account.made}@example.com"
    if audience.member(hash_of(address)) is not None:
        raise ValueError(f"{address} is a member already.")
    values = [None] * audience.slots
    member = Member(len(audience.members), address, status, values)
    _set_merge_fields(audience, member, merge_fields or {"FNAME": "New", "LNAME": "Comer"})
    now = account.clock.second()
    member.opted = member.signed_up = member.changed = now
    member.ip_opt = member.ip_signup = 0xC0000201
    member.source = "Hosted Signup Form"
    audience.add(member)
    return _told(audience, member)


def subscribe_by_phone(account: Account, list_id: str | None = None, *, timed: bool = True) -> Row:
    """A contact with a phone number and no e-mail address; `change_address` can give it one.

    Not `timed`: it has no time of change.
    """
    audience = audience_for(account, list_id)
    member = Member(len(audience.members), "", "subscribed", [None] * audience.slots)
    # A name of our own, which no answer shows: changes find the contact by it.
    member.id = f"contact:{member.contact_id(audience)}"
    member.opted = member.signed_up = account.clock.second()
    member.changed = member.opted if timed else 0
    member.source = "SMS"
    audience.add(member)
    return _told(audience, member)


def _set_merge_fields(audience: Audience, member: Member, values: Row) -> bool:
    """Writes by tag; says whether anything is different now."""
    changed = False
    for tag, value in values.items():
        field = audience.merge_field(tag)
        if field is None:
            raise ValueError(f"No merge field {tag!r} in audience {audience.id!r}.")
        own = member.values
        own.extend([None] * (field.slot + 1 - len(own)))
        changed = changed or own[field.slot] != value
        own[field.slot] = value
    return changed


def _status(
    account: Account, list_id: str | None, member_id: str | None, status: str, was: tuple[str, ...]
) -> Row:
    audience = audience_for(account, list_id)
    member = member_for(audience, member_id, like=lambda m: m.status in was)
    reason = "N/A (Unsubscribed by admin)" if status == "unsubscribed" else ""
    before = member.status
    audience.move(member, account.clock.second(), status=status, reason=reason)
    return _told(audience, member, status=status, was=before)


def unsubscribe(account: Account, list_id: str | None = None, member_id: str | None = None) -> Row:
    return _status(account, list_id, member_id, "unsubscribed", ("subscribed",))


def resubscribe(account: Account, list_id: str | None = None, member_id: str | None = None) -> Row:
    return _status(account, list_id, member_id, "subscribed", ("unsubscribed",))


def clean(account: Account, list_id: str | None = None, member_id: str | None = None) -> Row:
    return _status(account, list_id, member_id, "cleaned", ("subscribed",))


def archive(account: Account, list_id: str | None = None, member_id: str | None = None) -> Row:
    return _status(account, list_id, member_id, "archived", ("subscribed", "unsubscribed"))


def unarchive(
    account: Account,
    list_id: str | None = None,
    member_id: str | None = None,
    status: str = "subscribed",
) -> Row:
    return _status(account, list_id, member_id, status, ("archived",))


def change_address(
    account: Account,
    list_id: str | None = None,
    member_id: str | None = None,
    email: str | None = None,
) -> Row:
    """A new id and unique_email_id; the contact_id and web_id stay. The old id is unknown."""
    audience = audience_for(account, list_id)
    member = member_for(audience, member_id)
    account.made += 1
    address = email or f"moved{account.made}.{member.email or 'phone@example.com'}"
    new_id = hash_of(address)
    if new_id != member.id and audience.member(new_id) is not None:
        raise ValueError(f"{address} is a member already.")
    old_id, old_email = member.id, member.email
    if not account.options.reports_follow_address:
        for campaign in account.campaigns.values():
            if campaign.audience is audience:
                campaign.aliases.setdefault(member.number, (old_id, old_email))
    del audience.by_id[old_id]
    audience.move(member, account.clock.second(), email=address, id=new_id)
    audience.by_id[new_id] = member.number
    return _told(audience, member, old_id=old_id, old_email_address=old_email)


def edit_merge_fields(
    account: Account,
    list_id: str | None = None,
    member_id: str | None = None,
    values: Row | None = None,
) -> Row:
    """By tag. An edit that changes nothing moves nothing."""
    audience = audience_for(account, list_id)
    member = member_for(audience, member_id)
    account.made += 1
    wanted = values if values is not None else {"FNAME": f"Edited {account.made} ✏️"}
    if _set_merge_fields(audience, member, wanted):
        audience.move(member, account.clock.second())
    return _told(audience, member, values=wanted)


def put_unchanged(
    account: Account, list_id: str | None = None, member_id: str | None = None
) -> Row:
    """What the member already is, written once more: nothing moves."""
    audience = audience_for(account, list_id)
    return _told(audience, member_for(audience, member_id))


def _join(account: Account, member: Member, segment: Segment) -> Row:
    segment.join(member.number, account.clock.second())
    tags = member.tags
    if segment.type == "static" and segment.id not in tags:
        tags = (segment.id, *tags)
    return {"tags": tags}


def tag(
    account: Account,
    list_id: str | None = None,
    member_id: str | None = None,
    segment_id: int | None = None,
) -> Row:
    """Moves `last_changed`."""
    audience = audience_for(account, list_id)
    segment = segment_for(audience, segment_id, ("static",))
    member = member_for(
        audience, member_id, like=lambda m: m.status == "subscribed" and segment.id not in m.tags
    )
    audience.move(member, account.clock.second(), **_join(account, member, segment))
    return _told(audience, member, segment_id=segment.id)


def untag(
    account: Account,
    list_id: str | None = None,
    member_id: str | None = None,
    segment_id: int | None = None,
) -> Row:
    """Moves `last_changed`."""
    audience = audience_for(account, list_id)
    segment = segment_for(audience, segment_id, ("static",))
    member = member_for(
        audience, member_id, like=lambda m: m.status == "subscribed" and segment.id in m.tags
    )
    segment.leave(member.number)
    tags = tuple(other for other in member.tags if other != segment.id)
    audience.move(member, account.clock.second(), tags=tags)
    return _told(audience, member, segment_id=segment.id)


def join_segment(
    account: Account,
    list_id: str | None = None,
    member_id: str | None = None,
    segment_id: int | None = None,
) -> Row:
    """Moves neither the member's `last_changed` nor the segment's `updated_at`.

    A saved segment, unless another one is named, is joined by a better rating; a static one would
    show in the member's tags.
    """
    audience = audience_for(account, list_id)
    segment = segment_for(audience, segment_id, ("saved", "fuzzy"))
    member = member_for(
        audience,
        member_id,
        like=lambda m: m.status == "subscribed" and not segment.holds(audience, m),
    )
    if segment.type == "saved":
        _rate(audience, member, segment, inside=True)
    else:
        audience.set_quietly(member, **_join(account, member, segment))
    return _told(audience, member, segment_id=segment.id)


def leave_segment(
    account: Account,
    list_id: str | None = None,
    member_id: str | None = None,
    segment_id: int | None = None,
) -> Row:
    """Moves neither the member's `last_changed` nor the segment's `updated_at`."""
    audience = audience_for(account, list_id)
    segment = segment_for(audience, segment_id, ("saved", "fuzzy"))
    member = member_for(
        audience,
        member_id,
        like=lambda m: m.status == "subscribed" and segment.holds(audience, m),
    )
    if segment.type == "saved":
        _rate(audience, member, segment, inside=False)
    else:
        segment.leave(member.number)
        tags = tuple(other for other in member.tags if other != segment.id)
        audience.set_quietly(member, tags=tags)
    return _told(audience, member, segment_id=segment.id)


def _rate(audience: Audience, member: Member, segment: Segment, *, inside: bool) -> None:
    """A rating by which the member is in a saved segment, or is not."""
    for rating in (5, 4, 3, 2, 1) if inside else (1, 2, 3, 4, 5):
        audience.set_quietly(member, rating=rating)
        if segment.holds(audience, member) == inside:
            return
    raise ValueError(f"No rating moves anybody into segment {segment.id}, or out of it.")


def postdate(
    account: Account,
    list_id: str | None = None,
    member_id: str | None = None,
    timestamp: str = "2099-12-31T23:59:59+00:00",
) -> Row:
    """Sets `last_changed` to a time of its own, as a clock that was wrong would have."""
    audience = audience_for(account, list_id)
    member = member_for(audience, member_id)
    instant = parse(timestamp)
    if instant is None:
        raise ValueError(f"No instant {timestamp!r}.")
    audience.move(member, instant)
    return _told(audience, member, last_changed=timestamp)


def delete_permanently(
    account: Account, list_id: str | None = None, member_id: str | None = None
) -> Row:
    """Gone without a trace, from reports as well."""
    audience = audience_for(account, list_id)
    member = member_for(audience, member_id)
    told = _told(audience, member)
    touched = [
        campaign.id
        for campaign in account.campaigns.values()
        if campaign.audience is audience and campaign.forget(member.number)
    ]
    audience.erase(member)
    return {**told, "campaigns": touched}


def set_rating(
    account: Account,
    list_id: str | None = None,
    member_id: str | None = None,
    rating: int | None = None,
) -> Row:
    """Moves no cursor."""
    audience = audience_for(account, list_id)
    member = member_for(audience, member_id)
    wanted = rating if rating is not None else member.rating % 5 + 1
    audience.set_quietly(member, rating=wanted)
    return _told(audience, member, member_rating=wanted)


def set_interests(
    account: Account,
    list_id: str | None = None,
    member_id: str | None = None,
    values: dict[str, bool] | None = None,
) -> Row:
    """Whether interests move `last_changed` is not known: assume not."""
    audience = audience_for(account, list_id)
    member = member_for(audience, member_id)
    known = {interest.id: interest for interest in audience.interests}
    if values is None and known:
        first = next(iter(known.values()))
        values = {first.id: not member.interests >> first.bit & 1}
    bits = member.interests
    for interest_id, wanted in (values or {}).items():
        if interest_id not in known:
            raise ValueError(f"No interest {interest_id!r} in audience {audience.id!r}.")
        bit = 1 << known[interest_id].bit
        bits = bits | bit if wanted else bits & ~bit
    audience.set_quietly(member, interests=bits)
    return _told(audience, member, interests=values or {})
