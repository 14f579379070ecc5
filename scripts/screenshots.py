"""The pictures of the console that README and docs show: `make screenshots`.

It serves the console over an emulated account with a month of history, and takes a picture of each
page that can be reached by links, light and dark, wide and narrow. What the docs show goes into
docs/pictures, every picture into docs/pictures/all, to be looked at.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from chimpline.sandbox import SandboxControl
from tests.acceptance.oauth.conftest import Chromium
from tests.console.served import (
    SCHEMES,
    WIDTHS,
    Reader,
    account,
    compare,
    furnish,
    read,
    run_now,
    serving,
    starts,
    wait_for_code,
    walked,
)

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
SHOWN = {
    "first-start-light-wide",
    "overview-light-wide",
    "overview-light-narrow",
    "connections-new-light-wide",
    "connections-name-metadata-light-wide",
    "pipelines-name-light-wide",
    "run-going-light-wide",
    "data-pipeline-charts-name-light-wide",
}
"""What README and docs show."""


def name_of(route: str) -> str:
    """`/runs/{run_id}/log` as runs-run_id-log."""
    words = route.strip("/").replace("{", "").replace("}", "").replace("/-/", "/")
    return words.replace("/", "-").replace(":path", "") or "overview"


def take(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=PICTURES / "all" / f"{name}.png", full_page=True)
    if name in SHOWN:
        shutil.copy(PICTURES / "all" / f"{name}.png", PICTURES / f"{name}.png")


def looking(scheme: str, width: str) -> Callable[[Page, str], None]:
    def look(page: Page, route: str) -> None:
        if page.locator("details.group").count():
            page.locator("details.group > summary").first.click()
        take(page, f"{name_of(route)}-{scheme}-{width}")

    return look


def furnished(page: Page, url: str, known: Mapping[str, Any]) -> None:
    """A connection whose access and tables are known, another that waits, and a comparison."""
    page.goto(f"{url}/connections/main")
    page.locator("form[action='/connections/main/check'] button").click()
    page.goto(f"{url}/connections/main/metadata")
    page.get_by_role("button", name="Look at the account").click()
    page.wait_for_selector("dt:text-is('A first run')")  # the page comes back by itself
    wait_for_code(page, url, known)
    compare(page, url, "newsletter")
    page.wait_for_timeout(3000)


def take_all(reader: Reader, link: str, known: Mapping[str, Any]) -> None:
    url = reader.url
    control = SandboxControl(known["login_root"])
    with reader.opened() as page:
        page.goto(link)
        take(page, "first-start-light-wide")
        state = reader.first_start(page, link)
        control.latency(base_s=0.5)  # a run that is over at once could not be watched
        page.goto(f"{url}/pipelines/newsletter")
        page.locator("form[action='/pipelines/newsletter/run'] button").click()
        page.wait_for_url("**/runs/*")
        page.wait_for_selector("progress")
        page.wait_for_timeout(4000)
        take(page, "run-going-light-wide")
        control.latency(base_s=0.0)
        page.wait_for_selector(".truth .state.succeeded", timeout=120_000)
        run_now(page, url, "board")
        furnished(page, url, known)
    for scheme in SCHEMES:
        for width in WIDTHS:
            with reader.opened(scheme, width) as page:
                walked(page, [f"{url}/sign-in"], looking(scheme, width))
            with reader.opened(scheme, width, state=state) as page:
                walked(page, starts(url), looking(scheme, width))
    for width in WIDTHS:
        with reader.opened("light", width, language="ko-KR", state=state) as page:
            walked(page, starts(url), looking("korean", width))


def main() -> int:
    (PICTURES / "all").mkdir(parents=True, exist_ok=True)
    for old in (*PICTURES.glob("*.png"), *(PICTURES / "all").glob("*.png")):
        old.unlink()
    with tempfile.TemporaryDirectory() as there, account(5_000, 24, 45_000) as known:
        home = Path(there)
        chromium = Chromium()
        try:
            with serving(home, furnish(home, known)) as served:
                link = served.link
                read(chromium, served.url, lambda reader: take_all(reader, link, known))
        finally:
            chromium.stop()
    taken = sorted(one.name for one in (PICTURES / "all").glob("*.png"))
    print(f"{len(taken)} pictures are in {PICTURES / 'all'}, those of the docs in {PICTURES}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
