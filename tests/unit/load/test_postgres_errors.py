"""What PostgreSQL and its driver raise becomes an error of ours that says who must act."""

from __future__ import annotations

import adbc_driver_manager as adbc
import pytest

from chimpline.errors import (
    DestinationError,
    DestinationLocked,
    DestinationReadOnly,
    DestinationUnavailable,
)
from chimpline.load.postgres.errors import translated
from chimpline.load.sql import InUse
from chimpline.message import Message
from tests.words import told_of

SHOP = Message.of("postgres-database", name="{shop}", host="here")


def met(text: str, state: str | None = None) -> DestinationError:
    error = adbc.OperationalError(
        text, status_code=adbc.AdbcStatusCode.UNKNOWN, vendor_code=None, sqlstate=state
    )
    with pytest.raises(DestinationError) as told, translated(SHOP):
        raise error
    return told.value


@pytest.mark.parametrize(
    ("state", "kind", "what"),
    [
        ("08006", DestinationUnavailable, "went away"),
        ("57P01", DestinationUnavailable, "went away"),
        ("28P01", DestinationUnavailable, "refused the connection"),
        ("42501", DestinationReadOnly, "does not let this user do that"),
        ("25006", DestinationReadOnly, "takes no writes"),
        ("53100", DestinationReadOnly, "has no room left"),
        ("25P03", DestinationUnavailable, "ended an idle session"),
        ("40P01", DestinationLocked, "is in the way"),
        ("57014", DestinationLocked, "is in the way"),
        ("0A000", InUse, "refused a statement"),
        ("2BP01", InUse, "depends on what must be replaced"),
        ("22012", DestinationError, "refused a statement"),
        ("57P99", DestinationError, "refused a statement"),
        (None, DestinationError, "refused a statement"),
    ],
)
def test_a_state_says_who_must_act(state: str | None, kind: type, what: str) -> None:
    error = met("ERROR: it did {not} work", state)
    assert kind is type(error)
    assert what in told_of(error).what
    assert "{shop}" in told_of(error).what  # whatever a name holds
    assert "(it did {not} work)" in told_of(error).what
    assert told_of(error).do


def test_a_connection_that_has_gone_is_told_whatever_the_state() -> None:
    """A statement that was ended with its session carries the state of a cancelled one."""
    error = met("FATAL: terminating connection due to administrator command", "57014")
    assert (DestinationUnavailable, True) == (type(error), "went away" in told_of(error).what)


def test_a_state_that_stands_in_the_text_only_is_read_there() -> None:
    """Errors that are met while a result is read have no other."""
    error = met("ERROR: deadlock detected SQLSTATE: 40P01")
    assert DestinationLocked is type(error)
    assert "(deadlock detected)" in told_of(error).what
