"""A walk in a real browser: a run watched, cancelled and run again; its log; a comparison."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from chimpline.interfaces.console.security.who import COOKIE
from chimpline.sandbox import Sandbox
from chimpline.service.desk import Desk
from chimpline.service.people.people import Role
from tests.console.runs_served import Served

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
LONGEST_MS = 60_000


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with Sandbox.start(members=300, campaigns=4, events=200, seed=7) as sandbox:
        made = Served(tmp_path, sandbox)
        yield made
        made.leave()


@pytest.fixture
def page(served: Served) -> Iterator[Page]:
    """Signed in. What the browser says of errors or of the policy fails the test."""
    with contextlib.closing(Desk({}, served.path)) as desk:
        desk.people.put("anna", Role.ADMIN, "correct horse battery")
        word = desk.sessions.begin(desk.people.everyone()[0])
    served.start()
    said: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        context = browser.new_context(viewport={"width": 1200, "height": 900})
        context.add_cookies([{"name": COOKIE, "value": word, "url": served.url}])
        context.set_default_timeout(LONGEST_MS)
        expect.set_options(timeout=LONGEST_MS)
        made = context.new_page()
        made.on("console", lambda message: said.append(message.text))
        made.on("pageerror", lambda error: said.append(str(error)))
        yield made
        browser.close()
    assert [] == said


def test_a_run_is_watched_cancelled_and_run_again(served: Served, page: Page) -> None:
    served.sandbox.latency(base_s=0.5)
    page.goto(served.url)
    page.get_by_role("button", name="Run now").click()
    expect(page.get_by_role("progressbar").first).to_be_visible()
    expect(page.locator("dl")).to_contain_text("of 8")
    page.get_by_role("button", name="Cancel the run").click()
    expect(page.locator("#run-over")).to_contain_text("cancelled")

    served.sandbox.latency()
    page.goto(f"{served.url}/pipelines/daily")
    page.get_by_role("button", name="Run now").click()
    expect(page.locator("#run-over")).to_contain_text("succeeded")
    members = page.get_by_role("row").filter(has_text="list_members")
    expect(members.first).to_contain_text("done")

    page.get_by_role("link", name="Log").click()
    page.get_by_label("From").select_option("debug")
    page.get_by_label("With the text").fill("/lists")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("table")).to_contain_text("GET /3.0/lists")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert "GET /3.0/lists" in Path(download.value.path()).read_text()

    page.goto(f"{served.url}/runs")
    expect(page.get_by_role("table")).to_contain_text("cancelled")
    page.get_by_role("link", name="Comparisons").click()
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("#comparison-over")).to_contain_text(
        "Everything that was compared is equal"
    )
