"""An emulated account, and somebody who signs in to it through the console's pages."""

from __future__ import annotations

import contextlib
import dataclasses
import html
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import requests

from chimpline.clock import utc_now
from chimpline.sandbox import Sandbox
from chimpline.service.connection.connections import ConnectionState
from chimpline.service.connection.vault import SecretKind
from tests.acceptance.oauth.conftest import account, free_port
from tests.desks import Browser, Console, console_in, text_of


@dataclasses.dataclass
class World:
    console: Console
    browser: Browser
    sandbox: Sandbox
    redirect_uri: str

    def settings(self, **changed: str) -> dict[str, str]:
        return {
            "auth": "oauth",
            "start_date": "01/31/2020",
            "client_id": self.sandbox.client_id,
            "client_secret": self.sandbox.client_secret,
            "login_root": self.sandbox.login_root,
            "redirect_uri": self.redirect_uri,
            **changed,
        }

    def begin(self, **changed: str) -> str:
        """The settings sent; the page that says *Authenticate*."""
        address = "/connections/main/sign-in" if self.exists() else "/connections/-/settings"
        answer = self.browser.form(address, name="main", **self.settings(**changed))
        return str(self.browser.follow(answer).text)

    def exists(self) -> bool:
        with self.console.desk.connections() as ours:
            return "main" in ours.names()

    def state(self) -> ConnectionState:
        with self.console.desk.connections() as ours:
            return ours.statuses.of("main").state

    def kept(self, kind: SecretKind) -> str | None:
        with self.console.desk.connections() as ours:
            return ours.secrets.get("main", kind)

    def consent(self, page: str, button: str = "allow") -> str:
        """Press a button on Mailchimp's page; the address that the browser is sent to."""
        (url,) = re.findall(r'href="([^"]*/oauth2/authorize[^"]*)"', page)
        parts = urlsplit(html.unescape(url))
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        answer = requests.post(
            f"{parts.scheme}://{parts.netloc}{parts.path}",
            data={**query, "consent": button},
            allow_redirects=False,
            timeout=10,
        )
        return answer.headers["location"]

    def verify(self, code: str = "", **more: str) -> str:
        """What the page says in the end."""
        answer = self.browser.form("/connections/main/code", code=code, **more)
        assert 303 == answer.status_code
        while answer.status_code == 303:
            answer = self.browser.follow(answer)
        return text_of(answer)


@contextlib.contextmanager
def signing(tmp_path: Path) -> Iterator[World]:
    """A console and an account; in the end, no secret was shown or stands in the settings."""
    environ = {"CHIMPLINE_SLOTS_DIR": str(tmp_path / "slots")}
    home = tmp_path / "home"
    home.mkdir()
    with account() as sandbox, console_in(home, None, environ, clock=utc_now) as console:
        uri = f"http://127.0.0.1:{free_port()}/oauth/callback"
        made = World(console, console.admin, sandbox, uri)
        yield made
        for secret in (sandbox.client_secret, sandbox.access_token, sandbox.api_key):
            assert secret not in made.browser.seen
            assert not console.path.exists() or secret not in console.says()


def arrived(world: World) -> bool:
    """Whether the page that waits has heard of a code."""
    part = world.browser.get("/connections/main/authenticate/now", headers={"HX-Request": "true"})
    return "The code has come" in text_of(part)
