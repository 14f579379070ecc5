"""The two questions of OAuth, what their answers become, and that a code is never tried twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from chimpline import errors, redact
from chimpline.api.sign_in import oauth
from chimpline.api.transport import TooSlow, Unreachable
from tests.words import refused, told_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chimpline.api.transport import Answer
    from tests.unit.api.conftest import World

APP = oauth.App("https://login.example", "123456789012", "http://127.0.0.1:8719/oauth/callback")
SECRET = "s3cret-of-the-app&=+"
CODE = "c0de-c0de"
STATE = "the state"


class Posts:
    """Takes forms, and answers from a list; the last one again and again."""

    def __init__(self, *script: Answer | Exception) -> None:
        self.script = list(script)
        self.forms: list[Mapping[str, str]] = []
        self.urls: list[str] = []
        self.during: Callable[[], None] = lambda: None

    async def get(self, url: str, **_: Any) -> Answer:
        self.urls.append(url)
        return self._next()

    async def post_form(self, url: str, *, form: Mapping[str, str], **_: Any) -> Answer:
        self.urls.append(url)
        self.forms.append(form)
        return self._next()

    def _next(self) -> Answer:
        self.during()
        step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(step, Exception):
            raise step
        return step

    async def close(self) -> None:
        pass


def exchange(world: World, posts: Posts) -> oauth.Token:
    token: oauth.Token = world.run(
        oauth.exchange(
            posts,
            APP,
            SECRET,
            CODE,
            retry=world.retry,
            on_notice=world.heard.append,
            monotonic=world.clock,
        )
    )
    return token


def look(world: World, *script: Answer | Exception, known: str = "") -> None:
    world.run(oauth.look_at_page(Posts(*script), APP, known))


def is_ours(state: str) -> bool:
    return state == STATE


def test_the_page_for_consent_is_asked_for_by_the_book() -> None:
    parts = urlsplit(oauth.authorize_url(APP, STATE))
    assert ("login.example", "/oauth2/authorize") == (parts.netloc, parts.path)
    assert {
        "response_type": "code",
        "client_id": APP.client_id,
        "redirect_uri": APP.redirect_uri,
        "state": STATE,
    } == dict(parse_qsl(parts.query))


def test_a_state_is_never_the_same() -> None:
    assert 100 == len({oauth.new_state() for _ in range(100)})
    assert len(oauth.new_state()) >= 32


@pytest.mark.parametrize("lasts", [{"expires_in": 0}, {"expires_in": None}, {}])
def test_a_token_that_expires_in_0_seconds_never_does(
    lasts: dict[str, object], world: World
) -> None:
    posts = Posts(world.ok({"access_token": "70ken70ken", "scope": None, **lasts}))
    token = exchange(world, posts)
    assert ("70ken70ken", None) == (token.credential.secret, token.expires_at)
    assert not token.credential.is_api_key
    assert ["https://login.example/oauth2/token"] == posts.urls
    assert [
        {
            "grant_type": "authorization_code",
            "client_id": APP.client_id,
            "client_secret": SECRET,
            "redirect_uri": APP.redirect_uri,
            "code": CODE,
        }
    ] == posts.forms


def test_another_servers_token_may_end(world: World) -> None:
    token = exchange(world, Posts(world.ok({"access_token": "70ken70ken", "expires_in": 3600})))
    assert token.expires_at is not None


@pytest.mark.parametrize(
    ("error", "description", "kind"),
    [
        ("invalid_grant", "The code is unknown, used or expired.", errors.CodeRefused),
        ("invalid_grant", "The redirect_uri does not match.", errors.RedirectMismatch),
        ("redirect_uri_mismatch", "", errors.RedirectMismatch),
        ("invalid_client", "The client credentials are invalid.", errors.SecretRefused),
        ("access_denied", "", errors.ConsentDenied),
        ("temporarily_unavailable", "", errors.NotAuthenticated),
    ],
)
@pytest.mark.parametrize("status", [200, 400, 401])
def test_each_refusal_has_a_class_of_its_own(
    status: int, error: str, description: str, kind: type[errors.NotAuthenticated], world: World
) -> None:
    answer = world.ok({"error": error, "error_description": description}, status=status)
    with pytest.raises(errors.NotAuthenticated) as caught:
        exchange(world, Posts(answer))
    assert kind is type(caught.value)
    assert 2 == caught.value.exit_status
    for secret in (SECRET, CODE):
        assert secret not in str(told_of(caught.value))
        assert secret not in redact.redact(f"x {secret} y")


def test_a_code_is_sent_again_only_where_it_cannot_have_arrived(world: World) -> None:
    good = world.ok({"access_token": "70ken70ken"})
    posts = Posts(Unreachable("network-proxy-not-reached", host="h"), world.html(429), good)
    exchange(world, posts)
    assert 3 == len(posts.forms)
    for lost in (
        TooSlow("network-too-slow", host="h", seconds="130"),
        errors.BrokenAnswer("network-broke-off", host="h"),
        world.html(502),
    ):
        posts = Posts(lost, good)
        with refused(errors.SourceUnavailable, "did not turn the code into a token"):
            exchange(world, posts)
        assert 1 == len(posts.forms)


def test_where_nobody_was_reached_the_code_is_not_sent_for_long(world: World) -> None:
    posts = Posts(Unreachable("network-proxy-not-reached", host="h"))
    with refused(errors.SourceUnavailable, r"into a token\. .* cannot be reached\."):
        exchange(world, posts)
    assert 3 == len(posts.forms)
    down = "The proxy on the way to h cannot be reached."
    assert [f"{down} Retrying. Further failures of this kind are not shown."] == world.notices


def test_the_time_of_attempts_counts_against_the_patience(world: World) -> None:
    posts = Posts(world.html(429))
    posts.during = lambda: setattr(world.clock, "now", world.clock.now + 100)
    with refused(errors.SourceUnavailable, "slow down"):
        exchange(world, posts)
    assert 3 == len(posts.forms)


@pytest.mark.parametrize("body", [b"<html>", {"token": "x"}, {"access_token": 5}, []])
def test_an_answer_without_a_token_is_no_success(body: object, world: World) -> None:
    with refused(errors.SourceUnavailable, "without a token"):
        exchange(world, Posts(world.ok(body)))


def test_a_page_that_would_show_an_error_is_told_before_anybody_goes_there(world: World) -> None:
    wrong = world.ok({"error": "redirect_uri_mismatch"}, status=400)
    with pytest.raises(errors.RedirectMismatch) as caught:
        look(world, wrong, known="http://127.0.0.1:1/x")
    assert APP.redirect_uri in told_of(caught.value).what
    assert "http://127.0.0.1:1/x" in told_of(caught.value).what
    with refused(errors.SecretRefused, "knows no app with the client id 123456789012"):
        look(world, world.ok({"error": "invalid_client"}, status=400))


def test_what_is_no_clear_refusal_is_left_to_the_browser(world: World) -> None:
    for step in (
        world.html(200),
        world.html(302),
        world.html(400),
        Unreachable("network-proxy-not-reached", host="h"),
    ):
        look(world, step)


def test_the_code_is_found_alone_and_in_an_address() -> None:
    good = f"{APP.redirect_uri}?code={CODE}&state=the+state"
    assert [CODE] * 4 == [
        oauth.code_of(given, APP, is_ours) for given in (CODE, f" {CODE}\n", good, f"{good}#x")
    ]


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ("", errors.CodeRefused),
        ("two words", errors.CodeRefused),
        ("c" * 600, errors.CodeRefused),
        ("{uri}?state=the+state", errors.CodeRefused),
        ("{uri}?code=c0de", errors.WrongState),
        ("{uri}?code=c0de&state=other", errors.WrongState),
        ("{uri}?error=access_denied&state=other", errors.WrongState),
        ("{uri}?error=access_denied&state=the+state", errors.ConsentDenied),
        ("{uri}/?code=c0de&state=other", errors.WrongState),
        ("http://localhost:8719/oauth/callback?code=c0de&state=the+state", errors.RedirectMismatch),
        ("https://login.example/oauth2/authorize?response_type=code", errors.NotAuthenticated),
    ],
)
def test_what_cannot_be_the_answer_says_why(
    given: str, kind: type[errors.NotAuthenticated]
) -> None:
    with pytest.raises(errors.NotAuthenticated) as caught:
        oauth.code_of(given.replace("{uri}", APP.redirect_uri), APP, is_ours)
    assert kind is type(caught.value)
