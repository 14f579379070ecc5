"""Where an account is, whose it is, and what is said when that cannot be told."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from chimpline import errors, redact
from chimpline.api.budget import Budget
from chimpline.api.sign_in.account import Account, account, resolve_api_root
from chimpline.api.sign_in.credentials import Credential
from chimpline.api.transport import Answer, TooLarge, TooSlow, Unreachable
from tests.words import refused, told_of

if TYPE_CHECKING:
    from tests.unit.api.conftest import World

TOKEN = "fedcba9876543210fedcba9876543210"
METADATA = {"dc": "us3", "api_endpoint": "https://us3.api.mailchimp.com", "login": {"a": None}}


def resolve(world: World, *script: Answer | Exception, token: bool = True, **options: Any) -> Any:
    credential = Credential(TOKEN, is_api_key=False) if token else world.credential
    world.transport = world.transport_of(*(script or (world.html(500),)))
    options.setdefault("retry", world.retry)
    options.setdefault("on_notice", world.heard.append)
    options.setdefault("monotonic", world.clock)
    return world.run(resolve_api_root(world.transport, credential, **options))


def test_a_key_names_its_data_center_and_nothing_is_asked(world: World) -> None:
    assert "https://us6.api.mailchimp.com/3.0" == resolve(world, token=False)
    assert [] == world.urls()


@pytest.mark.parametrize("secret", ["0" * 32, "0" * 32 + "-", "0" * 32 + "-x.evil.example/", "us6"])
def test_a_key_without_a_data_center_is_shown_the_right_form(world: World, secret: str) -> None:
    world.credential = Credential(secret, is_api_key=True)
    with pytest.raises(errors.WrongDataCenter) as met:
        resolve(world, token=False)
    assert "<32 letters and digits>-us6" in redact.redact(told_of(met.value).do)


def test_a_root_that_was_set_wins(world: World) -> None:
    for root in ("https://eu.example/3.0/", "http://127.0.0.1:8080/3.0", "http://localhost/3.0"):
        assert root.rstrip("/") == resolve(world, api_root=root)
        assert root.rstrip("/") == resolve(world, token=False, api_root=root)
    assert ([], []) == (world.urls(), world.notices)


def test_plain_http_to_another_machine_is_said_aloud(world: World) -> None:
    assert "http://gateway:80/3.0" == resolve(world, api_root="http://gateway:80/3.0")
    assert ["api_root is plain http: gateway and all in between see the key."] == world.notices


@pytest.mark.parametrize(
    "root",
    [
        "us6.api.mailchimp.com",
        "ftp://us6.api.mailchimp.com",
        "https://",
        "http://us6.api.mailchimp.com/3.0",
        "https://user@h/3.0",
        "https://h/3.0?a=b",
        "https://h/3.0#a",
    ],
)
def test_a_root_that_may_not_be_sent_a_secret_is_refused(world: World, root: str) -> None:
    with refused(errors.SettingsError, "api_root"):
        resolve(world, api_root=root)


def test_a_token_is_asked_about_at_the_login_service(world: World) -> None:
    assert "https://us3.api.mailchimp.com/3.0" == resolve(world, world.ok(METADATA))
    assert ["https://login.mailchimp.com/oauth2/metadata"] == world.urls()
    assert f"OAuth {TOKEN}" == world.transport.asked[0].headers["authorization"]
    resolve(world, world.ok(METADATA), login_root="http://127.0.0.1:9/x/")
    assert ["http://127.0.0.1:9/x/oauth2/metadata"] == world.urls()


def test_recorded_metadata_is_understood(world: World) -> None:
    recorded = {
        "dc": "us3",
        "role": "admin",
        "accountname": "G",
        "user_id": 131656250,
        "login": {"email": "a@b.c", "avatar": None, "login_id": 168278758},
        "login_url": "https://login.mailchimp.com",
        "api_endpoint": "https://us3.api.mailchimp.com",
    }
    assert "https://us3.api.mailchimp.com/3.0" == resolve(world, world.ok(recorded))


def test_a_data_center_alone_is_enough(world: World) -> None:
    body = {"dc": "us9", "api_endpoint": None}
    assert "https://us9.api.mailchimp.com/3.0" == resolve(world, world.ok(body))


@pytest.mark.parametrize(
    "body", [{"error": "invalid_token", "error_description": "x"}, {}, {"dc": "", "error": "x"}]
)
def test_a_200_with_an_error_is_a_bad_token(world: World, body: object) -> None:
    with refused(errors.InvalidCredentials, "needs re-authentication"):
        resolve(world, world.ok(body))
    assert 1 == len(world.transport.asked)


def test_an_error_beside_an_endpoint_is_still_an_error(world: World) -> None:
    with refused(errors.InvalidCredentials, "invalid_token"):
        resolve(world, world.ok({**METADATA, "error": "invalid_token"}))


def test_the_login_service_is_asked_again_while_it_fails(world: World) -> None:
    script = [world.html(503), world.ok(b"{"), world.ok(METADATA)]
    assert "https://us3.api.mailchimp.com/3.0" == resolve(world, *script)
    with refused(errors.SourceUnavailable, r"login\.mailchimp\.com/oauth2") as met:
        resolve(world, world.html(503))
    assert 8 == len(world.transport.asked)
    assert "8 attempts" in str(told_of(met.value))
    assert TOKEN not in str(met.value)


def test_a_login_service_that_was_never_reached_is_given_up_soon_and_not_in_silence(
    world: World,
) -> None:
    down = Unreachable(
        "network-no-connection", host="login.mailchimp.com", reason="connection refused"
    )
    with refused(errors.SourceUnavailable, r"3 attempts over 0 s\. .*refused"):
        resolve(world, down)
    assert 3 == len(world.transport.asked)
    assert [
        f"{told_of(down).what} Retrying. Further failures of this kind are not shown."
    ] == world.notices


def test_a_login_service_that_was_reached_before_is_waited_for(world: World) -> None:
    with refused(errors.SourceUnavailable, "8 attempts"):
        resolve(world, world.html(503), Unreachable("network-proxy-not-reached", host="h"))
    assert 8 == len(world.transport.asked)
    assert 2 == len(world.notices)


def test_a_login_service_that_hangs_costs_no_more_time_than_was_set(world: World) -> None:
    asked = iter(range(100))

    def clock() -> float:  # read before and after each attempt, which takes 100 s
        return float(next(asked) * 100)

    with refused(errors.SourceUnavailable, "3 attempts over 300 s"):
        resolve(world, TooSlow("network-too-slow", host="h", seconds="130"), monotonic=clock)
    assert {30.0} == {one.timeout_s for one in world.transport.asked}


def test_an_endpoint_in_plain_http_gets_no_token(world: World) -> None:
    with refused(errors.SettingsError, "https"):
        resolve(world, world.ok({"dc": "us3", "api_endpoint": "http://us3.api.mailchimp.com"}))


FOREIGN = [
    "https://evil.example",
    "https://127.0.0.1",
    "http://127.0.0.1:8080",
    "https://us3.api.mailchimp.com.evil.example",
    "https://evil.example/us3.api.mailchimp.com",
    "https://evilapi.mailchimp.com",
    "https://evil.example\\.api.mailchimp.com",
    "https://evil.example#.api.mailchimp.com",
    "https://evil.example?.api.mailchimp.com",
    "https://us3.api.mailchimp.com@evil.example",
    "https://us3.api.mailchimp.com:x",
    "https://[::1",
    "https://",
    "us3.api.mailchimp.com",
    "https://us3.api.mailchimp.com\tevil",
]


@pytest.mark.parametrize("endpoint", FOREIGN)
def test_the_token_is_sent_to_no_host_that_nobody_chose(world: World, endpoint: str) -> None:
    """The kind: what the login service says of where the API is."""
    with refused(errors.SettingsError, "api_endpoint"):
        resolve(world, world.ok({"dc": "us3", "api_endpoint": endpoint}))
    assert 1 == len(world.transport.asked)


@pytest.mark.parametrize(
    "dc", ["us3.evil.example/", "evil@us3", "us3/", "us3#", "US3", "3", "us3\n"]
)
def test_a_data_center_that_is_none_makes_no_host(world: World, dc: str) -> None:
    with refused(errors.InvalidCredentials, "names no data center"):
        resolve(world, world.ok({"dc": dc}))


def test_the_host_that_was_configured_is_one_that_somebody_chose(world: World) -> None:
    local = {"dc": "us3", "api_endpoint": "http://127.0.0.1:8080"}
    found = resolve(world, world.ok(local), login_root="http://127.0.0.1:8080")
    assert "http://127.0.0.1:8080/3.0" == found


def test_metadata_is_short(world: World) -> None:
    with refused(errors.SourceUnavailable, "has more than 1,000 bytes"):
        resolve(world, TooLarge("network-too-large", host="h", limit=1_000))
    deep = b"[" * 100_000 + b"]" * 100_000
    with refused(errors.SourceUnavailable, "as it should be"):
        resolve(world, world.ok(b'{"dc": "us3", "x": ' + deep + b"}"))


@pytest.mark.parametrize("status", [400, 403, 404, 409])
def test_a_login_service_that_takes_no_question_is_not_good(world: World, status: int) -> None:
    with refused(errors.SourceUnavailable, rf"no good answer in .*{status} Title"):
        resolve(world, world.problem(status))


@pytest.mark.parametrize("status", [400, 403, 409, 451])
def test_where_nothing_can_begin_no_table_is_to_blame(world: World, status: int) -> None:
    with refused(errors.SourceUnavailable, f"{status} Title") as met:
        world.run(account(world.client(world.problem(status))))
    assert (2, "kept-nothing-touched") == (met.value.exit_status, met.value.problem.kept.kind)


def test_what_the_account_says_of_itself_is_short_and_printable(world: World) -> None:
    body = {
        "account_id": "a1",
        "account_name": "B\x1b[31m\0\n" + "x" * 9000,
        "login_id": "7" * 9000,
    }
    found = world.run(account(world.client(world.ok(body))))
    assert found.account_name.isprintable()
    assert len(found.account_name + found.login_id) < 1000
    Budget.of(world.directory, world.api_root, world.credential, found.login_id, 8)


def test_the_root_tells_the_account_and_the_user(world: World) -> None:
    body = {
        "account_id": "a1",
        "account_name": "Bakery",
        "login_id": "42",
        "role": "owner",
        "total_subscribers": 7,
        "account_timezone": "UTC",
        "pricing_plan_type": "monthly",
        "x": 1,
    }
    found = world.run(account(world.client(world.ok(body))))
    assert Account("a1", "Bakery", "42", "owner", 7, "UTC", "monthly") == found
    (url,) = world.urls()
    assert url.startswith("https://us6.api.mailchimp.com/3.0/?fields=account_id,account_name,")


def test_an_old_or_sparse_root_is_understood(world: World) -> None:
    body = {"account_id": "a1", "account_name": None, "total_subscribers": None}
    found = world.run(account(world.client(world.ok(body))))
    assert Account("a1", "", "a1", "", 0, "", "") == found


def test_a_path_that_the_right_server_does_not_know_is_a_wrong_root(world: World) -> None:
    world.api_root = "https://us6.api.mailchimp.com/3.1"
    with refused(errors.SourceUnavailable, r"/3\.1/ is not Mailchimp's API.*/3\.0"):
        world.run(account(world.client(world.problem(404))))
    assert 1 == len(world.transport.asked)


def test_a_root_that_names_no_account_is_a_broken_answer(world: World) -> None:
    with refused(errors.SourceUnavailable, "account_id"):
        world.run(account(world.client(world.ok({}))))
    assert 8 == len(world.transport.asked)


def test_a_credential_is_hidden_from_the_moment_it_exists() -> None:
    secret = "a-secret-of-an-odd-form"
    credential = Credential(secret, is_api_key=True)
    assert secret not in redact.redact(f"x {secret} y")
    assert credential.authorization not in redact.redact(credential.authorization)
    assert secret not in f"{credential!r}{credential}"


def test_a_token_has_no_data_center() -> None:
    assert Credential(f"{TOKEN}-us6", is_api_key=False).data_center is None


def test_importing_the_client_loads_no_http_library() -> None:
    import subprocess
    import sys

    code = (
        "import sys, chimpline.api.client, chimpline.api.sign_in.account;"
        "print([m for m in ('aiohttp', 'yarl', 'isal', 'pyarrow') if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "[]\n" == told.stdout


def test_every_module_stays_short() -> None:
    import chimpline.api

    (folder,) = chimpline.api.__path__
    lengths = {path.name: len(path.read_text().splitlines()) for path in Path(folder).glob("*.py")}
    assert {} == {name: length for name, length in lengths.items() if length >= 300}
