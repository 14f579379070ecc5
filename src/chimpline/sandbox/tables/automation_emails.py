"""Emails of an automation: paged, though the specification says nothing of it."""

from __future__ import annotations

from chimpline.sandbox.registry import Collection
from chimpline.sandbox.tables import automations

COLLECTION = Collection(
    name="automation_emails",
    path="/automations/{workflow_id}/emails",
    array="emails",
    record="workflow_email_id",
    below=automations.COLLECTION,
    around=lambda *_: {},
    times=("create_time", "start_time", "send_time"),
    things=lambda automation: automation.email_ids,
    row=lambda automation, email_id: automation.email_row(email_id),
)
