"""A person in a real browser: an alert made and tested, what it then tells, and what needs them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import queue
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page

from chimpline.clock import utc_now
from chimpline.model import RunState
from chimpline.service.connection.statuses import ConnectionState, OnDemand, Statuses
from chimpline.service.execution.past import PastRun, PastRuns
from tests.acceptance.oauth.conftest import Chromium
from tests.console.served import PATIENCE_S, Reader, read, serving

pytestmark = pytest.mark.console
SETTINGS = """\
[connections.main]

# every night
[pipelines.daily]
connection = "main"
fresh_within = "1 day"
"""


class Webhook(ThreadingHTTPServer):
    """Takes what is sent to it: `came` has the titles, one after the other."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taken)
        self.came: queue.Queue[str] = queue.Queue()


class Taken(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.came.put(json.loads(body)["title"])
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    with Webhook() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_alerts_in_the_browser(chromium: Chromium, webhook: Webhook, tmp_path: Path) -> None:
    (tmp_path / "chimpline.toml").write_text(SETTINGS, "utf-8")
    with serving(tmp_path, {"CHIMPLINE_VAULT_KEY": "ab" * 32}) as served:

        def see(reader: Reader) -> None:
            with reader.opened() as page:
                reader.first_start(page, served.link)
                walk(page, served.url, webhook, tmp_path)

        read(chromium, served.url, see)


def walk(page: Page, base: str, webhook: Webhook, cwd: Path) -> None:
    page.goto(f"{base}/settings/alerts")
    page.click("text=Add an alert")
    page.fill("#name", "team")
    page.fill("#address", f"json://127.0.0.1:{webhook.server_port}/hook")
    page.click("button:text-is('Save')")
    page.click("text=Send a test")
    page.wait_for_selector("text=The test was accepted")
    assert "chimpline: a test" == webhook.came.get(timeout=PATIENCE_S)
    assert "[alerts.team]" in (cwd / "chimpline.toml").read_text("utf-8")
    told_of_runs(page, base, webhook, OnDemand(cwd / ".chimpline"))


def told_of_runs(page: Page, base: str, webhook: Webhook, database: OnDemand) -> None:
    """What a run of a terminal leaves behind is told, and shown with the button that helps."""
    past = PastRuns(database.made)
    now = utc_now()
    ended = now - dt.timedelta(minutes=5)
    failed = PastRun("r1", "daily", RunState.FAILED, ended, finished_at=ended, exit=1)
    past.put(failed)
    assert "chimpline: daily failed" == webhook.came.get(timeout=PATIENCE_S)
    page.goto(f"{base}/")
    page.click("text=See the run")
    page.wait_for_url(f"{base}/runs/r1")
    past.put(dataclasses.replace(failed, run_id="r2", state=RunState.SUCCEEDED, queued_at=now))
    Statuses(database, utc_now).set("main", ConnectionState.NEEDS_REAUTHENTICATION)
    page.goto(f"{base}/")
    address = page.locator("a:text-is('Sign in again')").get_attribute("href")
    assert "/connections/main/sign-in" == address
    page.wait_for_selector("text=target: 24 hours")
    told = {webhook.came.get(timeout=PATIENCE_S) for _ in range(2)}
    assert {"chimpline: main needs re-authentication", "chimpline: daily is well again"} == told
    database.close()
