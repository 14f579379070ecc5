"""From nothing to *verified*, through Mailchimp's page in a real browser, each way there is."""

from __future__ import annotations

import json
import re
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.acceptance.oauth.conftest import account

if TYPE_CHECKING:
    from tests.acceptance.oauth.conftest import Running, World

MISPLACED = "5ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75ec7e75e"
"""A client secret, or a key, pasted where the Client ID is asked for."""

LABELS = [
    "Data gateway",
    "Start Date (MM/DD/YYYY)",
    "Email Activity Date Window (days)",
    "Client ID",
    "Client Secret",
    "Authenticate",
    "Complete authentication with the code provided by the source",
    "Verify",
    "Verified",
    "Connection name",
    "Open connection metadata",
    "Created",
]


def plain(said: str) -> str:
    """What a terminal showed, without colours and without the breaks of its lines."""
    return " ".join(re.sub(r"\x1b\[[0-9;]*m", "", said).split())


def typed_in(world: World) -> Running:
    """Everything is typed at a terminal; once wrongly, and once at the place of another."""
    running = world.start("connect", "shop", terminal=True)
    running.answer(
        (r"Data gateway \[None\]", ""),
        (r"Start Date \(MM/DD/YYYY\) \[everything\]", "31/01/2020"),
        (r"no month 31[^:]*:[^:]*:", "01/31/2020"),
        (r"Email Activity Date Window \(days\) \[0\]", "30"),
        ("Client ID:", MISPLACED),
        (r"looks like a secret[\s\S]*Client ID:", world.sandbox.client_id),
        (r"Client Secret \(not shown\)", world.sandbox.client_secret),
    )
    return running


def test_a_person_types_settings_consents_and_the_rest_goes_by_itself(world: World) -> None:
    running = typed_in(world)
    url = running.url()
    running.until("code provided by the source")
    landed = world.consent(url)
    said = running.ends()
    assert 1 == said.count(MISPLACED)  # by the terminal, as it was typed; never by us
    places = [said.index(label) for label in LABELS]
    assert sorted(places) == places
    assert "Verified: Sandbox Goods (owner)" in said
    assert "Code received" in landed.text
    assert landed.code in landed.text
    written = (world.cwd / "chimpline.toml").read_text()
    for line in (
        'auth = "oauth"',
        'start_date = "01/31/2020"',
        "email_activity_date_window = 30",
        f'client_id = "{world.sandbox.client_id}"',
    ):
        assert re.search(f"^{re.escape(line)}$", written, re.MULTILINE), line
    assert "verified" == world.status("shop").state


def test_where_no_page_can_be_shown_the_whole_address_is_pasted(world: World) -> None:
    with socket.create_server(("127.0.0.1", urlsplit(world.redirect_uri).port or 0)) as other:
        running = typed_in(world)
        url = running.url()
        running.until("is taken by another program")
        other.close()
        landed = world.consent(url)
        running.until("code provided by the source")
        running.type(landed.address)
    assert "Verified: Sandbox Goods" in running.ends()


def test_the_code_alone_may_be_typed(world: World) -> None:
    world.redirect_uri = "http://127.0.0.1:9/elsewhere"  # nothing listens there, nor can we
    with socket.create_server(("127.0.0.1", 0)):
        running = typed_in(world)
        landed = world.consent(running.url())
        running.until("code provided by the source")
        running.type(landed.code)
    assert "Verified: Sandbox Goods" in running.ends()


def test_a_slip_of_the_hand_is_told_and_asked_for_again(world: World) -> None:
    world.redirect_uri = "http://chimpline.invalid/callback"
    running = typed_in(world)
    url = running.url()
    running.until("is not an address of this machine")
    landed = world.consent(url)
    for wrong, told in (
        (url, "the page that asks for consent"),
        (landed.address.replace("state=", "state=x"), "belongs to another sign-in"),
        (landed.address.replace("callback", "other"), "redirect URIs do not match"),
        ("no code", "not a code"),
    ):
        running.type(wrong)
        running.until(told)
    running.type(landed.address)
    assert "Verified: Sandbox Goods" in running.ends()


def test_a_script_begins_now_and_goes_on_later(world: World) -> None:
    begun = world.connect("main", "--no-wait")
    url = begun.url()
    assert "Waiting for code" in begun.ends()
    assert "waiting for code" == world.status().state
    landed = world.consent(url)
    assert "Verified: Sandbox Goods" in world.run("connect", "main", CHIMPLINE_CODE=landed.address)
    again = world.run("connect", "main", status=2, CHIMPLINE_CODE=landed.address)
    assert "no sign-in of connection main waits for one" in again


def test_a_sign_in_goes_on_at_a_terminal_and_the_code_is_not_shown(world: World) -> None:
    begun = world.connect("main", "--no-wait")
    url = begun.url()
    assert "  chimpline connect main --code-stdin\n" in begun.ends()
    assert "CHIMPLINE_CODE" not in begun.said
    landed = world.consent(url)
    running = world.start("connect", "main", "--code-stdin", terminal=True)
    running.until(r"Code, or the whole address \(not shown\): ")
    running.type(landed.address)
    said = running.ends()
    assert "Verified: Sandbox Goods" in said
    assert landed.code not in said
    assert "Created" not in said, "the section was there before"


@pytest.mark.parametrize(
    ("option", "what", "variable"),
    [
        ("--client-secret-stdin", "the Client Secret", "CHIMPLINE_CLIENT_SECRET"),
        ("--code-stdin", "the code, or the whole address", "CHIMPLINE_CODE"),
    ],
)
def test_an_input_that_ends_too_soon_says_what_it_lacks(
    world: World, option: str, what: str, variable: str
) -> None:
    if option == "--code-stdin":
        world.connect("main", "--no-wait").ends()
    running = world.start("connect", "main", "--client-id", world.sandbox.client_id, option)
    running.end_of_input()
    said = plain(running.ends(2))
    assert f"Standard input ended before this was given: {what}" in said
    assert f"{option}, or in {variable}" in said


def test_a_section_that_init_wrote_is_changed_and_not_created(world: World) -> None:
    (world.cwd / "chimpline.toml").write_text('[connections.main]\nauth = "oauth"\n')
    assert "Changed: [connections.main] in " in world.verified()


def test_ctrl_c_while_it_waits_leaves_the_sign_in_open(world: World) -> None:
    running = typed_in(world)
    url = running.url()
    running.until("code provided by the source")
    running.interrupt()
    told = running.ends(2)
    assert "Error Stopped by Ctrl-C while chimpline waited for the code." in plain(told)
    assert "the sign-in stays open until" in plain(told)
    assert "`chimpline connect shop --code-stdin`, which asks for the code" in plain(told)
    assert "waiting for code" == world.status("shop").state
    landed = world.consent(url)
    assert "Verified: Sandbox Goods" in world.run("connect", "shop", CHIMPLINE_CODE=landed.address)


def test_ctrl_c_at_a_prompt_saves_nothing(world: World) -> None:
    for prompt in ("Data gateway", r"Client Secret \(not shown\)"):
        running = world.start("connect", "shop", "--client-id", "123456789012", terminal=True)
        running.until("Data gateway")
        if "Secret" in prompt:
            running.answer(("Data gateway", ""), ("Start Date", ""), ("Date Window", ""))
        running.until(prompt)
        running.interrupt()
        told = plain(running.ends(2))
        assert "Error Stopped by Ctrl-C before connection shop was verified." in told
        assert "Kept Nothing was saved; connection shop is as it was." in told
        assert not (world.cwd / "chimpline.toml").exists()


def test_ctrl_c_at_the_prompt_of_another_command_says_what_to_do(world: World) -> None:
    running = world.start("run", terminal=True)
    running.until("API key")
    running.interrupt()
    told = plain(running.ends(2))
    assert "Error Stopped by Ctrl-C before it was done." in told
    assert "Kept Everything that was saved before stays" in told
    assert "To do Run the same command again" in told


def test_secret_and_code_may_both_come_through_a_pipe(world: World) -> None:
    running = world.start(
        "connect", "--client-id", world.sandbox.client_id, "--client-secret-stdin", "--code-stdin"
    )
    running.type(world.sandbox.client_secret)
    landed = world.consent(running.url())
    assert "Code received" in landed.text
    assert "Verified: Sandbox Goods" in running.ends()


def test_an_api_key_needs_no_browser(world: World) -> None:
    said = world.run(
        "connect",
        "main",
        "--auth",
        "api_key",
        CHIMPLINE_API_KEY=world.sandbox.api_key,
        CHIMPLINE_API_ROOT=world.sandbox.api_root,
    )
    assert "Verified: Sandbox Goods (owner)" in said
    assert "verified" == world.status().state


# -- and again ------------------------------------------------------------------------------------


def copied(world: World, status: int = 0) -> dict[str, object]:
    """What a run says last."""
    said = world.run("run", "--tables", "lists,list_members", "--json", status=status)
    lines = [line for line in said.splitlines() if '"run_finished"' in line]
    last: dict[str, object] = json.loads(lines[-1])
    return last


def test_a_rotated_secret_leads_to_verified_and_bookmarks_stay(world: World) -> None:
    world.verified()
    assert 0 != copied(world)["rows_changed"]
    new = world.rotate()
    running = world.connect("main", "--rotate-secret", CHIMPLINE_CLIENT_SECRET=new)
    world.consent(running.url())
    assert "the selection of tables are unchanged" in running.ends()
    assert "verified" == world.status().state
    world.sandbox.change("subscribe")
    after = copied(world)
    assert after["rows_changed"] in (1, 2)  # the member, and its audience's counters
    assert first_run_is_false(world)


def first_run_is_false(world: World) -> bool:
    files = (world.cwd / ".chimpline" / "runs").glob("*.jsonl")
    events = [json.loads(line) for path in files for line in path.read_text().splitlines()]
    started = [one for one in events if one["event"] == "run_started"]
    started.sort(key=lambda one: one["at"])  # ids of runs in one second are in no order
    return [True, False] == [one["first_run"] for one in started]


def test_a_token_revoked_between_two_runs_is_healed_by_signing_in_again(world: World) -> None:
    world.verified()
    copied(world)
    world.sandbox.revoke(world.sandbox.access_token)
    assert "re-authentication" in str(copied(world, status=2)["message"])
    assert "needs re-authentication" == world.status().state
    assert "the selection of tables" in world.verified()
    assert "verified" == world.status().state
    assert 0 == copied(world)["rows_changed"]


def test_the_token_of_another_account_is_taken_only_when_confirmed(world: World) -> None:
    world.verified()
    with account(seed=6) as other:
        world.secrets |= {other.access_token, other.client_secret}
        moved = {
            "CHIMPLINE_LOGIN_ROOT": other.login_root,
            "CHIMPLINE_CLIENT_SECRET": other.client_secret,
        }
        running = world.connect(**moved)
        world.consent(running.url())
        said = running.ends(2)
        assert "belongs to another Mailchimp account" in said
        assert "stays in use" in said
        assert world.sandbox.account_id == world.status().account_id
        assert "verified" == world.status().state
        assert "belongs to another Mailchimp account" in world.verified("main", "--yes", **moved)
        assert other.account_id == world.status().account_id


def test_one_client_serves_one_connection_unless_somebody_insists(world: World) -> None:
    world.verified("first")
    refused = world.connect("second").ends(2)
    assert f"client id {world.sandbox.client_id} is used by connection first" in refused
    assert "Verified" in world.verified("second", "--insist")
