"""An emulated Mailchimp account on a real socket, as awkward as the real one.

It stands apart: it imports `chimpline.model` at most. What it answers, and what it says is true,
comes from its own model of an account, never from the catalog.
"""

from chimpline.sandbox.control import SandboxControl
from chimpline.sandbox.sandbox import Sandbox

__all__ = ["Sandbox", "SandboxControl"]
