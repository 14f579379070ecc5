"""What lies in a dataset, as the engine's own catalog tells it: ours, and what people added."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chimpline.message import Message


@dataclasses.dataclass(frozen=True, slots=True)
class StoredColumn:
    """`type` as the engine reports it. `required`: NOT NULL.

    `filled`: the engine fills it by itself (a default, say) where no value is given.
    `always`: it takes no value at all (GENERATED ALWAYS AS IDENTITY).
    `place`: a number that no other column of the table ever has, where the engine has one.
    """

    name: str
    type: str
    required: bool
    filled: bool = False
    always: bool = False
    place: int | None = None


class Catalog(Protocol):
    """Questions to the engine's catalog about one dataset."""

    def kind(self, name: str) -> str | None:
        """What a name of the dataset is, in a person's words ("table", "view"); None: nothing."""

    def columns(self, table: str) -> list[StoredColumn]:
        """The columns of a table, in their order; empty where there is none."""

    def identity(self, table: str) -> int | None:
        """A number that stays with a table when it is renamed, where the engine has one."""

    def named(self, identity: int) -> str | None:
        """The name that a table of the dataset has by now."""

    def hindrance(self, table: str) -> Message | None:
        """What keeps this user from reading and writing a table, and what to do about it."""

    def keeps_distinct(self, table: str, key: Sequence[str]) -> bool:
        """Whether the engine itself refuses two rows with this key."""

    def primary_key(self, table: str) -> list[str]:
        """The columns of the table's primary key; empty where it has none."""

    def finds(self, table: str, columns: Sequence[str]) -> bool:
        """Whether an index begins with these columns, in this order."""

    def users_of(self, name: str) -> list[str]:
        """What of theirs hangs on a table or view, directly or not: "view reports.weekly"."""

    def stops_changes_of(self, table: str) -> list[str]:
        """What of theirs keeps a table from being altered: "index by_city"."""

    def interferes_with(self, table: str) -> list[str]:
        """What of theirs takes part in every write to a table: "trigger audit"."""

    def acts_on(self, table: str) -> list[str]:
        """What of theirs does something of its own at a write to a table: "trigger audit"."""
