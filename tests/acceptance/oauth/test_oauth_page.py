"""The page at the redirect URI, as a browser and as a program meet it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
import requests

from chimpline.interfaces.page.listener import Listener, NoPage
from chimpline.message import Message
from chimpline.service.connection.walks import Received
from tests.acceptance.oauth.conftest import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.acceptance.oauth.conftest import Chromium

CODE = "<i>\"0123456789'&amp;"


def receive(address: str) -> Received:
    """`code=` brings a code; anything else does not."""
    if "code=" in address:
        return Received(code=CODE)
    return Received(problem=Message.of("stored-sentence", sentence="It <b>was</b> denied."))


@pytest.fixture
def page_uri() -> Iterator[str]:
    uri = f"http://127.0.0.1:{free_port()}/oauth/callback"
    with Listener(uri, receive):
        yield uri


def test_the_code_is_shown_and_copied_and_nothing_else_is_loaded(
    page_uri: str, chromium: Chromium
) -> None:
    def see(page: Page) -> dict[str, Any]:
        asked: list[str] = []
        troubles: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.goto(f"{page_uri}?code=x&state=y")
        page.get_by_role("button", name="Copy").click()
        page.get_by_role("button", name="Copied").wait_for()
        return {
            "asked": [url for url in asked if not url.startswith("data:")],
            "troubles": troubles,
            "code": page.get_by_label("Code", exact=True).inner_text(),
            "copied": page.evaluate("navigator.clipboard.readText()"),
            "address": page.url,
            "kept": page.evaluate("[document.cookie, localStorage.length, history.state]"),
        }

    found = chromium.visit(see)
    assert {
        "asked": [f"{page_uri}?code=x&state=y"],
        "troubles": [],
        "code": CODE,
        "copied": CODE,
        "address": page_uri,  # the code is gone from the address bar
        "kept": ["", 0, None],
    } == found


def test_it_can_be_copied_where_the_browser_has_no_clipboard_interface(
    page_uri: str, chromium: Chromium
) -> None:
    def see(page: Page) -> str:
        page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
        page.goto(f"{page_uri}?code=x")
        page.get_by_role("button", name="Copy").click()
        page.get_by_role("button", name="Copied").wait_for()
        return str(page.evaluate("getSelection().toString()"))

    assert CODE == chromium.visit(see)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("query", ["code=x", "error=access_denied"])
def test_it_can_be_read_by_everybody(
    query: str, scheme: str, page_uri: str, chromium: Chromium
) -> None:
    """Language, title, one heading, landmarks, names, and contrast of at least 4.5 to 1."""

    def see(page: Page) -> dict[str, Any]:
        page.goto(f"{page_uri}?{query}")
        found: dict[str, Any] = page.evaluate(LOOK)
        return found

    found = chromium.visit(see, color_scheme=scheme, viewport={"width": 320, "height": 480})
    assert ("en", 1, 1, []) == (found["lang"], found["headings"], found["mains"], found["unnamed"])
    assert found["title"].endswith(" - chimpline")
    assert len(found["contrasts"]) >= 3
    assert [] == [line for line in found["contrasts"] if line[1] < 4.5]
    assert not found["scrolls_sideways"]


LOOK = """() => {
  const light = (rgb) => rgb.map((v) => v / 255)
    .map((v) => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const parts = (color) => color.match(/[\\d.]+/g).map(Number);
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const rgba = parts(getComputedStyle(node).backgroundColor);
      if (rgba.length === 3 || rgba[3] === 1) return rgba.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const texts = [...document.querySelectorAll("main *")].filter((node) =>
    node.tagName !== "SCRIPT" && [...node.childNodes].some((n) => n.nodeType === 3));
  return {
    lang: document.documentElement.lang,
    title: document.title,
    headings: document.querySelectorAll("h1").length,
    mains: document.querySelectorAll("main").length,
    unnamed: [...document.querySelectorAll("button, output")].filter((node) =>
      !node.textContent.trim() && !node.labels?.length).map((node) => node.outerHTML),
    contrasts: texts.map((node) => {
      const [a, b] = [light(parts(getComputedStyle(node).color).slice(0, 3)), light(ground(node))];
      return [node.outerHTML.slice(0, 60), (Math.max(a, b) + .05) / (Math.min(a, b) + .05)];
    }),
    scrolls_sideways: document.documentElement.scrollWidth > innerWidth,
  };
}"""


def test_it_is_kept_nowhere_framed_nowhere_and_escaped(page_uri: str) -> None:
    for query, status in (("code=x", 200), ("error=x", 400)):
        answer = requests.get(f"{page_uri}?{query}", timeout=10)
        assert status == answer.status_code
        assert "no-store" == answer.headers["Cache-Control"]
        assert "no-referrer" == answer.headers["Referrer-Policy"]
        assert "nosniff" == answer.headers["X-Content-Type-Options"]
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert not re.search(r"<[ib]>|https?://", answer.text)


@pytest.mark.parametrize(
    ("path", "host"),
    [("/", None), ("/oauth/callback/", None), ("/favicon.ico", None), ("", "attacker.example")],
)
def test_another_path_or_another_name_for_this_machine_is_not_answered(
    path: str, host: str | None, page_uri: str
) -> None:
    url = f"{page_uri.partition('/oauth')[0]}{path}?code=x" if path else f"{page_uri}?code=x"
    answer = requests.get(url, headers={"Host": host} if host else {}, timeout=10)
    assert (404, "") == (answer.status_code, answer.text)


def test_nothing_but_get_is_answered(page_uri: str) -> None:
    assert 501 == requests.post(page_uri, data={"code": "x"}, timeout=10).status_code


@pytest.mark.parametrize(
    "uri",
    [
        "https://127.0.0.1:9443/x",
        "http://chimpline.example/callback",
        "http://127.0.0.1.chimpline.example/callback",
        "http://localhost.chimpline.example/callback",
        "http://127.chimpline.example/callback",
    ],
)
def test_an_address_that_is_not_ours_to_serve_is_left_alone(uri: str) -> None:
    with pytest.raises(NoPage, match="page-not-here"), Listener(uri, receive):
        pass


def test_a_port_that_is_taken_is_said_so(page_uri: str) -> None:
    with pytest.raises(NoPage, match="page-port-taken"), Listener(page_uri, receive):
        pass


def test_the_port_is_free_again_at_the_end() -> None:
    uri = f"http://127.0.0.1:{free_port()}/x"
    for _ in range(2):
        with Listener(uri, receive):
            assert 200 == requests.get(f"{uri}?code=x", timeout=10).status_code
