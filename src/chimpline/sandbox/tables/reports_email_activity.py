"""What the recipients of a campaign did: answers list recipients, and the table has each event."""

from __future__ import annotations

from collections import Counter

from chimpline.sandbox.answers.activity_page import activity_row, activity_rows
from chimpline.sandbox.answers.answer import Page, Record, decode
from chimpline.sandbox.answers.query import Query
from chimpline.sandbox.changes import campaigns as changes
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.model.campaign import Campaign
from chimpline.sandbox.registry import Collection, Row, Variables
from chimpline.sandbox.tables import campaigns, reports_sent_to


def _listing(account: Account, variables: Variables, query: Query) -> Page:
    """By recipient: count, offset and total_items count recipients, not events."""
    (campaign,) = COLLECTION.parents(account, variables)
    low = query.offset
    rows = activity_rows(campaign, low, low + query.count, query.instant("since"))
    return COLLECTION.page((campaign,), rows, len(campaign.activity.recipients), low)


def _single(account: Account, variables: Variables, query: Query) -> Record:
    (campaign,) = COLLECTION.parents(account, variables)
    email_id = variables["subscriber_hash"]
    position: int = reports_sent_to.COLLECTION.found((campaign,), email_id)
    row = activity_row(campaign, position, query.instant("since"))
    path = f"{COLLECTION.place((campaign,))}/{email_id}"
    return Record(decode(row), COLLECTION.linked, path)


def _events(campaign: Campaign) -> list[Row]:
    """One row an event. `_ordinal` tells exact repeats of one recipient apart."""
    rows: list[Row] = []
    unknown = campaign.account.oddities.fields.get(COLLECTION.name, {})
    for position in range(len(campaign.activity.recipients)):
        record = decode(activity_row(campaign, position, None))
        events = record.pop("activity", [])
        record = {name: value for name, value in record.items() if name not in unknown}
        events.sort(key=lambda event: (event.get("type", ""), event.get("ip", "")))
        repeats: Counter[tuple[str, ...]] = Counter()
        for event in events:
            url = event.get("url", "")
            key = (event["action"], event["timestamp"], url)
            row = {
                **record,
                "action": event["action"],
                "type": event.get("type"),
                "timestamp": event["timestamp"],
                "url": url,
                "ip": event.get("ip"),
                "_ordinal": repeats[key],
            }
            repeats[key] += 1
            rows.append(row)
    return rows


COLLECTION = Collection(
    name="reports_email_activity",
    path="/reports/{campaign_id}/email-activity",
    array="emails",
    key=("email_id", "action", "timestamp", "url", "_ordinal"),
    record="subscriber_hash",
    below=campaigns.COLLECTION,
    times=("timestamp",),
    things=_events,
    row=lambda _campaign, event: event,
    listing=_listing,
    single=_single,
    changes={
        "add_event": changes.add_event,
        "repeat_event": changes.repeat_event,
        "bounce": changes.bounce,
    },
)
