"""Changes of campaigns, and what recipients go on doing."""

from __future__ import annotations

import random
from typing import Any

from chimpline.sandbox import instants
from chimpline.sandbox.changes.choose import audience_for, campaign_for, member_for
from chimpline.sandbox.generate import words
from chimpline.sandbox.generate.campaigns import campaign_id as new_campaign_id
from chimpline.sandbox.generate.campaigns import fill
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.model.activity import HARD, KINDS, SOFT, Event
from chimpline.sandbox.model.campaign import Campaign, Unsubscribe
from chimpline.sandbox.model.member import Member
from chimpline.sandbox.model.variate import give_combinations

Row = dict[str, Any]


def create_campaign(
    account: Account,
    list_id: str | None = None,
    campaign_type: str = "regular",
    status: str = "save",
    title: str | None = None,
) -> Row:
    audience = audience_for(account, list_id)
    account.made += 1
    number = 100_000 + account.made
    campaign = Campaign(account, new_campaign_id(account, number), number, audience, campaign_type)
    campaign.created = account.clock.second()
    campaign.status = status
    campaign.title = title or f"Made by hand {account.made}"
    campaign.urls = [f"https://example.com{link}" for link in words.LINKS]
    account.campaigns[campaign.id] = campaign
    audience.touched()
    return {"id": campaign.id, "list_id": audience.id}


def send_campaign(
    account: Account,
    campaign_id: str | None = None,
    list_id: str | None = None,
    recipients: int = 20,
    events: int = 30,
) -> Row:
    """A draft (or a campaign made for it) goes out; what is done with it was done by now."""
    if campaign_id is None:
        campaign_id = create_campaign(account, list_id)["id"]
    campaign = campaign_for(account, campaign_id)
    if campaign.status == "sent":
        raise ValueError(f"Campaign {campaign_id!r} was sent already.")
    now = account.clock.second()
    campaign.status = "sent"
    campaign.subject = campaign.subject or f"Sent: {campaign.title}"
    campaign.sent = max(campaign.created, now - 60)
    rng = random.Random(f"{account.options.seed} {campaign.id}")
    fill(campaign, rng, events, recipients, latest=now)
    if campaign.type == "variate":
        give_combinations(campaign)
    campaign.touched()
    campaign.audience.touched()
    return {
        "id": campaign.id,
        "list_id": campaign.audience.id,
        "emails_sent": campaign.emails_sent,
        "events": len(campaign.activity),
    }


def rename_campaign(
    account: Account, campaign_id: str | None = None, title: str | None = None
) -> Row:
    """Moves no cursor: campaigns have none."""
    campaign = campaign_for(account, campaign_id)
    account.made += 1
    campaign.title = title or f"Renamed {account.made}"
    return {"id": campaign.id, "title": campaign.title}


def delete_campaign(account: Account, campaign_id: str | None = None) -> Row:
    """Its report goes with it."""
    campaign = campaign_for(account, campaign_id)
    del account.campaigns[campaign.id]
    campaign.audience.touched()
    return {"id": campaign.id}


def _recipient(campaign: Campaign, email_id: str | None) -> tuple[Member, int]:
    audience = campaign.audience
    if email_id is None:
        for position, number in enumerate(campaign.activity.recipients):
            member = audience.members[number]
            if member is not None:
                return member, position
        raise ValueError(f"Campaign {campaign.id!r} has no recipient.")
    member = member_for(audience, email_id)
    found = campaign.activity.position(member.number)
    if found is None:
        raise ValueError(f"{email_id!r} is no recipient of campaign {campaign.id!r}.")
    return member, found


def _sent(campaign: Campaign) -> bool:
    return campaign.status == "sent" and len(campaign.activity.recipients) > 0


def add_event(
    account: Account,
    campaign_id: str | None = None,
    email_id: str | None = None,
    *,
    action: str = "click",
    timestamp: str | None = None,
    url: str | None = None,
    ip: str | None = None,
) -> Row:
    """An open, a click, or an image proxy's open. `timestamp` may lie in the past: it came late."""
    campaign = campaign_for(account, campaign_id, _sent)
    member, position = _recipient(campaign, email_id)
    if action not in ("open", "click", "proxy_open"):
        raise ValueError(
            "An event is open, click or proxy_open; bounces have a change of their own."
        )
    instant = instants.parse(timestamp) if timestamp else account.clock.second()
    if instant is None:
        raise ValueError(f"{timestamp!r} is no ISO 8601 instant.")
    place = 0
    if action == "click":
        wanted = url or campaign.urls[0]
        if wanted not in campaign.urls:
            campaign.urls.append(wanted)
        place = campaign.urls.index(wanted)
    octets = [int(part) for part in (ip or "192.0.2.77").split(".")]
    number = int.from_bytes(bytes(octets), "big")
    event = Event(KINDS[action], instant, place, number)
    added = campaign.activity.insert(position, event)
    campaign.touched()
    return {
        "campaign_id": campaign.id,
        "email_id": member.id,
        "added": added,
        "event": event.row(campaign.urls),
    }


def repeat_event(
    account: Account, campaign_id: str | None = None, email_id: str | None = None
) -> Row:
    """The first open or click of a recipient, exactly once more."""
    campaign = campaign_for(account, campaign_id, lambda c: _sent(c) and len(c.activity) > 0)
    activity = campaign.activity
    positions = list(range(len(activity.recipients)))
    if email_id is not None:
        positions = [_recipient(campaign, email_id)[1]]
    for position in positions:
        for event in activity.events(position):
            if event.kind not in (HARD, SOFT):
                added = activity.insert(position, event)
                campaign.touched()
                member = campaign.audience.members[activity.recipients[position]]
                return {
                    "campaign_id": campaign.id,
                    "email_id": member.id if member else None,
                    "added": added,
                    "event": event.row(campaign.urls),
                }
    raise ValueError(f"Campaign {campaign.id!r} has no event that could be repeated.")


def bounce(
    account: Account,
    campaign_id: str | None = None,
    email_id: str | None = None,
    bounce_type: str = "soft",
    timestamp: str | None = None,
) -> Row:
    """Only the first bounce of a recipient counts."""
    campaign = campaign_for(account, campaign_id, _sent)
    if bounce_type not in ("hard", "soft"):
        raise ValueError("A bounce is hard or soft.")
    if email_id is None:
        for position, number in enumerate(campaign.activity.recipients):
            found = campaign.audience.members[number]
            kinds = {event.kind for event in campaign.activity.events(position)}
            if found is not None and not kinds & {HARD, SOFT}:
                email_id = found.id
                break
    member, position = _recipient(campaign, email_id)
    instant = instants.parse(timestamp) or account.clock.second()
    added = campaign.activity.insert(position, Event(KINDS[bounce_type], instant))
    campaign.touched()
    return {"campaign_id": campaign.id, "email_id": member.id, "type": bounce_type, "added": added}


def unsubscribe_from_campaign(
    account: Account,
    campaign_id: str | None = None,
    email_id: str | None = None,
    reason: str = "No longer interested",
) -> Row:
    """By the link in the mail: the member changes, and the campaign's report counts it."""
    campaign = campaign_for(account, campaign_id, _sent)
    gone = {unsubscribe.number for unsubscribe in campaign.unsubscribes}
    if email_id is None:
        for number in campaign.activity.recipients:
            found = campaign.audience.members[number]
            if found is not None and found.status == "subscribed" and number not in gone:
                email_id = found.id
                break
    member, _ = _recipient(campaign, email_id)
    if member.number in gone:
        raise ValueError(f"{member.id!r} unsubscribed from campaign {campaign.id!r} before.")
    now = account.clock.second()
    campaign.unsubscribes.append(Unsubscribe(member.number, now, reason))
    campaign.touched()
    if not campaign.audience.deleted:
        campaign.audience.move(member, now, status="unsubscribed", reason=reason)
    return {"campaign_id": campaign.id, "email_id": member.id, "list_id": campaign.audience.id}
