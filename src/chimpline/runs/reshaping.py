"""What a changed selection does to rows that were landed under another one.

The selection that a table was last landed under is kept in the destination. Where it differs:

- what is *dropped* now is emptied in every row, before anything is read;
- what is *hashed* now, or no longer, or with another salt, is emptied too and read again; where it
  is part of the key, the rows must go as a whole, which a run does only if `full_refresh` says so;
- what was left out and is chosen now is read again;
- what is only left out (`exclude`, `columns`) stays as it is, and is written no more.
"""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Collection, Sequence

from chimpline.catalog.selection import column_of
from chimpline.catalog.table import Table
from chimpline.errors import UserError
from chimpline.load.contract import Destination
from chimpline.message import Message
from chimpline.model import EXTRA, LandedSelection, Scope
from chimpline.runs.request import RunRequest


def check_salt(landed: Sequence[Table], salt: bytes) -> None:
    """Refuse to hash without a salt: anybody could try addresses against such hashes."""
    hashing = [table.name for table in landed if table.selection.hashed]
    if hashing and len(salt) < 16:
        raise UserError("run-hashes-without-salt", tables=hashing)


class Reshaping:
    """Compares the selections of a run with those that its tables were landed under."""

    def __init__(
        self, request: RunRequest, run_id: str, started: dt.datetime, landed: Sequence[Table]
    ) -> None:
        self._request = request
        self._run_id = run_id
        self._started = started
        self._landed = landed
        self._changed: list[Table] = []

    def erase(self, destination: Destination) -> dict[str, Message]:
        """Remove what must not be there; the tables to be read again, each with the reason.

        Raises `UserError` where whole rows would go and nobody said so.
        """
        known = destination.selections()
        again: dict[str, Message] = {}
        whole: list[Table] = []
        emptied: list[tuple[Table, list[str]]] = []
        for table in self._landed:
            before, now = known.get(table.name, LandedSelection()), self._chosen(table)
            if before == now:
                continue
            self._changed.append(table)
            hashed, dropped, chosen = _differences(before, now)
            said: Message | None = None
            if hashed & set(table.offered.primary_key):
                whole.append(table)
                said = Message.of("run-removes-rows", paths=sorted(hashed))
            elif hashed or dropped:
                columns = {column_of(path) for path in hashed | dropped}
                emptied.append((table, sorted(columns | {EXTRA})))
                said = Message.of("run-empties", paths=sorted(hashed | dropped))
            elif chosen:
                said = Message.of("run-reads-more", paths=sorted(chosen))
            if said and destination.count(table.offered, Scope()):
                again[table.name] = said
        self._refuse_unless_said([table.name for table in whole if table.name in again])
        for table in whole:
            destination.erase(table.schema, None, self._started)
        for table, names in emptied:
            destination.erase(table.schema, names, self._started)
        return again

    def _refuse_unless_said(self, whole: list[str]) -> None:
        if whole and not self._request.full_refresh:
            raise UserError("run-key-hashed-otherwise", tables=whole)

    def remember(self, destination: Destination, blocked: Collection[str]) -> None:
        """Keep the selections that these tables are landed under from now on."""
        changed = [table for table in self._changed if table.name not in blocked]
        if changed:
            chosen = {table.name: self._chosen(table) for table in changed}
            destination.keep_selections(self._run_id, chosen)

    def _chosen(self, table: Table) -> LandedSelection:
        selection, salt = table.selection, None
        left_out = {c.name for c in table.offered.columns if not selection.lands(c.name)}
        left_out |= {path for path in selection.exclude | selection.dropped if "." in path}
        if selection.hashed:
            salt = hmac.digest(self._request.hash_salt, b"which salt", "sha256").hex()[:12]
        return LandedSelection(
            hashed=tuple(sorted(selection.hashed)),
            dropped=tuple(sorted(selection.dropped)),
            left_out=tuple(sorted(left_out)),
            only=tuple(sorted(path for path in selection.columns or () if "." in path)),
            salt=salt,
        )


def _differences(
    before: LandedSelection, now: LandedSelection
) -> tuple[set[str], set[str], set[str]]:
    """What is hashed otherwise, newly dropped, and newly chosen."""
    was, is_ = set(before.hashed), set(now.hashed)
    hashed = was | is_ if before.salt and now.salt != before.salt and is_ else was ^ is_
    dropped = set(now.dropped) - set(before.dropped)
    chosen = set(before.left_out) - set(now.left_out)
    if before.only and before.only != now.only:
        chosen |= set(now.only) ^ set(before.only)
    return hashed, dropped, chosen
