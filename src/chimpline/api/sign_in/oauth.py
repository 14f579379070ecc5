"""OAuth 2, the web-server flow: a person consents, a code comes back, it becomes a token.

What is known of it: docs/mailchimp-facts.md#oauth.

Authlib spells the two questions and reads how long the token lasts; what travels goes through our
own transport (docs/decisions/0012-authlib-over-our-own-transport.md). A code works once, so it is
sent again only where it cannot have arrived.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import secrets
import time
from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import msgspec

import chimpline
from chimpline import redact
from chimpline.api import answers
from chimpline.api.client import DEFAULT_RETRY
from chimpline.api.retry import Retry
from chimpline.api.sign_in.credentials import Credential
from chimpline.api.sign_in.login import Question
from chimpline.api.transport import SHORT_LIMIT_BYTES, Answer, Transport, Unreachable
from chimpline.errors import (
    CodeRefused,
    ConsentDenied,
    NotAuthenticated,
    RedirectMismatch,
    SecretRefused,
    SourceUnavailable,
    TooManyRequests,
    TransientError,
    WrongState,
)
from chimpline.message import Message

__all__ = [
    "App",
    "Token",
    "authorize_url",
    "code_of",
    "exchange",
    "look_at_page",
    "new_state",
    "refusal",
    "said",
]

_LOOK_TIMEOUT_S = 20.0
_CODE = re.compile(r"[!-~]{4,512}")  # what an address can carry, and no more than one should


@dataclasses.dataclass(frozen=True, slots=True)
class App:
    """An app registered with Mailchimp, and where its codes are sent."""

    login_root: str
    client_id: str
    redirect_uri: str


@dataclasses.dataclass(frozen=True, slots=True)
class Token:
    """`expires_at` None: never, which is what Mailchimp's `expires_in: 0` means."""

    credential: Credential
    expires_at: dt.datetime | None


class _Granted(msgspec.Struct, frozen=True):
    access_token: str | None = None
    expires_in: int | None = None
    error: str | None = None
    error_description: str | None = None


def new_state() -> str:
    """What ties an answer to our question; nobody can guess it."""
    return secrets.token_urlsafe(24)


def authorize_url(app: App, state: str) -> str:
    """The page of Mailchimp where a person consents."""
    from authlib.oauth2.rfc6749.parameters import prepare_grant_uri

    return str(
        prepare_grant_uri(
            f"{app.login_root}/oauth2/authorize",
            client_id=app.client_id,
            response_type="code",
            redirect_uri=app.redirect_uri,
            state=state,
        )
    )


def code_of(given: str, app: App, is_ours: Callable[[str], bool]) -> str:
    """The code: given alone, or inside the whole address that Mailchimp sent the browser to.

    A code alone carries no state. It comes from our page, which has checked it, or from the hands
    of the person who consented; this does not protect from somebody who sends them another's code.
    """
    given = given.strip()
    if "://" not in given:
        return _plausible(given)
    there, answer = given.partition("?")[0], said(given)
    if "response_type" in answer:
        raise NotAuthenticated("sign-in-page-of-consent")
    # A browser shows a slash where an address has no path.
    if there.removesuffix("/") != app.redirect_uri.removesuffix("/"):
        raise RedirectMismatch(
            "sign-in-redirected-elsewhere", ours=app.redirect_uri, there=answers.safe(there)
        )
    if not is_ours(answer.get("state", "")):
        raise WrongState("sign-in-of-another-state")
    if "error" in answer:
        raise refusal(answer["error"], answer.get("error_description", ""), app)
    return _plausible(answer.get("code", ""))


def said(address: str) -> dict[str, str]:
    """What stands behind the redirect URI; whether Mailchimp put it there, the `state` tells."""
    return dict(parse_qsl(address.partition("?")[2].partition("#")[0]))


def _plausible(code: str) -> str:
    redact.register(code)
    if not _CODE.fullmatch(code):
        raise CodeRefused("sign-in-not-a-code")
    return code


def refusal(error: str, description: str, app: App, known_uri: str = "") -> NotAuthenticated:
    """OAuth's name for what went wrong, in our words. `known_uri`: one that worked before."""
    told = answers.safe(f"{error}: {description}" if description else error).rstrip(".")
    if error == "access_denied":
        return ConsentDenied("sign-in-consent-denied")
    if "redirect" in told.lower():
        return RedirectMismatch(
            "sign-in-redirect-uri-changed"
            if known_uri and known_uri != app.redirect_uri
            else "sign-in-redirect-uri-not-registered",
            ours=app.redirect_uri,
            before=known_uri,
            answer=told,
        )
    if error == "invalid_grant":
        return CodeRefused("sign-in-code-refused", answer=told)
    if error in {"invalid_client", "unauthorized_client"}:
        return SecretRefused("sign-in-secret-refused", client_id=app.client_id, answer=told)
    return NotAuthenticated("sign-in-refused", answer=told)


async def look_at_page(transport: Transport, app: App, known_uri: str = "") -> None:
    """Raise where Mailchimp would show an error in place of the page for consent.

    The person would meet it in the browser, and we would wait in vain. Whatever is no clear refusal
    is left to the browser.
    """
    try:
        answer = await transport.get(
            authorize_url(app, new_state()),
            headers=_HEADERS,
            timeout_s=_LOOK_TIMEOUT_S,
            limit_bytes=SHORT_LIMIT_BYTES,
        )
    except TransientError:
        return
    told = _read(answer)
    if answer.status in {400, 401} and told is not None and told.error:
        if told.error == "invalid_client":
            raise SecretRefused("sign-in-no-such-app", client_id=app.client_id)
        raise refusal(told.error, told.error_description or "", app, known_uri)


async def exchange(
    transport: Transport,
    app: App,
    client_secret: str,
    code: str,
    *,
    retry: Retry = DEFAULT_RETRY,
    on_notice: Callable[[Message], None] | None = None,
    monotonic: Callable[[], float] = time.monotonic,
) -> Token:
    """The token for a code, which is used up by this."""
    from authlib.oauth2.rfc6749.parameters import prepare_token_request

    redact.register(client_secret)
    redact.register(code)
    body = prepare_token_request(
        "authorization_code",
        redirect_uri=app.redirect_uri,
        code=code,
        client_id=app.client_id,
        client_secret=client_secret,
    )
    host = urlsplit(app.login_root).netloc
    question = Question(retry, on_notice, monotonic)

    async def attempt() -> Answer | TransientError:
        try:
            answer = await transport.post_form(
                f"{app.login_root}/oauth2/token",
                form=dict(parse_qsl(body)),
                headers=_HEADERS,
                timeout_s=retry.request_timeout_s,
            )
        except Unreachable:
            raise
        except TransientError as error:
            return error  # the code may have arrived, and is used up then
        if answer.status == 429:
            raise TooManyRequests("api-too-many-requests")
        return answer

    try:
        answer = await question.ask(attempt)
    except TransientError as error:
        answer = error
    if isinstance(answer, TransientError):
        raise _no_token(host, answer.problem.message) from answer
    return _token(answer, app, host)


def _token(answer: Answer, app: App, host: str) -> Token:
    from authlib.oauth2.rfc6749 import OAuth2Token

    told = _read(answer)
    if told is not None and told.error:
        raise refusal(told.error, told.error_description or "", app)
    if answer.status != 200 or told is None or not told.access_token:
        status = str(answer.status)
        raise _no_token(host, Message.of("sign-in-answered-without-token", status=status))
    lasts = OAuth2Token({"expires_in": told.expires_in})
    ends: int | None = lasts.get("expires_at")
    return Token(
        Credential(told.access_token, is_api_key=False),
        None if ends is None else dt.datetime.fromtimestamp(ends, dt.UTC),
    )


def _no_token(host: str, why: Message) -> SourceUnavailable:
    kept = NotAuthenticated.kept_by_default
    return SourceUnavailable("sign-in-no-token", host=host, cause=why, kept=kept)


def _read(answer: Answer) -> _Granted | None:
    """What an OAuth answer says, whatever its status; None: something else came, as HTML."""
    try:
        return msgspec.json.decode(answer.body, type=_Granted)
    except (msgspec.MsgspecError, RecursionError):
        return None


_HEADERS = {
    "accept": "application/json",
    "accept-encoding": "gzip",
    "user-agent": f"chimpline/{chimpline.__version__}",
}
