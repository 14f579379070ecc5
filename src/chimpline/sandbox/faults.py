"""A plan of what goes wrong, and of what changes between two pages of a reader."""

from __future__ import annotations

import dataclasses
import random
import re
from collections.abc import Mapping
from typing import Any

from chimpline.sandbox.answers.problems import KNOWN

KINDS = (
    "429",
    "429-empty",
    "500",
    "502-html",
    "504-html",
    "403-problem",
    "403-html",
    "403-empty",
    "reset",
    "reset-in-body",
    "truncated",
    "wrong-content-type",
    "not-json",
    "half-character",
    "slow",
    "repeated-page",
    "empty-page",
    "count-unread",
    "offset-unread",
    "page-capped",
    "total-absent",
    "total-null",
    "total-wrong",
    "next-absent",
    "problem",
    "html",
    "endless",
    "bomb",
    "deep-json",
    "revoked",
    "wrong-date",
)


@dataclasses.dataclass(slots=True)
class Rule:
    """`path`: a template's beginning, or a regular expression met somewhere in the path.

    Of the requests that fit, the first `after` are let through, then `times` are hit (None: all of
    them), each with `probability`. `at_request` counts every request instead. A `change` is made
    before or after that request is answered; without a `kind` nothing else happens to it. A
    `half-character` is put before each `full_name`: half of an emoji, which no text can hold.

    `date` is what a *wrong-date* answer has in its `Date` header. `rows`: of a page whose `count`
    is not read, or capped; None: everything. `total`: what a wrong one says; None: as many as the
    page holds. `title`: of a problem document, and the `status` that it (or the edge's page in
    HTML) comes with, where that is not the usual one.
    """

    path: str = ""
    query: str | None = None
    kind: str | None = None
    times: int | None = 1
    after: int = 0
    at_request: int | None = None
    probability: float = 1.0
    seconds: float = 0.0
    date: str = ""
    rows: int | None = 10
    total: int | None = None
    title: str = "Bad Request"
    status: int | None = None
    change: dict[str, Any] | None = None
    when: str = "before"
    seen: int = 0
    hits: int = 0

    def __post_init__(self) -> None:
        if self.kind is not None and self.kind not in KINDS:
            raise ValueError(f"No fault {self.kind!r}; the faults are: {', '.join(KINDS)}.")
        if self.title not in KNOWN:
            raise ValueError(f"No problem {self.title!r}; the problems are: {', '.join(KNOWN)}.")
        if self.kind is None and self.change is None:
            raise ValueError("A rule needs a kind of fault or a change.")
        if self.when not in ("before", "after"):
            raise ValueError("`when` is before or after.")
        re.compile(self.path)
        re.compile(self.query or "")

    def fits(self, template: str, path: str, query: str) -> bool:
        if not (template.startswith(self.path) or re.search(self.path, path)):
            return False
        return self.query is None or re.search(self.query, query) is not None


class FaultPlan:
    def __init__(self, seed: int) -> None:
        self.rules: list[Rule] = []
        self._requests = 0
        self._rng = random.Random(seed)

    def set(self, rules: list[Mapping[str, Any]]) -> None:
        """Replaces the plan; all counting starts anew."""
        made = [Rule(**rule) for rule in rules]
        self.rules = made
        self._requests = 0

    def clear(self) -> None:
        self.rules = []

    def hits(self, template: str, path: str, query: str) -> list[Rule]:
        """The rules that strike this request."""
        self._requests += 1
        struck: list[Rule] = []
        for rule in self.rules:
            if not rule.fits(template, path, query):
                continue
            rule.seen += 1
            if rule.at_request is not None:
                due = self._requests == rule.at_request
            else:
                due = rule.seen > rule.after and (rule.times is None or rule.hits < rule.times)
            if due and (rule.probability >= 1 or self._rng.random() < rule.probability):
                rule.hits += 1
                struck.append(rule)
        return struck
