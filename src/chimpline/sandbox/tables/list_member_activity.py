"""What a member did, and what was sent to it: out of the campaigns, its notes and its events.

It tells no total. What happens moves the campaigns, and nothing of the member's record.
"""

from __future__ import annotations

from chimpline.sandbox.instants import iso
from chimpline.sandbox.model.activity import CLICK, HARD, OPEN, PROXY_OPEN, SOFT, Event
from chimpline.sandbox.model.audience import Audience
from chimpline.sandbox.model.campaign import Campaign
from chimpline.sandbox.model.member import Member
from chimpline.sandbox.model.notes import notes_of
from chimpline.sandbox.registry import ORDINAL, Collection, Row, numbered
from chimpline.sandbox.tables import list_member_events, list_members

KEY = ("created_at_timestamp", "activity_type", "campaign_id", "link_clicked")
TYPES = {OPEN: "open", PROXY_OPEN: "open", CLICK: "click", HARD: "bounce", SOFT: "bounce"}


def _entry(kind: str, time: str, **more: object) -> Row:
    return {"activity_type": kind, "created_at_timestamp": time, **more}


def _done(campaign: Campaign, event: Event) -> Row:
    of = {"campaign_id": campaign.id, "campaign_title": campaign.title}
    if event.kind == CLICK:
        of["link_clicked"] = campaign.urls[event.url]
    elif event.kind in (HARD, SOFT):
        of["bounce_type"] = "hard" if event.kind == HARD else "soft"
    return _entry(TYPES[event.kind], iso(event.instant), **of)


def _of_campaign(campaign: Campaign, member: Member) -> list[Row]:
    position = campaign.activity.position(member.number)
    if position is None:
        return []
    of = {"campaign_id": campaign.id, "campaign_title": campaign.title}
    rows = [_entry("sent", iso(campaign.sent), **of)]
    rows += [_done(campaign, event) for event in campaign.activity.events(position)]
    for left in campaign.unsubscribes:
        if left.number == member.number:
            more = {"is_admin_unsubscribed": False, "unsubscribe_reason": left.reason}
            rows.append(_entry("unsub", iso(left.instant), **of, **more))
    return rows


def _things(audience: Audience, member: Member) -> list[Row]:
    """Newest first."""
    rows = [_entry("generic_signup", iso(member.opted), signup_category=member.source)]
    for one in notes_of(audience, member):
        told = {
            "note_id": str(one["id"]),
            "note_text": one["note"],
            "created_by": one["created_by"],
        }
        times = {"updated_at_timestamp": one["updated_at"]}
        rows.append(_entry("note", one["created_at"], **times, **told, avatar_url=""))
    rows += [
        _entry("event", event["occurred_at"], event_name=event["name"])
        for event in list_member_events.events_of(audience, member)
    ]
    for campaign in audience.account.campaigns.values():
        if campaign.audience is audience and campaign.status == "sent":
            rows += _of_campaign(campaign, member)
    rows.sort(key=lambda row: str(row["created_at_timestamp"]), reverse=True)
    return numbered(rows, KEY)


COLLECTION = Collection(
    name="list_member_activity",
    path="/lists/{list_id}/members/{subscriber_hash}/activity-feed",
    array="activity",
    key=(*KEY, ORDINAL),
    below=list_members.COLLECTION,
    around=lambda audience, member: {"email_id": member.id, "list_id": audience.id},
    times=(
        "created_at_timestamp",
        "updated_at_timestamp",
        "scheduled_meeting_start_timestamp",
        "expire_at_timestamp",
    ),
    things=_things,
    total=False,
)
