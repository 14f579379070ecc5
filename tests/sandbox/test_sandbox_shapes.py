"""Each answer has the shape that the specification gives it: no field more, no type else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import requests

from chimpline.sandbox import Sandbox
from chimpline.sandbox.routes.table import ROUTES

TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "boolean": lambda v: isinstance(v, bool),
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "number": lambda v: isinstance(v, int | float) and not isinstance(v, bool),
}


def is_instant(text: str) -> bool:
    """`YYYY-MM-DDTHH:MM:SS+00:00`, or nothing at all."""
    if not text:
        return True
    try:
        instant = dt.datetime.fromisoformat(text)
    except ValueError:
        return False
    return instant.utcoffset() == dt.timedelta(0) and instant.isoformat() == text


def misfits(value: Any, shape: dict[str, Any], where: str) -> list[str]:
    """What does not fit the shape. `_links` are not part of it."""
    kind = shape.get("type")
    if kind is not None and not TYPES[kind](value):
        return [f"{where}: {value!r} is no {kind}"]
    found: list[str] = []
    if isinstance(value, dict) and kind == "object":
        known = shape.get("properties", {})
        for name, inner in value.items():
            if name == "_links":
                continue
            if name in known:
                found += misfits(inner, known[name], f"{where}.{name}")
            elif "additionalProperties" in shape:
                found += misfits(inner, shape["additionalProperties"], f"{where}.{name}")
            else:
                found.append(f"{where}.{name}: not in the specification")
    elif isinstance(value, list):
        for inner in value:
            found += misfits(inner, shape.get("items", {}), f"{where}[]")
    elif shape.get("format") == "date-time" and not is_instant(value):
        found.append(f"{where}: {value!r} is no instant")
    if "enum" in shape and value not in shape["enum"]:
        found.append(f"{where}: {value!r} is none of {shape['enum']}")
    return found


def test_every_answer_fits_the_specification(
    quiet: Sandbox,
    ask: Callable[..., requests.Response],
    shapes: dict[str, Any],
    paths: dict[str, list[str]],
) -> None:
    found: list[str] = []
    for template, real in paths.items():
        for path in real:
            for status in ("", "archived") if template.endswith("_id}/members") else ("",):
                query = {"status": status} if status else {}
                answer = ask(quiet, path, count=200, **query)
                assert 200 == answer.status_code, path
                found += misfits(answer.json(), shapes[template], template)
    assert [] == sorted(set(found))


def test_the_paths_tried_are_all_the_paths_served(paths: dict[str, list[str]]) -> None:
    assert set(ROUTES) == set(paths)
    assert [] == [template for template, real in paths.items() if not real]


def test_a_field_that_is_not_in_the_specification_would_be_found(shapes: dict[str, Any]) -> None:
    shape = shapes["/lists/{list_id}/merge-fields"]
    row = {"merge_id": "1", "type": "colour", "surprise": 1}
    expected = ["'1' is no integer", "'colour' is none of", "not in the specification"]
    found = misfits({"merge_fields": [row]}, shape, "")
    assert 3 == len(found)
    assert all(part in text for part, text in zip(expected, found, strict=True))
