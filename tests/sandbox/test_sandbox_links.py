"""Links, opens and complaints of a campaign agree with its report and with its activity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import requests

from chimpline.sandbox import Sandbox
from chimpline.sandbox.engine import Engine
from chimpline.sandbox.model.account import Options

Row = dict[str, Any]
COUNTED = ("clicks__clicks_total", "clicks__unique_clicks", "clicks__last_click")


def sums(rows: list[Row], of: str) -> Counter[str]:
    """By campaign."""
    found: Counter[str] = Counter()
    for row in rows:
        found[row["campaign_id"]] += row[of]
    return found


def reported(engine: Engine, counter: str) -> Counter[str]:
    return Counter({row["id"]: row[counter] for row in engine.truth("reports")})


def of_links(engine: Engine) -> list[Counter[str]]:
    """What the reports say of clicks, as the links say it."""
    links = engine.truth("reports_click_details")
    newest: dict[str, str | None] = {row["campaign_id"]: None for row in links}
    for row in links:
        if row["last_click"]:
            newest[row["campaign_id"]] = max(row["last_click"], newest[row["campaign_id"]] or "")
    return [sums(links, "total_clicks"), sums(links, "unique_clicks"), Counter(newest)]


@pytest.mark.parametrize("erasure_moves_counters", [True, False])
def test_links_count_what_their_report_counts(erasure_moves_counters: bool) -> None:
    options = {"seed": 5, "erasure_moves_counters": erasure_moves_counters}
    engine = Engine(Options(members=60, campaigns=10, events=200, **options))  # type: ignore[arg-type]
    clicker = engine.truth("reports_click_members")[0]
    which = {"list_id": clicker["list_id"], "member_id": clicker["email_id"]}
    for change, arguments in (
        ("add_event", {"url": "https://example.com/new"}),
        ("send_campaign", {}),
        ("delete_permanently", which),
        ("add_event", {"action": "open"}),
    ):
        engine.change(change, **arguments)
        assert [reported(engine, counter) for counter in COUNTED] == of_links(engine)
    assert clicker["email_id"] not in {
        row["email_id"] for row in engine.truth("reports_click_members")
    }


def test_who_clicked_and_opened_is_who_did_so_in_the_activity() -> None:
    engine = Engine(Options(members=60, campaigns=10, events=200, seed=5))
    events = engine.truth("reports_email_activity")
    urls = {(r["campaign_id"], r["id"]): r["url"] for r in engine.truth("reports_click_details")}
    clicks = Counter(
        {
            (row["campaign_id"], row["email_id"], urls[row["campaign_id"], row["link_id"]]): row[
                "clicks"
            ]
            for row in engine.truth("reports_click_members")
        }
    )
    assert clicks == Counter(
        (row["campaign_id"], row["email_id"], row["url"])
        for row in events
        if row["action"] == "click"
    )
    openers = engine.truth("reports_open_details")
    opens = Counter(
        (row["campaign_id"], row["email_id"], one["timestamp"])
        for row in openers
        for one in row["opens"]
    )
    assert opens == Counter(
        (row["campaign_id"], row["email_id"], row["timestamp"])
        for row in events
        if row["action"] == "open"
    )
    assert +reported(engine, "opens__unique_opens") == Counter(r["campaign_id"] for r in openers)
    direct = sums(openers, "proxy_excluded_opens_count")
    assert +reported(engine, "opens__proxy_excluded_opens") == +direct


def test_complaints_and_sales_are_counted_in_the_report() -> None:
    engine = Engine(Options(members=60, campaigns=10, events=200, seed=5))
    for change in ("complain", "buy_through_campaign", "refund_through_campaign"):
        engine.change(change)
        angry = Counter(row["campaign_id"] for row in engine.truth("reports_abuse_reports"))
        assert +reported(engine, "abuse_reports") == angry
        sold = sums(engine.truth("reports_ecommerce_products"), "total_revenue")
        assert +reported(engine, "ecommerce__total_revenue") == sold


def test_landing_pages_take_a_count_and_no_offset(
    quiet: Sandbox, ask: Callable[..., requests.Response]
) -> None:
    both = ask(quiet, "/landing-pages").json()
    assert 2 == both["total_items"] == len(both["landing_pages"])
    first = ask(quiet, "/landing-pages", count=1, offset=1).json()
    assert (2, both["landing_pages"][:1]) == (first["total_items"], first["landing_pages"])


def test_templates_of_everyone_are_listed_beside_the_accounts_own(
    quiet: Sandbox, ask: Callable[..., requests.Response]
) -> None:
    every = ask(quiet, "/templates").json()["templates"]
    own = ask(quiet, "/templates", type="user").json()["templates"]
    assert {"user", "base", "gallery"} == {one["type"] for one in every}
    assert [one["id"] for one in own] == [row["id"] for row in quiet.truth("templates")]
