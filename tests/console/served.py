"""A console that is served on this machine, and a browser that sees what goes wrong in it."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import functools
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast
from unittest.mock import MagicMock
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page
from starlette.routing import Route, compile_path

from chimpline.interfaces.console.app import create_app
from chimpline.message import Message, Problem
from chimpline.model import RunState
from chimpline.service.desk import Desk
from chimpline.service.execution.past import PastRun
from tests.acceptance.oauth.conftest import Chromium

PATIENCE_S = 60.0
LONGEST_WALK_S = 1200.0
NAME, PASSWORD = "anna", "a walk in the tests"
AXE = Path(__file__).with_name("axe.min.js")
WIDTHS = {"wide": 1200, "narrow": 390}
SCHEMES = ("light", "dark")

T = TypeVar("T")


@contextlib.contextmanager
def account(members: int, campaigns: int, events: int) -> Iterator[dict[str, Any]]:
    """An emulated account in a process of its own: what it needs of the processor is not ours."""
    sizes = {"members": members, "campaigns": campaigns, "events": events}
    options = [word for name, value in sizes.items() for word in (f"--{name}", str(value))]
    command = [sys.executable, "-m", "chimpline.sandbox", "--port", "0", *options]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


class Served:
    """`chimpline serve` in a directory, in a process of its own, as often as it is started."""

    def __init__(self, home: Path, environ: Mapping[str, str] | None = None) -> None:
        self.home = home
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("CHIMPLINE_", "LC_")) and name != "LANG"
        }
        self.environ = {**kept, "PYTHONUNBUFFERED": "1", **(environ or {})}
        self.process: subprocess.Popen[str] | None = None
        self.url = ""

    def command(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """A command of a terminal in this directory."""
        return subprocess.Popen(
            [Path(sys.executable).with_name("chimpline"), *arguments],
            cwd=self.home,
            env=self.environ,
            text=True,
            start_new_session=True,
            **options,
        )

    def start(self, *options: str) -> None:
        self.process = self.command(
            *("serve", "--port", "0", *options), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        self.url = self._says(r"http://[\d.]+:\d+")

    @functools.cached_property
    def link(self) -> str:
        """The one that sets the first password, or a new one; there must be one."""
        return self._says(r"http://\S+/welcome\?key=\S+")

    def _says(self, pattern: str) -> str:
        assert self.process is not None
        assert self.process.stdout is not None
        said = ""
        while not (found := re.search(pattern, said)):
            line = self.process.stdout.readline()
            assert line, said
            said += line
        return found[0]

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.communicate()

    def stop(self) -> int:
        """As a service manager does; its exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode


@contextlib.contextmanager
def serving(
    home: Path, environ: Mapping[str, str] | None = None, *options: str
) -> Iterator[Served]:
    """`chimpline serve` in a directory, until the end."""
    served = Served(home, environ)
    served.start(*options)
    try:
        yield served
    finally:
        served.stop()


POLICY = """
document.addEventListener("securitypolicyviolation", event =>
  console.error(`the policy forbids ${event.blockedURI} by ${event.effectiveDirective}`));
"""


@dataclasses.dataclass
class Watched:
    """What a browser saw that must never be seen: whatever it logs, and any other host.

    `beside`: addresses of others that a page sends people to.
    """

    own: str
    beside: tuple[str, ...] = ()
    errors: list[str] = dataclasses.field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        context.add_init_script(POLICY)
        context.on("page", self._page)
        context.on("request", lambda request: self._asked(request.url))

    def _page(self, page: Page) -> None:
        page.on("console", lambda said: self._said(said.type, said.text, page.url))
        page.on("pageerror", lambda error: self.errors.append(f"{page.url}: {error}"))

    def _said(self, kind: str, text: str, url: str) -> None:
        # A page that says what went wrong has the status of that: no fault of the page.
        if "the server responded with a status of 4" not in text:
            self.errors.append(f"{url}: {kind}: {text}")

    def _asked(self, url: str) -> None:
        if not url.startswith((f"{self.own}/", "data:", *self.beside)):
            self.errors.append(f"another host was asked: {url}")


@dataclasses.dataclass(frozen=True)
class Reader:
    """A browser on a console, at its `url`. `watched`: what went wrong in it until now."""

    browser: Browser
    url: str
    watched: Watched

    @contextlib.contextmanager
    def opened(
        self,
        scheme: str = "light",
        width: str = "wide",
        language: str = "en-US",
        state: Any = None,
    ) -> Iterator[Page]:
        """A page of a new profile; `state` of an earlier one is who is signed in."""
        context = self.browser.new_context(
            color_scheme=cast("Any", scheme),
            viewport={"width": WIDTHS[width], "height": 800},
            locale=language,
            timezone_id="Asia/Seoul",
            storage_state=state,
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE_S * 1000)
        try:
            self.watched.watch(context)
            yield context.new_page()
        finally:
            context.close()

    def first_start(self, page: Page, link: str) -> Any:
        """Set the password by the link; who is signed in then."""
        page.goto(link)
        page.locator("#name").fill(NAME)
        page.locator("#password").fill(PASSWORD)
        page.locator("#again").fill(PASSWORD)
        page.locator("form[action='/welcome'] button[type=submit]").click()
        page.wait_for_url(lambda url: "/welcome" not in url)
        return page.context.storage_state()


def read(chromium: Chromium, url: str, see: Callable[[Reader], T], *beside: str) -> T:
    """What `see` finds on the console at this address; in the end the browser has logged nothing.

    `beside`: addresses of others that may be asked.
    """
    watched = Watched(url, beside)
    found = chromium.see(lambda browser: see(Reader(browser, url, watched)), LONGEST_WALK_S)
    assert [] == watched.errors, "\n".join(watched.errors)
    return found


def violations(page: Page) -> list[str]:
    """What axe finds on a page: each rule, with the elements that break it."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    options = {"resultTypes": ["violations"]}
    found = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{page.url}: {one['id']}: {one['help']}: {[node['html'][:200] for node in one['nodes']]}"
        for one in found["violations"]
    ]


def too_wide(page: Page) -> list[str]:
    """A page that has to be pushed sideways."""
    across = page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")
    return [f"{page.url}: {across} pixels too wide"] if across > 0 else []


def routes() -> dict[str, re.Pattern[str]]:
    """Each address of a page, by its pattern; parts of pages, files and the API are none."""
    app = create_app(MagicMock())  # its routes need nothing of what they will work with
    found = {}
    for route in _all(app.routes):
        if "GET" not in (route.methods or ()) or route.path.startswith(("/api/", "/static")):
            continue
        found[route.path] = compile_path(route.path)[0]
    return found


def _all(given: Any) -> Iterator[Route]:
    for route in given:
        if isinstance(route, Route):
            yield route
        elif hasattr(route, "original_router"):
            yield from _all(route.original_router.routes)
        elif hasattr(route, "routes") and route.routes:
            yield from _all(route.routes)


def walked(page: Page, starts: Sequence[str], look: Callable[[Page, str], None]) -> set[str]:
    """Follow the links from some pages to one page of each route; the routes that were seen.

    `look` is called on each page, with its route.
    """
    known = routes()
    origin = urlsplit(starts[0])
    waiting, seen = [*starts], set[str]()
    while waiting:
        address = waiting.pop(0)
        path = urlsplit(address).path
        # The plain routes come first: /connections/new is not a connection called new.
        route = next(
            (one for one in sorted(known, key=lambda r: r.count("{")) if known[one].match(path)),
            None,
        )
        if route is None or route in seen:
            continue
        seen.add(route)
        answer = page.goto(address)
        if answer is None or "text/html" not in answer.headers.get("content-type", ""):
            continue
        look(page, route)
        links = page.eval_on_selector_all("a[href]", "all => all.map(one => one.href)")
        waiting += [
            one
            for one in links
            if urlsplit(one).netloc == origin.netloc and not _is_file(page, one)
        ]
    return seen


def _is_file(page: Page, address: str) -> bool:
    """A link that is a download: it is no page, and going there ends in an error."""
    path = urlsplit(address).path
    return path.endswith(("/csv", ".txt", ".log", ".json")) or bool(
        page.evaluate(
            "address => [...document.querySelectorAll('a[download]')]"
            ".some(one => one.href === address)",
            address,
        )
    )


def starts(url: str) -> list[str]:
    """Where a walk begins: the table of members leads to a member, and no other table does."""
    return [f"{url}/data/newsletter/tables/list_members", f"{url}/"]


SETTINGS = """\
[connections.main]
auth = "api_key"
api_root = "{api_root}"

[destinations.warehouse]
url = "duckdb:///warehouse.duckdb"

[pipelines.newsletter]
connection = "main"
destination = "warehouse"
dataset = "mailchimp"
schedule = "every 6 hours"

[pipelines.audience]
connection = "main"
destination = "duckdb:///audience.duckdb"
tables = ["lists", "list_members", "list_segments"]
schedule = "30 6 * * 1-5"
time_zone = "Asia/Seoul"

[pipelines.board]
connection = "main"
destination = "duckdb:///board.duckdb"
tables = ["lists", "campaigns", "reports"]

[alerts.operations]
on = ["failure", "recovery", "late"]
"""
_KEPT = Message("kept-committed")


def furnish(home: Path, known: Mapping[str, Any]) -> dict[str, str]:
    """A settings file and a month of history; the environment that the console needs with it."""
    settings = SETTINGS.format(api_root=known["api_root"])
    (home / "chimpline.toml").write_text(settings, encoding="utf-8")
    environ = {"CHIMPLINE_API_KEY": known["api_key"], "CHIMPLINE_SLOTS_DIR": str(home / "slots")}
    desk = Desk(environ, home)
    try:
        for run in history(dt.datetime.now(dt.UTC)):
            desk.past.put(run)
    finally:
        desk.close()
    return environ


def history(now: dt.datetime) -> Iterator[PastRun]:
    """Runs as they come in a month: most succeed, some do not."""
    states = {3: RunState.UNPROVEN, 11: RunState.SKIPPED, 12: RunState.FAILED, 21: RunState.FAILED}
    for number in range(48):
        yield _past(now, "newsletter", number, 6, states.get(number, RunState.SUCCEEDED))
    for number in range(22):
        state = RunState.FAILED if number == 0 else RunState.SUCCEEDED
        yield _past(now, "audience", number, 24, state)


def _past(now: dt.datetime, pipeline: str, number: int, every: int, state: RunState) -> PastRun:
    began = (now - dt.timedelta(hours=every * (number + 1))).replace(minute=0, second=2)
    changed = (number * 7919) % 640 + 12 if state is RunState.SUCCEEDED else 0
    tables = {
        name: {
            "state": "failed" if state is RunState.FAILED and name == "list_members" else "done",
            "rows_read": rows,
            "inserted": changed // 4,
            "updated": changed - changed // 4,
            "deleted": number % 3,
            "requests": rows // 200 + 1,
            "seconds": rows / 90,
            "bookmark": began.isoformat(),
            "slices": 0 if state is RunState.FAILED and name == "list_members" else 3,
            "message": None,
        }
        for name, rows in (("lists", 3), ("list_members", 1200 + changed), ("campaigns", 24))
    }
    return PastRun(
        hashlib.sha256(f"{pipeline} {number}".encode()).hexdigest()[:10],
        pipeline,
        state,
        began,
        destination="duckdb:///warehouse.duckdb",
        dataset="mailchimp",
        finished_at=began + dt.timedelta(seconds=31 + number % 9),
        due=began.replace(second=0),
        exit=0 if state is RunState.SUCCEEDED else 1,
        requests=sum(one["requests"] for one in tables.values()),  # type: ignore[misc]
        rows_changed=changed,
        tables=tables if state is not RunState.SKIPPED else {},
        message=_said(state),
    )


def _said(state: RunState) -> Any:
    if state is RunState.FAILED:
        unknown = Message.of("network-name-not-resolved", host="us19.api.mailchimp.com")
        tried = Message.of("api-tried", attempts=6, seconds="61")
        return Problem(Message.of("api-never-reached", cause=unknown, tried=tried), _KEPT).to_json()
    if state is RunState.SKIPPED:
        return Message.of("run-skipped", holder="4c01f7a9d2").to_json()
    return None


def run_now(page: Page, url: str, pipeline: str) -> str:
    """Run a pipeline from its page, to its end; the address of the run."""
    page.goto(f"{url}/pipelines/{pipeline}")
    page.locator(f"form[action='/pipelines/{pipeline}/run'] button").click()
    page.wait_for_url("**/runs/*")
    deadline = time.monotonic() + PATIENCE_S
    while page.locator(".truth .state.succeeded").count() == 0:
        page.wait_for_timeout(100)
        assert time.monotonic() < deadline, page.inner_text("main")
    return page.url


def compare(page: Page, url: str, pipeline: str) -> None:
    """Begin a comparison of a copy with the account."""
    page.goto(f"{url}/runs/comparisons")
    page.locator("#pipeline").select_option(pipeline)
    page.locator("form[action='/runs/comparisons'] button[type=submit]").click()
    page.wait_for_url("**/runs/comparisons/*")


def wait_for_code(page: Page, url: str, known: Mapping[str, Any]) -> None:
    """Begin to sign in with another connection, and leave Mailchimp's page unanswered."""
    page.goto(f"{url}/connections/new")
    page.get_by_role("link", name="Continue with OAuth").click()
    page.get_by_label("Connection name").fill("team")
    page.get_by_label("Client ID", exact=True).fill(known["client_id"])
    page.get_by_label("Client Secret").fill(known["client_secret"])
    page.get_by_text("More settings").click()
    page.get_by_label("Redirect URI").fill("http://127.0.0.1:9/oauth/callback")
    page.get_by_label("Login server").fill(known["login_root"])
    page.get_by_role("button", name="Authenticate").click()
    page.wait_for_url("**/connections/team/authenticate")
