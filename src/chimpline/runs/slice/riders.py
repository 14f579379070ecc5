"""What rides in the records of a slice: decoded of the same pages, landed in the same commits."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import pyarrow as pa

from chimpline.catalog.table import Table
from chimpline.extract.decode.decoder import Decoder
from chimpline.extract.decode.oddities import Oddities
from chimpline.load.keys import subtract


@dataclasses.dataclass(frozen=True, slots=True)
class Rider:
    """One table that rides in another's slice. `odd`: what of the last attempt made no row."""

    table: Table
    decoder: Decoder
    odd: Oddities = dataclasses.field(default_factory=Oddities)

    def hosts(self, keys: pa.Table) -> pa.Table:
        """The keys of the records that these rows ride in, each once, as their table has them."""
        table = self.table
        if table.host is None:
            raise LookupError(f"{table.name} rides in no records")
        names = [*table.variables, *table.record_keys]
        records = keys.select(names).rename_columns(list(table.host.offered.primary_key))
        return records.group_by(records.column_names).aggregate([])

    def outside(self, keys: pa.Table, records: Iterable[pa.Table]) -> pa.Table:
        """Those of these rows that ride in none of `records`."""
        names = [*self.table.variables, *self.table.record_keys]
        for some in records:
            held = some.rename_columns(names)
            if keys.num_rows and held.num_rows:
                keys = keys.join(held, names, join_type="left anti").cast(keys.schema)
        return keys


def without(keys: pa.Table, others: Iterable[pa.Table]) -> pa.Table:
    """The keys that are in none of these tables."""
    for some in others:
        keys = subtract(keys, some)
    return keys
