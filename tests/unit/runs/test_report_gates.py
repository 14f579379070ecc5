"""What of a report moves which of its tables: each is asked for where its counters moved only."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.destinations import ALL
from tests.unit.runs.account import World

NEWS = {"domain-performance", "email-activity", "locations", "sent-to", "unsubscribed"}
REPORTS = ("campaigns", "lists", "reports", "unsubscribes")
"""So begin the names of the tables that are read."""
GATED = NEWS | {"abuse-reports", "click-details", "ecommerce-product-activity", "open-details"}


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("landed"))
    world.tables = tuple(name for name in ALL if name.startswith(REPORTS))
    assert 0 == world.run().exit
    return world


@pytest.mark.parametrize(
    ("change", "arguments", "expected"),
    [
        ("add_event", {"action": "open"}, NEWS | {"open-details"}),
        ("add_event", {"action": "click"}, NEWS | {"click-details"}),
        ("bounce", {}, NEWS | {"click-details", "open-details"}),  # of fewer that were delivered
        ("complain", {}, NEWS | {"abuse-reports"}),
        ("buy_through_campaign", {}, {"ecommerce-product-activity"}),
        ("come_from", {}, set()),
        ("send_campaign", {}, GATED),
    ],
)
def test_what_moved_is_asked_for(
    landed: World, tmp_path: Path, change: str, arguments: dict[str, str], expected: set[str]
) -> None:
    world = landed.copy(tmp_path)
    world.engine.change(change, **arguments)
    assert 0 == world.run().exit
    asked = {one.path.rpartition("/")[2] for one in world.asked(r"^/reports/[^/]+/")}
    assert expected == asked & GATED
    campaigns = {one.path.split("/")[2] for one in world.asked(r"/(?:email-activity|sent-to)\?")}
    assert len(campaigns) <= 1
