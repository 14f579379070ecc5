"""From the first start to people and tokens, in a real browser; and a lost password."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.acceptance.oauth.conftest import Chromium
from tests.console.served import Reader, Served, read, serving

PASSWORD, NEW = "correct horse battery", "battery horse correct"


def set_password(page: Page, link: str, password: str) -> None:
    page.goto(link)
    page.get_by_label("Name").fill("anna")
    page.get_by_label("Password (at least 10 characters)").fill(password)
    page.get_by_label("The same password again").fill(password)
    page.get_by_role("button", name="Set the password and sign in").click()
    page.get_by_role("heading", name="Connect an account").wait_for()


def test_from_the_first_start_to_a_lost_password(chromium: Chromium, tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        assert served.link.startswith(f"{served.url}/welcome?key=")
        state = read(chromium, served.url, lambda reader: people_and_tokens(reader, served))
    with serving(tmp_path, None, "--reset-password") as served:
        read(chromium, served.url, lambda reader: a_lost_password(reader, served, state))


def people_and_tokens(reader: Reader, served: Served) -> Any:
    """Who is signed in then."""
    with reader.opened() as page:
        page.goto(served.url)
        assert "Open the link" in page.inner_text("main")
        set_password(page, served.link, PASSWORD)

        page.get_by_role("link", name="Settings").click()
        assert str(served.home / "chimpline.toml") in page.inner_text("main")
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
        assert page.request.get(f"{served.url}/metrics", headers=header).ok
        page.get_by_text("Revoke", exact=False).first.click()
        page.get_by_role("button", name="Revoke grafana").click()
        page.get_by_text("There is no token yet.").wait_for()
        assert 401 == page.request.get(f"{served.url}/metrics", headers=header).status
        return page.context.storage_state()


def a_lost_password(reader: Reader, served: Served, state: Any) -> None:
    assert ["chimpline_session"] == [
        one["name"] for one in state["cookies"] if "session" in one["name"]
    ]
    with reader.opened(state=state) as page:  # the browser has it still, and it means nothing
        page.goto(served.url)
        page.get_by_role("heading", name="Sign in").wait_for()
        set_password(page, served.link, NEW)
