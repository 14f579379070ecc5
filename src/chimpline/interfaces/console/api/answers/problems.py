"""What went wrong, for programs: `application/problem+json` with our three parts."""

from __future__ import annotations

from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from chimpline.errors import Bug, ChimplineError
from chimpline.interfaces.messages.catalogue import catalogue
from chimpline.message import Message, Problem
from chimpline.redact import redact
from chimpline.service.people.tokens import Scope

_NOTHING = Message("kept-nothing-touched")
_STATUS = {
    "pipeline-name-taken": 409,
    "pipeline-in-progress": 409,
    "destination-held": 409,
    "destination-in-use": 409,
    "destination-name-taken": 409,
    "run-held": 409,
    "run-not-going": 409,
    "settings-changed": 412,
    "token-scope-unknown": 422,
    "token-name-taken": 409,
    "token-beyond-its-maker": 403,
    "token-longer-than-its-maker": 403,
    "person-name-taken": 409,
    "person-is-the-last-admin": 409,
    "person-beyond-token": 403,
    "person-longer-than-token": 403,
    "data-run-holds": 409,
    "data-nothing-landed": 409,
    "data-too-many": 503,
    "connection-in-use": 409,
    "control-held": 503,
    "engine-unusable": 503,
    "control-unusable": 503,
    "state-not-writable": 503,
}

_OF_SETTINGS = {"alert-pipeline-unknown", "pipeline-field-unknown"}
"""What the settings would name and there is not; it is not what was asked for."""


class ProblemAnswer(JSONResponse):
    media_type = "application/problem+json"


def problem(said: Problem, status: int, **further: Any) -> ProblemAnswer:
    """`kind` names the message; `title`, `kept` and `do` are its three parts in English."""
    words = catalogue().told(said)
    return ProblemAnswer(
        {
            "type": "about:blank",
            "status": status,
            "kind": said.message.kind,
            "title": redact(words.what),
            "kept": redact(words.kept),
            "do": redact(words.do),
            **further,
        },
        status,
    )


def problem_of_error(error: ChimplineError) -> ProblemAnswer:
    return problem(error.problem, status_of(error))


def status_of(error: ChimplineError) -> int:
    """404: there is none; 409: it cannot be now; 422: it cannot be at all; 500: a bug of ours.

    503: what it stands on cannot be used now.
    """
    if isinstance(error, Bug):
        return 500
    if error.kind in _STATUS:
        return _STATUS[error.kind]
    of_settings = error.kind.startswith("setting-") or error.kind in _OF_SETTINGS
    return 404 if error.kind.endswith("-unknown") and not of_settings else 422


def token_refused() -> ProblemAnswer:
    answer = problem(Problem(Message("api-no-token"), _NOTHING), 401)
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def scope_refused(scope: Scope) -> ProblemAnswer:
    return problem(Problem(Message.of("api-scope", scope=scope.value), _NOTHING), 403)


def invalid(error: RequestValidationError) -> ProblemAnswer:
    """The places of what does not fit; the values themselves are not repeated."""
    places = [
        {"place": ".".join(str(part) for part in one["loc"]), "why": one["msg"]}
        for one in error.errors()
    ]
    return problem(Problem(Message("api-invalid"), _NOTHING), 422, errors=places)


def refused(error: HTTPException) -> ProblemAnswer:
    """What is refused before an operation is reached."""
    kind = _REFUSED.get(error.status_code, "api-invalid")
    answer = problem(Problem(Message(kind), _NOTHING), error.status_code)
    answer.headers.update(error.headers or {})
    return answer


_REFUSED = {404: "api-no-such-address", 405: "api-wrong-method", 413: "api-too-large"}
