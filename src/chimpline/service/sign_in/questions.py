"""What is asked of a connection: the labels that users know, in their order, and what is meant."""

from __future__ import annotations

from collections.abc import Mapping

EVERYTHING = "everything"

FIRST: Mapping[str, str] = {
    "gateway": "Data gateway",
    "start_date": "Start Date (MM/DD/YYYY)",
    "email_activity_date_window": "Email Activity Date Window (days)",
    "client_id": "Client ID",
}

BY_KEY = ("gateway", "start_date", "email_activity_date_window")


def offered(field: str, value: object) -> str:
    """A setting as it is offered for confirmation."""
    match field:
        case "gateway":
            return "None" if value == "none" else str(value)
        case "start_date":
            return f"{value:%m/%d/%Y}" if value else EVERYTHING
        case _:
            return "" if value is None else str(value)


def meant(field: str, text: str) -> object:
    """The setting that an answer stands for."""
    if field == "gateway":
        return text.lower()
    if field == "start_date" and text.lower() == EVERYTHING:
        return None
    return text
