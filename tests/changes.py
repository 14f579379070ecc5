"""Every kind of change that can happen to an account, as cases for tests on any account."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Protocol

from chimpline.sandbox.changes.apply import ANYWHERE
from chimpline.sandbox.tables import TABLES


class Account(Protocol):
    """What changes and tells its truth: an emulated account, behind a socket or not."""

    def change(self, kind: str, **arguments: Any) -> dict[str, Any]: ...
    def truth(self, table: str) -> list[dict[str, Any]]: ...


Change = Callable[[Account], object]


def change(kind: str, **arguments: Any) -> Change:
    return lambda account: account.change(kind, **arguments)


def two_of_one_second(account: Account) -> None:
    """Two links clicked in one second differ only in `url`."""
    first = account.change("add_event", url="https://example.com/one")
    account.change(
        "add_event",
        campaign_id=first["campaign_id"],
        email_id=first["email_id"],
        timestamp=first["event"]["timestamp"],
        url="https://example.com/two",
    )


def an_event_at_the_bookmark(account: Account) -> None:
    """An event of a second that the last run has closed; it was only late."""
    now = dt.datetime.fromisoformat(account.change("add_event")["event"]["timestamp"])
    then = now - dt.timedelta(seconds=200)
    account.change("add_event", action="open", timestamp=then.isoformat())


def a_tag_of_many(account: Account) -> None:
    audience = account.truth("lists")[0]["id"]
    members = [
        row["id"]
        for row in account.truth("list_members")
        if row["list_id"] == audience and row["status"] == "subscribed"
    ]
    account.change("create_segment", list_id=audience, members=members[:20])


def there_and_back(account: Account) -> None:
    """Archived and un-archived between two runs."""
    member = account.change("archive")
    account.change("unarchive", list_id=member["list_id"], member_id=member["id"])


def the_address_back(account: Account) -> None:
    """Two changes of address: in the end the id is the old one."""
    moved = account.change("change_address")
    account.change(
        "change_address",
        list_id=moved["list_id"],
        member_id=moved["id"],
        email=moved["old_email_address"],
    )


def of_a_note(kind: str) -> Change:
    """Of one that is written first: in a small account nobody may have any."""

    def changed(account: Account) -> None:
        account.change("write_note")
        account.change(kind)

    return changed


ELSEWHERE = {"delete_campaign", "delete_list", "postdate", "edit_content", *ANYWHERE}
"""Changes with tests of their own."""
CASES: dict[str, Change] = {
    kind: change(kind)
    for table in TABLES.values()
    for kind in table.changes
    if kind not in ELSEWHERE
} | {
    "subscribe pending": change("subscribe", status="pending"),
    "add_event late": change("add_event", timestamp="2026-05-01T10:11:12+00:00"),
    "add_event within the lookback": an_event_at_the_bookmark,
    "add_event same second": two_of_one_second,
    "add_event proxy": change("add_event", action="proxy_open"),
    "bounce hard": change("bounce", bounce_type="hard"),
    "create_segment saved": change("create_segment", segment_type="saved"),
    "create_segment with members": a_tag_of_many,
    "add_merge_field with a default": change("add_merge_field", default_value="none"),
    "rename_merge_field's tag": change("rename_merge_field", new_tag="OTHERTAG"),
    "edit_note": of_a_note("edit_note"),
    "delete_note": of_a_note("delete_note"),
    "there and back": there_and_back,
    "the address back": the_address_back,
}
"""Each change as the account would choose it, and some in a way of their own."""
