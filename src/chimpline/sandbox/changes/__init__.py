"""What can happen to the account, each change by its name."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from chimpline.sandbox.changes import audiences, campaigns, members
from chimpline.sandbox.model.account import Account

Row = dict[str, Any]

CHANGES: dict[str, Callable[..., Row]] = {
    "subscribe": members.subscribe,
    "unsubscribe": members.unsubscribe,
    "resubscribe": members.resubscribe,
    "clean": members.clean,
    "change_address": members.change_address,
    "subscribe_by_phone": members.subscribe_by_phone,
    "edit_merge_fields": members.edit_merge_fields,
    "put_unchanged": members.put_unchanged,
    "tag": members.tag,
    "untag": members.untag,
    "archive": members.archive,
    "unarchive": members.unarchive,
    "delete_permanently": members.delete_permanently,
    "postdate": members.postdate,
    "set_rating": members.set_rating,
    "set_interests": members.set_interests,
    "join_segment": members.join_segment,
    "leave_segment": members.leave_segment,
    "create_campaign": campaigns.create_campaign,
    "send_campaign": campaigns.send_campaign,
    "delete_campaign": campaigns.delete_campaign,
    "rename_campaign": campaigns.rename_campaign,
    "add_event": campaigns.add_event,
    "repeat_event": campaigns.repeat_event,
    "bounce": campaigns.bounce,
    "unsubscribe_from_campaign": campaigns.unsubscribe_from_campaign,
    "create_list": audiences.create_list,
    "rename_list": audiences.rename_list,
    "delete_list": audiences.delete_list,
    "create_segment": audiences.create_segment,
    "edit_segment": audiences.edit_segment,
    "delete_segment": audiences.delete_segment,
    "rename_tag": audiences.rename_tag,
    "add_merge_field": audiences.add_merge_field,
    "change_merge_field_type": audiences.change_merge_field_type,
    "rename_merge_field": audiences.rename_merge_field,
    "delete_merge_field": audiences.delete_merge_field,
    "add_interest": audiences.add_interest,
    "delete_interest": audiences.delete_interest,
    "unknown_field": audiences.unknown_field,
    "odd_value": audiences.odd_value,
    "mend_record": audiences.mend_record,
}


def apply_change(account: Account, kind: str, arguments: Row) -> Row:
    """Makes one change, in a second of its own: the logical clock moves on before and after it.

    `advance_s` says by how much in all (2 seconds unless given; 0 leaves the clock alone).
    """
    change = CHANGES.get(kind)
    if change is None:
        raise ValueError(f"No change {kind!r}; the changes are: {', '.join(sorted(CHANGES))}.")
    rest = dict(arguments)
    step = float(rest.pop("advance_s", 2.0)) / 2
    _check(kind, change, rest)
    account.clock.advance(step)
    changed = change(account, **rest)
    account.clock.advance(step)
    return {"kind": kind, **changed}


def _check(kind: str, change: Callable[..., Row], given: Row) -> None:
    """The arguments are such as the change takes, and none that it needs is missing."""
    takes = list(inspect.signature(change).parameters.values())[1:]  # after the account
    known = [parameter.name for parameter in takes]
    needed = [p.name for p in takes if p.default is p.empty]
    strange = [name for name in given if name not in known]
    missing = [name for name in needed if name not in given]
    if strange or missing:
        told = f"takes no {', '.join(strange)}" if strange else f"needs {', '.join(missing)}"
        raise ValueError(f"{kind} {told}. Its arguments: {', '.join([*known, 'advance_s'])}.")
