"""Members are buried, and the reports that may hold them are opened again."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import pyarrow as pa

from chimpline.catalog.table import Table
from chimpline.catalog.tables import descendants
from chimpline.extract.plan import audience_of
from chimpline.load.contract import Known, Reopen
from chimpline.model import Deletes, Scope, SliceRecord, parent_key
from chimpline.runs.members.membership import Membership
from chimpline.runs.work.writer import Part

KIN = "contact_id"
"""What stays when a member takes another address: docs/mailchimp-facts.md#changes-of-address."""


class Burial:
    """Buries members of one audience.

    `reopened`: (table, parent key) of the slices that it opened again.
    """

    def __init__(self, members: Membership) -> None:
        self.members = members
        self.context = members.context
        self.table = members.table
        self.reopened: list[tuple[str, str]] = []

    async def bury(self, gone: pa.Table, lines: Sequence[SliceRecord] = ()) -> None:
        """Bury members, and reopen the reports that hold them; `lines` move along."""
        reopen = await self._reports_of(gone.column(self.table.record_key).to_pylist())
        self._note_reopened(reopen)
        part = Part(self.table.schema, tombstones=gone, reopen=reopen, slices=lines)
        riding = await self.members.riders_of(gone.column(self.table.record_key).to_pylist())
        await self.context.writer.put(part, *riding)

    async def reports_before(self) -> list[Reopen]:
        """The slices of reports that earlier runs read, without this audience ever beside them.

        They may hold members who were erased before they landed, whom nobody misses.
        """
        bookmarks, reopen = self.context.bookmarks, []
        gated = [table for table in self._gated() if bookmarks.parents(table.name)]
        others: set[tuple[str, str]] = set()
        for top in {
            t.top.name: t.top for t in gated if t.name in self.context.chosen.selected
        }.values():
            with contextlib.suppress(LookupError):
                rows = await self.context.kept(top.name, ())
                others |= {
                    (top.name, parent_key((str(row[top.record_key]),)))
                    for row in rows
                    if audience_of(top, row) != self.members.parent[0]
                }
        for table in gated:
            keys, name = bookmarks.parents(table.name), table.top.name
            mine = [key for key in keys if (name, key.partition("/")[0]) not in others]
            if mine:
                reopen.append(Reopen(table.name, sorted(mine)))
        self._note_reopened(reopen)
        return reopen

    def _gated(self) -> list[Table]:
        """The tables behind a gate that hold people: when one is erased, no gate moves.

        Not those below members: what hangs below one who is gone is buried with its parent.
        """
        tables = self.context.chosen.tables
        below = {table.name for table in descendants(self.table, tables)}
        gated = [t for t in tables.values() if t.row.gate and t.member_column]
        return [table for table in gated if table.name not in below]

    def _note_reopened(self, reopen: Sequence[Reopen]) -> None:
        self.reopened += [(r.table_name, key) for r in reopen for key in r.parent_keys]

    async def _reports_of(self, ids: list[str]) -> list[Reopen]:
        """The slices of reports that may hold rows of these members, which no counter may betray.

        Whether a report follows a change of address is not known
        (docs/mailchimp-facts.md#changes-of-address), so they may stand there under any id that they
        ever had. Those of tables that an earlier run landed and this one does not are read by a
        later one.
        """
        writer, reopen = self.context.writer, []
        if not ids:
            return []
        ever, told = await self._ids_ever(ids)
        known = Known(
            self.table.schema,
            self.table.record_key,
            ("list_id", self.members.parent[0]),
            KIN if told else None,
        )
        for table in self._gated():
            parents = self.context.bookmarks.parents(table.name)
            if parents and await self._cannot_be_searched(table):
                reopen.append(Reopen(table.name, sorted(parents)))
                continue
            where = (table.schema, table.variables[0], str(table.member_column))
            held = set(await writer.call(writer.destination.holders, *where, ever))
            if self._may_be_strangers(told=told):
                held |= set(await writer.call(writer.destination.strangers, *where, known))
            if len(table.variables) > 1:
                tops = {parent_key((str(value),)) for value in held}
                held = {key for key in parents if key.partition("/")[0] in tops}
            reopen.append(Reopen(table.name, sorted(held)))
        return reopen

    async def _cannot_be_searched(self, table: Table) -> bool:
        """Whether a table that this run does not land shows no row: it is blocked, or was altered.

        The burial is told once only, so that a later run must read all of it again.
        """
        if table.name in self.context.chosen.selected:
            return False
        writer = self.context.writer
        return not await writer.call(writer.destination.count, table.schema, Scope())

    async def _ids_ever(self, ids: list[str]) -> tuple[list[str], bool]:
        """These and the earlier ids of the same contacts; whether the copy knows all contacts."""
        writer, schema = self.context.writer, self.table.schema
        if not any(column.name == KIN for column in schema.columns):
            return ids, False
        holders, key = writer.destination.holders, self.table.record_key
        contacts = await writer.call(holders, schema, KIN, key, ids, buried=True)
        kin = await writer.call(holders, schema, key, KIN, [*filter(None, contacts)], buried=True)
        return sorted({*ids, *kin}), set(ids) <= set(kin)

    def _may_be_strangers(self, *, told: bool) -> bool:
        """Whether reports may hold the buried under ids that the copy cannot trace to them.

        It never had the id of who moved before the first run, and has it no more where rows are
        removed. Such an id is a stranger: no member has it. Under a start date so are all who are
        left out; there only what the copy itself has forgotten is looked for.
        """
        forgets = self.context.request.deletes is Deletes.REMOVE
        return self.context.floor is None or forgets or not told
