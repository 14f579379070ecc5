"""The data pages in a real browser: a chart, a member, a statement, and a run in between."""

from __future__ import annotations

import secrets
import subprocess
import threading
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from playwright.sync_api import Page

from chimpline.sandbox import Sandbox
from chimpline.state.directory import StateDirectory
from tests.acceptance.oauth.conftest import Chromium
from tests.console.served import PATIENCE_S, Reader, Served, read, serving

pytestmark = pytest.mark.console
SETTINGS = """\
[connections.main]
auth = "api_key"
api_root = "{api_root}"
[pipelines.daily]
destination = "duckdb:///copy.duckdb"
"""
SLOW = "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range + b.range = 5"


def run(served: Served) -> subprocess.Popen[str]:
    """A run of a terminal."""
    null = subprocess.DEVNULL
    return served.command("run", "daily", stdout=null, stderr=null)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A console on a copy that a run of a terminal has made."""
    cwd = tmp_path_factory.mktemp("data")
    key = f"{secrets.token_hex(16)}-us19"
    with Sandbox.start(members=60, campaigns=3, events=90, seed=5, api_key=key) as sandbox:
        (cwd / "chimpline.toml").write_text(SETTINGS.format(api_root=sandbox.api_root), "utf-8")
        environ = {"CHIMPLINE_API_KEY": key, "CHIMPLINE_SLOTS_DIR": str(cwd / "slots")}
        assert 0 == run(Served(cwd, environ)).wait(PATIENCE_S)
        with serving(cwd, environ) as found:
            yield found


@pytest.fixture(scope="module")
def signed_in(chromium: Chromium, served: Served) -> Any:
    """Anna, who has set the first password."""

    def begin(reader: Reader) -> Any:
        with reader.opened() as page:
            return reader.first_start(page, served.link)

    return read(chromium, served.url, begin)


def test_the_data_in_the_browser(chromium: Chromium, served: Served, signed_in: Any) -> None:
    def see(reader: Reader) -> None:
        with reader.opened(state=signed_in) as page:
            walk(page, served)

    read(chromium, served.url, see)


def walk(page: Page, served: Served) -> None:
    page.goto(served.url)
    page.click("nav >> text=Data")
    page.wait_for_url(f"{served.url}/data/daily")
    page.click("text=Charts")
    page.click("text=Audience growth and churn")
    page.wait_for_selector("figure.chart canvas")
    page.goto(f"{served.url}/data/daily/tables/list_members?column=email_address&value=@")
    page.click("tbody tr:first-child a >> nth=0")
    page.wait_for_selector("text=Campaigns received")
    # While a run has the file the page says so; it comes back by itself.
    state = StateDirectory(served.home / ".chimpline")
    url = f"duckdb:///{served.home / 'copy.duckdb'}"
    with state.lock(url, "mailchimp", "run7", "daily"):
        page.goto(f"{served.url}/data/daily/tables/lists")
        page.wait_for_selector("text=A run has the data for itself")
    page.wait_for_selector("table.landed tbody tr")


def test_a_run_of_a_terminal_begins_during_a_slow_statement(
    chromium: Chromium, served: Served, signed_in: Any
) -> None:
    """The run waits for the statement, and ends well."""
    begun: list[subprocess.Popen[str]] = []

    def see(reader: Reader) -> None:
        with reader.opened(state=signed_in) as page:
            page.goto(f"{served.url}/data/daily/sql")
            page.fill("#sql", SLOW)
            starts = threading.Thread(target=lambda: begun.append(run(served)))
            page.click("text=Run the statement", no_wait_after=True)
            starts.start()
            page.wait_for_selector("text=took longer than 10 seconds")
            starts.join()

    read(chromium, served.url, see)
    assert 0 == begun[0].wait(PATIENCE_S)
    with duckdb.connect(str(served.home / "copy.duckdb"), read_only=True) as copy:
        states = copy.execute("SELECT state FROM mailchimp._chimpline_runs").fetchall()
    assert [("succeeded",), ("succeeded",)] == states
