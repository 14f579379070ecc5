"""How to prepare for signing in: one text for the docs, for `connect`, and for the wizard."""

from __future__ import annotations

import re
from pathlib import Path

FILE = Path(__file__).with_name("mailchimp-authentication.md")


def guide() -> str:
    """The whole page, as Markdown. `docs/mailchimp-authentication.md` is the same text."""
    return FILE.read_text(encoding="utf-8")


def steps() -> list[str]:
    """The section *In short*, a step a line."""
    section = guide().partition("## In short\n")[2].partition("\n## ")[0]
    return re.findall(r"^\d+\. (.*)$", section, re.MULTILINE)
