"""What people put on a table stands in the way: which of theirs it is, and what to do about it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from chimpline.errors import DestinationError, DestinationUnavailable, TableBlocked
from chimpline.load.sql import Session, quote
from chimpline.message import Fact, Message

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from chimpline.load.upkeep.record import Records
    from chimpline.load.upkeep.stored import Catalog
    from chimpline.model import TableSchema


@contextmanager
def blocked(session: Session, table: TableSchema, must: Message) -> Iterator[None]:
    """Inside this block, a refusal to alter the table names what of theirs stands in the way."""
    try:
        yield
    except (TableBlocked, DestinationUnavailable):
        raise
    except DestinationError as error:
        standing = session.catalog.stops_changes_of(table.name)
        words = said(error)
        if standing:
            raise TableBlocked(
                "load-change-stopped", table=table.name, must=must, said=words, standing=standing
            ) from None
        if error.kind == "load-statement-refused":
            raise TableBlocked(
                "load-change-refused", table=table.name, must=must, said=words
            ) from None
        raise TableBlocked(
            "load-change-failed",
            table=table.name,
            must=must,
            said=words,
            cause=error.problem.message,
        ) from None


def said(error: DestinationError) -> Fact:
    """The engine's own words alone."""
    return error.facts.get("said", error.problem.message)


def refuse_what_fell(catalog: Catalog, table: str, wanted: int, written: int) -> None:
    """Refuse a write of which a trigger or rule let a part fall."""
    if written == wanted:
        return
    standing = catalog.interferes_with(table)
    raise TableBlocked(
        "load-rows-fell" if standing else "load-rows-fell-unexplained",
        table=table,
        wanted=wanted,
        lost=abs(wanted - written),
        standing=standing,
        kept=_SAVED,
    )


def refuse_rows(catalog: Catalog, table: str, error: DestinationError) -> None:
    """Say what of theirs may have refused rows of a table; nothing where there is none."""
    standing = catalog.interferes_with(table)
    if standing:
        raise TableBlocked(
            "load-rows-refused", table=table, said=said(error), standing=standing, kept=_SAVED
        ) from None


def refuse_what_went(session: Session, records: Records, tables: Collection[str]) -> None:
    """Refuse writes to tables after which a trigger or rule of theirs removed, or added, rows."""
    standing = [thing for table in tables for thing in session.catalog.acts_on(table)]
    for table in tables if standing else ():
        known = records.get(table)
        if known is None:
            continue
        found = int(session.rows(f"SELECT count(*) FROM {quote(table)}")[0][0])
        if found != known.rows:
            raise TableBlocked(
                "load-rows-went",
                table=table,
                found=found,
                left=known.rows,
                standing=standing,
                kept=_SAVED,
            )


_SAVED = "kept-committed"
