"""How far each reaches: nobody, a viewer, an admin, and a token of each scope.

Walked over all routes there are, so that one that is added later is held to it too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import Mount

from chimpline.interfaces.console.api.answers.document import every_route, routes_of, scope_of
from chimpline.interfaces.console.security import who
from chimpline.service.people.people import Role
from chimpline.service.people.tokens import _INCLUDES, Scope
from tests.desks import Console, word_of

OPEN_PAGES = {
    "/sign-in": "whoever signs in has no session yet",
    "/welcome": "the link from the terminal lets the first person in",
}
POSTS_OF_EVERYONE = {
    "/sign-in": "whoever signs in has no session yet; its form has a word of its own",
    "/welcome": "the link from the terminal lets the first person in; likewise",
    "/language": "it sets a cookie of this browser and nothing else",
}
POSTS_OF_VIEWERS = {
    "/sign-out": "everyone may leave",
    "/data/{pipeline}/sql": "it reads only, as the database holds it to",
    "/data/{pipeline}/sql/csv": "likewise",
    "/settings/password": "everyone changes an own password, by giving the one before",
}
OPEN_OPERATIONS = {("GET", "/healthz"): "whatever watches over it has no token"}
RUN = "20261127T110000Z-1"
OF_OPERATORS = ("/runs", "/cancel", "/comparisons", "/test", "/pause", "/resume", "/check", "/look")
IN_PATHS = {"name": "daily", "run_id": RUN}


def wanted(method: str, path: str) -> Scope:
    """The scope that an operation has to want."""
    if re.search(r"/(data|sql|charts)\b", path):
        return Scope.DATA
    if re.search(r"/(tokens|people|alerts|reader)\b", path):
        return Scope.ADMIN
    if method == "GET":
        return Scope.READ
    if method == "POST" and path.endswith(OF_OPERATORS):
        return Scope.OPERATE
    return Scope.ADMIN


def pages(console: Console) -> Iterator[APIRoute]:
    for route in every_route(console.app):
        if isinstance(route, APIRoute) and not route.include_in_schema:
            yield route


def called(dependant: Dependant) -> set[object]:
    below = [called(one) for one in dependant.dependencies]
    return {dependant.call}.union(*below)


def filled(path: str) -> str:
    return re.sub(r"{(\w+)(:\w+)?}", lambda one: IN_PATHS.get(one[1], "x"), path)


def operations(console: Console) -> list[tuple[str, str, APIRoute]]:
    return [(m, r.path, r) for r in routes_of(console.app) for m in sorted(r.methods or ())]


def test_every_page_needs_a_session(console: Console) -> None:
    walked = [route for route in pages(console) if "GET" in (route.methods or ())]
    assert len(walked) > 8
    for route in walked:
        assert (who.session_of in called(route.dependant)) != (route.path in OPEN_PAGES), route.path
        answer = console.nobody().get(filled(route.path))
        if route.path not in OPEN_PAGES:
            assert (303, "/sign-in") == (answer.status_code, answer.headers["location"])


def test_every_form_needs_an_admin_and_its_word(console: Console) -> None:
    posts = [route for route in pages(console) if "POST" in (route.methods or ())]
    assert len(posts) > 8
    for route in posts:
        uses = called(route.dependant)
        if route.path in POSTS_OF_EVERYONE:
            continue
        assert who.changing in uses, route.path
        assert (who.administering in uses) != (route.path in POSTS_OF_VIEWERS), route.path


def test_other_kinds_of_routes_change_nothing(console: Console) -> None:
    """What is not one of ours: the files, the description of the API."""
    others = [one for one in every_route(console.app) if not isinstance(one, APIRoute)]
    files = [one for one in others if isinstance(one, Mount)]
    assert ["/static"] == [one.path for one in files]
    for one in others:
        assert getattr(one, "methods", None) in (None, {"GET", "HEAD"}), one


def test_a_viewer_changes_nothing(console: Console) -> None:
    console.ran(run_id=RUN)
    console.person("anna")
    viewer = console.person("vera", Role.VIEWER)
    word = word_of(viewer.get("/runs"))
    for route in pages(console):
        if "POST" in (route.methods or ()) and route.path not in (
            *POSTS_OF_EVERYONE,
            *POSTS_OF_VIEWERS,
        ):
            answer = viewer.post(filled(route.path), data={"csrf": word})
            assert 403 == answer.status_code, route.path
    assert [] == console.orders.submitted
    assert ["anna", "vera"] == [one.name for one in console.desk.people.everyone()]


@pytest.mark.parametrize("word", [None, "", "wrong", "\u00e4\u00f6"])
def test_a_form_without_its_word_changes_nothing(console: Console, word: str | None) -> None:
    admin = console.person()
    posts = [
        route
        for route in pages(console)
        if "POST" in (route.methods or ()) and route.path not in POSTS_OF_EVERYONE
    ]
    # Every form lacks it, and has a wrong one; what else a wrong one can be, a few show.
    for route in posts if word in {None, "wrong"} else posts[:3]:
        sent = {} if word is None else {"csrf": word}
        assert 403 == admin.post(filled(route.path), data=sent).status_code, route.path
    for path in ("/sign-in", "/welcome"):
        answer = admin.post(path, data={"csrf": word or "", "name": "a", "password": "b"})
        assert answer.status_code in {403, 422}
    assert [] == console.orders.submitted


def test_the_word_of_one_session_is_no_other_sessions(console: Console) -> None:
    word = word_of(console.person("berta").get("/runs"))
    answer = console.person("anna").post("/pipelines/daily/run", data={"csrf": word})
    assert 403 == answer.status_code


def test_a_form_of_nobody_changes_nothing(console: Console) -> None:
    for route in pages(console):
        if "POST" in (route.methods or ()) and route.path not in POSTS_OF_EVERYONE:
            answer = console.nobody().post(filled(route.path), data={"csrf": "x"})
            assert (303, "/sign-in") == (answer.status_code, answer.headers["location"])
    assert [] == console.orders.submitted


def test_every_operation_wants_the_scope_of_what_it_does(console: Console) -> None:
    walked = operations(console)
    assert len(walked) > 6
    for method, path, route in walked:
        expected = None if (method, path) in OPEN_OPERATIONS else wanted(method, path)
        assert expected == scope_of(route), (method, path)
        assert method != "POST" or who.changing not in called(route.dependant), path


@pytest.mark.parametrize("scope", list(Scope))
def test_a_token_reaches_as_far_as_its_scope(console: Console, scope: Scope) -> None:
    console.ran(run_id=RUN)
    browser, token = console.nobody(), console.token(scope)
    for method, path, route in operations(console):
        needed = scope_of(route)
        if needed is None:
            continue
        answer = browser.request(method, filled(path), headers=token)
        reaches = needed in _INCLUDES[scope]
        assert reaches == (answer.status_code != 403), (method, path, answer.text)
        if not reaches:
            assert "application/problem+json" == answer.headers["content-type"]
            assert "api-scope" == answer.json()["kind"]


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        "Basic YTpi",
        "bearer \u00e4",
        "Bearer a b",
        "Token x",
    ],
)
def test_without_a_token_nothing_is_told(console: Console, header: str) -> None:
    browser = console.nobody()
    sent = {b"Authorization": header.encode("latin-1")} if header else {}
    walked = [one for one in operations(console) if scope_of(one[2]) is not None]
    # Every operation is asked without a token, and with a wrong one; a few with what else is none.
    for method, path, _ in walked if header in {"", "Bearer wrong"} else walked[::25]:
        answer = browser.request(method, filled(path), headers=sent)
        assert 401 == answer.status_code, (method, path)
        assert "Bearer" == answer.headers["www-authenticate"]
        assert "application/problem+json" == answer.headers["content-type"]


def test_a_session_is_no_token_and_a_token_no_session(console: Console) -> None:
    """So that no other page can use the API by a browser's cookie."""
    admin = console.person()
    assert 401 == admin.get("/api/v1/pipelines").status_code
    assert 401 == admin.post("/api/v1/pipelines/daily/runs").status_code
    token = console.token(Scope.ADMIN)
    assert 303 == console.nobody().get("/", headers=token).status_code


def test_an_expired_and_a_revoked_token_tell_nothing(console: Console) -> None:
    token = console.token(Scope.READ)
    assert 200 == console.nobody().get("/api/v1/runs", headers=token).status_code
    console.desk.tokens.revoke("test")
    assert 401 == console.nobody().get("/api/v1/runs", headers=token).status_code
