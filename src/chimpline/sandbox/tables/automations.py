"""Classic automations."""

from __future__ import annotations

from chimpline.sandbox.answers.ordering import tie
from chimpline.sandbox.answers.query import Query
from chimpline.sandbox.model.automation import Automation
from chimpline.sandbox.registry import Collection


def _narrow(found: list[Automation], query: Query) -> list[Automation]:
    status = query.choice("status", ("save", "paused", "sending"))
    if status:
        found = [a for a in found if a.status == status]
    for name, attribute in (("create_time", "created"), ("start_time", "started")):
        since, before = query.instant(f"since_{name}"), query.instant(f"before_{name}")
        if since is not None:
            found = [a for a in found if getattr(a, attribute) > since]
        if before is not None:
            found = [a for a in found if 0 < getattr(a, attribute) <= before]
    return found


COLLECTION = Collection(
    name="automations",
    path="/automations",
    array="automations",
    record="workflow_id",
    times=("create_time", "start_time"),
    things=lambda account: list(account.automations.values()),
    row=lambda _account, automation: automation.row(),
    order=lambda automation: tie(automation.number + 5),
    narrow=_narrow,
)
