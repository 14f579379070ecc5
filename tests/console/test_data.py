"""The data pages in a real browser: a chart, a member, a statement, and a run in between."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Page, sync_playwright

from chimpline.sandbox import Sandbox
from chimpline.state.directory import StateDirectory

pytestmark = pytest.mark.console
COMMAND = Path(sys.executable).with_name("chimpline")
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PATIENCE_MS = 60_000
SETTINGS = """\
[connections.main]
auth = "api_key"
api_root = "{api_root}"
[pipelines.daily]
destination = "duckdb:///copy.duckdb"
"""
SLOW = "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range + b.range = 5"


class World:
    """A served console on a copy that a run of a terminal has made."""

    def __init__(self, cwd: Path, sandbox: Sandbox, key: str) -> None:
        (cwd / "chimpline.toml").write_text(SETTINGS.format(api_root=sandbox.api_root), "utf-8")
        self.cwd = cwd
        self.environ = os.environ | {
            "CHIMPLINE_API_KEY": key,
            "CHIMPLINE_SLOTS_DIR": str(cwd / "slots"),
        }
        assert 0 == self.run().wait(PATIENCE_MS / 1000)
        self.served = subprocess.Popen(
            [COMMAND, "serve", "--port", "0"],
            cwd=cwd,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.served.stdout is not None
        lines = iter(self.served.stdout.readline, "")
        self.link = next(f[0] for line in lines if (f := re.search(r"http://\S+key=\S+", line)))
        self.base = self.link.partition("/welcome")[0]

    def run(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [COMMAND, "run", "daily"],
            cwd=self.cwd,
            env=self.environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    cwd = tmp_path_factory.mktemp("data")
    key = f"{secrets.token_hex(16)}-us19"
    with Sandbox.start(members=60, campaigns=3, events=90, seed=5, api_key=key) as sandbox:
        world = World(cwd, sandbox, key)
        try:
            yield world
        finally:
            world.served.terminate()
            world.served.wait(PATIENCE_MS / 1000)


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = browser.new_context()
        context.set_default_timeout(PATIENCE_MS)
        try:
            yield context.new_page()
        finally:
            browser.close()


@pytest.fixture
def said(page: Page, world: World) -> Iterator[list[str]]:
    """What the browser logs: nothing, in the end; and it asks no other host."""
    said: list[str] = []
    hosts: set[str] = set()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    yield said
    assert ([], {world.base.removeprefix("http://")}) == (said, hosts)


def sign_in(page: Page, world: World) -> None:
    """The first time by the link, later by name and password."""
    if world.link:
        page.goto(world.link)
        page.fill("#again", "correct horse battery")
        world.link = ""
    else:
        page.goto(f"{world.base}/sign-in")
    page.fill("#name", "anna")
    page.fill("#password", "correct horse battery")
    page.click("main button[type=submit]")
    page.wait_for_url(f"{world.base}/")


@pytest.mark.usefixtures("said")
def test_the_data_in_the_browser(page: Page, world: World) -> None:
    sign_in(page, world)
    page.click("nav >> text=Data")
    page.wait_for_url(f"{world.base}/data/daily")
    page.click("text=Charts")
    page.click("text=Audience growth and churn")
    page.wait_for_selector("figure.chart canvas")
    page.goto(f"{world.base}/data/daily/tables/list_members?column=email_address&value=@")
    page.click("tbody tr:first-child a >> nth=0")
    page.wait_for_selector("text=Campaigns received")
    # While a run has the file the page says so; it comes back by itself.
    state = StateDirectory(world.cwd / ".chimpline")
    url = f"duckdb:///{world.cwd / 'copy.duckdb'}"
    with state.lock(url, "mailchimp", "run7", "daily"):
        page.goto(f"{world.base}/data/daily/tables/lists")
        page.wait_for_selector("text=A run has the data for itself")
    page.wait_for_selector("table.landed tbody tr")


@pytest.mark.usefixtures("said")
def test_a_run_of_a_terminal_begins_during_a_slow_statement(page: Page, world: World) -> None:
    """The run waits for the statement, and ends well."""
    sign_in(page, world)
    page.goto(f"{world.base}/data/daily/sql")
    page.fill("#sql", SLOW)
    begun: list[subprocess.Popen[bytes]] = []
    starts = threading.Thread(target=lambda: begun.append(world.run()))
    page.click("text=Run the statement", no_wait_after=True)
    starts.start()
    page.wait_for_selector("text=took longer than 10 seconds")
    starts.join()
    assert 0 == begun[0].wait(PATIENCE_MS / 1000)
    with duckdb.connect(str(world.cwd / "copy.duckdb"), read_only=True) as copy:
        states = copy.execute("SELECT state FROM mailchimp._chimpline_runs").fetchall()
    assert [("succeeded",), ("succeeded",)] == states
