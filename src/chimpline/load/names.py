"""Names that people typed, made to fit an identifier and kept distinct.

The same names in the same order always give the same result.
"""

from __future__ import annotations

import hashlib
import itertools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# PostgreSQL cuts longer identifiers silently, and DuckDB datasets keep to the same limit, so that
# a dataset can move from one to the other.
MAX_IDENTIFIER_BYTES = 63


def distinct(wanted: Sequence[str], taken: Iterable[str], max_bytes: int) -> list[str]:
    """One identifier for each of `wanted`, in order, distinct whatever their case.

    A name that is taken gets `_2`, `_3` ..; one that is too long is cut between characters and
    ends with a hash of the whole.
    """
    used = {name.casefold() for name in taken}
    given = []
    for name in wanted:
        plain = _printable(name)
        for number in itertools.count(1):
            candidate = _cut(plain, "" if number == 1 else f"_{number}", max_bytes)
            if candidate.casefold() not in used:
                break
        used.add(candidate.casefold())
        given.append(candidate)
    return given


def _printable(name: str) -> str:
    """No control characters, lone surrogates or outer blanks; never empty."""
    kept = "".join(c for c in name if c >= " " and c != "\x7f" and not "\ud800" <= c <= "\udfff")
    return kept.strip() or "unnamed"


def _cut(name: str, suffix: str, max_bytes: int) -> str:
    if len((name + suffix).encode()) <= max_bytes:
        return name + suffix
    mark = "_" + hashlib.sha256(name.encode()).hexdigest()[:8] + suffix
    head = name.encode()[: max_bytes - len(mark)].decode(errors="ignore")
    return head.rstrip() + mark
