"""A person in a real browser: an alert made and tested, what it then tells, and what needs them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
import queue
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from chimpline.clock import utc_now
from chimpline.model import RunState
from chimpline.service.connection.statuses import ConnectionState, OnDemand, Statuses
from chimpline.service.execution.past import PastRun, PastRuns

pytestmark = pytest.mark.console
COMMAND = Path(sys.executable).with_name("chimpline")
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PATIENCE_S = 60
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


@pytest.fixture
def link(tmp_path: Path) -> Iterator[str]:
    """The link for setting the first password of a console that is served from `tmp_path`."""
    (tmp_path / "chimpline.toml").write_text(SETTINGS, "utf-8")
    process = subprocess.Popen(
        [COMMAND, "serve", "--port", "0"],
        cwd=tmp_path,
        env={**os.environ, "CHIMPLINE_VAULT_KEY": "ab" * 32},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        yield next(found[0] for line in lines if (found := re.search(r"http://\S+key=\S+", line)))
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def test_alerts_in_the_browser(link: str, webhook: Webhook, tmp_path: Path) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = browser.new_context()
        context.set_default_timeout(PATIENCE_S * 1000)
        try:
            walk(context.new_page(), link, webhook, tmp_path)
        finally:
            browser.close()


def walk(page: Page, link: str, webhook: Webhook, cwd: Path) -> None:
    said: list[str] = []
    hosts: set[str] = set()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    base = link.partition("/welcome")[0]
    page.goto(link)
    page.fill("#name", "anna")
    page.fill("#password", "correct horse battery")
    page.fill("#again", "correct horse battery")
    page.click("main button[type=submit]")
    page.wait_for_url(f"{base}/")
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
    assert ([], {base.removeprefix("http://")}) == (said, hosts)


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
