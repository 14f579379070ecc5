"""Make the catalog's digest of the specification: facts only (paths, parameters, shapes).

    python scripts/digest.py SPECIFICATION.json > src/chimpline/catalog/mailchimp-3.0.90.json

A shape is a type name, `{"$enum": [...]}`, `[shape]` for an array, `{"*": shape}` for an object
with names of its own, or `{name: shape}` for one with fixed fields. `_links` is left out.
"""

from __future__ import annotations

import functools
import json
import sys
from pathlib import Path
from typing import Any

SCALARS = {"string", "integer", "number", "boolean"}


def shape(schema: dict[str, Any]) -> Any:
    """The shape of one schema of the specification."""
    if "allOf" in schema:
        return functools.reduce(joined, (shape(p) for p in schema["allOf"] if p.get("properties")))
    if "x-oneOf" in schema:
        return functools.reduce(either, map(shape, schema["x-oneOf"]))
    if schema.get("properties"):
        return {k: shape(v) for k, v in schema["properties"].items() if k != "_links"}
    if "items" in schema or schema.get("type") == "array":
        return [shape(schema.get("items", {}))]
    if schema.get("type") == "object":
        return {"*": shape(schema.get("additionalProperties") or {})}
    if schema.get("format") == "date-time":
        return "date-time"
    if "enum" in schema and schema.get("type") == "string":
        return {"$enum": schema["enum"]}
    return schema["type"] if schema.get("type") in SCALARS else "any"


def joined(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """The fields of two shapes of an object that hold at once."""
    both = {
        name: joined(one[name], other[name]) for name in one if isinstance(other.get(name), dict)
    }
    return one | other | both


def either(one: Any, other: Any) -> Any:
    """The fields of two objects of which there is one; `any` where they contradict each other."""
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return "any"
    both = {name: agreed(one[name], other[name]) for name in one if name in other}
    return "any" if None in both.values() else one | other | both


def agreed(one: Any, other: Any) -> Any:
    """What is both; an enumeration is a string as well. None: there is no such thing."""
    kinds = [isinstance(shape, dict) and "$enum" in shape for shape in (one, other)]
    if one == other or (kinds == [False, True] and one == "string"):
        return one
    if all(kinds):
        return {"$enum": list(dict.fromkeys([*one["$enum"], *other["$enum"]]))}
    return other if kinds[0] and other == "string" else None


def digest(specification: dict[str, Any]) -> dict[str, Any]:
    """Every GET path: its query parameters and the shape of its answer."""
    paths = {}
    for path, operation in specification["paths"].items():
        if not operation.get("response"):  # takes only POST, or has no schema (surveys of a list)
            continue
        query = {
            p["name"]: p.get("enum") or p.get("type", "string")
            for p in operation["parameters"]
            if p["in"] == "query"
        }
        paths[path] = {
            "operation": operation["operation"],
            "deprecated": operation["deprecated"],
            "query": query,
            "answer": shape(operation["response"]),
        }
    return {"version": specification["version"], "paths": paths}


if __name__ == "__main__":
    whole = digest(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    lines = [
        f"  {json.dumps(path)}: {json.dumps(facts, separators=(',', ':'))}"
        for path, facts in whole["paths"].items()
    ]
    print(f'{{"version": "{whole["version"]}", "paths": {{\n' + ",\n".join(lines) + "\n}}")
