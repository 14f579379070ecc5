"""Secrets as arguments are refused: every user of a machine can read them in the process list."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chimpline.errors import UserError
from chimpline.redact import register

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAME = (
    r"(?P<name>(api[-_]?)?key|(access[-_]?|api[-_]?|oauth[-_]?)?token|(client[-_]?)?secret"
    r"|pass(word|wd)?|code)"
)
_SECRET_OPTION = re.compile(rf"--{_NAME}(=(?P<value>.*))?", re.IGNORECASE | re.DOTALL)
_SECRET_SETTING = re.compile(rf"{_NAME}=(?P<value>.+)", re.IGNORECASE | re.DOTALL)
_LOOKS_SECRET = re.compile(r"\b[0-9a-f]{32}-[a-z]{2,3}\d{1,3}\b")


def refuse_secrets(arguments: Sequence[str]) -> None:
    """Raise where an argument is, or would be, a secret; the secret is hidden from then on."""
    for position, argument in enumerate(arguments):
        option = _SECRET_OPTION.fullmatch(argument)
        following = arguments[position + 1] if position + 1 < len(arguments) else ""
        if option:
            register(option["value"] or following)
            raise UserError("secret-by-option", option=f"--{option['name']}")
        if setting := _SECRET_SETTING.fullmatch(argument):
            register(setting["value"])
            raise UserError("secret-by-setting", setting=setting["name"])
        if found := _LOOKS_SECRET.search(argument):
            register(found[0])
            raise UserError("secret-among-arguments")
