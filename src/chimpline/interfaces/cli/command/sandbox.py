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
        warn("Stopped.")
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        raise UserError(
            f"Port {port} is in use."
            if taken
            else f"The sandbox cannot listen on {host}:{port}: {_why(error)}.",
            do="Choose another port with --port; 0 takes any free one.",
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
        raise UserError(f"{url!r} is no address of a sandbox.", do=f"Write it as {DEFAULT_URL}.")
    try:
        answer = SandboxControl(url).change(kind, **given)
    except (json.JSONDecodeError, KeyError):
        raise UserError(
            f"What answers at {url} is no sandbox.",
            do="Start one with `chimpline sandbox`, or name it with --url.",
        ) from None
    except ValueError as error:
        raise UserError(
            f"The sandbox did not take this change: {error}",
            do="Correct the kind, or its arguments: --name value.",
        ) from None
    except OSError as error:
        raise UserError(
            f"No sandbox answers at {url}: {_why(error)}.",
            do="Start one with `chimpline sandbox`, or name it with --url.",
        ) from None
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
            raise UserError(
                f"{word!r} stands without a name.", do="Write each argument as --name value."
            )
        name, equals, text = word.removeprefix("--").partition("=")
        if not equals:
            if not rest:
                raise UserError(
                    f"--{name} has no value.", do="Write each argument as --name value."
                )
            text = rest.pop(0)
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = text
        found[name.replace("-", "_")] = value
    return found
