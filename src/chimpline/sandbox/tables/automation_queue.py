"""Whom an email of an automation is about to be sent to: each leaves the queue before long."""

from __future__ import annotations

from chimpline.sandbox.instants import START, iso
from chimpline.sandbox.model.account import Account
from chimpline.sandbox.model.automation import Automation
from chimpline.sandbox.registry import Collection, Row
from chimpline.sandbox.tables import automation_emails

DAY = 86400


def everyone(automation: Automation) -> list[Row]:
    """Who is queued, for which email and when; the first two contacts, to begin with."""
    kept, name = automation.account.records, f"queue {automation.id}"
    if name not in kept:
        able = [m for m in automation.audience.living() if m.email and m.status == "subscribed"]
        kept[name] = [
            {"email": email, "number": member.number, "next": START + DAY * (place + 1)}
            for place, email in enumerate(automation.email_ids)
            for member in able[:2]
            if automation.status == "sending"
        ]
    members = automation.audience.members
    return [q for q in kept[name] if members[q["number"]] and not automation.audience.deleted]


def _row(automation: Automation, email_id: str, queued: Row) -> Row:
    member = automation.audience.members[queued["number"]]
    if member is None:
        raise LookupError(f"Whoever was queued in {automation.id} was erased.")
    return {
        "id": member.id,
        "workflow_id": automation.id,
        "email_id": email_id,
        "list_id": automation.audience.id,
        "email_address": member.email,
        "next_send": iso(queued["next"]),
    }


def first(account: Account) -> Automation:
    """The automation that changes are about."""
    for automation in account.automations.values():
        if automation.status == "sending" and not automation.audience.deleted:
            return automation
    raise ValueError("The account has no automation that sends.")


def queue_subscriber(account: Account) -> Row:
    automation = first(account)
    there = {queued["number"] for queued in everyone(automation)}
    for member in automation.audience.living():
        if member.email and member.status == "subscribed" and member.number not in there:
            queued = {"email": automation.email_ids[0], "number": member.number}
            queued["next"] = account.clock.second() + DAY
            automation.account.records[f"queue {automation.id}"].append(queued)
            return {"workflow_id": automation.id, "id": member.id}
    raise ValueError(f"Nobody is left for automation {automation.id!r}.")


def _some(account: Account) -> tuple[Automation, Row]:
    automation = first(account)
    for queued in everyone(automation):
        return automation, queued
    raise ValueError(f"Nobody is queued in automation {automation.id!r}.")


def postpone(account: Account) -> Row:
    automation, queued = _some(account)
    queued["next"] += DAY
    return {"workflow_id": automation.id}


def send_from_queue(account: Account) -> Row:
    """It goes out, and is counted in the automation."""
    automation, queued = _some(account)
    account.records[f"queue {automation.id}"].remove(queued)
    automation.emails_sent += 1
    return {"workflow_id": automation.id}


COLLECTION = Collection(
    name="automation_queue",
    path="/automations/{workflow_id}/emails/{workflow_email_id}/queue",
    array="queue",
    record="subscriber_hash",
    below=automation_emails.COLLECTION,
    around=lambda automation, email_id: {"workflow_id": automation.id, "email_id": email_id},
    times=("next_send",),
    things=lambda automation, email_id: [
        queued for queued in everyone(automation) if queued["email"] == email_id
    ],
    row=_row,
    pages=False,
    changes={
        "queue_subscriber": queue_subscriber,
        "postpone": postpone,
        "send_from_queue": send_from_queue,
    },
)
