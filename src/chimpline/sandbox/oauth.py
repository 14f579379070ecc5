"""Who may ask: API keys, access tokens, and the OAuth 2 flow that yields one."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import html
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from chimpline.sandbox.instants import LogicalClock
from chimpline.sandbox.model.account import DATA_CENTER, Options
from chimpline.sandbox.model.member import digest

CODE_LIFE_S = 60  # "short-lived"; how short is not written anywhere


class OAuthError(Exception):
    """Answered with 400 and the error's name, as OAuth has it."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.document = {"error": error, "error_description": description}


@dataclasses.dataclass(slots=True)
class Code:
    redirect_uri: str
    issued: float


class OAuth:
    def __init__(self, options: Options, clock: LogicalClock) -> None:
        self._options = options
        self._clock = clock
        self._codes: dict[str, Code] = {}
        self._issued = 0
        self.redirect_uri = options.redirect_uri
        self.tokens: set[str] = set()
        self.restore()

    # Keys and tokens

    def restore(self) -> None:
        options = self._options
        self.tokens |= {options.api_key, options.second_api_key, options.access_token}

    def revoke(self, token: str | None) -> None:
        if token is None:
            self.tokens.clear()
        self.tokens.discard(token or "")

    def valid(self, authorization: str | None) -> str | None:
        """The token an Authorization header carries, if it opens this account."""
        token = token_of(authorization)
        # A key also works without its suffix: the data center is in the host's name.
        for known in self.tokens:
            if token is not None and token in (known, known.split("-", maxsplit=1)[0]):
                return known
        return None

    # The web-server flow

    def check_authorize(self, query: Mapping[str, str]) -> None:
        """Before the page is shown. What is wrong here is told on the page, never redirected."""
        if query.get("response_type") != "code":
            raise OAuthError("unsupported_response_type", "response_type must be code.")
        if query.get("client_id") != self._options.client_id:
            raise OAuthError("invalid_client", "The client_id is not known.")
        uri = query.get("redirect_uri", "")
        parts = urlsplit(uri)
        if parts.scheme not in ("http", "https") or parts.hostname in (None, "localhost"):
            raise OAuthError("invalid_request", "The redirect_uri is not acceptable.")
        if self.redirect_uri is None:
            self.redirect_uri = uri
        if uri != self.redirect_uri:
            raise OAuthError("redirect_uri_mismatch", "The redirect_uri is not the registered one.")

    def page(self, query: Mapping[str, str]) -> str:
        hidden = "".join(
            f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
            for name, value in query.items()
        )
        return (
            "<!doctype html><html lang=en><title>Authorize</title>"
            f"<h1>{html.escape(self._options.account_name)}</h1>"
            "<p>An application asks for access to this (emulated) account.</p>"
            f'<form method="post" action="/oauth2/authorize">{hidden}'
            '<button name="consent" value="allow">Allow</button> '
            '<button name="consent" value="deny">Deny</button></form></html>'
        )

    def decide(self, form: Mapping[str, str]) -> str:
        """Where the browser goes after a button was pressed."""
        self.check_authorize(form)
        answer: dict[str, str] = {}
        if form.get("consent") == "allow":
            self._issued += 1
            code = digest("code", self._options.seed, self._options.login_id, self._issued)
            self._codes[code] = Code(form["redirect_uri"], self._clock.now())
            answer["code"] = code
        else:
            answer["error"] = "access_denied"
        if "state" in form:
            answer["state"] = form["state"]
        uri = form["redirect_uri"]
        return f"{uri}{'&' if '?' in uri else '?'}{urlencode(answer)}"

    def token(self, form: Mapping[str, str]) -> dict[str, Any]:
        if form.get("grant_type") != "authorization_code":
            raise OAuthError("unsupported_grant_type", "grant_type must be authorization_code.")
        options = self._options
        known = (options.client_id, options.client_secret)
        if (form.get("client_id"), form.get("client_secret")) != known:
            raise OAuthError("invalid_client", "The client credentials are invalid.")
        code = self._codes.pop(form.get("code", ""), None)  # single-use, whatever comes of it
        if code is None or self._clock.now() - code.issued > CODE_LIFE_S:
            raise OAuthError("invalid_grant", "The code is unknown, used or expired.")
        if form.get("redirect_uri") != code.redirect_uri:
            raise OAuthError("invalid_grant", "The redirect_uri does not match.")
        self.tokens.add(options.access_token)
        # 0 means: never expires.
        return {"access_token": options.access_token, "expires_in": 0, "scope": None}

    def metadata(self, authorization: str | None, base_url: str, role: str) -> dict[str, Any]:
        """A bad token is HTTP 200 too, with an error and without an endpoint."""
        if self.valid(authorization) is None:
            return {
                "error": "invalid_token",
                "error_description": "The access token was not found or has expired.",
            }
        options = self._options
        return {
            "dc": DATA_CENTER,
            "role": role,
            "accountname": options.account_name,
            "user_id": options.login_id + 1,
            "login": {
                "email": "owner@example.com",
                "avatar": None,
                "login_id": options.login_id,
                "login_name": "owner@example.com",
                "login_email": "owner@example.com",
            },
            "login_url": base_url,
            "api_endpoint": base_url,
        }


def token_of(authorization: str | None) -> str | None:
    """`Basic anything:TOKEN`, `Bearer TOKEN` or `OAuth TOKEN`."""
    scheme, _, rest = (authorization or "").strip().partition(" ")
    rest = rest.strip()
    if scheme.lower() in ("bearer", "oauth"):
        return rest or None
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(rest).decode().partition(":")[2] or None
    except (binascii.Error, UnicodeDecodeError):
        return None
