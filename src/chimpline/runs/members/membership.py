"""The members of one audience on both sides: counted, looked up, confirmed to be gone, buried."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from chimpline.catalog.table import Changed, Table
from chimpline.catalog.tables import descendants
from chimpline.extract.decode.oddities import STANDS_IN
from chimpline.extract.plan import audience_of
from chimpline.extract.seek import seek
from chimpline.extract.source import Found, Source, instant, parse_instant
from chimpline.extract.walk import walk
from chimpline.load.contract import Known, Reopen
from chimpline.load.keys import subtract
from chimpline.model import LAST_SECOND, Deletes, Scope, SliceRecord, Window, parent_key
from chimpline.runs.context import Context
from chimpline.runs.slice.read import (
    CONFIRM_ONE_BY_ONE,
    FEW,
    askable,
    looked_up,
    some,
)
from chimpline.runs.work.together import together
from chimpline.runs.work.writer import Part

KIN = "contact_id"
"""What stays when a member takes another address: docs/mailchimp-facts.md#changes-of-address."""


def window_filters(cursor: str, window: Window) -> dict[str, str]:
    """Query parameters that narrow to a window of a cursor."""
    asked = {}
    if window.until < LAST_SECOND or window.since is None:  # without both, all are counted
        asked[f"before_{cursor}"] = instant(window.until)
    if window.since is not None:
        asked[f"since_{cursor}"] = instant(window.since)
    return asked


def _after(told: str | None, horizon: dt.datetime) -> bool:
    """Whether a cursor as sent names a later time; what names none is later than nothing."""
    try:
        return bool(told) and parse_instant(str(told)) > horizon
    except ValueError:
        return False


class Membership:
    """What is asked of one audience's members, and what it came to.

    `whole`: the window that a run speaks for. `proven`: false once a part of it could not be.
    `requests` and `rows` count all that was asked and served. `overlooked`: candidates that exist
    by their id, and did not change since the horizon, so that the read should have met them.
    `reopened`: (table, parent key) of the slices that burying opened again.
    """

    def __init__(self, context: Context, table: Table, list_id: str) -> None:
        if not isinstance(table.reading, Changed):
            raise TypeError(table.name)
        self.context = context
        self.table = table
        self.parent = (list_id,)
        self.cursor = table.reading.cursor
        self.asks = table.row.ask
        self.whole = Window(context.floor, context.horizon)
        self.proven = True
        self.rows = 0
        self.requests = 0
        self.overlooked = 0
        self.reopened: list[tuple[str, str]] = []

    @property
    def name(self) -> str:
        return self.context.names.where(self.table, self.parent)

    @contextlib.contextmanager
    def asking(self, ask: str = "") -> Iterator[Source]:
        """A source whose requests are counted, however the asking ends."""
        source = self.context.source(self.table, self.parent, ask)
        try:
            yield source
        finally:
            self.requests += source.requests

    def note(self, found: Found) -> None:
        """Take down what reading a part of the audience came to."""
        self.rows += found.rows
        if found.proof is None:
            self.proven = False
            self.context.failures.unproven(self.table, self.parent, found)

    def share_an_id(self, many: int) -> None:
        """Take down that so many records took each other's place in the copy."""
        records = f"{many} records share" if many > 1 else "1 record shares"
        told = f"{records} an id with another one, and only one of them can be copied"
        self.note(Found(0, 0, None, told))

    def filters(self, window: Window) -> dict[str, str]:
        """Query parameters that narrow by the cursor."""
        return window_filters(self.cursor, window)

    def scope(self, ask: str) -> Scope:
        """The destination's rows of one ask up to the horizon: archived ones, or all others."""
        name, _, value = ask.partition("=")
        mine = ((name, value),) if ask else ()
        others = tuple(
            (other, text)
            for other, _, text in (a.partition("=") for a in self.asks if a and not ask)
        )
        return Scope(
            equals=(("list_id", self.parent[0]), *mine),
            unless=others,
            cursor=self.cursor,
            since=self.whole.since,
            until=self.whole.until,
        )

    async def theirs(self, ask: str, window: Window | None = None) -> int | None:
        """How many members Mailchimp holds in a window; None where it does not tell."""
        with self.asking(ask) as source:
            return await source.total(self.filters(window or self.whole))

    async def ours(self, scope: Scope) -> int:
        writer = self.context.writer
        return await writer.call(writer.destination.count, self.table.schema, scope)

    async def missing(self, scope: Scope, seen: pa.Table) -> pa.Table:
        """Keys that the destination holds in `scope` and that are not among `seen`."""
        writer = self.context.writer
        return await writer.call(writer.destination.missing, self.table.schema, scope, seen)

    # -- what changed since ------------------------------------------------------------------

    async def moved(self, asks: Sequence[str] | None = None) -> pa.Table:
        """Keys of the members that changed after the horizon, the asks read one after the other."""
        batches: list[pa.RecordBatch] = []
        keys = list(self.table.schema.primary_key)

        async def take(batch: pa.RecordBatch, _: int) -> None:
            batches.append(batch.select(keys))

        since = self.whole.until
        for ask in self.asks if asks is None else asks:
            with self.asking(ask) as source:
                sought = await seek(source, Window(since, LAST_SECOND), take)
            self.note(dataclasses.replace(sought.found, rows=0))
        return pa.Table.from_batches(batches, self.table.schema.key_schema())

    # -- who is gone -------------------------------------------------------------------------

    async def gone(
        self, candidates: pa.Table, agrees: Callable[[int], bool] = lambda _: False
    ) -> pa.Table:
        """Those of the candidates that a second check does not find either.

        A few are asked for by id, and must answer 404. More must be absent from all that changed
        since the horizon, which is read after they were not met; and unless `agrees` says that
        the counts, too, lack just as many, up to fifty are asked for by id as well. Of all others
        ten must answer 404: an audience that answers everything with nobody would agree with
        itself. Of a person without an e-mail address, 404 alone says nothing: that Mailchimp takes
        the id of a contact for the id of a member is not established.
        """
        if not candidates.num_rows:
            return candidates
        contacts = self._contacts(candidates)
        if contacts.num_rows:
            others = await self.gone(subtract(candidates, contacts), agrees)
            left = subtract(contacts, await self.moved((*self.asks, self.asks[0])))
            if not self.proven:
                return candidates.slice(0, 0)
            return pa.concat_tables([others, await self._not_found(left)])
        by_id = askable(self.table)
        if by_id and candidates.num_rows <= FEW:
            return await self._not_found(candidates)
        # The first ask comes again at the end: whoever is archived, or comes back, between two
        # requests is met by one of the three.
        left = subtract(candidates, await self.moved((*self.asks, self.asks[0])))
        if not self.proven:
            return candidates.slice(0, 0)
        if by_id and left.num_rows <= CONFIRM_ONE_BY_ONE and not agrees(left.num_rows):
            return await self._not_found(left)
        if by_id and left.num_rows and await self._any_lives(left):
            told = "members were not met that exist"
            self.note(Found(0, 0, None, told))
            return candidates.slice(0, 0)
        return left

    async def _any_lives(self, gone: pa.Table) -> bool:
        """Whether one of ten of them, drawn evenly, answers by its id."""
        drawn = some(gone)
        not_found = await self._not_found(drawn)
        return bool(not_found.num_rows < drawn.num_rows)

    async def gone_by_id(self, candidates: pa.Table) -> pa.Table:
        """Those that answer 404, however many they are; none where ids cannot be asked for.

        For who has no time of change. Of a person without an e-mail address 404 says nothing, as
        in `gone`: such a one must be absent from a second walk of the whole audience, and from all
        that changed meanwhile.
        """
        if candidates.num_rows and not askable(self.table):
            told = f"{candidates.num_rows} members were not met and cannot be asked for"
            self.note(Found(0, 0, None, told))
            return candidates.slice(0, 0)
        contacts = self._contacts(candidates)
        others = subtract(candidates, contacts)
        gone = await self._not_found(others) if others.num_rows else others
        if not contacts.num_rows:
            return gone
        met = await self._contacts_met()
        moved = await self.moved((*self.asks, self.asks[0]))
        if not self.proven:
            return candidates.slice(0, 0)
        left = subtract(contacts, met)
        self.overlooked += subtract(subtract(contacts, left), moved).num_rows
        return pa.concat_tables([gone, await self._not_found(subtract(left, moved))])

    def _contacts(self, keys: pa.Table) -> pa.Table:
        """Those of the keys that are of people without an e-mail address."""
        return keys.filter(pc.starts_with(keys.column(self.table.record_key), STANDS_IN))

    async def _contacts_met(self) -> pa.Table:
        """Keys of the people without an e-mail address, whenever they changed, by walks.

        The first ask comes again at the end, as in `gone`.
        """
        met: list[pa.Table] = []
        schema, turns = self.table.schema.key_schema(), self.context.turns

        async def take(batch: pa.RecordBatch, _: int) -> None:
            keys = pa.Table.from_batches([batch.select(schema.names)], schema)
            met.append(self._contacts(keys))

        for ask in (*self.asks, self.asks[0]):
            async with turns.turn(self.rows) as turn:
                with self.asking(ask) as source:
                    found = await walk(source, take, help_=turns.helpers(turn))
            self.note(dataclasses.replace(found, rows=0))
        return pa.concat_tables([schema.empty_table(), *met])

    async def _not_found(self, candidates: pa.Table) -> pa.Table:
        """Those that answer 404 by their id, all asked for at once.

        Where the user chose a wider key, also those that answer with another key, by the same id.
        """
        key, schema = self.table.record_key, self.table.schema.key_schema()
        ids = [str(value) for value in candidates.column(key).to_pylist()]
        with self.asking() as source:
            async with together() as group:
                asked = {one: group.create_task(looked_up(source, one)) for one in ids}
            answers = {one: page for one, task in asked.items() if (page := task.result())}
            rows = {one: source.rows(page).select(schema.names) for one, page in answers.items()}
        # An answer that is another member's says nothing of the one that was asked for.
        astray = [
            one
            for one, page in answers.items()
            # A person who was asked for by contact may have an address now, and so an id.
            if page.keys != [one] and source.decoder.stood_in(page) != [one]
        ]
        unclear = candidates.filter(pc.is_in(candidates.column(key), pa.array(astray, pa.string())))
        gone = subtract(subtract(candidates, pa.Table.from_batches(rows.values(), schema)), unclear)
        late = [
            rows[one] for one, page in answers.items() if _after(page.times[0], self.whole.until)
        ]
        existing = subtract(candidates, gone)
        self.overlooked += subtract(existing, pa.Table.from_batches(late, schema)).num_rows
        return gone

    async def bury(self, gone: pa.Table, lines: Sequence[SliceRecord] = ()) -> None:
        """Bury members, and reopen the campaigns that hold them; `lines` move along."""
        reopen = await self._campaigns_of(gone.column(self.table.record_key).to_pylist())
        self._note_reopened(reopen)
        part = Part(self.table.schema, tombstones=gone, reopen=reopen, slices=lines)
        await self.context.writer.put(part)

    async def campaigns_before(self) -> list[Reopen]:
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
                    if audience_of(top, row) != self.parent[0]
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

    async def _campaigns_of(self, ids: list[str]) -> list[Reopen]:
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
            ("list_id", self.parent[0]),
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
