"""What somebody probably meant who misspelt a name: one measure, and one message, for all."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from chimpline.message import Message

ALIKE = 0.6  # of 1: what difflib takes by itself


def meant(word: str, known: Iterable[str], *, alike: float = ALIKE) -> str | None:
    """The one of `known` that looks most like `word`, whichever its capitals."""
    lower = {name.lower(): name for name in known}
    close = difflib.get_close_matches(word.lower(), lower, n=1, cutoff=alike)
    return lower[close[0]] if close else None


def did_you_mean(word: str, known: Iterable[str]) -> Message | None:
    """What asks back where one of `known` looks like `word`; None where none does."""
    name = meant(word, known)
    return None if name is None else Message.of("did-you-mean", name=repr(name))
