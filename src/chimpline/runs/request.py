"""What a run is asked to do: every choice made, every name resolved, no settings file any more."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from pathlib import Path

from chimpline.api.sign_in.credentials import Credential
from chimpline.catalog.selection import Selections, TableSelection
from chimpline.model import Deletes, second_before

__all__ = ["Credential", "RunRequest", "Selections", "TableSelection"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """`tables` None means the default set. `start_date` inclusive, 00:00 UTC; None = everything.

    `activity_window_days` 0 = all. `api_root` None: derived from the key's data center or, for a
    token, from the metadata at `login_root`. `selections`: columns and keys chosen by table;
    `hash_salt` is needed where any column is hashed. `reread`: the only slices to be read, anew and
    whole, as parent keys by table; what they hang on is read as well.
    """

    pipeline: str
    credential: Credential
    destination: str
    dataset: str
    api_root: str | None = None
    login_root: str = "https://login.mailchimp.com"
    tables: tuple[str, ...] | None = None
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
    reread: Mapping[str, frozenset[str]] | None = None

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
