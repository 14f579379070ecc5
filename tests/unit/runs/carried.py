"""Which kinds of change one run carries at once, so that none of them helps another to be seen.

What a run reads it decides by family: the members of an audience and its segments by what changed
in the audience, the reports of a campaign by the campaign's counters. So a run carries one kind of
each family, and the families of which every run reads all rows hold their rows apart.
"""

from __future__ import annotations

from collections.abc import Iterator

from chimpline.sandbox.tables import TABLES
from tests.changes import CASES

FAMILIES = {
    "people": ("account", "list_", "lists"),
    "campaigns": ("campaign", "reports", "unsubscribes"),
    "automations": ("automation",),
    "files": ("file",),
    "reporting": ("reporting", "facebook", "landing"),
    "shops": ("store",),
    "templates": ("template",),
}
"""The names of their tables begin so. Every other table is a family by itself."""
APART = ("list_abuse_reports", "list_signup_forms", "list_webhooks")
"""Of an audience, and nothing else is read by them."""
UNSEEN = (
    ("report_event", "set_interests"),
    ("reach_goal", "move_house"),
    ("put_unchanged", "set_rating"),
    ("read_with", "leave_segment"),
    ("rename_merge_field", "edit_note"),
    ("edit_segment", "write_note"),
    ("join_segment", "delete_note"),
)
"""Nothing more is asked for because of these, so a run carries several of one family."""
BOTH = frozenset(
    {"add_merge_field", "archive", "change_address", "change_merge_field_type", "create_campaign"}
    | {"delete_merge_field", "delete_permanently", "edit_merge_fields", "resubscribe"}
    | {"send_campaign", "there and back", "unsubscribe_from_campaign"}
    | {"add_merge_field with a default", "rename_merge_field's tag"}
)
"""They change people and campaigns."""
EVERYWHERE = frozenset({"rename_list"})


def family_of(table: str) -> str:
    if table in APART:
        return table
    found = [name for name, begins in FAMILIES.items() if table.startswith(begins)]
    return found[0] if found else table


def _families(case: str) -> frozenset[str]:
    if case in EVERYWHERE:
        return frozenset(FAMILIES)
    if case in BOTH:
        return frozenset({"people", "campaigns"})
    of = [name for name, table in TABLES.items() if case.split(" ", maxsplit=1)[0] in table.changes]
    return frozenset({family_of(of[0]) if of else "people"})


def together() -> Iterator[tuple[str, ...]]:
    """Each kind once; those of the most families first, the others where the fewest are."""
    alone = [(case,) for case in CASES if not any(case in some for some in UNSEEN)]
    units = {cases: frozenset[str]().union(*map(_families, cases)) for cases in (*UNSEEN, *alone)}
    runs: list[tuple[list[str], set[str]]] = []
    for cases, families in sorted(units.items(), key=lambda unit: -len(unit[1])):
        free = [one for one in runs if not one[1] & families]
        if not free:
            free = [([], set())]
            runs += free
        fewest = min(free, key=lambda one: len(one[0]))
        fewest[0].extend(cases)
        fewest[1].update(families)
    return (tuple(cases) for cases, _ in runs)
