"""Every error that leaves chimpline, by who must act.

    ChimplineError
      UserError                 the user: settings, names, dates                         exit 2
        SettingsError, UnknownTable, RunLocked
      AccessError               the owner of the key or the account                      exit 2
        InvalidCredentials, WrongDataCenter, AccountBlocked, Refused
        NotAuthenticated
          CodeRefused, SecretRefused, RedirectMismatch, ConsentDenied, WrongState, NoCodeInTime
      DestinationError          the owner of the database                                exit 2
        DestinationUnavailable, DestinationLocked, DestinationReadOnly, WrongAccount,
        TableBlocked
      SourceUnavailable         Mailchimp or the network, after all retries              exit 2 or 1
      TransientError            nobody: it is retried, and never leaves the API client
        TooManyRequests, ServerFailure, BrokenAnswer, ConnectionFailure
      NotFound                  nobody: the record or its parent is gone
      NotUnderstood             us, or Mailchimp: this one question was not taken         exit 1
      Bug                       us                                                       exit 3

Met while a slice is read, a `SliceError` ends that slice and nothing else: NotFound, NotUnderstood,
Refused, SourceUnavailable, BrokenAnswer. Every other one ends the run.

An error is a `Problem`: a kind and its facts, what was kept, and what to do. Its words are made at
the edge, in `interfaces.messages`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import ClassVar, Self

from chimpline.message import Fact, Given, Message, Problem

__all__ = [
    "AccessError",
    "AccountBlocked",
    "BrokenAnswer",
    "Bug",
    "ChimplineError",
    "CodeRefused",
    "ConnectionFailure",
    "ConsentDenied",
    "DestinationError",
    "DestinationLocked",
    "DestinationReadOnly",
    "DestinationUnavailable",
    "InvalidCredentials",
    "NoCodeInTime",
    "NotAuthenticated",
    "NotFound",
    "NotUnderstood",
    "RedirectMismatch",
    "Refused",
    "RunLocked",
    "SecretRefused",
    "ServerFailure",
    "SettingsError",
    "SliceError",
    "SourceUnavailable",
    "TableBlocked",
    "TooManyRequests",
    "TransientError",
    "UnknownTable",
    "UserError",
    "WrongAccount",
    "WrongDataCenter",
    "WrongState",
]


class ChimplineError(Exception):
    """A problem that somebody has to solve; which words tell of it, `interfaces.messages` knows.

    `exit_status` is the command's: docs/troubleshooting.md#exit-status. `do_by_default`: what to do
    where the catalogue says nothing of its own for the kind.
    """

    exit_status = 2
    kept_by_default: ClassVar[str] = "kept-nothing-touched"
    do_by_default: ClassVar[str | None] = None

    def __init__(
        self,
        kind: str,
        /,
        *,
        kept: str | Message | None = None,
        **facts: Given,
    ) -> None:
        super().__init__(kind)
        given = self.kept_by_default if kept is None else kept
        self.problem = Problem(
            Message.of(kind, **facts),
            Message(given) if isinstance(given, str) else given,
            Message(self.do_by_default) if self.do_by_default else None,
        )

    @property
    def kind(self) -> str:
        return self.problem.message.kind

    @property
    def facts(self) -> Mapping[str, Fact]:
        return self.problem.message.facts

    def keeping(self, kept: str | Message) -> Self:
        """The same error, where something else was kept."""
        return self._but(kept=Message(kept) if isinstance(kept, str) else kept)

    def advising(self, then: Message) -> Self:
        """The same error, with what is to be done after what it says."""
        return self._but(then=then)

    def _but(self, **changes: Message) -> Self:
        other = type(self).__new__(type(self), *self.args)
        other.__dict__.update(self.__dict__)
        other.problem = dataclasses.replace(self.problem, **changes)
        return other

    def __str__(self) -> str:
        """For logs and tracebacks, which speak no language: the kind and the facts."""
        return str(self.problem)


class SliceError(ChimplineError):
    """Met while a slice is read, it ends that slice; all others are read on."""


class UserError(ChimplineError):
    """The user must act."""


class SettingsError(UserError):
    """A setting is missing, misspelt or of the wrong form; the message names the right form."""


class UnknownTable(UserError):
    """A table that the catalog does not have was asked for."""


class RunLocked(UserError):
    """Another run holds this dataset."""


class AccessError(ChimplineError):
    """The owner of the key or of the Mailchimp account must act."""

    kept_by_default = "kept-committed"


class InvalidCredentials(AccessError):
    """The key or token is wrong or revoked (401): the connection needs re-authentication."""


class WrongDataCenter(AccessError):
    """The key names no data center, or one that does not exist."""

    kept_by_default = "kept-nothing-touched"


class AccountBlocked(AccessError):
    """Mailchimp lets this user, or the whole account, read nothing at all for now."""


class Refused(AccessError, SliceError):
    """A 403 with a problem document, met twice: role or plan do not allow this path."""

    exit_status = 1


class NotAuthenticated(AccessError):
    """Signing in by OAuth did not end in a token; a token that was there before is still there."""

    kept_by_default = "kept-typed"


class CodeRefused(NotAuthenticated):
    """The code is wrong, was used already, or has expired."""


class SecretRefused(NotAuthenticated):
    """The client id or the client secret is wrong, or the secret was rotated."""

    kept_by_default = "kept-typed-without-secret"


class RedirectMismatch(NotAuthenticated):
    """The redirect URI is not the one that the app has registered; the message names both."""


class ConsentDenied(NotAuthenticated):
    """The person at Mailchimp's page said no."""


class WrongState(NotAuthenticated):
    """An answer to another question than ours: its `state` is not the one that was sent."""


class NoCodeInTime(NotAuthenticated):
    """Nobody consented, or no code came back, while chimpline waited."""


class DestinationError(ChimplineError):
    """The owner of the database must act."""

    kept_by_default = "kept-committed"


class DestinationUnavailable(DestinationError):
    """The destination cannot be reached, or went away."""


class DestinationLocked(DestinationError):
    """Another process has the destination open."""


class DestinationReadOnly(DestinationError):
    """The destination, or its disk, does not take writes."""


class TableBlocked(DestinationError):
    """Something that people did to one table keeps it from being written; others can be."""

    kept_by_default = "kept-table"


class WrongAccount(DestinationError):
    """The dataset belongs to another Mailchimp account."""

    kept_by_default = "kept-dataset"


class SourceUnavailable(SliceError):
    """Mailchimp could not be reached, or kept failing until the retry budget was spent."""

    kept_by_default = "kept-committed"


class TransientError(ChimplineError):
    """Retried by the API client; never seen above it."""

    kept_by_default = "kept-committed"
    do_by_default = "do-is-retried"


class TooManyRequests(TransientError):
    """429, or an overload in other words: fewer connections for a while."""


class ServerFailure(TransientError):
    """5xx, or a 403 that does not come from the API itself. `timed_out` for 502 and 504."""

    def __init__(
        self, kind: str, /, *, answer: str | Message | None = None, timed_out: bool = False
    ) -> None:
        super().__init__(kind, answer=answer)
        self.timed_out = timed_out


class BrokenAnswer(TransientError, SliceError):
    """A 200 whose body is cut, is not JSON, or lacks what was asked for."""


class ConnectionFailure(TransientError):
    """The connection was refused, reset or too slow."""


class NotFound(SliceError):
    """404: the record, or the parent in the path, does not exist (any more)."""

    exit_status = 1
    kept_by_default = "kept-committed"
    do_by_default = "do-run-again-skips-deleted"


class NotUnderstood(SliceError):
    """Any other 4xx with a problem document: Mailchimp does not take this question."""

    exit_status = 1
    kept_by_default = "kept-committed"
    do_by_default = "do-run-again-or-leave-out"


class Bug(ChimplineError):
    """Something that cannot happen did."""

    exit_status = 3
    kept_by_default = "kept-committed"
    do_by_default = "do-report"
