"""PostgreSQL's errors in our words; the driver's never leave, nor does a password."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING

import adbc_driver_manager as adbc
import pyarrow as pa

from chimpline.errors import (
    DestinationError,
    DestinationLocked,
    DestinationReadOnly,
    DestinationUnavailable,
)
from chimpline.load.sql import InUse
from chimpline.message import Message
from chimpline.redact import redact

if TYPE_CHECKING:
    from collections.abc import Iterator

# What libpq says when the connection has gone; it has no SQLSTATE then.
_GONE = (
    "no connection to the server",
    "server closed the connection",
    "terminating connection",
    "could not receive data",
    "could not send data",
    "connection not open",
    "connection reset",
    "ssl connection has been closed",
    "lost synchronization",
)


@contextmanager
def translated(shown: Message) -> Iterator[None]:
    """Inside this block the driver's errors become ours; `shown` names the database."""
    try:
        yield
    except (adbc.Error, pa.ArrowException, OSError) as error:
        raise _in_our_words(error, shown) from None


@contextmanager
def translated_on_connecting(shown: Message) -> Iterator[None]:
    try:
        yield
    except (adbc.Error, pa.ArrowException, OSError) as error:
        raise _refused(str(error), shown) from None


def _refused(text: str, shown: Message) -> DestinationError:
    low = text.lower()
    if "password" in low or "authentication" in low or "pg_hba" in low or "role" in low:
        error = DestinationUnavailable("postgres-login-refused", database=shown, said=_said(text))
    elif "does not exist" in low:
        error = DestinationUnavailable("postgres-no-database", database=shown, said=_said(text))
    else:
        error = DestinationUnavailable("postgres-no-connection", database=shown, said=_said(text))
    return error.keeping("kept-nothing-changed")


_Case = Callable[[Message, str], DestinationError]

_CASES: tuple[tuple[tuple[str, ...], _Case], ...] = (
    (
        ("08", "57P01", "57P02", "57P03"),
        lambda db, said: DestinationUnavailable("postgres-went-away", database=db, said=said),
    ),
    (
        ("42501",),
        lambda db, said: DestinationReadOnly("postgres-not-granted", database=db, said=said),
    ),
    (
        ("25006",),
        lambda db, said: DestinationReadOnly("postgres-takes-no-writes", database=db, said=said),
    ),
    (
        ("53100", "53200", "53400"),
        lambda db, said: DestinationReadOnly("postgres-full", database=db, said=said),
    ),
    (
        ("25P03",),
        lambda db, said: DestinationUnavailable("postgres-ended-session", database=db, said=said),
    ),
    (
        ("40001", "40P01", "55P03", "55006", "57014"),
        lambda db, said: DestinationLocked("postgres-session-in-the-way", database=db, said=said),
    ),
    (
        ("0A000",),  # "cannot alter type of a column used by a view", by a policy, ..
        lambda db, said: InUse("load-statement-refused", database=db, said=said),
    ),
    (
        ("2BP01",),
        lambda db, said: InUse("postgres-something-depends", database=db, said=said),
    ),
)
"""By SQLSTATE, each whole or the class that it begins with."""


def _in_our_words(error: Exception, shown: Message) -> DestinationError:
    text = str(error)
    state = getattr(error, "sqlstate", None) or _state_in(text)
    if _has_gone(text):  # whatever state it carries
        return DestinationUnavailable("postgres-went-away", database=shown, said=_said(text))
    if state.startswith("28"):
        return _refused(text, shown)
    for states, case in _CASES:
        if state.startswith(states):
            return case(shown, _said(text))
    return DestinationError("load-statement-refused", database=shown, said=_said(text))


def _has_gone(text: str) -> bool:
    return any(words in text.lower() for words in _GONE)


def _state_in(text: str) -> str:
    """Errors met while a result is read carry the state in their text only."""
    _, mark, state = text.rpartition("SQLSTATE: ")
    return state.strip()[:5] if mark else ""


def _said(text: str) -> str:
    """The server's own words on one line: no statement, and no values out of rows."""
    kept = text
    for mark in ("Query was:", "\nLINE ", "\nCONTEXT:", "SQLSTATE"):
        kept = kept.partition(mark)[0]
    for mark in ("ERROR:", "FATAL:", "Failed to connect:"):
        if mark in kept:
            kept = kept.partition(mark)[2]
            break
    kept = kept.partition("HINT:")[0]  # it may advise to drop what is theirs
    kept, _, detail = kept.partition("DETAIL:")
    told = [" ".join(kept.split()).rstrip(" .")]
    if "depend" in detail:  # it names what of theirs does, one a line
        told.append("; ".join(" ".join(line.split()) for line in detail.strip(" .\n").split("\n")))
    return redact(": ".join(told))[:400]
