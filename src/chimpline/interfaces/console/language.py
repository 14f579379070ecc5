"""In which language somebody is answered."""

from __future__ import annotations

from starlette.requests import Request

from chimpline.interfaces.messages.catalogue import LANGUAGES, accepted

LANGUAGE_COOKIE = "chimpline_language"


def language_of(request: Request) -> str:
    """What the reader has chosen, else what the browser likes best."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    return chosen if chosen in LANGUAGES else accepted(request.headers.get("accept-language", ""))
