"""PostgreSQL's errors in our words; the driver's never leave, nor does a password."""

from __future__ import annotations

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


def _in_our_words(error: Exception, shown: str) -> DestinationError:
    text = str(error)
    state = getattr(error, "sqlstate", None) or _state_in(text)
    said = _said(text)
    again = "See that the server is in order, and run again."
    if state[:2] == "08" or state in {"57P01", "57P02", "57P03"} or _has_gone(text):
        return DestinationUnavailable(f"{shown} went away ({said}).", do=again)
    if state[:2] == "28":
        return _refused(text, shown)
    if state == "42501":
        return DestinationReadOnly(
            f"{shown} does not let this user do that ({said}).",
            do="Let the owner grant CREATE on the database, or on the schema and its tables.",
        )
    if state == "25006":
        return DestinationReadOnly(
            f"{shown} takes no writes ({said}).",
            do="Name the primary server in the URL, not a standby.",
        )
    if state in {"53100", "53200", "53400"}:
        return DestinationReadOnly(
            f"{shown} has no room left ({said}).", do="Free some space there, and run again."
        )
    if state == "25P03":
        return DestinationUnavailable(f"{shown} ended an idle session ({said}).", do=again)
    if state in {"40001", "40P01", "55P03", "55006", "57014"}:
        return DestinationLocked(
            f"Another session is in the way in {shown} ({said}).", do="Run again once it is done."
        )
    if state == "0A000":  # "cannot alter type of a column used by a view", by a policy, ..
        return InUse(f"{shown} refused a statement ({said}).", do=IF_NOTHING_OF_THEIRS)
    if state == "2BP01":
        return InUse(
            f"Something of yours in {shown} depends on what must be replaced ({said}).",
            do="Drop it, run again, and then create it again.",
        )
    return DestinationError(f"{shown} refused a statement ({said}).", do=IF_NOTHING_OF_THEIRS)


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
