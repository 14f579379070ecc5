"""What a user chose of one table: columns left out, dropped or hashed, and another key.

A *path* names a column (`email_address`) or one member of a JSON object (`merge_fields.PHONE`).
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterable, Mapping

Paths = frozenset[str]
_NONE: Paths = frozenset()


class TableSet(enum.StrEnum):
    """Tables without their names: the whole default set of this version, or all of its catalog."""

    DEFAULT = "default"
    ALL = "all"


Tables = tuple[str, ...] | TableSet | None
"""Names of tables, or a set of them. None: the default set, as far as a dataset has taken it."""


@dataclasses.dataclass(frozen=True, slots=True)
class TableSelection:
    """The choices for one table; without any, all of it is landed as it is.

    `columns`: only these (None: all). `exclude`: all but these. Neither is asked of Mailchimp, and
    what was landed earlier stays. `dropped`: not asked either, and earlier values are removed.
    `hashed`: landed as salted hashes. `named`: landed where no tables are named, also if the
    default set, or the part of it that a dataset has taken, lacks it. `key`: the primary key, where
    it is wider than the catalog's.
    """

    selected: bool = True
    columns: Paths | None = None
    exclude: Paths = _NONE
    dropped: Paths = _NONE
    hashed: Paths = _NONE
    key: tuple[str, ...] | None = None
    named: bool = False

    @property
    def shapes_rows(self) -> bool:
        """Whether rows are landed in another form than Mailchimp's."""
        return self.columns is not None or bool(self.exclude | self.dropped | self.hashed)

    def lands(self, column: str) -> bool:
        """Whether a column is landed, whole or in part."""
        if column in self.exclude or column in self.dropped:
            return False
        return self.columns is None or column in self.columns or bool(self.only(column))

    def lands_member(self, column: str, member: str) -> bool:
        """Whether one member of a JSON object is landed."""
        path = f"{column}.{member}"
        if not self.lands(column) or path in self.exclude or path in self.dropped:
            return False
        return self.columns is None or column in self.columns or path in self.columns

    def only(self, column: str) -> frozenset[str]:
        """The only members of a JSON object that were chosen; empty where it is chosen whole."""
        if self.columns is None or column in self.columns:
            return _NONE
        return members_of(column, self.columns)

    def without(self, column: str) -> frozenset[str]:
        """The members of a JSON object that were left out or dropped."""
        return members_of(column, self.exclude | self.dropped)


ALL = TableSelection()

Selections = Mapping[str, TableSelection]
"""By name of the table; a table that is not there is landed as it is."""


def column_of(path: str) -> str:
    """The column that a path lies in."""
    return path.partition(".")[0]


def members_of(column: str, paths: Iterable[str]) -> frozenset[str]:
    """The members of `column` among `paths`."""
    parts = (path.partition(".") for path in paths)
    return frozenset(member for name, dot, member in parts if dot and name == column)
