"""Segments of an audience. A tag is a static segment under another name, with the same id.

Who is in a saved one follows from its conditions and the members as they are now; a static one has
those who joined it, and so has a fuzzy one, since nobody knows by what Mailchimp fills it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from chimpline.sandbox.answers.ordering import tie
from chimpline.sandbox.instants import iso
from chimpline.sandbox.model.member import Member
from chimpline.sandbox.model.segment.conditions import holds

if TYPE_CHECKING:
    from chimpline.sandbox.model.audience import Audience

Row = dict[str, Any]

# Left out of a segment, each unless its flag asks for it.
FLAGS = {
    "include_cleaned": "cleaned",
    "include_transactional": "transactional",
    "include_unsubscribed": "unsubscribed",
}


def hidden_statuses(flags: frozenset[str]) -> frozenset[str]:
    """The statuses that a segment does not show under these flags; archived ones it never shows."""
    hidden = {status for flag, status in FLAGS.items() if flag not in flags}
    return frozenset(hidden | {"archived"})


ALL_FLAGS = frozenset(FLAGS)


class Segment:
    def __init__(self, segment_id: int, name: str, kind: str, created: int, options: Row) -> None:
        self.id = segment_id
        self.name = name
        self.type = kind
        self.created = created
        self.updated = created  # of the definition: joining and leaving does not move it
        self.options = options
        self.joined: dict[int, int] = {}  # member number -> since when
        self._order: list[int] | None = None

    def join(self, number: int, instant: int) -> None:
        self.joined.setdefault(number, instant)
        self._order = None

    def leave(self, number: int) -> None:
        self.joined.pop(number, None)
        self._order = None

    def order(self, audience: Audience) -> list[int]:
        """The numbers of all who are in it, as they are listed."""
        if self.type == "saved":
            found: list[int] = audience.kept(("saved", self.id), lambda: self._fitting(audience))
            return found
        if self._order is None:
            self._order = self._sorted(self.joined)
        return self._order

    def _fitting(self, audience: Audience) -> list[int]:
        fits = holds(audience, self.options)
        return self._sorted(member.number for member in audience.living() if fits(member))

    def _sorted(self, numbers: Iterable[int]) -> list[int]:
        return sorted(numbers, key=lambda number: tie(number ^ self.id & 0xFFFF))

    def holds(self, audience: Audience, member: Member) -> bool:
        """Whether somebody is in it, shown or not."""
        if self.type == "saved":
            return holds(audience, self.options)(member)
        return member.number in self.joined

    def members(self, audience: Audience, flags: frozenset[str]) -> list[Member]:
        hidden = hidden_statuses(flags)
        found = (audience.members[number] for number in self.order(audience))
        return [m for m in found if m is not None and m.status not in hidden]

    def count(self, audience: Audience, flags: frozenset[str]) -> int:
        return len(self.members(audience, flags))

    def row(self, audience: Audience, flags: frozenset[str]) -> Row:
        row: Row = {
            "id": self.id,
            "name": self.name,
            "member_count": self.count(audience, flags),
            "type": self.type,
            "created_at": iso(self.created),
            "updated_at": iso(self.updated),
        }
        if self.type != "static":
            row["options"] = self.options
        row["list_id"] = audience.id
        return row
