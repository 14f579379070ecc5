"""From the first start to people and tokens, in a real browser; and a lost password."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

COMMAND = Path(sys.executable).with_name("chimpline")
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PASSWORD, NEW = "correct horse battery", "battery horse correct"


@contextlib.contextmanager
def serving(cwd: Path, *options: str) -> Iterator[tuple[str, str]]:
    """`chimpline serve` in a directory: the address, and the link that it prints (or nothing)."""
    process = subprocess.Popen(
        [COMMAND, "serve", "--port", "0", *options],
        cwd=cwd,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        first = process.stdout.readline()
        (address,) = re.findall(r"http://127\.0\.0\.1:\d+", first)
        link = ""
        if options or not (cwd / "known").exists():
            process.stdout.readline()
            link = process.stdout.readline().strip()
        yield address, link
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def set_password(page: Page, link: str, password: str) -> None:
    page.goto(link)
    page.get_by_label("Name").fill("anna")
    page.get_by_label("Password (at least 10 characters)").fill(password)
    page.get_by_label("The same password again").fill(password)
    page.get_by_role("button", name="Set the password and sign in").click()
    page.get_by_role("heading", name="Connect an account").wait_for()


def test_from_the_first_start_to_a_lost_password(tmp_path: Path) -> None:
    said: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = browser.new_context()
        context.on("console", lambda message: said.append(message.text))
        context.on("weberror", lambda error: said.append(str(error.error)))
        page = context.new_page()
        with serving(tmp_path) as (address, link):
            assert link.startswith(f"{address}/welcome?key=")
            page.goto(address)
            assert "Open the link" in page.inner_text("main")
            set_password(page, link, PASSWORD)

            page.get_by_role("link", name="Settings").click()
            assert str(tmp_path / "chimpline.toml") in page.inner_text("main")
            page.get_by_role("link", name="People").click()
            page.get_by_label("Name").fill("vera")
            page.get_by_label("Password (at least 10 characters)").last.fill(NEW)
            page.get_by_label("The same password again").last.fill(NEW)
            page.get_by_role("button", name="Add a person").click()
            page.get_by_role("row", name=re.compile("^vera")).wait_for()
            page.get_by_role("link", name="API tokens").click()
            page.get_by_label("Name").fill("grafana")
            page.get_by_role("button", name="Create a token").click()
            token = page.get_by_label("Copy it now.").input_value()
            header = {"Authorization": f"Bearer {token}"}
            assert page.request.get(f"{address}/metrics", headers=header).ok
            page.get_by_text("Revoke", exact=False).first.click()
            page.get_by_role("button", name="Revoke grafana").click()
            page.get_by_text("There is no token yet.").wait_for()
            assert 401 == page.request.get(f"{address}/metrics", headers=header).status
            (tmp_path / "known").touch()
            page.close()  # it would ask a server that is gone
        page = context.new_page()

        with serving(tmp_path, "--reset-password") as (address, link):
            kept = [one for one in context.cookies() if one["name"] == "chimpline_session"]
            assert kept  # the browser has it still, and it means nothing
            page.goto(address)
            page.get_by_role("heading", name="Sign in").wait_for()
            set_password(page, link, NEW)
        browser.close()
    assert [] == said
