"""What the forms of the settings have in common."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form, Path

from chimpline.errors import UserError
from chimpline.interfaces.console.api.answers.problems import status_of

Word = Annotated[str, Form(max_length=1000)]
Named = Annotated[str, Path(max_length=100)]


def check_same(password: str, again: str) -> None:
    """Raises `UserError` where the password typed twice is not the same."""
    if password != again:
        raise UserError("passwords-differ")


def refused(error: UserError) -> int:
    """The status of a page that shows its form again, with why."""
    return 429 if error.kind == "console-sign-in-too-often" else status_of(error)
