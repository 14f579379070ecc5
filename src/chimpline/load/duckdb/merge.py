"""Rows into a table of DuckDB: changed rows are deleted by row id and inserted anew.

First only the keys are joined, so that a first load compares no cells, and then only the rows that
were met, in pieces where they are heavy. JSON is compared as text: another order of members is a
change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chimpline.load.duckdb.pieces import AT_ONCE, HEAVY_ROW, piece
from chimpline.load.sql import IS_NEW, Merged, listed, quote, same
from chimpline.model import DELETED_AT, SYNCED_AT, ColumnType, TableSchema

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    import pyarrow as pa

    from chimpline.load.sql import Session

FEW = 1_000
"""Rows of a table that are all looked at to learn that nothing has to be written."""


def merge(
    session: Session,
    table: TableSchema,
    kept: Sequence[str],
    rows: pa.Table,
    synced_at: dt.datetime,
    *,
    handed: str | None = None,
) -> Merged:
    """See `chimpline.load.sql.Session.merge`."""
    target, key = quote(table.name), table.primary_key
    names = [column.name for column in table.columns]
    service = f"{quote(SYNCED_AT)}, {quote(DELETED_AT)}"
    session.offer("_chimpline_rows", table.columns, rows)
    offered = ", ".join(
        f"CAST({quote(c.name)} AS JSON) AS {quote(c.name)}"
        if c.type is ColumnType.JSON
        else quote(c.name)
        for c in table.columns
    )
    if handed is None:
        stored = session.rows(f"SELECT count(*) FROM {target}")[0][0]
        if not stored:
            inserted = session.run(
                f"INSERT INTO {target} ({listed(names)}, {service}) "
                f"SELECT {offered}, $1, NULL FROM _chimpline_rows",
                synced_at,
            )
            return Merged(inserted, 0, inserted)
        is_light = rows.nbytes < rows.num_rows * HEAVY_ROW
        if stored <= FEW and is_light and _holds(session, table, offered, rows.num_rows):
            return Merged(0, 0, 0)
    session.run(f"CREATE OR REPLACE TEMP TABLE _stage AS SELECT {offered} FROM _chimpline_rows")
    session.run(
        "CREATE OR REPLACE TEMP TABLE _met AS SELECT s.rowid AS stage_id, t.rowid AS row_id "
        f"FROM _stage AS s JOIN {target} AS t ON {same(key, 's', 't')}"
    )
    # Nothing in the file keeps a person from writing a key twice: then all rows of it go, and
    # one comes back. Counted as one, they would hide a row that is new.
    pairs, met = session.rows("SELECT count(*), count(DISTINCT stage_id) FROM _met")[0]
    inserted = updated = 0
    twice = ""
    if pairs > met:
        doubled = "SELECT stage_id FROM _met GROUP BY stage_id HAVING count(*) > 1"
        twice = f" OR m.stage_id IN ({doubled})"
    if met:
        differing = _compare(session, table, kept, twice, rows.nbytes // rows.num_rows)
        if differing:
            changed, back = session.rows(
                "SELECT count(DISTINCT stage_id), count(DISTINCT stage_id) FILTER (came_back) "
                "FROM _changed"
            )[0]
            inserted, updated = back, changed - back
            session.run(f"DELETE FROM {target} WHERE rowid IN (SELECT row_id FROM _changed)")
            session.run(
                f"INSERT INTO {target} ({listed([*names, *kept])}, {service}) "
                f"SELECT {'DISTINCT ON (c.stage_id) ' if twice else ''}{listed(names, 's.')}"
                f"{''.join(f', c.kept_{i}' for i in range(len(kept)))}, "
                "$1, NULL FROM _stage AS s JOIN _changed AS c ON s.rowid = c.stage_id",
                synced_at,
            )
    fresh_rows = rows.num_rows - met
    if handed is not None:
        session.hold(handed, _written(names, met=bool(met)))
    if fresh_rows:
        fresh = "WHERE s.rowid NOT IN (SELECT stage_id FROM _met)" if met else ""
        inserted += session.run(
            f"INSERT INTO {target} ({listed(names)}, {service}) "
            f"SELECT {listed(names, 's.')}, $1, NULL FROM _stage AS s {fresh}",
            synced_at,
        )
    session.let_go_of("_changed")
    session.run("DROP TABLE _met")
    session.run("DROP TABLE _stage")
    return Merged(inserted, updated, fresh_rows)


def _holds(session: Session, table: TableSchema, offered: str, count: int) -> bool:
    """Whether a small table has these rows already, each of them once and as it is.

    Most tables are small and change seldom; to put their rows down first takes three times as long.
    """
    target, names = quote(table.name), listed([column.name for column in table.columns])
    differing, pairs = session.rows(
        f"SELECT (SELECT count(*) FROM (SELECT {offered} FROM _chimpline_rows "
        f"EXCEPT SELECT {names} FROM {target} WHERE {quote(DELETED_AT)} IS NULL)), "
        f"(SELECT count(*) FROM _chimpline_rows AS s JOIN {target} AS t "
        f"ON {same(table.primary_key, 's', 't')})"
    )[0]
    return not differing and pairs == count


def _compare(
    session: Session, table: TableSchema, kept: Sequence[str], twice: str, bytes_a_row: int
) -> int:
    """Make `_changed`: the rows of `_met` that differ, with the kept cells of those stored.

    What is kept gets names of ours there: a person's column may be called `row_id`. Returns
    how many there are.
    """
    target, key = quote(table.name), table.primary_key
    names = [column.name for column in table.columns]
    came_back = f"t.{quote(DELETED_AT)} IS NOT NULL"
    differs = [
        f"s.{quote(name)} IS DISTINCT FROM t.{quote(name)}" for name in names if name not in key
    ]
    keeping = "".join(f", t.{quote(name)} AS kept_{i}" for i, name in enumerate(kept))

    def compared(met: str, stored: str, one: str) -> str:
        return (
            f"SELECT m.stage_id, m.row_id, {came_back} AS came_back{keeping} FROM {met} AS m "
            f"JOIN _stage AS s ON s.rowid = m.stage_id JOIN {stored} AS t ON {one} "
            f"WHERE {' OR '.join([came_back, *differs])}{twice}"
        )

    making = "CREATE OR REPLACE TEMP TABLE _changed AS "
    if bytes_a_row < HEAVY_ROW:
        return session.run(making + compared("_met", target, "t.rowid = m.row_id"))
    places = [row[0] for row in session.rows("SELECT row_id FROM _met ORDER BY row_id")]
    at_once = max(1, AT_ONCE // bytes_a_row)
    differing = 0
    for begin in range(0, len(places), at_once):
        some = places[begin : begin + at_once]
        session.run(
            "CREATE OR REPLACE TEMP TABLE _stored AS "
            f"SELECT {listed([*names, DELETED_AT, *kept])} FROM {target} WHERE {piece(some)}"
        )
        met = f"(SELECT * FROM _met WHERE row_id BETWEEN {some[0]} AND {some[-1]})"
        differing += session.run(making + compared(met, "_stored", same(key, "s", "t")))
        making = "INSERT INTO _changed "
    session.run("DROP TABLE _stored")
    return differing


def _written(names: Sequence[str], *, met: bool) -> str:
    """The rows of `_stage` that a merge writes; where none was met, all of them are new."""
    if not met:
        return f"SELECT {listed(names)}, TRUE AS {IS_NEW} FROM _stage"
    return (
        f"SELECT {listed(names, 's.')}, c.stage_id IS NULL OR c.came_back AS {IS_NEW} "
        "FROM _stage AS s LEFT JOIN (SELECT stage_id, bool_or(came_back) AS came_back "
        "FROM _changed GROUP BY stage_id) AS c ON c.stage_id = s.rowid "
        "WHERE c.stage_id IS NOT NULL OR s.rowid NOT IN (SELECT stage_id FROM _met)"
    )
