"""The secret of a connection: from standard input, the environment, the vault, or typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chimpline.errors import SettingsError
from chimpline.redact import register
from chimpline.runs.request import Credential

if TYPE_CHECKING:
    from collections.abc import Callable

    from chimpline.service.settings.request import Chosen, Configuration


def credential(
    chosen: Chosen,
    configuration: Configuration,
    *,
    given: Credential | None = None,
    kept: Callable[[], Credential | None] | None = None,
    ask: Callable[[str], str] | None = None,
    from_environ: Callable[[], bool] = lambda: True,
) -> Credential:
    """The secret of the chosen connection: from standard input, the environment, the vault, typed.

    `kept` is what `chimpline connect` has put away; `ask` is there where a person sits at the
    terminal. `from_environ`: whether one of the environment may be sent to this connection's host.
    """
    if given is not None:
        return given
    name, auth = chosen.connection_name, chosen.connection.auth
    found = from_environment(configuration, name, auth)
    withheld = found is not None and not from_environ()
    if found is not None and not withheld:
        return found
    if kept is not None and (found := kept()) is not None:
        return found
    if ask is not None:
        what = "access token" if auth == "oauth" else "API key"
        return secret(ask(f"Mailchimp {what} (not shown): "), is_api_key=auth != "oauth")
    if withheld:
        raise SettingsError("secret-not-for-this-host", name=name)
    raise SettingsError(
        "secret-missing",
        secret="access_token" if auth == "oauth" else "api_key",
        connection=chosen.connection_name,
    )


def from_environment(
    configuration: Configuration, connection: str, auth: str | None
) -> Credential | None:
    """The secret that the environment has for this connection, if it has one."""
    secrets = configuration.sources.secrets
    kinds = {"api_key": ("api_key",), "oauth": ("access_token",)}.get(
        auth or "", ("api_key", "access_token")
    )
    for scope in ((connection,), ()):
        found = [kind for kind in kinds if (*scope, kind) in secrets]
        if len(found) > 1:
            raise SettingsError("secrets-both-given")
        if found:
            return secret(secrets[(*scope, found[0])], is_api_key=found[0] == "api_key")
    return None


def secret(text: str, *, is_api_key: bool) -> Credential:
    """A credential that no output shows from now on."""
    text = text.strip()
    register(text)
    if not text or any(character.isspace() for character in text) or not text.isascii():
        raise SettingsError("secret-wrong-form", secret="api_key" if is_api_key else "access_token")
    return Credential(secret=text, is_api_key=is_api_key)
