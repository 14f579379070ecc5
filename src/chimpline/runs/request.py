"""What a run is asked to do: every choice made, every name resolved, no settings file any more."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from chimpline.api.sign_in.credentials import Credential
from chimpline.catalog.selection import Selections, Tables, TableSelection, TableSet
from chimpline.model import Deletes, History, second_before

__all__ = ["Credential", "RunRequest", "Selections", "TableSelection", "TableSet", "Tables"]

SECRETS = frozenset({"credential", "hash_salt", "destination_secrets"})
"""Fields that never leave the process in a request; whoever receives it has them of its own."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """`tables` None: the default set, as far as the dataset has taken it.

    `start_date` inclusive, 00:00 UTC; None = everything. `activity_window_days` 0 = all. `api_root`
    None: derived from the key's data center or, for a token, from the metadata at `login_root`.
    `selections`: columns and keys chosen by table; `hash_salt` is needed where any column is
    hashed. `destination_secrets`: by the names that the destination's kind gives them. `every`: of
    tables that are read less often than at each run. `history`: of tables whose past is kept, how.
    `segments_every_run`: whether the members of
    each segment are read even where nobody moved. `reread`: the only slices to be read, anew and
    whole, as parent keys by table; what they hang on is read as well. `run_id`: chosen before by
    whoever asked for the run; None: drawn when it begins.
    """

    pipeline: str
    credential: Credential
    destination: str
    dataset: str
    api_root: str | None = None
    login_root: str = "https://login.mailchimp.com"
    tables: Tables = None
    start_date: dt.date | None = None
    activity_window_days: int = 0
    activity_window_strict: bool = False
    deletes: Deletes = Deletes.MARK
    full_refresh: bool = False
    connections: int = 8
    lookback: dt.timedelta = dt.timedelta(minutes=15)
    complete_read_every: dt.timedelta = dt.timedelta(days=7)
    pages_in_memory_mb: int = 96
    state_dir: Path = Path(".chimpline")
    selections: Selections = dataclasses.field(default_factory=dict)
    hash_salt: bytes = dataclasses.field(default=b"", repr=False)
    destination_secrets: Mapping[str, str] = dataclasses.field(default_factory=dict, repr=False)
    every: Mapping[str, dt.timedelta] = dataclasses.field(default_factory=dict)
    history: Mapping[str, History] = dataclasses.field(default_factory=dict)
    segments_every_run: bool = False
    reread: Mapping[str, frozenset[str]] | None = None
    run_id: str | None = None

    def to_json(self) -> dict[str, Any]:
        """All but the secrets, as JSON can hold it, for a process that has these from elsewhere."""
        document: dict[str, Any] = {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if field.name not in SECRETS
        }
        return document | {
            "tables": list(self.tables) if isinstance(self.tables, tuple) else self.tables,
            "start_date": None if self.start_date is None else self.start_date.isoformat(),
            "deletes": self.deletes.value,
            "lookback": self.lookback.total_seconds(),
            "complete_read_every": self.complete_read_every.total_seconds(),
            "state_dir": str(self.state_dir),
            "every": {name: every.total_seconds() for name, every in self.every.items()},
            "history": {name: kind.value for name, kind in self.history.items()},
            "selections": {name: _selection(one) for name, one in self.selections.items()},
            "reread": None
            if self.reread is None
            else {name: sorted(keys) for name, keys in self.reread.items()},
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any], credential: Credential, **others: Any) -> Self:
        """The request that `to_json` wrote, with its secrets, by name; times are seconds there.

        Raises `TypeError` where the document has fields that no request has.
        """
        told = dict(document)
        tables, start, reread = told["tables"], told["start_date"], told["reread"]
        made = {
            "tables": _tables(tables),
            "start_date": None if start is None else dt.date.fromisoformat(start),
            "deletes": Deletes(told["deletes"]),
            "lookback": dt.timedelta(seconds=told["lookback"]),
            "complete_read_every": dt.timedelta(seconds=told["complete_read_every"]),
            "state_dir": Path(told["state_dir"]),
            "every": {name: dt.timedelta(seconds=s) for name, s in told.get("every", {}).items()},
            "history": {name: History(kind) for name, kind in told.get("history", {}).items()},
            "selections": {name: _selected(one) for name, one in told["selections"].items()},
            "reread": None
            if reread is None
            else {name: frozenset(keys) for name, keys in reread.items()},
        }
        return cls(**(told | made), credential=credential, **others)

    @property
    def floor(self) -> dt.datetime | None:
        """The start date as the exclusive end of what is left out; None reads everything."""
        if self.start_date is None:
            return None
        midnight = dt.datetime.combine(self.start_date, dt.time(), dt.UTC)
        return second_before(midnight)

    def wants(self, table: str, parent: str, *, holds: bool = False) -> bool:
        """Whether a slice is to be read: all, or those of `reread` and what they hang on.

        `holds`: other tables that are read hang below this one.
        """
        if self.reread is None:
            return True
        asked = {key for keys in self.reread.values() for key in keys}
        above = holds and any(key.startswith(f"{parent}/") for key in asked)
        if table in self.reread:
            return above or parent in self.reread[table]
        return above or any(key == parent or parent.startswith(f"{key}/") for key in asked)


def _selection(one: TableSelection) -> dict[str, Any]:
    cells = {field.name: getattr(one, field.name) for field in dataclasses.fields(one)}
    return {
        name: sorted(cell) if isinstance(cell, frozenset) else cell for name, cell in cells.items()
    } | {"key": None if one.key is None else list(one.key)}


def _selected(told: Mapping[str, Any]) -> TableSelection:
    cells = {
        name: frozenset(cell) if isinstance(cell, list) else cell for name, cell in told.items()
    }
    key = told["key"]
    return TableSelection(**(cells | {"key": None if key is None else tuple(key)}))


def _tables(told: list[str] | str | None) -> Tables:
    if told is None or isinstance(told, str):
        return None if told is None else TableSet(told)
    return tuple(told)
