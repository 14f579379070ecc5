"""Which tables of the default set a dataset takes, and which were only offered to it.

One line a table in `_chimpline_default_set`, so that a version which has more tables begins none of
them by itself. The transaction is the caller's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chimpline.clock import utc_now
from chimpline.load.lines import DEFAULT_SET
from chimpline.load.sql import Session, quote

if TYPE_CHECKING:
    from collections.abc import Mapping


def known(session: Session) -> dict[str, bool]:
    """By table, whether it is taken; empty where an older version made the dataset, or none did."""
    objects = session.rows(session.dialect.objects)
    if not any(row[0] == DEFAULT_SET for row in objects):
        return {}
    rows = session.rows(f"SELECT table_name, taken FROM {quote(DEFAULT_SET)}")
    return {str(name): bool(taken) for name, taken in rows if name is not None}


def keep(session: Session, run_id: str, tables: Mapping[str, bool]) -> None:
    """Keep this of these tables, in place of what was."""
    for name, taken in tables.items():
        session.run(f"DELETE FROM {quote(DEFAULT_SET)} WHERE table_name = $1", name)
        session.run(
            f"INSERT INTO {quote(DEFAULT_SET)} (table_name, taken, run_id, committed_at) "
            "VALUES ($1, $2, $3, $4)",
            name,
            taken,
            run_id,
            utc_now(),
        )
