"""Whom somebody took out of an automation; they never come back into it."""

from __future__ import annotations

from chimpline.sandbox.model.account import Account
from chimpline.sandbox.model.automation import Automation
from chimpline.sandbox.model.member import Member
from chimpline.sandbox.registry import Collection, Row
from chimpline.sandbox.tables import automation_queue, automations


def _removed(automation: Automation) -> list[Row]:
    """By number: of every other automation its last contact, to begin with."""
    kept, name = automation.account.records, f"removed {automation.id}"
    if name not in kept:
        last = [m for m in automation.audience.living() if m.email][-1:]
        kept[name] = [{"number": m.number} for m in last if automation.number % 2 == 0]
    return kept[name]


def _things(automation: Automation) -> list[Member]:
    """Those who were not erased."""
    members = [automation.audience.members[one["number"]] for one in _removed(automation)]
    return [member for member in members if member is not None]


def _row(automation: Automation, member: Member) -> Row:
    return {
        "id": member.id,
        "workflow_id": automation.id,
        "list_id": automation.audience.id,
        "email_address": member.email,
    }


def remove_from_automation(account: Account) -> Row:
    """Whoever is first in the queue leaves it."""
    automation = automation_queue.first(account)
    there = {member.number for member in _things(automation)}
    for member in automation.audience.living():
        if member.email and member.number not in there:
            queue = automation_queue.everyone(automation)
            left = [queued for queued in queue if queued["number"] != member.number]
            account.records[f"queue {automation.id}"] = left
            _removed(automation).append({"number": member.number})
            return {"workflow_id": automation.id, "id": member.id}
    raise ValueError(f"Nobody is left in automation {automation.id!r}.")


COLLECTION = Collection(
    name="automation_removed_subscribers",
    path="/automations/{workflow_id}/removed-subscribers",
    array="subscribers",
    record="subscriber_hash",
    below=automations.COLLECTION,
    things=_things,
    row=_row,
    pages=False,
    changes={"remove_from_automation": remove_from_automation},
)
