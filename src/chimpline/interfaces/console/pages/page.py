"""How a page is made: a template, the words of the reader's language, and who reads it."""

from __future__ import annotations

import datetime as dt
import functools
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from starlette.responses import HTMLResponse

from chimpline.interfaces.console.language import language_of
from chimpline.interfaces.console.pages.shown import Shown
from chimpline.interfaces.console.room import room_of
from chimpline.interfaces.console.security.who import session_if_any
from chimpline.interfaces.console.statics import static_version
from chimpline.interfaces.messages.catalogue import LANGUAGES, Catalogue, catalogue
from chimpline.message import Message, Problem
from chimpline.service.people.sessions import Session

ZONE_COOKIE = "chimpline_zone"
"""The viewer's time zone, which only a script of the browser knows (static/console.js)."""
_NOTHING = Message("kept-nothing-touched")


@functools.cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("chimpline.interfaces.console", "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def zone_of(request: Request) -> ZoneInfo | None:
    """The reader's time zone; None until the browser has told it."""
    named = request.cookies.get(ZONE_COOKIE, "")
    return ZoneInfo(named) if named in _zones() else None


@functools.cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def is_part(request: Request) -> bool:
    """Whether htmx asks for a part of a page that is there already."""
    return request.headers.get("hx-request") == "true"


def page(
    request: Request,
    template: str,
    session: Session | None = None,
    *,
    status: int = 200,
    **values: Any,
) -> HTMLResponse:
    """A whole page, or a part of one where the template is a part."""
    words = catalogue(language_of(request))
    shown = Shown(words, now=room_of(request).desk.clock(), zone=zone_of(request))
    html = (
        _templates()
        .get_template(template)
        .render(
            t=functools.partial(_said, words),
            shown=shown,
            session=session,
            csrf=session.csrf if session else "",
            language=words.language,
            languages=LANGUAGES,
            path=request.url.path,
            version=static_version(),
            **values,
        )
    )
    return HTMLResponse(html, status)


def failed_page(request: Request, problem: Problem | str, status: int) -> HTMLResponse:
    """What happened, what was kept, what to do: as a page, or as a part of one."""
    if isinstance(problem, str):
        problem = Problem(Message(problem), _NOTHING)
    told = catalogue(language_of(request)).told(problem)
    session = session_if_any(request, room_of(request))
    return page(request, "failed.html", session, status=status, told=told)


def _said(words: Catalogue, kind: str, /, **facts: Any) -> Markup | str:
    return words.words(Message.of(kind, **facts))


def utc(moment: dt.datetime) -> str:
    """As `<time datetime>` wants it."""
    return moment.astimezone(dt.UTC).isoformat(timespec="seconds")
