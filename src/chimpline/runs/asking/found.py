"""What a discovery found, as plain values: whoever shows it need not load what finds it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping

from chimpline.message import Message


@dataclasses.dataclass(frozen=True, slots=True)
class FoundTable:
    """A table as it was found. `refused`: why Mailchimp does not let it be read, else None.

    `unknown`: fields that no column is for. `samples`: masked, by column. `rows` and `requests` of
    a first run; None where only reading tells.
    """

    name: str
    columns: Mapping[str, str]
    primary_key: tuple[str, ...]
    method: str
    replication_key: str | None
    parent: str | None
    refused: Message | None = None
    unknown: tuple[str, ...] = ()
    samples: Mapping[str, str] = dataclasses.field(default_factory=dict)
    rows: int | None = None
    requests: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class FoundAudience:
    """`merge_fields`: by id, as (tag, type, name). `interests`: by id, as (category, name)."""

    id: str
    name: str
    merge_fields: Mapping[str, tuple[str, str, str]]
    interests: Mapping[str, tuple[str, str]]


@dataclasses.dataclass(frozen=True, slots=True)
class Discovery:
    """What was found at one moment; `requests` and `minutes` are a first run's."""

    account: str
    taken_at: dt.datetime
    tables: tuple[FoundTable, ...]
    audiences: tuple[FoundAudience, ...]
    requests: int
    minutes: float
