"""An emulated Mailchimp account on a real socket, as awkward as the real one.

It stands apart: it imports `chimpline.model` at most. What it answers, and what it says is true,
comes from its own model of an account, never from the catalog.

    with Sandbox.start(members=2000, campaigns=20, events=10_000, seed=1) as sandbox:
        sandbox.api_root, sandbox.api_key, sandbox.login_root, sandbox.access_token
        sandbox.change("archive", member_id=...)     # chimpline.sandbox.changes.apply.CHANGES
        sandbox.faults([{"path": "/lists", "kind": "502-html", "after": 2}])  # faults.Rule
        sandbox.latency(base_s=1.0); sandbox.advance(3600); sandbox.metrics()
        sandbox.truth("list_members")                # what a complete replica holds now

`python -m chimpline.sandbox` serves the same from a process of its own, which `SandboxControl`
drives by the same methods. `model.account.Options` are the sizes and the open questions, each of
which can be had either way.
"""

from chimpline.sandbox.control import SandboxControl
from chimpline.sandbox.sandbox import Sandbox

__all__ = ["Sandbox", "SandboxControl"]
