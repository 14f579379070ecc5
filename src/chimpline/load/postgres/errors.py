"""PostgreSQL's errors in our words; the driver's never leave, nor does a password."""

from __future__ import annotations

import dataclasses
from contextlib import contextmanager
from typing import TYPE_CHECKING

import adbc_driver_manager as adbc
import pyarrow as pa

from chimpline.errors import (
    IF_NOTHING_OF_THEIRS,
    DestinationError,
    DestinationLocked,
    DestinationReadOnly,
    DestinationUnavailable,
)
from chimpline.load.sql import InUse
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
def translated(shown: str) -> Iterator[None]:
    """Inside this block the driver's errors become ours; `shown` names the database."""
    try:
        yield
    except (adbc.Error, pa.ArrowException, OSError) as error:
        raise _in_our_words(error, shown) from None


@contextmanager
def translated_on_connecting(shown: str) -> Iterator[None]:
    try:
        yield
    except (adbc.Error, pa.ArrowException, OSError) as error:
        raise _refused(str(error), shown) from None


def _refused(text: str, shown: str) -> DestinationError:
    low = text.lower()
    if "password" in low or "authentication" in low or "pg_hba" in low or "role" in low:
        do = (
            "See that the user may log in there, and give the password as "
            "CHIMPLINE_DESTINATION_PASSWORD, PGPASSWORD or in ~/.pgpass; or store it for a "
            "destination of the settings: chimpline destination NAME."
        )
    elif "does not exist" in low:
        do = "Create the database (createdb), or correct its name in the URL."
    else:
        do = "See that the server is running and that host and port in the URL are right."
    return DestinationUnavailable(
        f"{shown} refused the connection ({_said(text)}).", kept="Nothing was changed.", do=do
    )


@dataclasses.dataclass(frozen=True, slots=True)
class _Case:
    """One kind of refusal. `states`: its SQLSTATEs, each whole or the class that it begins with.

    `what` may name the database as `{shown}`, and quotes the server as `{said}`.
    """

    states: tuple[str, ...]
    error: type[DestinationError]
    what: str
    do: str

    def of(self, shown: str, said: str) -> DestinationError:
        return self.error(self.what.format(shown=shown, said=said), do=self.do)


_AGAIN = "See that the server is in order, and run again."
_WENT_AWAY = _Case(
    ("08", "57P01", "57P02", "57P03"),
    DestinationUnavailable,
    "{shown} went away ({said}).",
    _AGAIN,
)
_CASES = (
    _WENT_AWAY,
    _Case(
        ("42501",),
        DestinationReadOnly,
        "{shown} does not let this user do that ({said}).",
        "Let the owner grant CREATE on the database, or on the schema and its tables.",
    ),
    _Case(
        ("25006",),
        DestinationReadOnly,
        "{shown} takes no writes ({said}).",
        "Name the primary server in the URL, not a standby.",
    ),
    _Case(
        ("53100", "53200", "53400"),
        DestinationReadOnly,
        "{shown} has no room left ({said}).",
        "Free some space there, and run again.",
    ),
    _Case(
        ("25P03",),
        DestinationUnavailable,
        "{shown} ended an idle session ({said}).",
        _AGAIN,
    ),
    _Case(
        ("40001", "40P01", "55P03", "55006", "57014"),
        DestinationLocked,
        "Another session is in the way in {shown} ({said}).",
        "Run again once it is done.",
    ),
    # "cannot alter type of a column used by a view", by a policy, ..
    _Case(("0A000",), InUse, "{shown} refused a statement ({said}).", IF_NOTHING_OF_THEIRS),
    _Case(
        ("2BP01",),
        InUse,
        "Something of yours in {shown} depends on what must be replaced ({said}).",
        "Drop it, run again, and then create it again.",
    ),
)
_ANY_OTHER = _Case(
    (), DestinationError, "{shown} refused a statement ({said}).", IF_NOTHING_OF_THEIRS
)


def _in_our_words(error: Exception, shown: str) -> DestinationError:
    text = str(error)
    state = getattr(error, "sqlstate", None) or _state_in(text)
    if _has_gone(text):  # whatever state it carries
        return _WENT_AWAY.of(shown, _said(text))
    if state.startswith("28"):
        return _refused(text, shown)
    case = next((case for case in _CASES if state.startswith(case.states)), _ANY_OTHER)
    return case.of(shown, _said(text))


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
