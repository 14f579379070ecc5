"""What people put on a table stands in the way: which of theirs it is, and what to do about it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from chimpline.errors import (
    COMMITTED_STAYS,
    DROP_AND_CREATE,
    IF_NOTHING_OF_THEIRS,
    DestinationError,
    DestinationUnavailable,
    TableBlocked,
)
from chimpline.load.sql import Session, quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from chimpline.load.upkeep.record import Records
    from chimpline.load.upkeep.stored import Catalog
    from chimpline.model import TableSchema


@contextmanager
def blocked(session: Session, table: TableSchema, what: str) -> Iterator[None]:
    """Inside this block, a refusal to alter the table names what of theirs stands in the way."""
    try:
        yield
    except (TableBlocked, DestinationUnavailable):
        raise
    except DestinationError as error:
        standing = session.catalog.stops_changes_of(table.name)
        named = (
            f" These objects of yours depend on the table or act on it: {', '.join(standing)}."
            if standing
            else ""
        )
        do = error.do
        if standing:
            do = DROP_AND_CREATE
        elif do == IF_NOTHING_OF_THEIRS:
            do = "Undo what was changed there, and run again."
        raise TableBlocked(
            f"The table {table.name} has to {what}, which the database refuses: "
            f"{said(error)}.{named}",
            do=do,
        ) from None


def said(error: DestinationError) -> str:
    """The engine's own words alone."""
    _, _, words = error.what.partition(" refused a statement ")
    return words.removeprefix("(").removesuffix(").") or error.what.rstrip(".")


def refuse_what_fell(catalog: Catalog, table: str, wanted: int, written: int) -> None:
    """Refuse a write of which a trigger or rule let a part fall."""
    if written == wanted:
        return
    standing = ", ".join(catalog.interferes_with(table)) or "unknown"
    raise TableBlocked(
        f"Of {wanted} rows for the table {table}, {abs(wanted - written)} were not written. These "
        f"objects of yours act on every write to it: {standing}.",
        kept=COMMITTED_STAYS,
        do="Drop or disable them (ALTER TABLE .. DISABLE TRIGGER ..), and run again. "
        "Do their work in a table or view of your own instead.",
    )


def refuse_rows(catalog: Catalog, table: str, error: DestinationError) -> None:
    """Say what of theirs may have refused rows of a table; nothing where there is none."""
    standing = catalog.interferes_with(table)
    if standing:
        raise TableBlocked(
            f"The table {table} refused rows: {said(error)}. These objects of yours act on "
            f"every write to it: {', '.join(standing)}.",
            kept=COMMITTED_STAYS,
            do="Drop the one that refuses the rows, and run again. "
            "Do its work in a table or view of your own instead.",
        ) from None


def refuse_what_went(session: Session, records: Records, table: str, others: Iterable[str]) -> None:
    """Refuse a write after which a trigger or rule of theirs removed, or added, rows."""
    catalog = session.catalog
    standing = [thing for other in others for thing in catalog.acts_on(other)]
    known = records.get(table) if standing else None
    if known is None:
        return
    found = int(session.rows(f"SELECT count(*) FROM {quote(table)}")[0][0])
    if found != known.rows:
        raise TableBlocked(
            f"The table {table} has {found:,} rows after a write that leaves {known.rows:,}. "
            f"These objects of yours act on every write to it: {', '.join(standing)}.",
            kept=COMMITTED_STAYS,
            do="Drop or disable them (ALTER TABLE .. DISABLE TRIGGER ..), and run again. "
            "Do their work in a table or view of your own instead.",
        )
