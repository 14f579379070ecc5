"""Alerts: what needs somebody, told once, to whoever has to know, until it is over."""
