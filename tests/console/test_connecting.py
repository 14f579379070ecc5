"""A person in a real browser: from nothing to *Verified*, by hand-over and by pasting."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn

from chimpline.catalog.tables import tables
from chimpline.clock import utc_now
from chimpline.sandbox import Sandbox
from chimpline.service.connection.connections import ConnectionState
from chimpline.service.people.people import Role
from tests.acceptance.oauth.conftest import Chromium, account, free_port
from tests.console.served import Reader, read
from tests.desks import PASSWORD, console_in, on_a_socket

if TYPE_CHECKING:
    from playwright.sync_api import Page


def consent(page: Page) -> Page:
    """Press *Authenticate*, and allow access in the window that opens."""
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Authenticate").click()
    window = opened.value
    window.get_by_role("button", name="Allow").click()
    window.get_by_text("Code received").wait_for()
    return window


def walk(page: Page, base: str, sandbox: Sandbox, redirect_uri: str) -> dict[str, Any]:
    page.goto(f"{base}/sign-in")
    page.get_by_label("Name").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Preparing for authentication").wait_for()
    page.get_by_role("link", name="Continue with OAuth").click()
    page.get_by_label("Start Date (MM/DD/YYYY)").fill("01/31/2020")
    page.get_by_label("Client ID", exact=True).fill(sandbox.client_id)
    page.get_by_label("Client Secret").fill(sandbox.client_secret)
    page.get_by_text("More settings").click()
    page.get_by_label("Redirect URI").fill(redirect_uri)
    page.get_by_label("Login server").fill(sandbox.login_root)
    page.get_by_role("button", name="Authenticate").click()
    consent(page).close()
    page.wait_for_url("**/connections/main?done=verified")
    verified = page.inner_text("main")
    # Again, and pasted: what the page at the redirect URI took is not waited for.
    page.get_by_role("link", name="Sign in again").click()
    page.get_by_role("button", name="Authenticate").click()
    page.get_by_label("Complete authentication with the code").wait_for()
    page.evaluate("document.querySelector('#waiting').remove()")  # it would be there first
    window = consent(page)
    code = window.get_by_label("Code", exact=True).inner_text()
    window.close()
    page.get_by_label("Complete authentication with the code").fill(code)
    page.get_by_role("button", name="Verify").click()
    page.wait_for_url("**/connections/main?done=again")
    again = page.inner_text("main")
    page.get_by_role("link", name="Connections").click()
    return {
        "verified": verified,
        "again": again,
        "list": page.inner_text("main"),
    }


def test_from_nothing_to_verified_and_again(tmp_path: Path, chromium: Chromium) -> None:
    environ = {"CHIMPLINE_SLOTS_DIR": str(tmp_path / "slots")}
    home = tmp_path / "home"
    home.mkdir()
    redirect_uri = f"http://127.0.0.1:{free_port()}/oauth/callback"
    with account() as sandbox, console_in(home, None, environ, clock=utc_now) as console:
        console.desk.people.put("admin", Role.ADMIN, PASSWORD)
        config = uvicorn.Config(console.app, log_config=None, lifespan="off")
        with on_a_socket(config) as base:

            def see(reader: Reader) -> dict[str, Any]:
                with reader.opened() as page:
                    return walk(page, base, sandbox, redirect_uri)

            found = read(chromium, base, see, sandbox.login_root, redirect_uri)
        with console.desk.connections() as ours:
            assert ConnectionState.VERIFIED is ours.statuses.of("main").state
    assert "Mailchimp accepted the sign-in: Sandbox Goods." in found["verified"]
    assert f"{len(tables())} of {len(tables())} tables can be read" in found["verified"]
    assert "Signed in again." in found["again"]
    assert "Sandbox Goods" in found["list"]
