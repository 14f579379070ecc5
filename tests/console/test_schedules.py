"""A schedule in a real browser, by a clock that is set: fires, skipped, paused, after a sleep."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from chimpline.interfaces.console.security.who import COOKIE
from chimpline.interfaces.console.serve import served
from chimpline.service.people.people import Role
from tests.acceptance.oauth.conftest import Chromium
from tests.console.served import Reader, read
from tests.desks import PASSWORD, Console, console_in, on_a_socket
from tests.integration.execution.conftest import ROOT, Place, until

SETTINGS = """\
[connections.main]
auth = "api_key"

[pipelines.shop-quick]
connection = "main"
schedule = "every 15 minutes"

[pipelines.shop-long]
connection = "main"
"""
QUARTER = dt.timedelta(minutes=15)
pytestmark = pytest.mark.console


class World:
    """Minutes pass as they are told. What stands in for runs is as its pipeline's name says."""

    def __init__(self, console: Console, place: Place, beside: ThreadPoolExecutor) -> None:
        self.console = console
        self.place = place
        self._beside = beside  # the engine does not answer where a browser's loop runs

    def passes(self, time: dt.timedelta) -> None:
        """What is due is asked for, and ends; what waits to be let go goes on."""
        self.console.now += time
        self._beside.submit(self.console.room.ticker.tick).result()
        self.ends("shop-quick")

    def ends(self, pipeline: str) -> None:
        """Nothing of it is under way any more."""

        def wait() -> None:
            orders = self.console.desk.executor.orders
            until(lambda: pipeline not in [one.pipeline for one, _ in orders(under_way=True)])
            self.console.desk.take_over()

        self._beside.submit(wait).result()

    def word(self) -> str:
        """Of a session of somebody who has signed in."""
        desk = self.console.desk
        desk.people.put("anna", Role.ADMIN, PASSWORD)
        return desk.sessions.begin(desk.people.everyone()[0])


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    with console_in(tmp_path, SETTINGS) as console:
        place = Place(console.desk.state)
        with place.executor() as executor, ThreadPoolExecutor(1) as beside:
            console.desk.executor = executor
            console.room.ticker.tick()
            yield World(console, place, beside)


def test_a_schedule_fires_is_skipped_rests_and_makes_up_for_a_sleep(
    world: World, chromium: Chromium
) -> None:
    with contextlib.ExitStack() as stack:
        config = served(world.console.room, world.console.failures.append, [])
        url = stack.enter_context(on_a_socket(config))

        def see(reader: Reader) -> None:
            with reader.opened() as page:
                page.context.add_cookies([{"name": COOKIE, "value": world.word(), "url": url}])
                walk(world, page, url)

        read(chromium, url, see)
    assert [] == world.console.failures


def walk(world: World, page: Page, url: str) -> None:
    def runs() -> list[str]:
        """The states of the schedule's runs. (Their own times are of the real clock.)"""
        page.goto(f"{url}/runs?pipeline=shop-quick")
        rows = page.get_by_role("row").filter(has_text="shop-quick").all_inner_texts()
        words = ("succeeded", "skipped")
        return sorted(next((word for word in words if word in row), row) for row in rows)

    page.goto(f"{url}/pipelines/shop-quick")
    expect(page.get_by_role("main")).to_contain_text("2026-11-27 21:15 GMT+9")
    world.passes(QUARTER)
    assert ["succeeded"] == runs()

    page.goto(f"{url}/pipelines/shop-long")
    page.get_by_role("button", name="Run now").click()
    until(lambda: len(world.place.begun()) == 2, "the long run")
    world.passes(QUARTER)
    assert ["skipped", "succeeded"] == runs()
    world.place.go()
    world.ends("shop-long")

    world.passes(dt.timedelta(hours=7, minutes=7))  # the machine slept
    world.passes(dt.timedelta(minutes=1))
    assert ["skipped", "succeeded", "succeeded"] == runs()

    page.goto(f"{url}/pipelines/shop-quick")
    page.get_by_role("button", name="Pause").click()
    world.passes(QUARTER)
    assert ["skipped", "succeeded", "succeeded"] == runs()
    page.goto(f"{url}/pipelines/shop-quick")
    page.get_by_role("button", name="Resume").click()
    world.passes(QUARTER)
    assert ["skipped", "succeeded", "succeeded", "succeeded"] == runs()
