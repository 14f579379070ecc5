"""The web-server flow, and metadata of a bad token: docs/mailchimp-facts.md#signing-in."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from chimpline.sandbox import Sandbox

REDIRECT = "http://127.0.0.1:8765/callback"


def authorize(sandbox: Sandbox, consent: str = "allow", **changed: str) -> dict[str, str]:
    """Presses a button on the page, as a person would; what the redirect carries."""
    query = {
        "response_type": "code",
        "client_id": sandbox.client_id,
        "redirect_uri": REDIRECT,
        "state": "s/t a+te",
    } | changed
    url = f"{sandbox.login_root}/oauth2/authorize"
    page = requests.get(url, params=query, timeout=30)
    assert 200 == page.status_code
    assert all(f'value="{button}"' in page.text for button in ("allow", "deny"))
    form = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text.split("<button")[0]))
    answer = requests.post(
        url, data={**form, "consent": consent}, allow_redirects=False, timeout=30
    )
    assert 302 == answer.status_code
    assert answer.headers["Location"].startswith(query["redirect_uri"])
    found = parse_qs(urlsplit(answer.headers["Location"]).query)
    return {name: values[0] for name, values in found.items()}


def token(sandbox: Sandbox, code: str, **changed: str) -> requests.Response:
    form = {
        "grant_type": "authorization_code",
        "client_id": sandbox.client_id,
        "client_secret": sandbox.client_secret,
        "redirect_uri": REDIRECT,
        "code": code,
    } | changed
    return requests.post(f"{sandbox.login_root}/oauth2/token", data=form, timeout=30)


def test_the_whole_flow_yields_a_token_that_opens_the_account(sandbox: Sandbox) -> None:
    answer = authorize(sandbox)
    assert "s/t a+te" == answer["state"]
    granted = token(sandbox, answer["code"]).json()
    expected = {"access_token": sandbox.access_token, "expires_in": 0, "scope": None}
    assert expected == granted
    metadata = requests.get(
        f"{sandbox.login_root}/oauth2/metadata",
        headers={"Authorization": f"OAuth {granted['access_token']}"},
        timeout=30,
    ).json()
    assert ("us19", sandbox.login_id) == (metadata["dc"], metadata["login"]["login_id"])
    assert sandbox.api_root == f"{metadata['api_endpoint']}/3.0"


def test_a_code_works_once(sandbox: Sandbox) -> None:
    code = authorize(sandbox)["code"]
    assert 200 == token(sandbox, code).status_code
    again = token(sandbox, code)
    assert (400, "invalid_grant") == (again.status_code, again.json()["error"])


def test_a_code_is_short_lived(sandbox: Sandbox) -> None:
    code = authorize(sandbox)["code"]
    sandbox.advance(120)
    assert "invalid_grant" == token(sandbox, code).json()["error"]


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"redirect_uri": f"{REDIRECT}/"}, "invalid_grant"),
        ({"code": "made-up"}, "invalid_grant"),
    ],
)
def test_wrong_token_requests(changed: dict[str, str], error: str, sandbox: Sandbox) -> None:
    answer = token(sandbox, **{"code": authorize(sandbox)["code"], **changed})
    assert (400, error) == (answer.status_code, answer.json()["error"])


def test_a_person_may_refuse(sandbox: Sandbox) -> None:
    answer = authorize(sandbox, consent="deny")
    assert {"error": "access_denied", "state": "s/t a+te"} == answer


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "1"},
        {"response_type": "token"},
        {"redirect_uri": "http://localhost:8765/callback"},
        {"redirect_uri": "http://127.0.0.1:8765/other"},
    ],
)
def test_a_wrong_authorize_address_is_told_and_not_redirected(
    changed: dict[str, str], sandbox: Sandbox
) -> None:
    authorize(sandbox)  # registers the redirect address
    query = {
        "response_type": "code",
        "client_id": sandbox.client_id,
        "redirect_uri": REDIRECT,
    } | changed
    answer = requests.get(
        f"{sandbox.login_root}/oauth2/authorize", params=query, allow_redirects=False, timeout=30
    )
    assert 400 == answer.status_code


def test_metadata_answers_200_to_a_bad_token(quiet: Sandbox) -> None:
    answer = requests.get(
        f"{quiet.login_root}/oauth2/metadata",
        headers={"Authorization": "OAuth bad"},
        timeout=30,
    )
    assert (200, "invalid_token") == (answer.status_code, answer.json()["error"])
    assert not {"dc", "api_endpoint"} & set(answer.json())
