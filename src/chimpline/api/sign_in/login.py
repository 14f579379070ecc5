"""Questions to the login service: asked before there is a client, so without its connections."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from chimpline.api.retry import Notices, Patience, Retry, persist
from chimpline.api.transport import Unreachable
from chimpline.errors import TransientError
from chimpline.message import Message

LOGIN_ROOT = "https://login.mailchimp.com"

T = TypeVar("T")


class Question:
    """One question, asked until it is answered or the patience is spent; what fails is told."""

    def __init__(
        self,
        retry: Retry,
        on_notice: Callable[[Message], None] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.patience = Patience(retry, reached=lambda: self._reached)
        self._tell = Notices(on_notice)
        self._monotonic = monotonic
        self._reached = False

    @property
    def tried(self) -> Message:
        return self.patience.tried

    async def ask(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """The first success of `attempt`, or its last `TransientError`, or any other at once."""

        async def timed() -> T:
            started = self._monotonic()
            try:
                return await attempt()
            except TransientError as error:
                self.patience.spent_s += self._monotonic() - started
                self._reached = self._reached or not isinstance(error, Unreachable)
                self._tell(error)
                raise

        return await persist(timed, self.patience)
