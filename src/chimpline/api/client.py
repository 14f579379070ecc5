"""A question to Mailchimp, asked until it is answered: auth, budget, retry, errors in our words."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Generic, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import chimpline
from chimpline.api import answers
from chimpline.api.attempt import Attempt
from chimpline.api.body import SHORT_LIMIT_BYTES, Memory, TooLarge
from chimpline.api.budget import Budget
from chimpline.api.paging import PageSize, Sizes
from chimpline.api.retry import Notices, Patience, Retry, persist
from chimpline.api.sign_in.credentials import Credential
from chimpline.api.sign_in.login import LOGIN_ROOT
from chimpline.api.transport import Answer, TooSlow, Transport, Unreachable
from chimpline.errors import (
    ConnectionFailure,
    Refused,
    ServerFailure,
    SourceUnavailable,
    TooManyRequests,
    TransientError,
    WrongDataCenter,
)
from chimpline.message import Message

__all__ = ["Client", "Memory", "PageSize", "Reply", "Retry"]

T = TypeVar("T")

DEFAULT_RETRY = Retry()
# Enough for an answer, too little to be taken for one more retry.
_LOOK_TIMEOUT_S = 10.0
NO_PARAMS: Mapping[str, str] = MappingProxyType({})


@dataclasses.dataclass(frozen=True, slots=True)
class Reply(Generic[T]):
    """`date`: the server's clock. `requests`: attempts it took. `count`: the page size asked."""

    value: T
    date: dt.datetime
    requests: int
    count: int | None


class Client:
    """One account. All its requests go through `get`; `requests` counts every attempt."""

    def __init__(
        self,
        *,
        api_root: str,
        credential: Credential,
        transport: Transport,
        budget: Budget,
        retry: Retry = DEFAULT_RETRY,
        on_notice: Callable[[Message], None] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.requests = 0
        self._root = api_root.rstrip("/")
        self._host = urlsplit(api_root).netloc.rpartition("@")[2]
        self._credential = credential
        self._transport = transport
        self._budget = budget
        self._retry = retry
        self._on_notice = on_notice
        self._tell = Notices(on_notice)
        self._monotonic = monotonic
        self._reached = False
        self._recognised = False
        self._left: set[asyncio.Task[Answer]] = set()

    @property
    def api_root(self) -> str:
        """Where the account's API was found."""
        return self._root

    @property
    def in_use(self) -> int:
        """Connections now; a request given up on counts until the server must have dropped it."""
        return self._budget.limiter.in_use

    @property
    def limit(self) -> int:
        """Connections allowed now: halved by 429, slowly restored."""
        return self._budget.limiter.limit

    async def get(
        self,
        path: str,
        params: Mapping[str, str] = NO_PARAMS,
        *,
        parse: Callable[[bytes], T],
        size: PageSize | None = None,
        memory: Memory | None = None,
    ) -> Reply[T]:
        """The parsed answer. `path` begins with `/`, its parts already percent-encoded.

        A `BrokenAnswer` from `parse` is retried. With `size`, each attempt asks for `size.value`,
        and for less where it fails again and again. Of a body, no more is read than `memory`
        lends.
        """
        patience = Patience(self._retry, reached=lambda: self._reached)
        refusals: list[answers.RefusedOnce] = []
        foreign: list[answers.Foreign] = []
        sizes = Sizes(size)

        async def attempt() -> Reply[T]:
            count = sizes.count
            asked = dict(params) if count is None else {**params, "count": str(count)}
            this = Attempt(self._monotonic, memory)
            try:
                answer = await self._answered(path, asked, this)
                known = self._recognised
                answers.check(answer, path=path, credential=self._credential, known=known)
                self._recognised = True
                value = answers.parsed(parse, answer.body)
                reply = Reply(value, answers.date_of(answer), patience.attempts, count)
            except TransientError as error:
                shrunk = self._learn(error, sizes, count)
                patience.spent_s += 0 if shrunk else this.spent_s
                self._tell(error)
                if isinstance(error, answers.RefusedOnce):
                    refusals.append(error)
                    if len(refusals) == 2:
                        raise self._refused(path, error) from None
                if isinstance(error, answers.Foreign) and not self._recognised:
                    foreign.append(error)
                    if len(foreign) == 2:
                        raise self.elsewhere(path, error.problem.message) from None
                if isinstance(error, TooLarge) and not shrunk:
                    raise self._never_fits(path, error) from None
                raise
            self._budget.limiter.succeeded()
            sizes.answered(count)
            return reply

        try:
            return await persist(attempt, patience)
        except TransientError as error:
            raise await self._given_up(path, error, patience) from error

    async def close(self, patience_s: float = 0.0) -> None:
        """Wait `patience_s` for requests whose callers were cancelled; then give them up."""
        if self._left and patience_s > 0:
            await asyncio.wait(self._left, timeout=patience_s)
        for task in self._left:
            task.cancel()
        await asyncio.gather(*self._left, return_exceptions=True)

    async def _answered(self, path: str, params: Mapping[str, str], this: Attempt) -> Answer:
        """The answer to one attempt, in a task that outlives a caller who is cancelled.

        Mailchimp counts a request until it is answered, whether or not anybody listens. Broken off,
        it would hold its slot until the server must have dropped it; heard out, it frees it then.
        """
        sending = asyncio.create_task(self._send(path, params, this))
        try:
            await asyncio.wait((sending,))
        except asyncio.CancelledError:
            if this.sent_at is None:
                sending.cancel()
            self._left.add(sending)
            sending.add_done_callback(self._ended)
            raise
        return sending.result()

    def _ended(self, sending: asyncio.Task[Answer]) -> None:
        self._left.discard(sending)
        if not sending.cancelled():
            sending.exception()  # nobody is left who would ask

    async def _send(self, path: str, params: Mapping[str, str], this: Attempt) -> Answer:
        query = urlencode(params, quote_via=quote, safe=",:")
        async with self._budget.slot(self._on_notice) as slot:
            this.begins()
            self.requests += 1
            try:
                answer = await self._transport.get(
                    f"{self._root}{path}?{query}" if query else f"{self._root}{path}",
                    headers={
                        "authorization": self._credential.authorization,
                        "accept": "application/json",
                        "accept-encoding": "gzip",
                        # What an old answer of a cache would hide, nothing later betrays.
                        "cache-control": "no-cache",
                        "user-agent": f"chimpline/{chimpline.__version__}",
                    },
                    timeout_s=self._retry.request_timeout_s,
                    more=this.more,
                )
            except TooSlow:
                slot.abandon()
                raise
            finally:
                this.ends()
        self._reached = True
        return answer

    def _learn(self, error: TransientError, sizes: Sizes, count: int | None) -> bool:
        """Fewer connections or smaller pages. True when the next try asks for less."""
        if isinstance(error, TooManyRequests | answers.Overloaded):
            self._budget.limiter.throttled()
            return False
        if isinstance(error, Unreachable | answers.RefusedOnce):
            return False  # no page was made
        slow = isinstance(error, ServerFailure) and error.timed_out
        if slow or isinstance(error, TooSlow | TooLarge):
            return sizes.too_large(count)
        return sizes.failed(count)

    def _refused(self, path: str, error: answers.RefusedOnce) -> Refused:
        return Refused("api-refused", path=path, problem=str(error.document))

    def _never_fits(self, path: str, error: TooLarge) -> SourceUnavailable:
        return SourceUnavailable(
            "api-answer-too-large", where=self._where(path), cause=error.problem.message
        )

    def elsewhere(self, path: str, why: Message) -> SourceUnavailable:
        """Whatever answers, it is not Mailchimp's API."""
        return SourceUnavailable(
            "api-not-mailchimp", where=self._where(path), cause=why, kept="kept-nothing-touched"
        )

    def _where(self, path: str) -> str:
        return f"{self._host}{urlsplit(self._root).path}{path}"

    async def _given_up(self, path: str, error: TransientError, patience: Patience) -> Exception:
        tried = patience.tried
        if isinstance(error, Unreachable) and not self._reached:
            dc = self._credential.data_center
            if error.no_such_host and dc and self._host == f"{dc}.api.mailchimp.com":
                return await self._unknown_host(dc, error, tried)
            return SourceUnavailable(
                "api-never-reached",
                cause=error.problem.message,
                tried=tried,
                kept="kept-nothing-touched",
            )
        return SourceUnavailable(
            "api-given-up-network" if isinstance(error, ConnectionFailure) else "api-given-up",
            where=self._where(path),
            tried=tried,
            cause=error.problem.message,
        )

    async def _unknown_host(self, dc: str, error: Unreachable, tried: Message) -> Exception:
        """The key's data center is wrong only where another host of Mailchimp can be reached.

        A resolver that is cut off from the world can say of every name that there is none.
        """
        try:
            await self._transport.get(
                LOGIN_ROOT,
                headers={},
                timeout_s=_LOOK_TIMEOUT_S,
                limit_bytes=SHORT_LIMIT_BYTES,
            )
        except TransientError:
            return SourceUnavailable(
                "api-nothing-reached",
                cause=error.problem.message,
                tried=tried,
                login=urlsplit(LOGIN_ROOT).netloc,
                data_center=dc,
                kept="kept-nothing-touched",
            )
        return WrongDataCenter(
            "api-no-such-data-center",
            data_center=dc,
            cause=error.problem.message,
            login=urlsplit(LOGIN_ROOT).netloc,
        )
