"""Why numbers of a copy differ from those that Mailchimp's pages show, out of what is landed."""

from __future__ import annotations

from collections.abc import Mapping

from chimpline.catalog.table import Table
from chimpline.extract.plan import Row, number
from chimpline.load.contract import Destination
from chimpline.message import Message
from chimpline.model import Scope
from chimpline.runs.report.names import Names

ACTIONS = (("open", "opens__opens_total"), ("click", "clicks__clicks_total"))


TOLD_OF = ("lists", "reports")
"""The tables whose rows Mailchimp's dashboards add up."""


def audience_notes(
    destination: Destination, members: Table, lists: list[Row], names: Names
) -> list[Message]:
    """A sentence for each audience whose `stats.member_count` is not its number of rows."""
    notes = []
    for row in lists:
        shown = number(row.get("stats__member_count"))
        scope = Scope(equals=(("list_id", str(row["id"])),))
        none = members.schema.key_schema().empty_table()
        found = destination.counts_by(members.schema, scope, "status", none)
        counts = dict(zip(found["value"].to_pylist(), found["rows"].to_pylist(), strict=True))
        rows = sum(counts.values())
        if not rows or row.get("stats__member_count") is None or rows == shown:
            continue
        notes.append(
            Message.of(
                "dashboard-contacts",
                where=names.audience(str(row["id"])),
                shown=shown,
                rows=rows,
                which=[f"{count:,} {status}" for status, count in counts.items()],
            )
        )
    return notes


def activity_notes(
    destination: Destination, activity: Table, reports: Mapping[str, Row]
) -> list[Message]:
    """Why opens and clicks of all reports are not the number of their events."""
    none = activity.schema.key_schema().empty_table()
    found = destination.counts_by(activity.schema, Scope(), "action", none)
    counts = dict(zip(found["value"].to_pylist(), found["rows"].to_pylist(), strict=True))
    notes = []
    for action, column in ACTIONS:
        shown = sum(number(row.get(column)) for row in reports.values())
        rows = counts.get(action, 0)
        if rows and rows != shown:
            facts = {"action": action, "shown": shown, "rows": rows}
            notes.append(Message.of("dashboard-activity", **facts))
    return notes
