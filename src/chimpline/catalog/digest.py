"""The facts of Mailchimp's specification: paths, query parameters and the shapes of answers.

The file of `SPECIFICATION` beside this module is made by `scripts/digest.py`; a shape is explained
there. That of `NEWER` has been written by hand, and has what a row needs that is not in the other
one (docs/mailchimp-facts.md#sms-campaigns).
"""

from __future__ import annotations

import dataclasses
import functools
import json
from importlib.resources import files
from typing import Any

SPECIFICATION = "3.0.90"
NEWER = "3.0.91"

Shape = Any
"""A type name, `{"$enum": [...]}`, `[shape]`, `{"*": shape}` or `{name: shape}`."""


@dataclasses.dataclass(frozen=True, slots=True)
class Endpoint:
    """One GET path. `query` maps each parameter to its type's name or its allowed values.

    `answer` is a shape; that of a list is `{name: shape}`. `version`: that of the specification.
    """

    path: str
    query: dict[str, Any]
    answer: Shape
    deprecated: bool
    version: str

    @property
    def collection(self) -> str | None:
        """The key of the one array in the answer; None where there is none, or several."""
        if not isinstance(self.answer, dict):
            return None
        arrays = [key for key, shape in self.answer.items() if isinstance(shape, list)]
        return arrays[0] if len(arrays) == 1 else None


@functools.cache
def endpoints() -> dict[str, Endpoint]:
    """Every GET path of the specification, and those of the newer one."""
    found: dict[str, Endpoint] = {}
    for version in (NEWER, SPECIFICATION):  # what both have is as in the latter
        text = files(__package__).joinpath(f"mailchimp-{version}.json").read_text("utf-8")
        for path, facts in json.loads(text)["paths"].items():
            query, answer = facts["query"], facts["answer"]
            found[path] = Endpoint(path, query, answer, facts["deprecated"], version)
    return found
