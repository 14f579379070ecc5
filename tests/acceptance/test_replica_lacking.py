"""An account that lacks stores, surveys, ads or landing pages is copied without them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chimpline.message import Message
from chimpline.reconcile.compare import reconcile
from chimpline.reconcile.difference import Level
from chimpline.runs.report.events import Event, Notice
from chimpline.sandbox import Sandbox
from chimpline.sandbox.answers.features import FEATURES
from chimpline.sandbox.tables import TABLES
from tests.acceptance.replica import (
    Replica,
    assert_true_to,
    changes_of,
    replicate,
    request_for,
    services_of,
)

pytestmark = [pytest.mark.either_engine, pytest.mark.within]

TINY: dict[str, Any] = {"members": 30, "campaigns": 2, "events": 30, "seed": 11}
LACKING = "feature-lacking"
LACKED = {
    name
    for name, table in TABLES.items()
    if any(table.path.startswith(paths) for paths in FEATURES.values())
}


@pytest.mark.parametrize("status", [403, 404])
def test_an_account_is_copied_without_what_it_lacks_and_with_it_once_it_has_it(
    new_replica: Callable[[], Replica], status: int
) -> None:
    replica = new_replica()
    told: list[Event] = []
    with Sandbox.start(**TINY, lacks=",".join(FEATURES), lacking_status=status) as sandbox:
        finished = replicate(sandbox, replica, emit=told.append)
        assert (0, None) == (finished.exit, finished.said)
        states = {name: table["state"] for name, table in finished.tables.items()}
        assert {n: "not available" if n in LACKED else "done" for n in states} == states
        assert_true_to(sandbox, replica)
        notices = [event.said for event in told if isinstance(event, Notice)]
        said = [one for one in notices if isinstance(one, Message) and one.kind == LACKING]
        assert len({one.facts["feature"] for one in said}) == len(said) > 0
        request = request_for(sandbox, replica)
        found = reconcile(request, services_of(request, **replica.ports(sandbox)), Level.KEYS)
        assert [] == [one for table in found.tables for one in table.differences]
        sandbox.lack()
        finished = replicate(sandbox, replica)
        assert (0, None) == (finished.exit, finished.said)
        assert LACKED & changes_of(finished).keys()
        assert_true_to(sandbox, replica)
