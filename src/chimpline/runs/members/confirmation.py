"""Who was not met is not yet gone: a second question must not find them either."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from chimpline.extract.decode.oddities import STANDS_IN
from chimpline.extract.seek import seek
from chimpline.extract.source import parse_instant
from chimpline.extract.walk import walk
from chimpline.load.keys import subtract
from chimpline.message import Message
from chimpline.model import LAST_SECOND, Window
from chimpline.runs.members.membership import Membership
from chimpline.runs.slice.by_id import CONFIRM_ONE_BY_ONE, FEW, askable, found_by_id, some


def _after(told: str | None, horizon: dt.datetime) -> bool:
    """Whether a cursor as sent names a later time; what names none is later than nothing."""
    try:
        return bool(told) and parse_instant(str(told)) > horizon
    except ValueError:
        return False


class Confirmation:
    """Asks a second time for members of one audience that a read did not meet.

    `overlooked`: candidates that exist by their id, and did not change since the horizon, so that
    the read should have met them.
    """

    def __init__(self, members: Membership) -> None:
        self.members = members
        self.table = members.table
        self.overlooked = 0

    async def moved(self, asks: Sequence[str] | None = None) -> pa.Table:
        """Keys of the members that changed after the horizon, the asks read one after the other."""
        batches: list[pa.RecordBatch] = []
        keys = list(self.table.schema.primary_key)

        async def take(batch: pa.RecordBatch, _: int) -> None:
            batches.append(batch.select(keys))

        since = self.members.whole.until
        for ask in self.members.asks if asks is None else asks:
            with self.members.asking(ask) as source:
                sought = await seek(source, Window(since, LAST_SECOND), take)
            self.members.note(dataclasses.replace(sought.found, rows=0))
        return pa.Table.from_batches(batches, self.table.schema.key_schema())

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
            left = subtract(contacts, await self.moved(self.members.asks_and_first_again))
            if not self.members.proven:
                return candidates.slice(0, 0)
            return pa.concat_tables([others, await self._not_found(left)])
        by_id = askable(self.table)
        if by_id and candidates.num_rows <= FEW:
            return await self._not_found(candidates)
        left = subtract(candidates, await self.moved(self.members.asks_and_first_again))
        if not self.members.proven:
            return candidates.slice(0, 0)
        if by_id and left.num_rows <= CONFIRM_ONE_BY_ONE and not agrees(left.num_rows):
            return await self._not_found(left)
        if by_id and left.num_rows and await self._any_lives(left):
            self.members.unproven(Message("members-unmet"))
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
            self.members.unproven(Message.of("members-unaskable", many=candidates.num_rows))
            return candidates.slice(0, 0)
        contacts = self._contacts(candidates)
        others = subtract(candidates, contacts)
        gone = await self._not_found(others) if others.num_rows else others
        if not contacts.num_rows:
            return gone
        met = await self._contacts_met()
        moved = await self.moved(self.members.asks_and_first_again)
        if not self.members.proven:
            return candidates.slice(0, 0)
        left = subtract(contacts, met)
        self.overlooked += subtract(subtract(contacts, left), moved).num_rows
        return pa.concat_tables([gone, await self._not_found(subtract(left, moved))])

    def _contacts(self, keys: pa.Table) -> pa.Table:
        """Those of the keys that are of people without an e-mail address."""
        return keys.filter(pc.starts_with(keys.column(self.table.record_key), STANDS_IN))

    async def _contacts_met(self) -> pa.Table:
        """Keys of the people without an e-mail address, whenever they changed, by walks."""
        met: list[pa.Table] = []
        schema, turns = self.table.schema.key_schema(), self.members.context.turns

        async def take(batch: pa.RecordBatch, _: int) -> None:
            keys = pa.Table.from_batches([batch.select(schema.names)], schema)
            met.append(self._contacts(keys))

        for ask in self.members.asks_and_first_again:
            async with turns.turn(self.members.rows) as turn:
                with self.members.asking(ask) as source:
                    found = await walk(source, take, help_=turns.helpers(turn))
            self.members.note(dataclasses.replace(found, rows=0))
        return pa.concat_tables([schema.empty_table(), *met])

    async def _not_found(self, candidates: pa.Table) -> pa.Table:
        """Those that answer 404 by their id, all asked for at once.

        Where the user chose a wider key, also those that answer with another key, by the same id.
        """
        key, schema = self.table.record_key, self.table.schema.key_schema()
        ids = [str(value) for value in candidates.column(key).to_pylist()]
        with self.members.asking() as source:
            answers = await found_by_id(source, ids)
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
            rows[one]
            for one, page in answers.items()
            if _after(page.times[0], self.members.whole.until)
        ]
        existing = subtract(candidates, gone)
        self.overlooked += subtract(existing, pa.Table.from_batches(late, schema)).num_rows
        return gone
