"""What was typed into a form of a connection, and what it means as settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Request

from chimpline.errors import UserError
from chimpline.service.settings.every import DEFAULT_LOGIN_ROOT, DEFAULT_REDIRECT_URI, Connection
from chimpline.service.sign_in.questions import BY_KEY, FIRST, meant, offered

LONGEST = 4000
SECRET = ("client_secret", "api_key", "code", "csrf", "password")
MORE = (
    "email_activity_date_window_strict",
    "connections",
    "redirect_uri",
    "login_root",
    "api_root",
)
"""What is asked only of who wants to say it."""
_DEFAULTS = {"login_root": DEFAULT_LOGIN_ROOT, "redirect_uri": DEFAULT_REDIRECT_URI}
_OFF = "email_activity_date_window_strict"


async def _typed(request: Request) -> Mapping[str, str]:
    form = await request.form()
    found = {name: value for name, value in form.items() if isinstance(value, str)}
    if any(len(value) > LONGEST for value in found.values()):
        raise UserError("console-form-invalid")
    return found


Typed = Annotated[Mapping[str, str], Depends(_typed)]


def fields_of(auth: str) -> tuple[str, ...]:
    """What is asked, in the order of `chimpline connect`."""
    return BY_KEY if auth == "api_key" else tuple(FIRST)


def offered_of(settings: Connection) -> dict[str, str]:
    """The settings as a form offers them; what is empty has its default."""
    values = {}
    for field in (*FIRST, *MORE):
        value = getattr(settings, field)
        text = offered(field, value)
        values[field] = "" if field == "start_date" and value is None else text
    values["gateway"] = settings.gateway
    values[_OFF] = "true" if settings.email_activity_date_window_strict else ""
    for field, default in _DEFAULTS.items():
        values[field] = "" if values[field] == default else values[field]
    return values


def settings_of(typed: Mapping[str, str], auth: str) -> dict[str, object]:
    """The settings that a form stands for; None: the default."""
    found: dict[str, object] = {"auth": auth}
    for field in (*fields_of(auth), *MORE):
        if field == _OFF:
            found[field] = True if typed.get(field) else None
            continue
        text = typed.get(field, "").strip()
        found[field] = meant(field, text) if text else None
    return found


def shown_again(typed: Mapping[str, str]) -> dict[str, str]:
    """What was typed, for the same form once more; secrets are typed anew."""
    return {name: value for name, value in typed.items() if name not in SECRET}
