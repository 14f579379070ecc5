"""One member, and what there is of it: segments, campaigns, events.

What is not copied is not asked for: a table, or a column that the metadata leave out.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from chimpline.load.reading import Answer, Question
from chimpline.load.sql import quote
from chimpline.service.data.tables import Structure, row_question

MEMBERS = "list_members"
MOST = 200


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """Of a member. `joined`: another table that tells the names of what the first one has.

    `wanted`: (table, column, name in the answer), the first of a column that links to it.
    """

    name: str
    table: str
    member: str
    wanted: tuple[tuple[str, str, str], ...]
    order: str
    joined: str = ""
    on: tuple[tuple[str, str], ...] = ()


PARTS = (
    Part(
        "segments",
        "list_segment_members",
        "id",
        (
            ("list_segment_members", "segment_id", "segment_id"),
            ("list_segments", "name", "name"),
            ("list_segments", "type", "type"),
            ("list_segments", "member_count", "member_count"),
        ),
        "segment_id",
        joined="list_segments",
        on=(("list_id", "list_id"), ("segment_id", "id")),
    ),
    Part(
        "campaigns",
        "reports_sent_to",
        "email_id",
        (
            ("reports_sent_to", "campaign_id", "campaign_id"),
            ("campaigns", "settings__subject_line", "subject_line"),
            ("campaigns", "send_time", "send_time"),
            ("reports_sent_to", "status", "status"),
            ("reports_sent_to", "open_count", "open_count"),
            ("reports_sent_to", "last_open", "last_open"),
        ),
        "campaign_id",
        joined="campaigns",
        on=(("campaign_id", "id"),),
    ),
    Part(
        "events",
        "reports_email_activity",
        "email_id",
        (
            ("reports_email_activity", "timestamp", "timestamp"),
            ("reports_email_activity", "action", "action"),
            ("reports_email_activity", "type", "type"),
            ("reports_email_activity", "campaign_id", "campaign_id"),
            ("campaigns", "settings__subject_line", "subject_line"),
            ("reports_email_activity", "url", "url"),
        ),
        "timestamp",
        joined="campaigns",
        on=(("campaign_id", "id"),),
    ),
    Part(
        "unsubscribes",
        "unsubscribes",
        "email_id",
        (
            ("unsubscribes", "timestamp", "timestamp"),
            ("unsubscribes", "campaign_id", "campaign_id"),
            ("campaigns", "settings__subject_line", "subject_line"),
            ("unsubscribes", "reason", "reason"),
        ),
        "timestamp",
        joined="campaigns",
        on=(("campaign_id", "id"),),
    ),
)


def questions(structure: Structure, key: Mapping[str, str]) -> dict[str, Question]:
    """What is asked of a member: its row as `member`, and each part that is copied."""
    asked = {"member": row_question(structure, MEMBERS, key)}
    for part in PARTS:
        question = _question(structure, part, key)
        if question is not None:
            asked[part.name] = question
    return asked


def _question(structure: Structure, part: Part, key: Mapping[str, str]) -> Question | None:
    columns = structure.get(part.table)
    if columns is None or not {part.member, "list_id", part.order} <= columns.keys():
        return None
    joined = structure.get(part.joined, {})
    joins = all(own in columns and other in joined for own, other in part.on) and bool(joined)
    there = {part.table: columns, **({part.joined: joined} if joins else {})}
    aliases = {part.joined: "j", part.table: "t"}
    listed = ", ".join(
        f"{aliases[table]}.{quote(column)} AS {quote(name)}"
        for table, column, name in part.wanted
        if column in there.get(table, {})
    )
    source = f"{quote(part.table)} AS t"
    if joins:
        same = " AND ".join(f"j.{quote(other)} = t.{quote(own)}" for own, other in part.on)
        source += f" LEFT JOIN {quote(part.joined)} AS j ON {same}"
    gone = " AND t._deleted_at IS NULL" if "_deleted_at" in columns else ""
    return Question(
        f"SELECT {listed} FROM {source} WHERE t.list_id = CAST($1 AS TEXT) "
        f"AND t.{quote(part.member)} = CAST($2 AS TEXT){gone} "
        f"ORDER BY t.{quote(part.order)} DESC LIMIT {MOST}",
        (key["list_id"], key["id"]),
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Member:
    """`parts`: by name; None where it is not copied."""

    row: Answer
    parts: Mapping[str, Answer | None]
