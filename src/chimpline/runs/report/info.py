"""What interfaces show of the catalog and of the ledger, so that none reaches below this layer."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping

from chimpline.catalog.tables import default_set, tables
from chimpline.clock import Clock, utc_now
from chimpline.load import open_destination
from chimpline.model import DELETED_AT, SYNCED_AT, ColumnType, RunRecord, SliceState
from chimpline.runs.report.costs import first_requests
from chimpline.state.bookmarks import COMPLETE, sound


@dataclasses.dataclass(frozen=True, slots=True)
class ColumnInfo:
    name: str
    type: str


SERVICE_COLUMNS = (
    ColumnInfo(SYNCED_AT, ColumnType.TIMESTAMP.value),
    ColumnInfo(DELETED_AT, ColumnType.TIMESTAMP.value),
)
"""What the destination adds to every table."""

_MEANINGS = {
    SYNCED_AT: "Start of the run that last changed the row (UTC)",
    DELETED_AT: "Start of the run that found the record deleted (UTC); empty while it exists",
}
"""What these mean."""


@dataclasses.dataclass(frozen=True, slots=True)
class TableInfo:
    """One table as users know it. `gated`: read only where its parent's counters moved.

    `silent`: columns whose change nothing betrays; they are as of the last complete read. `about`:
    what the table holds. `every`: how often it is read where nothing else is chosen, as settings
    have it; None: by every run. `gate`: the columns of the parent that tell of news. `off`: why it
    is copied only where it is named, as the kind of a message; empty for the default set. `among`:
    it has something below some rows of its parent only.
    """

    name: str
    method_shown: str
    replication_key: str | None
    primary_key: tuple[str, ...]
    parent: str | None
    columns: tuple[ColumnInfo, ...]
    gated: bool
    default: bool
    about: str
    silent: tuple[str, ...] = ()
    every: str | None = None
    gate: tuple[str, ...] = ()
    off: str = ""
    among: bool = False

    @property
    def each(self) -> str | None:
        """Below what it has one slice each, in words."""
        return f"some {self.parent}" if self.among else self.parent


@dataclasses.dataclass(frozen=True, slots=True)
class TableStatus:
    """What the ledger knows of a table. `rows`: live ones; times are None before the first.

    `complete_at`: when it was last read completely, by the slice that is longest ago; of the slices
    that landed. Whether a run came to the others, its report says.
    """

    table: str
    rows: int
    slices: int
    unproven_slices: int
    proven_until: dt.datetime | None
    complete_at: dt.datetime | None


@dataclasses.dataclass(frozen=True, slots=True)
class LedgerView:
    """`requests`: about how many a first read of each table takes, where that is known.

    `offered`: tables of the default set that the dataset does not take.
    """

    runs: tuple[RunRecord, ...]
    tables: tuple[TableStatus, ...]
    requests: Mapping[str, int] = dataclasses.field(default_factory=dict)
    offered: frozenset[str] = frozenset()


def catalog_tables() -> tuple[TableInfo, ...]:
    """Every table of the catalog, parents before children."""
    return tuple(
        TableInfo(
            name=table.name,
            method_shown=table.method_shown,
            replication_key=table.replication_key,
            primary_key=table.schema.primary_key,
            parent=table.parent.name if table.parent else None,
            columns=tuple(ColumnInfo(c.name, c.type.value) for c in table.schema.columns),
            gated=table.row.gate is not None,
            default=not table.row.off,
            about=table.row.about,
            silent=table.silent_columns,
            every=interval(table.row.every),
            gate=table.row.gate.columns if table.row.gate else (),
            off=table.row.off,
            among=table.row.gate is not None and table.row.gate.among is not None,
        )
        for table in tables().values()
    )


def meaning_of(table: str, column: str) -> str:
    """What a column means, of those that the destination adds as well; empty: nothing says it."""
    from chimpline.catalog.meanings import meaning  # 20 ms of TOML that other commands spare

    return _MEANINGS.get(column) or meaning(table, column) or ""


def interval(length: dt.timedelta | None) -> str | None:
    """How long that is, as settings have it: `1 day`, `6 hours`."""
    if length is None:
        return None
    hours = round(length / dt.timedelta(hours=1))
    count, unit = (hours, "hour") if hours % 24 else (hours // 24, "day")
    return f"{count} {unit}{'' if count == 1 else 's'}"


def ledger(
    destination: str,
    dataset: str,
    clock: Clock = utc_now,
    *,
    secrets: Mapping[str, str] | None = None,
) -> LedgerView:
    """Runs, newest first, and the state of each table that was landed."""
    from chimpline.model import Scope

    with open_destination(destination, dataset, read_only=True, secrets=secrets) as opened:
        lines = opened.slices()
        statuses = []
        for table in tables().values():
            mine = [line for line in lines if line.table_name == table.name]
            if not mine:
                continue
            sane, _ = sound(mine, clock())
            proven = [line for line in sane if line.state is SliceState.PROVEN]
            whole = [line.until for line in proven if line.ask == COMPLETE] or [
                line.until for line in proven if "status" not in line.ask
            ]
            statuses.append(
                TableStatus(
                    table=table.name,
                    rows=opened.count(table.schema, Scope()),
                    slices=len(mine),
                    unproven_slices=len(mine) - len(proven),
                    proven_until=max((line.until for line in proven), default=None),
                    complete_at=min(whole, default=None),
                )
            )
        rows = {one.table: one.rows for one in statuses}
        costs = {name: first_requests(one, rows, opened) for name, one in tables().items()}
        known = {name: cost for name, cost in costs.items() if cost is not None and rows}
        takes = opened.default_set()
        offered = frozenset(name for name in default_set() if takes and not takes.get(name))
        return LedgerView(tuple(opened.runs()), tuple(statuses), known, offered)
