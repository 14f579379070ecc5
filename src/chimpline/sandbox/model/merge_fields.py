"""Merge fields of an audience: eleven types, values that follow when a type changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

TYPES = (
    "text",
    "number",
    "address",
    "phone",
    "date",
    "url",
    "imageurl",
    "radio",
    "dropdown",
    "birthday",
    "zip",
)


def to_number(value: Any) -> Any:
    if isinstance(value, int | float):
        return value
    try:
        number = float(value)
    except (TypeError, ValueError):
        return ""
    return int(number) if number.is_integer() else number


def to_text(value: Any) -> Any:
    if isinstance(value, dict):
        return "  ".join(str(part) for part in value.values() if part)
    return str(value)


def to_address(value: Any) -> Any:
    if isinstance(value, dict) or value == "":
        return value
    return {
        "addr1": str(value),
        "addr2": "",
        "city": "",
        "state": "",
        "zip": "",
        "country": "US",
    }


CONVERSIONS: dict[str, Callable[[Any], Any]] = {"number": to_number, "address": to_address}


class MergeField:
    """One column of an audience; `slot` is where each member keeps its value."""

    def __init__(
        self,
        merge_id: int,
        tag: str,
        name: str,
        kind: str,
        slot: int,
        *,
        options: dict[str, Any] | None = None,
        default_value: str = "",
    ) -> None:
        self.merge_id = merge_id
        self.tag = tag
        self.name = name
        self.type = kind
        self.slot = slot
        self.options = options or {}
        self.default_value = default_value
        self.required = False
        self.public = merge_id % 3 != 0
        self.display_order = merge_id + 1
        self.help_text = ""
        self.convert: Callable[[Any], Any] | None = None

    def change_type(self, kind: str) -> None:
        if kind not in TYPES:
            raise ValueError(f"No merge field type {kind!r}; the types are: {', '.join(TYPES)}.")
        self.type = kind
        self.convert = CONVERSIONS.get(kind, to_text)
        self.options = {"size": 25} if kind == "text" else {}

    def row(self, list_id: str) -> dict[str, Any]:
        return {
            "merge_id": self.merge_id,
            "tag": self.tag,
            "name": self.name,
            "type": self.type,
            "required": self.required,
            "default_value": self.default_value,
            "public": self.public,
            "display_order": self.display_order,
            "options": dict(self.options),
            "help_text": self.help_text,
            "list_id": list_id,
        }
