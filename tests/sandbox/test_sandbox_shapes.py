"""Each answer has the shape that the specification gives it: no field more, no type else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import requests

from chimpline.sandbox import Sandbox
from chimpline.sandbox.routes.table import ROUTES

SCALARS: dict[str, Callable[[Any], bool]] = {
    "any": lambda _: True,
    "string": lambda v: isinstance(v, str),
    "boolean": lambda v: isinstance(v, bool),
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "number": lambda v: isinstance(v, int | float) and not isinstance(v, bool),
    "date-time": lambda v: isinstance(v, str) and is_instant(v),
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


def misfits(value: Any, shape: Any, where: str) -> list[str]:
    """What does not fit the shape, which `scripts/digest.py` explains; `_links` are left out."""
    match shape:
        case str():
            return [] if SCALARS[shape](value) else [f"{where}: {value!r} is no {shape}"]
        case {"$enum": allowed}:
            return [] if value in allowed else [f"{where}: {value!r} is none of {allowed}"]
        case [items]:
            if not isinstance(value, list):
                return [f"{where}: {value!r} is no array"]
            return [text for inner in value for text in misfits(inner, items, f"{where}[]")]
        case dict():
            if not isinstance(value, dict):
                return [f"{where}: {value!r} is no object"]
            found: list[str] = []
            for name in value.keys() - {"_links"}:
                inner = shape.get("*", shape.get(name))
                if inner is None:
                    found.append(f"{where}.{name}: not in the specification")
                else:
                    found += misfits(value[name], inner, f"{where}.{name}")
            return found
        case _:
            raise AssertionError(shape)


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
    assert ROUTES.keys() == paths.keys()
    assert [] == [template for template, real in paths.items() if not real]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"merge_id": "1"}, "'1' is no integer"),
        ({"merge_id": True}, "True is no integer"),
        ({"required": 1}, "1 is no boolean"),
        ({"tag": None}, "None is no string"),
        ({"type": "colour"}, "'colour' is none of"),
        ({"surprise": 1}, "not in the specification"),
        ({"options": {"surprise": 1}}, "not in the specification"),
        ({"options": {"choices": "a"}}, "'a' is no array"),
        ({"options": {"choices": [1]}}, "1 is no string"),
        ({"options": []}, "[] is no object"),
        ([], "[] is no object"),
    ],
)
def test_what_is_not_in_the_specification_would_be_found(
    shapes: dict[str, Any], row: Any, told: str
) -> None:
    (found,) = misfits({"merge_fields": [row]}, shapes["/lists/{list_id}/merge-fields"], "")
    assert told in found


@pytest.mark.parametrize("text", ["2026-11-23", "2026-11-23T00:00:00", "2026-11-23 00:00:00Z", "x"])
def test_a_time_of_another_form_would_be_found(shapes: dict[str, Any], text: str) -> None:
    (found,) = misfits({"last_login": text}, shapes["/"], "")
    assert "is no date-time" in found
    for fitting in ("", "2026-11-23T00:00:00+00:00"):
        assert [] == misfits({"last_login": fitting}, shapes["/"], "")


def test_the_values_of_an_object_with_names_of_its_own_are_held_to_their_shape() -> None:
    shape = {"*": "boolean"}
    assert [] == misfits({"a": True, "b": False}, shape, "")
    assert [".b: 1 is no boolean"] == misfits({"a": True, "b": 1}, shape, "")
