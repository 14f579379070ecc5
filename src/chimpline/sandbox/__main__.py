"""`python -m chimpline.sandbox --port 8190 --members 2000`: the sandbox without the product."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from typing import Any

from chimpline.sandbox.model.account import Options
from chimpline.sandbox.server import serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m chimpline.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8190)
    for field in dataclasses.fields(Options):
        name = f"--{field.name.replace('_', '-')}"
        if field.name == "bulk_members":
            parser.add_argument(name, type=int)
        elif isinstance(field.default, bool):
            parser.add_argument(name, action=argparse.BooleanOptionalAction, default=field.default)
        else:
            kind = str if field.default is None else type(field.default)
            parser.add_argument(name, type=kind, default=field.default)

    def ready(info: dict[str, Any]) -> None:
        sys.stdout.write(json.dumps(info) + "\n")
        sys.stdout.flush()

    serve(ready=ready, **vars(parser.parse_args()))


if __name__ == "__main__":
    main()
