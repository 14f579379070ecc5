"""What an account holds, seen by reading as little of it as possible: the source of metadata.

Of each table at most one small page is read, and what is shown of its values is masked. What rows
and requests a first run would take is reckoned as a dry run does.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import math
import re
from collections.abc import Callable

import pyarrow as pa

from chimpline.api.client import Client
from chimpline.catalog.selected import OPEN, resolve
from chimpline.catalog.table import Table
from chimpline.catalog.tables import tables
from chimpline.errors import BrokenAnswer, NotFound, NotUnderstood, Refused
from chimpline.extract.decode.decoder import Decoder
from chimpline.extract.decode.oddities import Oddities
from chimpline.extract.plan import Row
from chimpline.extract.source import Source
from chimpline.message import Message
from chimpline.runs.asking.dry_run import first_run
from chimpline.runs.asking.found import Discovery, FoundAudience, FoundTable
from chimpline.runs.asking.records import rows_of
from chimpline.runs.request import RunRequest
from chimpline.runs.services import Services
from chimpline.runs.tree import Tree
from chimpline.runs.work.connecting import connected

SAMPLE = 20
"""Records read of a table for its samples, at most."""
TRIED = 3
"""Parents whose children are tried for a sample; many campaigns have no unsubscribes."""

_ADDRESS = re.compile(r"(?P<user>[^\s@<>,;]+)@(?P<host>[^\s@<>,;]+)")


def discover(
    request: RunRequest, services: Services, *, notice: Callable[[Message], None] = lambda _: None
) -> Discovery:
    """Look at the account of a request; nothing is landed, and no destination is opened."""
    request = dataclasses.replace(request, tables=None)
    return asyncio.run(_Looker(request, services, notice).whole())


class _Looker:
    def __init__(
        self, request: RunRequest, services: Services, notice: Callable[[Message], None]
    ) -> None:
        self.request = request
        self.services = services
        self.notice = notice
        catalog = tables() if services.catalog is None else services.catalog
        self.tree = Tree(catalog, catalog, catalog)
        self.samples: dict[str, dict[str, str]] = {}
        self.unknown: dict[str, set[str]] = {}

    async def whole(self) -> Discovery:
        catalog = self.tree.tables
        async with connected(self.request, self.services, self.notice) as (client, owner):
            for table in self.tree.roots:
                await self._look(client, table, [()])
            audiences = await self._audiences(client)
            landed = tuple(
                table.name
                for table in resolve(None, self.request.selections, catalog).landed
                if table.name not in self.tree.refused
            )
            request = dataclasses.replace(self.request, tables=landed)
            reckoned = await first_run(
                request, client, leave_out=self.tree.refused, catalog=catalog
            )
        costs = {table.table: table for table in reckoned.tables}
        return Discovery(
            account=owner.account_name or owner.account_id,
            taken_at=self.services.clock().replace(microsecond=0),
            tables=tuple(
                FoundTable(
                    name=name,
                    columns={c.name: c.type.value for c in table.offered.columns},
                    primary_key=table.offered.primary_key,
                    method=table.method_shown,
                    replication_key=table.replication_key,
                    parent=table.parent.name if table.parent else None,
                    refused=self.tree.refused.get(name),
                    unknown=tuple(sorted(self.unknown.get(name, ()))),
                    samples=self.samples.get(name, {}),
                    rows=costs[name].rows if name in costs else None,
                    requests=costs[name].requests if name in costs else None,
                )
                for name, table in catalog.items()
            ),
            audiences=audiences,
            requests=reckoned.requests,
            minutes=math.ceil(reckoned.seconds / 6) / 10,
        )

    async def _look(self, client: Client, table: Table, parents: list[tuple[str, ...]]) -> None:
        """A page of a table below the first parent that has any; then of what is below it."""
        decoder = Decoder(table)
        keys: list[tuple[str, ...]] = []
        for parent in parents[:TRIED]:
            riders = self.tree.riders(table)
            try:
                arrays = [str(one.row.unnest) for one in riders]
                source = Source(client, decoder, parent, arrays=arrays)
                source.keeps_sent = True
                rows = source.rows((await source.first(SAMPLE)).value)
            except (Refused, NotUnderstood, BrokenAnswer) as error:
                self.tree.refuse(table, error.problem.message)
                return
            except NotFound:
                continue
            self.unknown.setdefault(table.name, set()).update(decoder.in_extra)
            for rider in riders:
                self._look_along(rider, source)
            if self.tree.holds(table):
                keys += [one.values for one in self.tree.parents(table, source.sent())]
            if rows.num_rows:
                self.samples[table.name] = _samples(rows)
                break
        for child in self.tree.children(table):
            await self._look(client, child, keys)

    def _look_along(self, table: Table, source: Source) -> None:
        """What rides in a page that was read of its host; no request."""
        decoder = Decoder(table)
        rows = source.ridden(decoder, Oddities())
        self.unknown.setdefault(table.name, set()).update(decoder.in_extra)
        if rows.num_rows:
            self.samples.setdefault(table.name, _samples(rows))

    async def _audiences(self, client: Client) -> tuple[FoundAudience, ...]:
        found = []
        for audience in await self._rows(client, "lists", ()):
            parent = (str(audience["id"]),)
            fields = await self._rows(client, "list_merge_fields", parent)
            interests: dict[str, tuple[str, str]] = {}
            for category in await self._rows(client, "list_interest_categories", parent):
                below = (*parent, str(category["id"]))
                for row in await self._rows(client, "list_interests", below):
                    interests[str(row["id"])] = (str(category["title"]), str(row["name"]))
            found.append(
                FoundAudience(
                    parent[0],
                    str(audience["name"]),
                    {
                        str(row["merge_id"]): (str(row["tag"]), str(row["type"]), str(row["name"]))
                        for row in fields
                    },
                    interests,
                )
            )
        return tuple(found)

    async def _rows(self, client: Client, name: str, parent: tuple[str, ...]) -> list[Row]:
        """All rows of a small table; none where it may not be read, or is not there."""
        table = self.tree.tables.get(name)
        if table is None or name in self.tree.refused:
            return []
        try:
            return await rows_of(Source(client, Decoder(table), parent))
        except (Refused, NotUnderstood, BrokenAnswer) as error:
            self.tree.refuse(table, error.problem.message)
        except NotFound:
            pass
        return []


def _samples(rows: pa.RecordBatch) -> dict[str, str]:
    """For each column one value that is not empty, masked."""
    samples = {}
    for name, column in zip(rows.schema.names, rows.columns, strict=True):
        is_json = name in OPEN or name == "_extra"
        value = next((v for v in column.to_pylist() if v not in (None, "", "[]", "{}")), None)
        if value is not None:
            samples[name] = "{...}" if is_json else masked(value)
    return samples


def masked(value: object) -> str:
    """What may be shown of a value: enough to know its kind, too little to know whose it is."""
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return _rounded(value)
        case dt.datetime():
            return f"{value:%Y}-**-**"
        case _:
            text = str(value)
            if text.startswith(("{", "[")):
                return f"{text[0]}...{'}' if text[0] == '{' else ']'}"
            if found := _ADDRESS.search(text):
                host, _, top = found["host"].rpartition(".")
                return f"{found['user'][0]}***@{host[:1]}***.{top}"
            return f"{text[:1]}***"


def _rounded(value: float) -> str:
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    return f"about {round(value, -size):g}" if abs(value) < 10 else f"about 10^{size}"
