"""The ground truth: the rows that a complete replica of a table holds, from the account itself.

Written from the shapes of the specification, and from nothing of the catalog: two witnesses must
not share one mistake.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from chimpline.sandbox.answers.activity_page import activity_row
from chimpline.sandbox.answers.answer import decode
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.model.lists import list_row
from chimpline.sandbox.model.member import member_row, segment_member_row
from chimpline.sandbox.model.report import report_row, sent_to_row, unsubscribed_row
from chimpline.sandbox.model.segments import ALL_FLAGS

Row = dict[str, Any]
Key = tuple[str, ...]
# (key, record, the columns that the parents' keys add)
Source = Iterator[tuple[Key, Row, Row]]

# Objects whose keys the account itself makes up stay one value.
OPEN_OBJECTS = frozenset({"merge_fields", "interests"})
# The specification gives these the format date-time, at whatever depth, with two exceptions.
TIMESTAMPS = frozenset(
    {
        "campaign_last_sent",
        "create_time",
        "created_at",
        "date_created",
        "last_changed",
        "last_click",
        "last_open",
        "last_sent",
        "last_sub_date",
        "last_unsub_date",
        "rss_last_send",
        "send_time",
        "send_time_a",
        "send_time_b",
        "start_time",
        "timestamp",
        "timestamp_opt",
        "timestamp_signup",
        "updated_at",
    }
)
TEXT_AFTER_ALL = frozenset({"ab_split__a__last_open", "ab_split__b__last_open"})


def truth(account: Account, table: str, **options: Any) -> list[Row]:
    """The rows of a table, flat, as they are at this moment.

    `flags=False` for `list_segments`: `member_count` as it is without the `include_*` flags.
    """
    if table == "reports_email_activity":
        return list(_events(account))
    if table not in SOURCES:
        known = ", ".join(sorted([*SOURCES, "reports_email_activity"]))
        raise ValueError(f"No truth of {table!r}; there is one of: {known}.")
    rows: list[Row] = []
    for key, record, parents in SOURCES[table](account, **options):
        extra = _take_odd_ones(account, table, key, record)
        row = parents | flatten(record)
        if extra:
            row["_extra"] = row.get("_extra", {}) | extra
        rows.append(row)
    return rows


def flatten(record: Row, prefix: str = "") -> Row:
    """Objects with fixed fields become columns joined by `__`; `""` in a timestamp is nothing."""
    row: Row = {}
    for name, value in record.items():
        column = f"{prefix}{name}"
        if isinstance(value, dict) and name not in OPEN_OBJECTS:
            row |= flatten(value, f"{column}__")
        elif value == "" and name in TIMESTAMPS and column not in TEXT_AFTER_ALL:
            row[column] = None
        else:
            row[column] = value
    return row


def _take_odd_ones(account: Account, table: str, key: Key, record: Row) -> Row:
    """Takes out of the record what no column holds, named as its column would be."""
    fields, values = account.oddities.split(table, key)
    extra: Row = {}
    for name in fields:
        extra[name] = record.pop(name)
    for path in values:
        parts = path.split(".")
        if parts[0] in OPEN_OBJECTS:
            continue  # a JSON column holds any value
        inner: Any = record
        for part in parts[:-1]:
            inner = inner[part]
        extra["__".join(parts)] = inner.pop(parts[-1])
    return extra


def _lists(account: Account) -> Source:
    for audience in account.audiences.values():
        # A complete replica asks for the total of contacts too.
        yield (audience.id,), list_row(audience, total_contacts=True), {}


def _members(account: Account) -> Source:
    for audience in account.audiences.values():
        for member in audience.living():
            yield (audience.id, member.id), _keyed(member_row(audience, member)), {}


def _keyed(record: Row) -> Row:
    """A person without an e-mail address has no id, and is kept under that of the contact."""
    if not record["id"]:
        record["id"] = f"contact:{record['contact_id']}"
    return record


def _segments(account: Account, *, flags: bool = True) -> Source:
    for audience in account.audiences.values():
        for segment in audience.segments.values():
            row = segment.row(audience, ALL_FLAGS if flags else frozenset())
            yield (audience.id, str(segment.id)), row, {}


def _segment_members(account: Account) -> Source:
    for audience in account.audiences.values():
        for segment in audience.segments.values():
            parents = {"list_id": audience.id, "segment_id": segment.id}
            for member in segment.members(audience, ALL_FLAGS):
                key = (audience.id, str(segment.id), member.id)
                row = _keyed(segment_member_row(audience, member, segment.id))
                # The specification has no such field here.
                extra = {} if member.email else {"_extra": {"contact_id": row.pop("contact_id")}}
                yield key, row, parents | extra


def _merge_fields(account: Account) -> Source:
    for audience in account.audiences.values():
        for field in audience.merge_fields:
            key = (audience.id, str(field.merge_id))
            yield key, audience.merge_field_row(field), {}


def _categories(account: Account) -> Source:
    for audience in account.audiences.values():
        for category in audience.categories:
            yield (audience.id, category.id), audience.category_row(category), {}


def _interests(account: Account) -> Source:
    for audience in account.audiences.values():
        for interest in audience.interests:
            parents = {"list_id": audience.id, "interest_category_id": interest.category_id}
            key = (audience.id, interest.category_id, interest.id)
            yield key, audience.interest_row(interest), parents


def _campaigns(account: Account) -> Source:
    for campaign in account.campaigns.values():
        yield (campaign.id,), campaign.row(), {}


def _automations(account: Account) -> Source:
    for automation in account.automations.values():
        yield (automation.id,), automation.row(), {}


def _automation_emails(account: Account) -> Source:
    for automation in account.automations.values():
        for place, email_id in enumerate(automation.email_ids):
            parents = {"workflow_id": automation.id}
            yield (automation.id, email_id), automation.email_row(place), parents


def _reports(account: Account) -> Source:
    for campaign in account.campaigns.values():
        if campaign.status == "sent":
            yield (campaign.id,), report_row(campaign), {}


def _sent_to(account: Account) -> Source:
    for campaign in account.campaigns.values():
        for position in range(len(campaign.activity.recipients)):
            row = sent_to_row(campaign, position)
            yield (campaign.id, str(row["email_id"])), row, {"campaign_id": campaign.id}


def _unsubscribes(account: Account) -> Source:
    for campaign in account.campaigns.values():
        for unsubscribe in campaign.unsubscribes:
            row = unsubscribed_row(campaign, unsubscribe)
            yield (campaign.id, str(row["email_id"])), row, {"campaign_id": campaign.id}


SOURCES: dict[str, Callable[..., Source]] = {
    "lists": _lists,
    "list_members": _members,
    "list_segments": _segments,
    "list_segment_members": _segment_members,
    "list_merge_fields": _merge_fields,
    "list_interest_categories": _categories,
    "list_interests": _interests,
    "campaigns": _campaigns,
    "automations": _automations,
    "automation_emails": _automation_emails,
    "reports": _reports,
    "reports_sent_to": _sent_to,
    "unsubscribes": _unsubscribes,
}


def _events(account: Account) -> Iterator[Row]:
    """One row an event. `_ordinal` tells exact repeats of one recipient apart."""
    for campaign in account.campaigns.values():
        for position in range(len(campaign.activity.recipients)):
            record = decode(activity_row(campaign, position, None))
            events = record.pop("activity", [])
            unknown, _ = account.oddities.split("reports_email_activity", ())
            extra = {name: record.pop(name) for name in unknown}
            events.sort(key=lambda event: (event.get("type", ""), event.get("ip", "")))
            repeats: Counter[Key] = Counter()
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
                if extra:
                    row["_extra"] = extra
                repeats[key] += 1
                yield row
