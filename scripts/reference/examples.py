"""The example of each table, from `examples.sql`."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

WRITTEN = Path(__file__).with_name("examples.sql")


@dataclasses.dataclass(frozen=True)
class Example:
    """A query and what it answers, in a sentence."""

    answers: str
    sql: str


def examples(text: str | None = None) -> dict[str, Example]:
    """By table, in the order of the file."""
    text = WRITTEN.read_text("utf-8") if text is None else text
    found = re.findall(r"^-- (\w+): (.+)\n((?:(?!--).+\n)+?.*;)$", text, re.MULTILINE)
    return {table: Example(answers, sql) for table, answers, sql in found}
