"""Runs: their list, one of them with its log, and comparisons of a copy with its account."""
