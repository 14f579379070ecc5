"""The commands on a real account: a key kept, revoked, healed; and what nobody may see."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

from chimpline.interfaces.messages import told
from chimpline.sandbox import Sandbox
from chimpline.service.connection import access
from chimpline.service.connection.connections import ConnectionState
from chimpline.service.connection.vault import SecretKind
from tests.integration.service.conftest import Place


@pytest.fixture
def signed_in(place: Place, sandbox: Sandbox) -> Place:
    access.verify_api_key(place.connections, "main", sandbox.api_key)
    return place


def state(place: Place) -> ConnectionState:
    return place.connections.get("main").status.state


def test_a_run_takes_the_kept_key_and_a_revoked_one_is_healed_by_a_good_one(
    signed_in: Place, sandbox: Sandbox
) -> None:
    assert 0 == signed_in("run", "--quiet").status
    verified = signed_in.connections.get("main").status.verified_at
    sandbox.revoke(sandbox.api_key)
    outcome = signed_in("run", "--quiet")
    assert 2 == outcome.status
    assert "chimpline connect main" in outcome.err
    status = signed_in.connections.get("main").status
    assert ConnectionState.NEEDS_REAUTHENTICATION is status.state
    assert status.last_error is not None
    assert "does not accept" in told(status.last_error).what
    assert status.verified_at == verified
    assert "needs re-authentication" in signed_in("connections").out

    signed_in.connections.secrets.put("main", SecretKind.API_KEY, sandbox.second_api_key)
    outcome = signed_in("run", "--json")
    assert 0 == outcome.status
    assert ConnectionState.VERIFIED is state(signed_in)
    assert 0 == outcome.json["rows_changed"]  # bookmarks and rows were kept


def test_a_key_given_for_one_run_goes_before_and_says_nothing_of_the_connection(
    signed_in: Place, sandbox: Sandbox
) -> None:
    wrong = "1" * 32 + "-us19"
    assert 2 == signed_in("run", "--dry-run", CHIMPLINE_API_KEY=wrong).status
    assert 2 == signed_in("run", "--dry-run", "--api-key-stdin", stdin=wrong + "\n").status
    assert ConnectionState.VERIFIED is state(signed_in)
    sandbox.revoke(sandbox.api_key)
    good = sandbox.second_api_key
    assert 0 == signed_in("run", "--dry-run", CHIMPLINE_API_KEY=good).status
    assert ConnectionState.VERIFIED is state(signed_in)
    assert 2 == signed_in("run", "--dry-run").status
    assert ConnectionState.NEEDS_REAUTHENTICATION is state(signed_in)


def test_without_a_sign_in_a_run_makes_no_control_database(place: Place, sandbox: Sandbox) -> None:
    assert 0 == place("run", "--quiet", CHIMPLINE_API_KEY=sandbox.api_key).status
    assert not (place.path / ".chimpline" / "control.db").exists()


def test_check_tells_by_its_status(signed_in: Place, sandbox: Sandbox) -> None:
    outcome = signed_in("check")
    assert 0 == outcome.status
    assert "tables can be read" in outcome.out
    sandbox.role("viewer", ["/campaigns"])
    outcome = signed_in("check", "main")
    assert 1 == outcome.status
    assert "campaigns" in outcome.out
    told = next(line for line in outcome.err.splitlines() if "pipeline daily does not copy" in line)
    assert "campaigns" in told
    outcome = signed_in("check", "--json")
    assert (1, False, True) == (
        outcome.status,
        outcome.json["tables"]["campaigns"],
        outcome.json["tables"]["lists"],
    )
    sandbox.revoke(sandbox.api_key)
    assert 2 == signed_in("check", "main").status
    assert 2 == signed_in("check", "nobody").status


def test_list_and_show(signed_in: Place, sandbox: Sandbox) -> None:
    assert "verified" in signed_in("connections").out
    line = signed_in("connections", "--json").json
    assert ("main", "verified", sandbox.account_id, ["daily"]) == (
        line["connection"],
        line["state"],
        line["account_id"],
        line["pipelines"],
    )
    assert {"api_key": f"****{sandbox.api_key.split('-')[0][-4:]}-us19"} == line["secrets"]
    for words in (("main",), ("show", "main"), ("--state-dir", ".chimpline", "main")):
        shown = signed_in("connections", *words).out
        assert "Connection main: verified since" in shown
        assert "****" in shown


def test_edit_and_delete(signed_in: Place) -> None:
    assert 0 == signed_in("connections", "edit", "main", "start_date=01/31/2020").status
    assert 'start_date = "01/31/2020"' in (signed_in.path / "chimpline.toml").read_text()
    assert 0 == signed_in("connections", "edit", "main", "start-date=").status
    assert 'start_date = "01/31' not in (signed_in.path / "chimpline.toml").read_text()
    assert 2 == signed_in("connections", "edit", "main", "nonsense").status
    assert 2 == signed_in("connections", "edit", "main", "connections=many").status
    outcome = signed_in("connections", "edit", "main", "client_secret=seen-by-everybody")
    assert (2, False) == (outcome.status, "seen-by-everybody" in outcome.err)
    assert "every user of this machine can read" in outcome.err
    outcome = signed_in("connections", "delete", "main", "--yes")
    assert 2 == outcome.status
    assert "used by the pipeline daily" in outcome.err
    path = signed_in.path / "chimpline.toml"
    path.write_text(path.read_text().partition("[pipelines.daily]")[0])
    outcome = signed_in("connections", "delete", "main")
    assert 2 == outcome.status
    assert "--yes" in outcome.err
    assert 0 == signed_in("connections", "delete", "main", "--yes").status
    assert "no connection yet" in signed_in("connections").out


def test_the_key_is_rotated_by_command(signed_in: Place) -> None:
    before = (signed_in.path / ".chimpline" / "vault.key").read_text()
    assert 0 == signed_in("connections", "rotate-key").status
    assert before != (signed_in.path / ".chimpline" / "vault.key").read_text()
    new = base64.b64encode(b"k" * 32).decode()
    assert 0 == signed_in("connections", "rotate-key", "--new-key-stdin", stdin=new + "\n").status
    assert not (signed_in.path / ".chimpline" / "vault.key").exists()
    outcome = signed_in("run", "--dry-run")
    assert 2 == outcome.status
    assert "not to be found" in outcome.err
    assert 0 == signed_in("run", "--dry-run", CHIMPLINE_VAULT_KEY=new).status
    assert new not in "".join(signed_in.outputs)


def test_no_file_and_no_output_has_a_secret(signed_in: Place, sandbox: Sandbox) -> None:
    ours = signed_in.connections
    ours.secrets.put("main", SecretKind.CLIENT_SECRET, sandbox.client_secret)
    ours.secrets.put("main", SecretKind.ACCESS_TOKEN, sandbox.access_token)
    signed_in("connections")
    signed_in("connections", "main", "--json")
    signed_in("check", "main", "--json")
    signed_in("run", "--verbose")
    signed_in("run", "--json")
    signed_in("connections", "rotate-key")
    sandbox.revoke()
    signed_in("run", "--verbose")
    signed_in("check", "main")
    signed_in("connections", "main")
    key = (signed_in.path / ".chimpline" / "vault.key").read_text().strip()
    secrets = {
        sandbox.api_key.split("-")[0],
        sandbox.client_secret,
        sandbox.access_token,
        base64.b64encode(f"anystring:{sandbox.api_key}".encode()).decode(),
    }
    said = "".join(signed_in.outputs)
    assert [] == [secret for secret in {*secrets, key} if secret in said]
    files = [path for path in signed_in.path.rglob("*") if path.is_file()]
    assert {"control.db", "vault.key", "chimpline.duckdb", "chimpline.toml"} <= {
        path.name for path in files
    }
    for path in files:
        found = path.read_bytes()
        assert [] == [secret for secret in secrets if secret.encode() in found], path
        assert path.name == "vault.key" or key.encode() not in found, path
    loose = [path.name for path in files if _in_state(path) and path.stat().st_mode & 0o077]
    assert [] == loose


def _in_state(path: Path) -> bool:
    return ".chimpline" in path.parts and path.parent.name == ".chimpline"


def test_a_process_of_its_own_finds_what_another_kept(signed_in: Place) -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "chimpline", "connections", "main", "--json"],
        cwd=signed_in.path,
        env={**os.environ, **signed_in.environ},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert '"verified"' in done.stdout
