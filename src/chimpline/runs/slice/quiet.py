"""Whether anything has moved in an audience, as far as its members tell who are landed."""

from __future__ import annotations

import datetime as dt

from chimpline.catalog.table import Table
from chimpline.model import ColumnType, Scope
from chimpline.runs.context import Context


class Moved:
    """Asks the destination, once for each audience and time.

    `members`: their table, where this run lands it.
    """

    def __init__(self, context: Context, members: Table | None) -> None:
        self._context = context
        self._members = members
        self._known: dict[tuple[str, dt.datetime], bool] = {}

    async def since(self, list_id: str, time: dt.datetime) -> bool:
        """Whether a member of the audience changed after this time; True where none can tell.

        To be asked once this run has read its members, since it looks at what is landed.
        """
        if self._members is None or not self._timed(self._members):
            return True
        if (list_id, time) not in self._known:
            self._known[list_id, time] = await self._count(self._members, list_id, time) > 0
        return self._known[list_id, time]

    def _timed(self, members: Table) -> bool:
        """Whether the rows say when they changed."""
        cursor = members.replication_key
        return any(
            (c.name, c.type) == (cursor, ColumnType.TIMESTAMP) for c in members.schema.columns
        )

    async def _count(self, members: Table, list_id: str, time: dt.datetime) -> int:
        writer = self._context.writer
        await writer.settled()
        within = Scope(
            equals=((members.variables[0], list_id),), cursor=members.replication_key, since=time
        )
        return int(await writer.call(writer.destination.count, members.schema, within))
