"""An audience: its members with their indexes, its segments, merge fields and interests."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from chimpline.sandbox.answers.ordering import TimeIndex, tie
from chimpline.sandbox.model.member import STATUSES, Member, digest
from chimpline.sandbox.model.merge_fields import MergeField
from chimpline.sandbox.model.segment.segments import Segment

if TYPE_CHECKING:
    from chimpline.sandbox.model.account import Account

Row = dict[str, Any]
VISIBLE = ""  # the index of what an unfiltered list shows: everybody but the archived


@dataclasses.dataclass(slots=True)
class Interest:
    id: str
    name: str
    bit: int
    category_id: str
    display_order: int


@dataclasses.dataclass(slots=True)
class InterestCategory:
    id: str
    title: str
    type: str
    display_order: int


class Audience:
    def __init__(
        self, account: Account, list_id: str, number: int, name: str, created: int
    ) -> None:
        self.account = account
        self.id = list_id
        self.number = number
        self.web_id = 380000 + number
        self.salt = int(digest("contact", list_id), 16)
        self.web_base = 100_000_000 + number * 20_000_000
        self.name = name
        self.created = created
        self.deleted = False
        self.members: list[Member | None] = []
        self.by_id: dict[str, int] = {}
        self.merge_fields: list[MergeField] = []
        self.slots = 0
        self.categories: list[InterestCategory] = []
        self.interests: list[Interest] = []
        self.interest_bits = 0
        self.segments: dict[int, Segment] = {}
        self.withdrawn: set[int] = set()  # numbers of those who took a permission back
        self.marketing_permissions = ""  # the id of a permission, where the audience asks for one
        self.indexes = {name: TimeIndex() for name in (VISIBLE, *STATUSES)}
        self.default_order = TimeIndex()
        self.version = 0
        self._kept: dict[Any, Any] = {}

    # What is computed from the members is kept until any of them changes.

    def kept(self, key: Any, compute: Any) -> Any:
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) > 64:
                self._kept.clear()
            found = self._kept[key] = compute()
        return found

    def touched(self) -> None:
        self.version += 1
        self._kept.clear()

    def layout_changed(self) -> None:
        """Merge fields, interests or tag names: each record looks different from now on."""
        for member in self.members:
            if member is not None:
                member.encoded = None
        self.touched()

    # Members

    def member(self, member_id: str) -> Member | None:
        number = self.by_id.get(member_id)
        return None if number is None else self.members[number]

    def living(self) -> list[Member]:
        return [member for member in self.members if member is not None]

    def index_all(self) -> None:
        """Builds all indexes at once, after the account was generated."""
        groups: dict[str, list[tuple[int, int]]] = {name: [] for name in self.indexes}
        for member in self.living():
            entry = (member.changed, tie(member.number, member.edits))
            groups[member.status].append(entry)
            if member.status != "archived":
                groups[VISIBLE].append(entry)
        for name, entries in groups.items():
            self.indexes[name].fill(entries)
        self.default_order.fill((0, tied) for _, tied in groups[VISIBLE])
        self.touched()

    def add(self, member: Member) -> None:
        assert member.number == len(self.members)  # noqa: S101 - the number is the place
        self.members.append(member)
        self.by_id[member.id] = member.number
        self._index(member)

    def _index(self, member: Member) -> None:
        tied = tie(member.number, member.edits)
        self.indexes[member.status].add(member.changed, tied)
        if member.status != "archived":
            self.indexes[VISIBLE].add(member.changed, tied)
            self.default_order.add(0, tied)
        self.touched()

    def _unindex(self, member: Member) -> None:
        tied = tie(member.number, member.edits)
        self.indexes[member.status].remove(member.changed, tied)
        if member.status != "archived":
            self.indexes[VISIBLE].remove(member.changed, tied)
            self.default_order.remove(0, tied)

    def move(self, member: Member, instant: int, **values: Any) -> None:
        """Sets values of a member, at an instant which becomes its `last_changed`."""
        self._unindex(member)
        for name, value in values.items():
            setattr(member, name, value)
        member.changed = instant
        member.edits += 1
        member.encoded = None
        self._index(member)

    def set_quietly(self, member: Member, **values: Any) -> None:
        """Sets values that move no cursor (rating, statistics, VIP, interests, segments)."""
        for name, value in values.items():
            setattr(member, name, value)
        member.encoded = None
        self.touched()

    def erase(self, member: Member) -> None:
        self._unindex(member)
        self.members[member.number] = None
        del self.by_id[member.id]
        for segment in self.segments.values():
            segment.leave(member.number)
        self.touched()

    # Merge fields and interests

    def add_merge_field(
        self, tag: str, name: str, kind: str, *, default: str = "", options: Row | None = None
    ) -> MergeField:
        merge_id = max((field.merge_id for field in self.merge_fields), default=0) + 1
        field = MergeField(
            merge_id, tag, name, kind, self.slots, options=options, default_value=default
        )
        self.slots += 1
        self.merge_fields.append(field)
        return field

    def merge_field(self, tag_or_id: str | int) -> MergeField | None:
        for field in self.merge_fields:
            if tag_or_id in (field.tag, field.merge_id, str(field.merge_id)):
                return field
        return None

    def add_category(self, category_id: str, title: str, kind: str) -> InterestCategory:
        category = InterestCategory(category_id, title, kind, len(self.categories))
        self.categories.append(category)
        return category

    def add_interest(self, category: InterestCategory, interest_id: str, name: str) -> Interest:
        order = 1 + sum(1 for i in self.interests if i.category_id == category.id)
        interest = Interest(interest_id, name, self.interest_bits, category.id, order)
        self.interest_bits += 1
        self.interests.append(interest)
        return interest

    def interest_counts(self) -> dict[str, int]:
        def count() -> dict[str, int]:
            counts = dict.fromkeys((interest.id for interest in self.interests), 0)
            for member in self.living():
                if member.status == "subscribed" and member.interests:
                    for interest in self.interests:
                        counts[interest.id] += member.interests >> interest.bit & 1
            return counts

        found: dict[str, int] = self.kept("interest counts", count)
        return found

    def category_row(self, category: InterestCategory) -> Row:
        return {
            "list_id": self.id,
            "id": category.id,
            "title": category.title,
            "display_order": category.display_order,
            "type": category.type,
        }

    def interest_row(self, interest: Interest) -> Row:
        return {
            "category_id": interest.category_id,
            "list_id": self.id,
            "id": interest.id,
            "name": interest.name,
            "subscriber_count": str(self.interest_counts()[interest.id]),  # text, as it is sent
            "display_order": interest.display_order,
        }
