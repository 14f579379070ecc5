"""Dates and addresses: the forms in which they are typed, and what is kept of them.

What a name must be among (tables, kinds of destinations) is looked at in `every`.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, ValidationInfo
from pydantic_core import PydanticCustomError

from chimpline.message import Message

# Where Unix time begins; Mailchimp is younger. An earlier date could only be a mistake, and what
# Mailchimp makes of one in a filter is not known: docs/mailchimp-facts.md#values-in-a-query
EARLIEST_START = dt.date(1970, 1, 1)


def refused(reason: Message) -> PydanticCustomError:
    """What a validator raises; `problems` reads the reason out of it again."""
    return PydanticCustomError("refused", "{reason}", {"reason": reason})


def _date(value: object, info: ValidationInfo) -> object:
    """MM/DD/YYYY, as Mailchimp's connectors know it, or ISO; midnight in UTC is a date too."""
    if value is None:
        return None
    if isinstance(value, dt.datetime):
        value = value.isoformat()
    if isinstance(value, dt.date):
        parsed = value
    elif isinstance(value, str):
        parsed = _date_from(value.strip())
    else:
        raise refused(Message("reason-not-a-date"))
    today: dt.date | None = (info.context or {}).get("today")
    if today is not None and parsed > today:
        raise refused(Message("reason-in-the-future"))
    if parsed < EARLIEST_START:
        raise refused(Message.of("reason-too-early", earliest=f"{EARLIEST_START:%m/%d/%Y}"))
    return parsed


def _date_from(text: str) -> dt.date:
    text = re.sub(r"T00:00(:00(\.0+)?)?(Z|\+00:00)?$", "", text)
    if american := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text):
        month, day, year = (int(part) for part in american.groups())
    elif iso := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text):
        year, month, day = (int(part) for part in iso.groups())
    else:
        raise refused(Message("reason-not-a-date"))
    if not 1 <= month <= 12:
        raise refused(Message.of("reason-no-such-month", month=str(month)))
    try:
        return dt.date(year, month, day)
    except ValueError:
        raise refused(Message.of("reason-no-such-day", month=f"{month:02}/{year:04}")) from None


def _root(url: str | None) -> str | None:
    if url is None:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:  # of brackets that do not close, or that hold no IPv6 address
        raise refused(Message("reason-not-a-server")) from None
    if parts.username or parts.password or "@" in parts.netloc:
        raise refused(Message("reason-holds-user"))
    if re.fullmatch(r"[0-9.]+", parts.hostname or "") and not _is_ipv4(parts.hostname or ""):
        raise refused(Message("reason-half-an-address"))
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise refused(Message("reason-not-a-server"))
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise refused(Message("reason-wrong-port"))
    return url.rstrip("/")


def _is_ipv4(host: str) -> bool:
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True


def _redirect_uri(uri: str) -> str:
    """As it is, to the letter: Mailchimp compares it with the registered one."""
    _root(uri)
    if "?" in uri or "#" in uri:
        raise refused(Message("reason-more-than-a-path"))
    return uri


StartDate = Annotated[dt.date | None, BeforeValidator(_date)]
Root = Annotated[str, AfterValidator(_root)]
RedirectUri = Annotated[str, AfterValidator(_redirect_uri)]
