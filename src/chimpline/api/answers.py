"""From an answer to a value or to an error in our words: status and content type decide.

Why both: docs/mailchimp-facts.md#refusal-or-overload.

| answer                       | becomes                                       |
|------------------------------|-----------------------------------------------|
| 200 with JSON                | read on                                       |
| 200 with anything else       | Foreign, retried                              |
| 401                          | InvalidCredentials                            |
| an error titled as one of    | AccountBlocked, WrongDataCenter or            |
| the whole account            | InvalidCredentials                            |
| 403 with a problem document  | RefusedOnce, retried once, then Refused       |
| 403 without                  | Overloaded, retried: load, or the edge        |
| 404 with a problem document  | NotFound                                      |
| 404 without                  | Foreign, retried                              |
| 408, 425, 5xx                | ServerFailure, retried                        |
| 429                          | TooManyRequests, retried                      |
| 3xx                          | Foreign, retried: nothing is followed         |
| 407, 426, met first          | SettingsError                                 |
| any other 4xx with a problem | NotUnderstood                                 |
| any other 4xx without        | Foreign, retried                              |
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import email.utils
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from chimpline.api.sign_in.credentials import Credential
from chimpline.api.transport import Answer
from chimpline.errors import (
    AccessError,
    AccountBlocked,
    BrokenAnswer,
    InvalidCredentials,
    NotFound,
    NotUnderstood,
    ServerFailure,
    SettingsError,
    TooManyRequests,
    TransientError,
    WrongDataCenter,
)
from chimpline.message import Message
from chimpline.redact import one_line, redact

T = TypeVar("T")

_LONGEST_QUOTE = 300
_EARLIEST_YEAR = 1970
"""A clock that lost its time begins there; what lies before is no clock's."""

# Titles of problems that are no path's but the whole account's, in lower-case letters
# (docs/mailchimp-facts.md#the-whole-account).
_KEY_TITLES = {"apikeyinvalid", "apikeymissing"}
_DATA_CENTER_TITLES = {"wrongdatacenter"}
_BLOCKED_TITLES = {
    "accountdeactivated",
    "accountdisabled",
    "accountsuspended",
    "compliancerelated",
    "userdisabled",
}


class RefusedOnce(TransientError):
    """A 403 with a problem document, met for the first time."""

    def __init__(self, kind: str, /, *, problem: ProblemDocument) -> None:
        super().__init__(kind, problem=str(problem))
        self.document = problem


class Foreign(BrokenAnswer):
    """What the API never sends. Where it comes first and comes twice, it is not the API's address.

    Later it is the edge, or a proxy, having a bad moment.
    """


class Overloaded(ServerFailure):
    """A 403 without a problem document: under load it stands for 429.

    See docs/mailchimp-facts.md#refusal-or-overload.
    """


@dataclasses.dataclass(frozen=True, slots=True)
class ProblemDocument:
    """What an `application/problem+json` document says, safe to show."""

    title: str
    detail: str
    errors: tuple[str, ...]

    def __str__(self) -> str:
        told = _with_colon(self.title, self.detail)
        return "; ".join((told.rstrip("."), *self.errors))


def check(answer: Answer, *, path: str, credential: Credential, known: bool = False) -> None:
    """Return for a 200 with JSON; raise what the table above says for all else.

    `known`: the API was heard at this address before, so that no setting can be to blame.
    """
    status = answer.status
    if status == 200:
        kind = _content_type(answer)
        if not _is_json(kind):
            raise Foreign("api-not-json" if kind else "api-not-json-untyped", type=kind)
        return
    problem = problem_of(answer)
    told = Message.of(
        "api-answer" if problem else "api-answer-unexplained",
        status=str(status),
        problem=None if problem is None else str(problem),
    )
    if status == 401:
        raise _invalid(credential, told)
    if problem is not None and status != 429:
        _raise_of_the_account(problem, told, credential)
    if status == 403 and problem is not None:
        raise RefusedOnce("api-refused-once", problem=problem)
    if status == 404 and problem is not None:
        raise NotFound("api-not-found", path=path, answer=told)
    if status == 429:
        raise TooManyRequests("api-too-many-requests")
    if status == 403:
        raise Overloaded("api-turned-away", answer=told)
    if status == 404:
        raise Foreign("api-foreign-answer", answer=told)
    if status >= 500 or status in {408, 425}:
        raise ServerFailure("api-failed", answer=told, timed_out=status in {502, 504})
    _raise_of_the_way(answer, told, known=known)
    if 400 <= status < 500 and problem is not None:
        raise NotUnderstood("api-not-understood", path=path, answer=told)
    if 400 <= status < 500:
        raise Foreign("api-foreign-answer", answer=told)
    raise BrokenAnswer("api-odd-status", status=str(status))


def parsed(parse: Callable[[bytes], T], body: bytes) -> T:
    """What `parse` makes of a body, however deep that is nested."""
    try:
        return parse(body)
    except RecursionError:
        raise BrokenAnswer("api-nested-too-deeply") from None


def problem_of(answer: Answer) -> ProblemDocument | None:
    """The problem document of an error, if it is one; an HTML page of the edge is not."""
    if not _is_json(_content_type(answer)):
        return None
    try:
        document: Any = msgspec.json.decode(answer.body)
    except (msgspec.MsgspecError, RecursionError):
        return None
    if not isinstance(document, dict) or not (document.get("title") or document.get("detail")):
        return None
    errors = document.get("errors")
    return ProblemDocument(
        title=safe(document.get("title") or ""),
        detail=safe(document.get("detail") or ""),
        errors=tuple(
            _with_colon(safe(error.get("field") or ""), safe(error.get("message") or "?"))
            for error in (errors if isinstance(errors, list) else [])
            if isinstance(error, dict)
        ),
    )


def date_of(answer: Answer) -> dt.datetime:
    """The server's clock. Horizons rest on it, so an answer without it is broken."""
    try:
        date = email.utils.parsedate_to_datetime(answer.headers.get("date", ""))
        date = date.replace(tzinfo=dt.UTC) if date.tzinfo is None else date.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise BrokenAnswer("api-no-date") from None
    if date.year < _EARLIEST_YEAR:
        raise BrokenAnswer("api-date-of-year", year=str(date.year))
    return date


def _with_colon(*parts: str) -> str:
    """Those of a server's words that are there."""
    return ": ".join(part for part in parts if part)


def _raise_of_the_account(problem: ProblemDocument, told: Message, credential: Credential) -> None:
    """Raise where a problem's title speaks of the account, so that no other path can be read."""
    title = "".join(letter for letter in problem.title.lower() if letter.isalpha())
    error: AccessError
    if title in _KEY_TITLES:
        error = _invalid(credential, told)
    elif title in _DATA_CENTER_TITLES:
        error = WrongDataCenter(
            "api-key-of-another-data-center"
            if credential.is_api_key
            else "api-token-of-another-data-center",
            answer=told,
            kept="kept-committed",
        )
    elif title in _BLOCKED_TITLES:
        error = AccountBlocked("api-account-blocked", answer=told)
    else:
        return
    raise error


def _raise_of_the_way(answer: Answer, told: Message, *, known: bool) -> None:
    """Raise where the way to the API is another one: it leads on, or a proxy or TLS is on it."""
    status = answer.status
    if 300 <= status < 400:
        host = _target(answer)
        raise Foreign(
            "api-redirected" if host else "api-redirected-within", status=str(status), host=host
        )
    if status == 407 and not known:
        raise SettingsError("api-proxy-asks-for-password")
    if status == 426 and not known:
        raise SettingsError("api-https-only", answer=told)


def _invalid(credential: Credential, told: Message) -> InvalidCredentials:
    return InvalidCredentials(
        "api-key-not-accepted" if credential.is_api_key else "api-token-not-accepted", answer=told
    )


def _target(answer: Answer) -> str:
    """Where a redirect leads, without what an address can hold besides its host; `""`: no host."""
    try:
        host = urlsplit(answer.headers.get("location", "")).hostname
    except ValueError:
        host = None
    return safe(host or "")


def _content_type(answer: Answer) -> str:
    return safe(answer.headers.get("content-type", "").partition(";")[0].strip().lower())


def _is_json(kind: str) -> bool:
    return kind in {"application/json", "text/json"} or kind.endswith("+json")


def safe(text: object) -> str:
    """A server's words: one line, not long, without secrets."""
    return redact(one_line(str(text)))[:_LONGEST_QUOTE]
