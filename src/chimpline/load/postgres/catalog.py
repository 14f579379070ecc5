"""What PostgreSQL tells of a dataset.

`information_schema` shows only what this user may touch, so that a table whose rights were revoked
would seem to be missing; `pg_catalog` shows all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chimpline.load.sql import quote
from chimpline.load.upkeep.stored import StoredColumn
from chimpline.message import Message

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_ONE = """
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = current_schema() AND c.relname = $1
"""
_KINDS = {
    "r": "table",
    "p": "partitioned table",
    "f": "foreign table",
    "v": "view",
    "m": "materialized view",
    "S": "sequence",
    "i": "index",
    "c": "type",
}
_COLUMNS = """
SELECT a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull,
a.atthasdef OR a.attidentity <> '', a.attidentity = 'a', a.attnum::bigint
FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = current_schema() AND c.relname = $1 AND c.relkind = 'r'
AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
_NAMED = """
SELECT c.relname::text FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.oid::bigint = $1 AND c.relkind = 'r' AND n.nspname = current_schema()
"""
_RIGHTS = f"""
SELECT row_security_active(c.oid), pg_get_userbyid(c.relowner)::text,
has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT')
AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE'),
current_user::text {_ONE}
"""
_UNIQUE = f"""
SELECT array_agg(a.attname::text ORDER BY a.attname)
FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_attribute AS a
ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
WHERE i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
AND i.indimmediate AND i.indnkeyatts = i.indnatts AND i.indrelid = (SELECT c.oid {_ONE})
GROUP BY i.indexrelid
"""
_PRIMARY = f"""
SELECT a.attname::text FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_attribute AS a
ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
WHERE i.indisprimary AND i.indrelid = (SELECT c.oid {_ONE}) ORDER BY a.attnum
"""
_INDEXED = f"""
SELECT array_agg(a.attname::text ORDER BY k.place)
FROM pg_catalog.pg_index AS i
CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
WHERE i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
AND i.indrelid = (SELECT c.oid {_ONE}) GROUP BY i.indexrelid
"""
# Views hang on a table by their rules; foreign keys are constraints of the other table.
_USERS = """
WITH RECURSIVE ours AS (SELECT name FROM "_chimpline_views"), users AS (
    SELECT c.oid FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND c.relname = $1
    UNION
    SELECT r.ev_class FROM users AS u
    JOIN pg_catalog.pg_depend AS d ON d.refobjid = u.oid
    AND d.refclassid = 'pg_catalog.pg_class'::regclass
    AND d.classid = 'pg_catalog.pg_rewrite'::regclass
    JOIN pg_catalog.pg_rewrite AS r ON r.oid = d.objid
)
SELECT CASE c.relkind WHEN 'm' THEN 'materialized view ' ELSE 'view ' END
|| CASE WHEN n.nspname = current_schema() THEN '' ELSE n.nspname || '.' END || c.relname
FROM users AS u JOIN pg_catalog.pg_class AS c ON c.oid = u.oid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE NOT (n.nspname = current_schema() AND c.relname = $1) AND c.relkind IN ('v', 'm')
AND NOT (n.nspname = current_schema() AND c.relname::text IN (SELECT name FROM ours))
UNION ALL
SELECT 'foreign key ' || f.conname || ' of table '
|| CASE WHEN n.nspname = current_schema() THEN '' ELSE n.nspname || '.' END || o.relname
FROM pg_catalog.pg_constraint AS f JOIN pg_catalog.pg_class AS o ON o.oid = f.conrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = o.relnamespace
JOIN pg_catalog.pg_class AS c ON c.oid = f.confrelid
JOIN pg_catalog.pg_namespace AS m ON m.oid = c.relnamespace
WHERE f.contype = 'f' AND m.nspname = current_schema() AND c.relname = $1
ORDER BY 1
"""
_TAKE_PART = f"""
SELECT 'trigger ' || t.tgname FROM pg_catalog.pg_trigger AS t
WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND t.tgrelid = (SELECT c.oid {_ONE})
UNION ALL
SELECT 'rule ' || r.rulename FROM pg_catalog.pg_rewrite AS r
WHERE r.ev_enabled <> 'D' AND r.ev_class = (SELECT c.oid {_ONE}) ORDER BY 1
"""
_REFUSE = f"""
SELECT CASE k.contype WHEN 'c' THEN 'check ' WHEN 'f' THEN 'foreign key '
WHEN 'u' THEN 'unique constraint ' ELSE 'constraint ' END || k.conname
FROM pg_catalog.pg_constraint AS k
WHERE k.contype NOT IN ('p', 'n') AND k.conrelid = (SELECT c.oid {_ONE})
UNION ALL
SELECT 'unique index ' || o.relname FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS o ON o.oid = i.indexrelid
WHERE i.indisunique AND NOT i.indisprimary AND i.indrelid = (SELECT c.oid {_ONE})
AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_constraint AS k WHERE k.conindid = i.indexrelid)
ORDER BY 1
"""


_HEIRS = f"""
SELECT CASE WHEN n.nspname = current_schema() THEN '' ELSE n.nspname || '.' END || h.relname
FROM pg_catalog.pg_inherits AS i JOIN pg_catalog.pg_class AS h ON h.oid = i.inhrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = h.relnamespace
WHERE i.inhparent = (SELECT c.oid {_ONE}) ORDER BY 1
"""


class PostgresCatalog:
    """See `chimpline.load.upkeep.stored.Catalog`."""

    def __init__(self, rows: Callable[..., list[tuple[Any, ...]]]) -> None:
        self._rows = rows

    def kind(self, name: str) -> str | None:
        found = self._rows(f"SELECT c.relkind::text AS kind {_ONE}", name)
        return _KINDS.get(found[0][0], "object") if found else None

    def columns(self, table: str) -> list[StoredColumn]:
        return [StoredColumn(*row) for row in self._rows(_COLUMNS, table)]

    def identity(self, table: str) -> int | None:
        found = self._rows(f"SELECT c.oid::bigint AS number {_ONE}", table)
        return int(found[0][0]) if found else None

    def named(self, identity: int) -> str | None:
        found = self._rows(_NAMED, identity)
        return str(found[0][0]) if found else None

    def hindrance(self, table: str) -> Message | None:
        found = self._rows(_RIGHTS, table)
        if not found:
            return None
        secured, owner, allowed, user = found[0]
        if not allowed:
            return Message.of(
                "postgres-table-not-granted",
                user=user,
                table=table,
                owner=owner,
                quoted=quote(table),
                grantee=quote(user),
            )
        if secured:
            return Message.of(
                "postgres-row-level-security",
                table=table,
                user=user,
                owner=owner,
                quoted=quote(table),
            )
        if heirs := self._named(_HEIRS, table):
            return Message.of(
                "postgres-table-has-heirs",
                table=table,
                heirs=heirs,
                first=heirs[0],
                quoted=quote(table),
            )
        return None

    def keeps_distinct(self, table: str, key: Sequence[str]) -> bool:
        return any(set(row[0]) <= set(key) for row in self._rows(_UNIQUE, table))

    def primary_key(self, table: str) -> list[str]:
        return self._named(_PRIMARY, table)

    def finds(self, table: str, columns: Sequence[str]) -> bool:
        wanted = list(columns)
        return any(row[0][: len(wanted)] == wanted for row in self._rows(_INDEXED, table))

    def users_of(self, name: str) -> list[str]:
        return [str(row[0]) for row in self._rows(_USERS, name)]

    def stops_changes_of(self, table: str) -> list[str]:
        return [*self.users_of(table), *self._named(_TAKE_PART, table)]

    def interferes_with(self, table: str) -> list[str]:
        referring = [one for one in self.users_of(table) if one.startswith("foreign key")]
        return [*self._named(_TAKE_PART, table), *self._named(_REFUSE, table), *referring]

    def acts_on(self, table: str) -> list[str]:
        return self._named(_TAKE_PART, table)

    def _named(self, query: str, table: str) -> list[str]:
        return [str(row[0]) for row in self._rows(query, table)]
