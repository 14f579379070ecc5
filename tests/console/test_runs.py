"""A walk in a real browser: a run watched, cancelled and run again; its log; a comparison."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from chimpline.sandbox import Sandbox
from tests.acceptance.oauth.conftest import Chromium
from tests.console.runs_served import Daily
from tests.console.served import PATIENCE_S, Reader, Watched, read


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Daily]:
    with Sandbox.start(members=300, campaigns=4, events=200, seed=7) as sandbox:
        made = Daily(tmp_path, sandbox)
        made.start()
        yield made
        made.leave()


def test_a_run_is_watched_cancelled_and_run_again(chromium: Chromium, served: Daily) -> None:
    def see(reader: Reader) -> None:
        expect.set_options(timeout=PATIENCE_S * 1000)
        with reader.opened() as page:
            reader.first_start(page, served.link)
            walk(page, served, reader.watched)

    read(chromium, served.url, see)


def walk(page: Page, served: Daily, watched: Watched) -> None:
    served.sandbox.latency(base_s=0.5)
    page.goto(served.url)
    page.get_by_role("button", name="Run now").click()
    expect(page.locator("#run-now progress").first).to_be_attached()
    expect(page.locator("dl")).to_contain_text("of 8")
    what_is_unfolded_stays_so(page)
    says_when_nothing_answers(page, watched)
    page.get_by_role("button", name="Cancel the run").click()
    expect(page.locator("#run-over")).to_contain_text("cancelled")

    served.sandbox.latency()
    with (served.home / "chimpline.toml").open("a") as settings:
        settings.write('tables = ["lists", "list_members", "campaigns"]\n')
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


def what_is_unfolded_stays_so(page: Page) -> None:
    page.click("#run-done > summary")
    for _ in range(2):
        page.wait_for_event("response", lambda answer: answer.url.endswith("/now"))
    expect(page.locator("#run-done[open]")).to_be_visible()


def says_when_nothing_answers(page: Page, watched: Watched) -> None:
    silent, before = page.get_by_text("The console does not answer."), len(watched.errors)
    expect(silent).to_be_hidden()
    page.route("**/now", lambda route: route.abort())
    expect(silent).to_be_visible()
    page.unroute("**/now")
    expect(silent).to_be_hidden()
    assert [] == [one for one in watched.errors[before:] if "Failed to" not in one]
    del watched.errors[before:]  # the browser logs each request that had no answer
