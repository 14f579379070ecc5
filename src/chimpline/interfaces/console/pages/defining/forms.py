"""What was typed into a form of settings, and what somebody else wrote meanwhile."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any

LONGEST_WAS = 20_000


@dataclasses.dataclass(frozen=True, slots=True)
class Difference:
    """One setting as it was when the form was opened, as the file has it now, and as typed."""

    field: str
    opened: str
    now: str
    typed: str


def differences(
    opened: Mapping[str, object], now: Mapping[str, object], typed: Mapping[str, object]
) -> list[Difference]:
    """The settings that are not the same in all three."""
    fields = list(dict.fromkeys([*now, *typed, *opened]))
    found = [
        Difference(name, *(in_words(one.get(name)) for one in (opened, now, typed)))
        for name in fields
    ]
    return [one for one in found if not one.opened == one.now == one.typed]


def in_words(value: object) -> str:
    """A value of the settings as a form shows it; empty where there is none."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case list() | tuple():
            return ", ".join(map(str, value))
        case _:
            return str(value)


def packed(values: Mapping[str, object]) -> str:
    """Values for a hidden field, to be compared with later."""
    return json.dumps(values, default=str, ensure_ascii=False)


def unpacked(text: str) -> dict[str, Any]:
    """What `packed` made; nothing where it is something else: it came from a browser."""
    try:
        found = json.loads(text[:LONGEST_WAS])
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def given(text: str) -> str | None:
    """What was typed, or None."""
    return text.strip() or None


def names(text: str) -> Sequence[str] | None:
    """Names separated by commas, or None."""
    return [part for one in text.split(",") if (part := one.strip())] or None
