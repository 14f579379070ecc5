"""Whom a request was meant for, where it came from, and what its answer allows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chimpline.errors import UserError
from chimpline.interfaces.console.app import create_app
from chimpline.interfaces.console.security.guard import (
    MOST_BYTES,
    Address,
    check_network,
    check_public_url,
    own_path,
)
from chimpline.service.people.people import Role
from chimpline.service.people.tokens import Scope
from tests.desks import PASSWORD, Console, console_in, sign_in

PUBLIC = "https://chimpline.example.com"


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("127.0.0.1:8720", True),
        ("localhost:8720", True),
        ("LOCALHOST:8720", True),
        ("[::1]:8720", True),
        ("192.168.1.5:8720", True),
        ("rebound.example.com:8720", False),
        ("rebound.example.com", False),
        ("127.0.0.1.example.com:8720", False),
        ("evil@127.0.0.1:8720", False),
        ("127.0.0.1:8720/evil", False),
        ("127.0.0.1:notaport", False),
        ("localhost.:8720", False),
        ("", False),
        ("[::1", False),
    ],
)
def test_a_name_that_was_led_here_is_not_ours(host: str, *, ours: bool) -> None:
    """DNS rebinding: a browser sends the name of the page that it believes to be on."""
    assert ours == Address("127.0.0.1", 8720).is_ours(host)


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("chimpline.example.com", True),
        ("chimpline.example.com:443", True),
        ("Chimpline.Example.Com", True),
        ("chimpline.example.com:8720", False),
        ("127.0.0.1:8720", False),
        ("localhost", False),
        ("rebound.example.com", False),
    ],
)
def test_behind_a_proxy_only_its_name_is_ours(host: str, *, ours: bool) -> None:
    assert ours == Address("127.0.0.1", 8720, PUBLIC).is_ours(host)


@pytest.mark.parametrize("path", ["/", "/sign-in", "/api/v1/pipelines", "/static/console.css"])
def test_a_foreign_host_sees_nothing(console: Console, path: str) -> None:
    answer = console.nobody().get(path, headers={"Host": "rebound.example.com:8720"})
    assert 421 == answer.status_code
    assert "--public-url" in answer.text


def test_whoever_watches_may_ask_by_any_name(console: Console) -> None:
    answer = console.nobody().get("/healthz", headers={"Host": "10-0-0-5.pods.example"})
    assert (200, "ok\n") == (answer.status_code, answer.text)


def test_health_says_when_the_control_database_is_gone(console: Console) -> None:
    console.desk.close()
    (console.desk.state.path / "control.db").write_bytes(b"this is no database at all" * 100)
    assert 503 == console.nobody().get("/healthz").status_code
    assert 503 == console.nobody().request("HEAD", "/healthz").status_code


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example.com", "null", "http://127.0.0.1:9999", "https://127.0.0.1:8720", "x:["],
)
def test_what_another_page_sends_changes_nothing(console: Console, origin: str) -> None:
    browser = console.person()
    word = browser.get("/runs").text
    csrf = re.findall(r'name="csrf" value="([^"]+)"', word)[0]
    answer = browser.post("/pipelines/daily/run", data={"csrf": csrf}, headers={"Origin": origin})
    assert 403 == answer.status_code
    assert [] == console.orders.submitted


def test_what_our_page_sends_counts_behind_a_proxy_too(tmp_path: Path) -> None:
    with console_in(tmp_path, public_url=PUBLIC) as console:
        browser = console.person()
        browser.headers["Origin"] = PUBLIC
        assert 303 == browser.form("/pipelines/daily/run").status_code
        browser.headers["Origin"] = "http://chimpline.example.com"
        assert 403 == browser.form("/pipelines/daily/run").status_code


@pytest.mark.parametrize("path", ["/", "/sign-in", "/nowhere", "/static/icon.svg", "/api/v1/runs"])
def test_every_answer_says_what_a_browser_may_do_with_it(console: Console, path: str) -> None:
    answer = console.nobody().get(path)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "DENY" == answer.headers["x-frame-options"]
    assert "nosniff" == answer.headers["x-content-type-options"]
    assert "strict-transport-security" not in answer.headers


def test_a_mistake_of_ours_goes_into_a_log_and_to_nobody_else(console: Console) -> None:
    def broken() -> None:
        raise ZeroDivisionError("the word of a secret place")

    console.app = create_app(console.room, console.failures.append)
    console.app.add_api_route("/broken", broken)
    console.app.add_api_route("/api/v1/broken", broken)
    for path, kind in (("/broken", "text/html"), ("/api/v1/broken", "application/problem+json")):
        answer = console.nobody().get(path)
        assert 500 == answer.status_code
        assert answer.headers["content-type"].startswith(kind)
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "secret place" not in answer.text
        assert "Traceback" not in answer.text
    (log, *_) = (console.desk.state.path / "logs").iterdir()
    assert log.name in answer.json()["do"]
    assert "the word of a secret place" in log.read_text(encoding="utf-8")
    assert [ZeroDivisionError] * 2 == [type(one) for one in console.failures]


@pytest.mark.parametrize("told", [True, False])
def test_what_is_too_large_is_not_read(console: Console, *, told: bool) -> None:
    browser = console.person()
    word = f"csrf={'x' * MOST_BYTES}".encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    sent = word if told else iter([word[:1000], word[1000:]])
    answer = browser.post("/pipelines/daily/run", content=sent, headers=headers)
    assert 413 == answer.status_code


@pytest.mark.parametrize(
    ("back", "leads_to"),
    [
        ("/runs", "/runs"),
        ("/runs?page=2", "/runs?page=2"),
        ("https://evil.example.com/", "/"),
        ("//evil.example.com", "/"),
        ("/\\evil.example.com", "/"),
        ("\\\\evil.example.com", "/"),
        ("/\t/evil.example.com", "/"),
        ("/\n/evil.example.com", "/"),
        ("/runs\r\nSet-Cookie: planted=1", "/"),
        (" //evil.example.com", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_no_page_leads_elsewhere(console: Console, back: str, leads_to: str) -> None:
    assert leads_to == own_path(back)
    browser = console.nobody()
    answer = browser.post("/language", data={"chosen": "en", "back": back})
    assert leads_to == answer.headers["location"]
    assert ["chimpline_language"] == list(browser.cookies)


def test_what_is_typed_becomes_no_header(console: Console) -> None:
    browser = console.person()
    for path in ("/pipelines/a%0d%0aX-Planted:1", "/runs/a%0d%0aX-Planted:1"):
        answer = browser.get(path)
        assert answer.status_code in {404, 422}
        assert "x-planted" not in answer.headers
    answer = browser.form("/runs/a%0d%0aX-Planted:1/cancel")
    assert "x-planted" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "/static/../room.py",
        "/static/..%2froom.py",
        "/static/%2e%2e/room.py",
        "/static/..%5croom.py",
        "/static//etc/passwd",
        "/static/%2fetc%2fpasswd",
        "/static/console.css%00.svg",
        "/static/",
        "/runs/..%2f..%2fetc%2fpasswd",
        "/runs/../../etc/passwd/now",
        "/pipelines/..%2f..%2fchimpline.toml",
    ],
)
def test_no_path_leads_out(console: Console, path: str) -> None:
    answer = console.person().get(path)
    assert 404 == answer.status_code
    assert "root:" not in answer.text
    assert [] == console.failures


@pytest.mark.parametrize(
    "run_id", ["..%2f..%2fetc%2fpasswd", "%2e%2e", "a%00b", "-x", "a%0ab", "x" * 101]
)
def test_no_id_of_a_run_leads_out(console: Console, run_id: str) -> None:
    headers = console.token(Scope.ADMIN)
    for further in ("", "/events"):
        answer = console.nobody().get(f"/api/v1/runs/{run_id}{further}", headers=headers)
        assert answer.status_code in {404, 422}
    assert [] == console.failures


@pytest.mark.parametrize("public_url", [None, PUBLIC])
def test_cookies_are_for_us_alone(tmp_path: Path, public_url: str | None) -> None:
    secure = public_url is not None
    with console_in(tmp_path, public_url=public_url) as console:
        console.desk.people.put("anna", Role.ADMIN, PASSWORD)
        browser = console.nobody()
        page = browser.get("/sign-in")
        assert secure == ("max-age=31536000" == page.headers.get("strict-transport-security"))
        form = page.headers["set-cookie"]
        session = next(
            one
            for one in sign_in(browser, "anna").headers.get_list("set-cookie")
            if "chimpline_session" in one
        )
    assert secure == form.startswith("__Host-")
    assert secure == session.startswith("__Host-")
    for cookie, same_site in ((form, "strict"), (session, "lax")):
        assert "httponly" in cookie.lower()
        assert f"samesite={same_site}" in cookie.lower()
        assert secure == ("; secure" in cookie.lower())
        assert "path=/" in cookie.lower()
        assert "domain" not in cookie.lower()


def test_files_are_kept_as_long_as_their_version_stays(console: Console) -> None:
    browser = console.nobody()
    page = browser.get("/sign-in").text
    (address,) = re.findall(r'href="(/static/console.css\?[0-9a-f]+)"', page)
    assert "immutable" in browser.get(address).headers["cache-control"]
    other = browser.get("/static/console.css?other")
    assert "no-cache" == other.headers["cache-control"]
    again = browser.get("/static/icon.svg", headers={"If-None-Match": other.headers["etag"]})
    assert 200 == again.status_code
    same = browser.get("/static/console.css", headers={"If-None-Match": other.headers["etag"]})
    assert 304 == same.status_code
    assert "no-store" == browser.get("/sign-in").headers["cache-control"]


@pytest.mark.parametrize(
    ("path", "methods"),
    [("/api/v1/tokens", "GET, POST"), ("/settings/people", "GET, POST"), ("/healthz", "GET, HEAD")],
)
def test_what_cannot_be_done_names_what_can(console: Console, path: str, methods: str) -> None:
    answer = console.nobody().request("PATCH", path)
    assert (405, methods) == (answer.status_code, answer.headers["allow"])


@pytest.mark.parametrize("url", ["https://c.example.com", "http://10.0.0.5:8080/", "https://[::1]"])
def test_a_public_url_is_a_host(url: str) -> None:
    check_public_url(url)


@pytest.mark.parametrize(
    "url", ["c.example.com", "ftp://c", "https://c/path", "https://a@c", "https://", "https://c:x"]
)
def test_what_is_no_public_url_is_refused(url: str) -> None:
    with pytest.raises(UserError):
        check_public_url(url)


def test_a_proxy_is_an_address_or_a_network() -> None:
    check_network("10.0.0.5")
    check_network("10.0.0.0/24")
    for wrong in ("*", "proxy.example.com", "10.0.0.5/24"):
        with pytest.raises(UserError):
            check_network(wrong)
