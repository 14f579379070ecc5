"""Make docs/tables.md from the catalog: what each table holds, how it is read, its columns.

    .venv/bin/python scripts/tables_doc.py > docs/tables.md

A test holds the file to what this prints. A new table needs a sentence in `ABOUT`.
"""

from __future__ import annotations

from collections.abc import Iterator

from chimpline.catalog.digest import SPECIFICATION
from chimpline.catalog.table import Changed, Table
from chimpline.catalog.tables import LEFT_OUT, SCHEMA_VERSION, tables

ABOUT = {
    "lists": "One row an audience, with its settings and statistics.",
    "list_merge_fields": "The merge fields of each audience: tag, name, type, options.",
    "list_interest_categories": "The groups that interests are sorted into, for each audience.",
    "list_interests": "The interests that a member can have, for each category.",
    "list_members": (
        "One row a member of an audience, whatever the status: subscribed, unsubscribed, cleaned, "
        "pending, transactional and archived ones. Who is in two audiences has two rows."
    ),
    "list_segments": "Segments of each audience, tags (type `static`) among them.",
    "list_segment_members": (
        "Who is in which segment or tag, unsubscribed, cleaned and transactional members included."
    ),
    "campaigns": "Campaigns of every status, drafts and scheduled ones too.",
    "automations": "Classic automations. Mailchimp cannot list Customer Journeys.",
    "automation_emails": "The emails of each classic automation.",
    "reports": "One row a sent campaign: its counters, rates and dates.",
    "reports_email_activity": (
        "One row an event: an open, a click or a bounce of one recipient of one campaign. "
        "`_ordinal` counts exact repeats, so that each has a row of its own."
    ),
    "reports_sent_to": "Who each campaign was sent to, and what became of it.",
    "unsubscribes": "Who unsubscribed by way of which campaign, when, and with which reason.",
}


def tables_doc() -> str:
    """The text of docs/tables.md."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Tables"
    yield ""
    yield "This page is made by `scripts/tables_doc.py`; do not edit it by hand."
    yield ""
    yield (
        f"Columns and types follow version {SPECIFICATION} of Mailchimp's specification; the "
        f"schema version is `{SCHEMA_VERSION}`. All tables below are copied unless you name some "
        "with `--tables`. Every table also has the columns "
        "[`_extra`, `_synced_at` and `_deleted_at`](destinations.md#columns-of-our-own). "
        "What *gated*, *silent* and *proven* mean is told in [How it reads](how-it-reads.md). "
        "A Full Table can have a replication key: users know it, but it misses changes, so the "
        "table is read whole all the same."
    )
    yield ""
    yield "| table | method | replication key | primary key | parent |"
    yield "|---|---|---|---|---|"
    for table in tables().values():
        yield (
            f"| [{table.name}](#{table.name}) | {_method(table)} | {_code(table.replication_key)} "
            f"| {_codes(table.schema.primary_key)} | {_parent(table)} |"
        )
    for table in tables().values():
        yield from _one(table)
    yield ""
    yield "## Not copied"
    yield ""
    yield "Lists that Mailchimp offers and that are not a table, each with the reason."
    yield ""
    yield "| path | why |"
    yield "|---|---|"
    for path, why in LEFT_OUT.items():
        yield f"| `{path}` | {why} |"


def _one(table: Table) -> Iterator[str]:
    yield ""
    yield f"## {table.name}"
    yield ""
    yield ABOUT[table.name]
    yield ""
    yield f"- Read from `{table.path}`. {_reading(table)}"
    yield f"- Primary key: {_codes(table.schema.primary_key)}."
    if table.parent:
        yield f"- Parent: {_parent(table)}."
    if table.silent_columns:
        yield (
            f"- Silent columns, as of the last complete read: {_codes(table.silent_columns)}. "
            "Their change alone moves nothing that can be asked for."
        )
    yield ""
    yield "| column | type |"
    yield "|---|---|"
    for column in table.schema.columns:
        yield f"| `{column.name}` | {column.type.value} |"


def _reading(table: Table) -> str:
    match table.reading:
        case Changed(cursor):
            return (
                f"By `{cursor}`: each run reads what changed since the bookmark, compares counts, "
                "and reads the whole where they differ."
            )
        case _ if table.row.gate:
            return "Gated: a campaign is read whole when its counters moved."
        case _:
            return "Read whole every run, and applied as a difference."


def _method(table: Table) -> str:
    return table.method_shown + (", gated" if table.row.gate else "")


def _parent(table: Table) -> str:
    return f"[{table.parent.name}](#{table.parent.name})" if table.parent else ""


def _code(name: str | None) -> str:
    return f"`{name}`" if name else ""


def _codes(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    print(tables_doc(), end="")
