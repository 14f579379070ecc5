"""Connections: what is defined, kept and secret of each, and the way to *verified*."""
