"""Every page in a real browser: usable by everyone, silent in the browser's log, and alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from playwright.sync_api import Page

from tests.acceptance.oauth.conftest import Chromium
from tests.console.served import (
    NAME,
    PASSWORD,
    SCHEMES,
    WIDTHS,
    Reader,
    Served,
    account,
    compare,
    furnish,
    read,
    routes,
    run_now,
    serving,
    starts,
    too_wide,
    violations,
    wait_for_code,
    walked,
)

PARTS = ("/now", "/events", "/part", "/preview", "/healthz", "/metrics", ".txt", "/csv")
"""How addresses end that show no whole page."""
WITHOUT_LINK = {"/sign-in", "/welcome"}
"""Pages that no page has a link to, for who is signed in."""


@pytest.fixture(scope="module")
def known() -> Iterator[dict[str, Any]]:
    """A small account."""
    with account(30, 4, 100) as found:
        yield found


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, known: dict[str, Any]) -> Iterator[Served]:
    """A console with a month of history, over that account."""
    home = tmp_path_factory.mktemp("console")
    with serving(home, furnish(home, known)) as found:
        yield found


@pytest.fixture(scope="module")
def signed_in(chromium: Chromium, served: Served, known: dict[str, Any]) -> Any:
    """Anna, who has set the first password; there is something to see on every page."""

    def begin(reader: Reader) -> Any:
        with reader.opened() as page:
            state = reader.first_start(page, served.link)
            run_now(page, served.url, "newsletter")
            wait_for_code(page, served.url, known)
            compare(page, served.url, "newsletter")
            return state

    return read(chromium, served.url, begin)


DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
LOOKS = tuple(zip(SCHEMES, WIDTHS.values(), strict=True))
"""Light and wide, dark and narrow: the scheme changes colours and nothing else, and no width hides
a colour that the other one shows. `make test-console` sees every scheme in every width.
"""


def seen(
    chromium: Chromium,
    served: Served,
    state: Any,
    looks: Sequence[tuple[str, int]] = (),
    **opened: Any,
) -> tuple[set[str], list[str]]:
    """The routes whose pages were seen, and what is wrong with these pages.

    `looks`: the schemes and widths in which each page is seen, if not only as it was `opened`.
    """

    def see(reader: Reader) -> tuple[set[str], list[str]]:
        wrong: list[str] = []

        def look(page: Page, route: str) -> None:
            del route
            assert 1 == page.locator("h1").count(), page.url
            for scheme, width in looks:
                page.emulate_media(color_scheme=cast("Any", scheme))
                page.set_viewport_size({"width": width, "height": 800})
                page.evaluate(DRAWN)  # what does not fit any more is then reached by keys
                wrong.extend([*violations(page), *too_wide(page)])
            if not looks:
                wrong.extend([*violations(page), *too_wide(page)])

        with reader.opened(**opened) as page:  # who has not signed in
            walked(page, [f"{served.url}/sign-in"], look)
        with reader.opened(state=state, **opened) as page:
            return walked(page, starts(served.url), look), wrong

    return read(chromium, served.url, see)


def test_every_page_is_usable_by_everyone(
    chromium: Chromium, served: Served, signed_in: Any
) -> None:
    found, wrong = seen(chromium, served, signed_in, LOOKS)
    assert [] == wrong
    whole = {one for one in routes() if not one.endswith(PARTS)}
    assert WITHOUT_LINK == whole - found


@pytest.mark.console
@pytest.mark.parametrize("language", ["en-US", "ko-KR"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_in_each_scheme_width_and_language(
    chromium: Chromium, served: Served, signed_in: Any, *, scheme: str, width: str, language: str
) -> None:
    found, wrong = seen(chromium, served, signed_in, scheme=scheme, width=width, language=language)
    assert [] == wrong
    assert found <= routes().keys()


def test_the_first_steps_need_no_mouse(chromium: Chromium, served: Served, signed_in: Any) -> None:
    """Sign in, skip to the content, open a pipeline and come back, by keys alone."""
    del signed_in

    def walk(reader: Reader) -> list[str]:
        with reader.opened() as page:
            page.goto(f"{served.url}/sign-in")
            page.keyboard.type(NAME)  # the first field has the focus
            page.keyboard.press("Tab")
            page.keyboard.type(PASSWORD)
            page.keyboard.press("Enter")
            page.wait_for_url(f"{served.url}/")
            page.keyboard.press("Tab")
            assert "#main" == page.evaluate("() => document.activeElement.getAttribute('href')")
            page.keyboard.press("Enter")
            page.keyboard.press("Tab")
            assert page.evaluate("() => document.activeElement.closest('main') !== null")
            return every_stop(page)

    stops = read(chromium, served.url, walk)
    assert [] == [one for one in stops if one.startswith("not seen")]
    assert len(stops) > 5


def every_stop(page: Page) -> list[str]:
    """Press Tab until the page has been gone around; what has the focus must show it."""
    stops: list[str] = []
    for _ in range(200):
        page.keyboard.press("Tab")
        stop = page.evaluate(
            """() => {
              const one = document.activeElement;
              if (one === document.body) return "";
              const style = getComputedStyle(one);
              const box = one.getBoundingClientRect();
              const shown = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
              const there = box.width > 0 && box.height > 0 && box.right > 0;
              return (shown && there ? "" : "not seen: ") + one.outerHTML.slice(0, 120);
            }"""
        )
        if not stop or stop in stops:
            return stops
        stops.append(stop)
    return stops


def test_a_walk_in_korean(chromium: Chromium, served: Served, signed_in: Any) -> None:
    """A browser that asks for Korean gets it; who prefers English chooses it, and it stays."""

    def walk(reader: Reader) -> None:
        with reader.opened(language="ko-KR", state=signed_in) as page:
            page.goto(f"{served.url}/")
            assert "ko" == page.locator("html").get_attribute("lang")
            assert "개요" == page.locator("h1").inner_text()
            page.get_by_role("link", name="파이프라인").first.click()
            assert "파이프라인" == page.locator("h1").inner_text()
            page.get_by_role("link", name="newsletter").first.click()
            page.get_by_role("link", name="이 파이프라인의 모든 실행").click()
            assert "성공" in page.inner_text("table")
            assert "KST" in page.inner_text("table") or "GMT+9" in page.inner_text("table")
            page.get_by_role("button", name="English").click()
            assert "Runs" == page.locator("h1").inner_text()
            page.get_by_role("link", name="Overview").click()
            assert "Overview" == page.locator("h1").inner_text()

    read(chromium, served.url, walk)


def test_an_empty_directory_begins_with_a_connection(chromium: Chromium, tmp_path: Path) -> None:
    def walk(reader: Reader) -> str:
        with reader.opened() as page:
            page.goto(begun.link)
            assert [] == [*violations(page), *too_wide(page)]
            reader.first_start(page, begun.link)
            assert "Preparing for authentication" in page.inner_text("main")
            return page.url

    with serving(tmp_path) as begun:
        assert f"{begun.url}/connections/new" == read(chromium, begun.url, walk)
