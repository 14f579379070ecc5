"""Whose account this is, and where it lives: the API's root and the login service's metadata."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import time
from collections.abc import Callable, Iterator
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit

import msgspec

import chimpline
from chimpline.api import answers
from chimpline.api.client import DEFAULT_RETRY, Client
from chimpline.api.retry import Retry
from chimpline.api.sign_in.credentials import Credential
from chimpline.api.sign_in.login import LOGIN_ROOT, Question
from chimpline.api.transport import SHORT_LIMIT_BYTES, Transport, is_loopback
from chimpline.errors import (
    BrokenAnswer,
    InvalidCredentials,
    NotFound,
    NotUnderstood,
    Refused,
    SettingsError,
    SourceUnavailable,
    TransientError,
    WrongDataCenter,
)
from chimpline.message import Message

API_VERSION_PATH = "/3.0"
# A row by its key: what is not there by then will not come, and somebody waits.
METADATA_TIMEOUT_S = 30.0

_DATA_CENTER = re.compile(r"[a-z]{2,3}[0-9]{1,3}")
_HOST = re.compile(r"[a-z0-9-]+\.api\.mailchimp\.com")

T = TypeVar("T")


@dataclasses.dataclass(frozen=True, slots=True)
class Account:
    """Who the credential belongs to. `login_id` is the user whose connections are counted."""

    account_id: str
    account_name: str
    login_id: str
    role: str
    total_subscribers: int
    timezone: str
    pricing_plan: str


class _Root(msgspec.Struct, frozen=True):
    account_id: str
    account_name: str | None = None
    login_id: str | int | None = None
    role: str | None = None
    total_subscribers: int | None = None
    account_timezone: str | None = None
    pricing_plan_type: str | None = None


class _Metadata(msgspec.Struct, frozen=True):
    dc: str | None = None
    api_endpoint: str | None = None
    error: str | None = None


@contextlib.contextmanager
def beginning() -> Iterator[None]:
    """Around a request that every run begins with: where it is not taken, no table is to blame."""
    try:
        yield
    except (NotFound, NotUnderstood, Refused) as error:
        raise SourceUnavailable(
            "api-beginning-refused", cause=error.problem.message, kept="kept-nothing-touched"
        ) from None


async def account(client: Client) -> Account:
    """The account as GET `/` tells it; the request that tells whether a credential is good."""
    fields = ",".join(_Root.__struct_fields__)
    with beginning():
        try:
            reply = await client.get("/", {"fields": fields}, parse=_decoder(_Root))
        except NotFound:  # another path of the right server
            raise client.elsewhere("/", Message.of("api-foreign-answer", answer="404")) from None
    root = reply.value
    return Account(
        account_id=answers.safe(root.account_id),
        account_name=answers.safe(root.account_name or ""),
        # Old answers lack it; then all users of the account share one budget.
        login_id=answers.safe(root.login_id or root.account_id),
        role=answers.safe(root.role or ""),
        total_subscribers=root.total_subscribers or 0,
        timezone=root.account_timezone or "",
        pricing_plan=root.pricing_plan_type or "",
    )


async def resolve_api_root(
    transport: Transport,
    credential: Credential,
    api_root: str | None = None,
    login_root: str = LOGIN_ROOT,
    *,
    retry: Retry = DEFAULT_RETRY,
    on_notice: Callable[[Message], None] | None = None,
    monotonic: Callable[[], float] = time.monotonic,
) -> str:
    """Where the account's API is: as set, as the key's suffix says, or as the metadata says."""
    if api_root is not None:
        return _checked(api_root, "api_root", on_notice)
    if not credential.is_api_key:
        login_root = _checked(login_root, "login_root", on_notice)
        question = Question(retry, on_notice, monotonic)
        endpoint = await _endpoint(transport, credential, login_root, question, retry)
        _hold_to(endpoint, login_root)
        return _checked(endpoint.rstrip("/") + API_VERSION_PATH, "api_endpoint", on_notice)
    if credential.data_center is None:
        raise WrongDataCenter("api-key-without-data-center")
    return f"https://{credential.data_center}.api.mailchimp.com{API_VERSION_PATH}"


async def _endpoint(
    transport: Transport,
    credential: Credential,
    login_root: str,
    question: Question,
    retry: Retry,
) -> str:
    path = "/oauth2/metadata"

    async def attempt() -> _Metadata:
        answer = await transport.get(
            f"{login_root}{path}",
            headers={
                "authorization": f"OAuth {credential.secret}",
                "accept": "application/json",
                "accept-encoding": "gzip",
                "user-agent": f"chimpline/{chimpline.__version__}",
            },
            timeout_s=min(retry.request_timeout_s, METADATA_TIMEOUT_S),
            limit_bytes=SHORT_LIMIT_BYTES,
        )
        answers.check(answer, path=path, credential=credential)
        return _decoder(_Metadata)(answer.body)

    try:
        metadata = await question.ask(attempt)
    except (NotFound, NotUnderstood, TransientError) as error:
        raise SourceUnavailable(
            "api-given-up-login",
            where=f"{urlsplit(login_root).netloc}{path}",
            tried=question.tried,
            cause=error.problem.message,
        ) from error
    endpoint = metadata.api_endpoint or ""
    if not endpoint and _DATA_CENTER.fullmatch(metadata.dc or ""):
        endpoint = f"https://{metadata.dc}.api.mailchimp.com"
    # With `error` and without an endpoint: docs/mailchimp-facts.md#a-bad-token-is-answered-with-200
    if metadata.error or not endpoint:
        raise InvalidCredentials(
            "api-token-not-accepted",
            answer=answers.safe(metadata.error)
            if metadata.error
            else Message("api-names-no-data-center"),
        )
    return endpoint


def _hold_to(endpoint: str, login_root: str) -> None:
    """Raise where the login service names a host that nobody has chosen to trust with the token."""
    host = _split(endpoint, "api_endpoint").hostname or ""
    if _HOST.fullmatch(host) or host == urlsplit(login_root).hostname:
        return
    raise SettingsError(
        "api-endpoint-of-another" if host else "api-endpoint-without-host",
        login=urlsplit(login_root).netloc,
        host=answers.safe(host),
    )


def _split(root: str, name: str) -> SplitResult:
    try:
        parts = urlsplit(root)
        _ = parts.port  # raises where it is no number
    except ValueError:
        parts = None
    if parts is None or not root.isascii() or not root.isprintable() or set(root) & set(" \\"):
        raise SettingsError("api-address-of-no-server", setting=name)
    return parts


def _checked(root: str, name: str, on_notice: Callable[[Message], None] | None) -> str:
    """`root` without its last slash, if it may be sent a secret."""
    parts = _split(root, name)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise SettingsError("api-address-of-no-server", setting=name)
    if parts.username or parts.password or parts.query or parts.fragment:
        raise SettingsError("api-address-too-long", setting=name)
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        if name == "api_endpoint" or parts.hostname.endswith(".mailchimp.com"):
            raise SettingsError("api-address-in-clear", setting=name)
        if on_notice is not None:
            on_notice(Message.of("api-in-clear", setting=name, host=parts.hostname))
    return root.rstrip("/")


def _decoder(kind: type[T]) -> Callable[[bytes], T]:
    def parse(body: bytes) -> T:
        try:
            return msgspec.json.decode(body, type=kind)
        except (msgspec.MsgspecError, RecursionError) as error:
            # msgspec's words name a path and types, never a value.
            raise BrokenAnswer("api-answer-misfit", reason=str(error)) from None

    return parse
