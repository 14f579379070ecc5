"""What audiences and campaigns are called, for messages: `list_members of audience 4d2a (Shop)`.

The ids of a message lead back to Mailchimp and to the rows; the name is what a person knows. A name
that the settings hash, drop or leave out is not shown either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chimpline.catalog.table import Table
from chimpline.extract.plan import naming_column
from chimpline.message import Fact, Message
from chimpline.model import parent_key

LONGEST = 60
"""Characters of a name that are shown."""

_KINDS = {
    "list_id": "audience",
    "campaign_id": "campaign",
    "workflow_id": "automation",
    "segment_id": "segment",
    "interest_category_id": "interest-category",
    "store_id": "store",
    "promo_rule_id": "promo-rule",
}


class Names:
    """Learns names from the rows of parents, which are read before what lies below them."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], str] = {}

    def learn(
        self, table: Table, rows: Iterable[Mapping[str, Any]], tables: Mapping[str, Table]
    ) -> None:
        """Take the names of these rows, where the table has any and all `tables` show them.

        The title of a campaign stands in two of them: hidden in one, it is hidden here.
        """
        column, kind = naming_column(table), _KINDS.get(table.record_variable or "")
        twins = (t for t in tables.values() if t.record_variable == table.record_variable)
        if (
            column is None
            or kind is None
            or any(t.row.called and not naming_column(t) for t in twins)
        ):
            return
        for row in rows:
            if name := " ".join(str(row.get(column) or "").split()):
                short = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
                self._known[kind, str(row["id"])] = short

    def audience(self, list_id: str) -> Message:
        return self._one("audience", list_id)

    def below(self, table: Table, parent: tuple[str, ...]) -> Fact:
        """What a slice lies below: `audience 4d2a (Shop), segment 7`; empty where below nothing."""
        kinds = [_KINDS.get(variable) for variable in table.variables]
        if None in kinds or len(kinds) < len(parent):
            return parent_key(parent)
        place: Message | None = None
        for kind, value in zip(kinds, parent, strict=False):
            one = self._one(str(kind), value)
            place = one if place is None else Message.of("place-within", outer=place, inner=one)
        return place

    def where(self, table: Table, parent: tuple[str, ...]) -> Fact:
        """A slice: `list_members of audience 4d2a (Shop)`."""
        if not parent:
            return table.name
        return Message.of("slice-of", table=table.name, below=self.below(table, parent))

    def _one(self, kind: str, id_: str) -> Message:
        if name := self._known.get((kind, id_)):
            return Message.of("place-called", what=kind, id=id_, name=name)
        return Message.of("place", what=kind, id=id_)
