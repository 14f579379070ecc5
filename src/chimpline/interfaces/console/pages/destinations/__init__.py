"""Destinations: the databases that have a name, and whether a run could write to them."""
