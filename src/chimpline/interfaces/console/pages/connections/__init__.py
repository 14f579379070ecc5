"""Connections: how each stands, and the way to sign in, as `chimpline connect` has it."""
