"""`chimpline sandbox`: an emulated Mailchimp account on a real socket, and what may happen to it.

The one command that reaches `chimpline.sandbox`, which no part of the product imports; it is
loaded only when it is typed.
"""

from __future__ import annotations

import errno
import json
import os
import sys
from typing import Annotated, Any

import typer

from chimpline.errors import UserError
from chimpline.interfaces.cli.commands import command_lines, this_command
from chimpline.interfaces.cli.screen.fold import terminal_width
from chimpline.interfaces.cli.session import say, warn
from chimpline.message import Message

DEFAULT_PORT = 8190
DEFAULT_URL = f"http://127.0.0.1:{DEFAULT_PORT}"

app = typer.Typer(help="Serve an emulated Mailchimp account.", rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def sandbox(
    ctx: typer.Context,
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(help="Port to listen on; 0: any free one.", min=0, max=65535)
    ] = DEFAULT_PORT,
    members: Annotated[
        int, typer.Option(min=0, max=5_000_000, help="Number of members, over all audiences.")
    ] = 2_000,
    campaigns: Annotated[int, typer.Option(min=0, max=100_000, help="Number of campaigns.")] = 20,
    events: Annotated[
        int, typer.Option(min=0, max=50_000_000, help="Number of email activity events.")
    ] = 10_000,
    seed: Annotated[int, typer.Option(help="The same seed makes the same account.")] = 1,
) -> int:
    """Serve an emulated Mailchimp account until Ctrl-C."""
    if ctx.invoked_subcommand is not None:
        return 0
    from chimpline.sandbox import server

    try:
        server.serve(
            host,
            port,
            members=members,
            campaigns=campaigns,
            events=events,
            seed=seed,
            ready=_ready,
        )
    except KeyboardInterrupt:
        warn(Message("sandbox-stopped"))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise UserError("port-in-use", port=str(port)) from None
        raise UserError(
            "sandbox-cannot-listen", host=host, port=str(port), reason=_why(error)
        ) from None
    return 0


def _ready(info: dict[str, Any]) -> None:
    say(
        f"An emulated account with {info['members']:,} members, {info['campaigns']:,} campaigns "
        f"and {info['events']:,} events answers at {info['api_root']}. Stop it with Ctrl-C."
    )
    # Not through `say`: what is made up, opens nothing but this sandbox, and has to be seen.
    copying = (
        f"CHIMPLINE_API_KEY={info['api_key']} {this_command()} run --api-root {info['api_root']} "
        "--to duckdb:///sandbox.duckdb"
    )
    lines = [
        "Next, in another terminal:",
        *command_lines(copying, terminal_width(sys.stdout)),
        "Or sign in by OAuth, as docs/tutorial.md explains, with",
        f"    Client ID {info['client_id']}",
        f"    Client Secret {info['client_secret']}",
        f"    Login server {info['login_root']}",
    ]
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


@app.command("change", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def change(
    ctx: typer.Context,
    kind: Annotated[str, typer.Argument(help="The change, for example subscribe.")],
    url: Annotated[
        str,
        typer.Option("--url", envvar="CHIMPLINE_SANDBOX_URL", help="Address of the sandbox."),
    ] = DEFAULT_URL,
) -> int:
    """Change something in a running sandbox.

    Type KIND, then its arguments as --name value.
    """
    from chimpline.sandbox.control import SandboxControl

    given = arguments(ctx.args)
    if not url.startswith(("http://", "https://")):
        raise UserError("sandbox-no-address", url=repr(url), usual=DEFAULT_URL)
    try:
        answer = SandboxControl(url).change(kind, **given)
    except (json.JSONDecodeError, KeyError):
        raise UserError("sandbox-not-one", url=url) from None
    except ValueError as error:
        raise UserError("sandbox-refused-change", reason=str(error)) from None
    except OSError as error:
        raise UserError("sandbox-silent", url=url, reason=_why(error)) from None
    say(json.dumps(answer, ensure_ascii=False, default=str))
    return 0


def _why(error: OSError) -> str:
    """The system's words for it, without those of Python around them."""
    reason = getattr(error, "reason", error)
    if not isinstance(reason, OSError):
        return str(reason)
    if reason.errno is not None and reason.errno in errno.errorcode:
        return os.strerror(reason.errno).lower()
    return (reason.strerror or str(reason)).lower()


def arguments(words: list[str]) -> dict[str, Any]:
    """`--list-id abc --count 3` as names and values; a value that is JSON is taken as such."""
    found: dict[str, Any] = {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if not word.startswith("--"):
            raise UserError("argument-without-name", word=repr(word))
        name, equals, text = word.removeprefix("--").partition("=")
        if not equals:
            if not rest:
                raise UserError("argument-without-value", name=name)
            text = rest.pop(0)
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = text
        found[name.replace("-", "_")] = value
    return found
