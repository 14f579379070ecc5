"""Signing in, as a terminal and a browser ask for it: the same questions, in the same order."""
