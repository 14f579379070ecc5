"""A person in a real browser: a pipeline made, tried and edited twice, and its tables chosen."""

from __future__ import annotations

import secrets
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from playwright.sync_api import Page, expect

from chimpline.sandbox import Sandbox
from tests.acceptance.destinations import ALL
from tests.acceptance.oauth.conftest import Chromium
from tests.console.served import PATIENCE_S, Reader, Served, read, serving

SETTINGS = """\
[connections.main]
auth = "api_key"
api_root = "{api_root}"

# every night
[pipelines.daily]
destination = "duckdb:///copy.duckdb"   # beside this file
"""
LEFT_OUT = {*ALL} - {"campaigns", "list_members", "list_segments", "lists"}
"""What is chosen is shown of four tables; the others were left out before."""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    key = f"{secrets.token_hex(16)}-us19"
    with Sandbox.start(members=20, campaigns=2, events=20, seed=5, api_key=key) as sandbox:
        settings = SETTINGS.format(api_root=sandbox.api_root)
        for table in sorted(LEFT_OUT):
            settings += f"\n[metadata.main.{table}]\nselected = false\n"
        (tmp_path / "chimpline.toml").write_text(settings, "utf-8")
        environ = {"CHIMPLINE_API_KEY": key, "CHIMPLINE_SLOTS_DIR": str(tmp_path / "slots")}
        with serving(tmp_path, environ) as found:
            yield found


def test_a_pipeline_and_its_tables_in_the_browser(chromium: Chromium, served: Served) -> None:
    file = served.home / "chimpline.toml"

    def walk(reader: Reader) -> None:
        with reader.opened() as page:
            reader.first_start(page, served.link)
            make(page, served.url)
            assert "# beside this file" in file.read_text("utf-8")
            edit_twice(page, page.context.new_page(), served.url)
            choose(page)
            page.goto(f"{served.url}/pipelines/daily")
            page.click("button:text-is('Run now')")
            over = page.locator("#run-over")
            expect(over).to_contain_text("succeeded", timeout=PATIENCE_S * 1000)
            found.extend(landed(served.home / "copy.duckdb"))
            with duckdb.connect(str(served.home / "copy.duckdb")):
                page.goto(f"{served.url}/pipelines/daily")
                page.click("button:text-is('Run now')")
                expect(over).to_contain_text("failed", timeout=PATIENCE_S * 1000)
                expect(page.get_by_role("main")).to_contain_text(
                    "Close it there, or wait until it is done"
                )

    found: list[tuple[bool, bool]] = []
    read(chromium, served.url, walk)
    settings: dict[str, Any] = tomllib.loads(file.read_text("utf-8"))
    assert "mine" == settings["pipelines"]["hourly"]["dataset"]
    assert {name: {"selected": False} for name in LEFT_OUT} | {
        "campaigns": {"selected": False},
        "list_members": {"hash": ["email_address"], "every": "6 hours"},
    } == settings["metadata"]["main"]
    assert [(False, True)] == found


def landed(file: Path) -> list[tuple[bool, bool]]:
    """Whether there is a table of campaigns, and whether each address is a hash."""
    with duckdb.connect(str(file), read_only=True) as copy:
        return copy.execute(
            "SELECT (SELECT count(*) > 0 FROM information_schema.tables "
            "WHERE table_name = 'campaigns'), "
            "(SELECT count(*) > 0 AND bool_and(email_address NOT LIKE '%@%') "
            "FROM mailchimp.list_members)"
        ).fetchall()


def make(page: Page, base: str) -> None:
    """A pipeline: its next runs are shown while one types, and its destination is tried."""
    page.goto(f"{base}/pipelines")
    page.click("text=New pipeline")
    page.fill("#name", "hourly")
    page.fill("#dataset", "shop")
    page.fill("#time_zone", "Asia/Seoul")
    page.fill("#schedule", "0 6 * *")
    page.wait_for_selector("#preview .wrong")
    page.fill("#schedule", "0 6 * * *")
    page.wait_for_selector("#preview time")
    assert 5 == page.locator("#preview time").count()
    page.click("text=Test the destination")
    page.wait_for_selector("#tried .good")
    assert "hourly" == page.input_value("#name")  # nothing that was typed is lost
    page.click("button:text-is('Save')")
    page.wait_for_url(f"{base}/pipelines/hourly")


def edit_twice(page: Page, other: Page, base: str) -> None:
    """Two people edit the pipeline: the second sees what the first wrote, and decides."""
    page.click("text=Edit")
    other.goto(f"{base}/pipelines/hourly/edit")
    other.fill("#dataset", "theirs")
    other.click("button:text-is('Save')")
    other.wait_for_url(f"{base}/pipelines/hourly")
    page.fill("#dataset", "mine")
    page.click("button:text-is('Save')")
    row = page.locator("tr", has_text="dataset")
    assert ["dataset", "shop", "theirs", "mine"] == row.inner_text().split("\t")
    page.click("button:text-is('Save')")
    page.wait_for_url(f"{base}/pipelines/hourly")


def unfold(page: Page, table: str) -> None:
    """The group of a table."""
    page.click(f"details:has(input[value={table}]) > summary")


def choose(page: Page) -> None:
    """The tables and columns of the connection, after a look at its account."""
    page.click("text=tables and columns")
    page.click("text=Look at the account")
    page.wait_for_selector("dt:text-is('A first run')")  # the page comes back by itself
    unfold(page, "campaigns")
    page.uncheck("input[value=campaigns]")
    page.click("button:text-is('Save')")
    page.wait_for_selector("text=Saved.")
    unfold(page, "list_members")
    page.click("main >> a:text-is('list_members')")
    assert "***@" in page.inner_text("tr:has(th:text-is('email_address'))")
    page.select_option("select[name='of:email_address']", "hashed")
    page.fill("#every", "6 hours")
    page.click("button:text-is('Save')")
    page.wait_for_selector("text=Saved.")
