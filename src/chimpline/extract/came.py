"""What an attempt to read a collection came to, however its pages are asked for."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from typing import Any

from chimpline.message import Message


@dataclasses.dataclass(frozen=True, slots=True)
class Came:
    """So many records; `proof` says by which rule they are all, `trouble` why that is not known.

    `twice`: the keys that came with more than one record.
    """

    rows: int
    trouble: Message | None = None
    proof: str | None = None
    twice: Collection[Any] = frozenset()
