"""Errors in the shape Mailchimp gives them: problem documents with title, detail and instance."""

from __future__ import annotations

ERROR_TYPE = "https://mailchimp.com/developer/marketing/docs/errors/"

# Title -> (status, detail). The titles are what `X-Trigger-Error` may name, without its spaces.
KNOWN: dict[str, tuple[int, str]] = {
    "Bad Request": (400, "Your request could not be processed."),
    "Invalid Resource": (400, "The resource submitted could not be validated."),
    "API Key Missing": (401, "Your request did not include an API key."),
    "API Key Invalid": (
        401,
        "Your API key may be invalid, or you've attempted to access the wrong datacenter.",
    ),
    "Forbidden": (403, "You are not permitted to access this resource."),
    "User Disabled": (403, "This account has been disabled."),
    "Wrong Datacenter": (403, "The API key provided is linked to a different data center."),
    "Resource Not Found": (404, "The requested resource could not be found."),
    "Account Deactivated": (403, "This account has been deactivated."),
    "Method Not Allowed": (405, "The requested method and resource are not compatible."),
    "Conflict": (409, "The resource is in conflict with another one."),
    "Resource Nesting Too Deep": (414, "The sub-resource requested is nested too deeply."),
    "Too Many Requests": (429, "You have exceeded the limit of 10 simultaneous connections."),
    "Internal Server Error": (500, "An unexpected internal error has occurred. Please try again."),
    "Compliance Related": (503, "This method has been disabled."),
}


class Problem(Exception):
    """Raised anywhere below the server; the server writes the document."""

    def __init__(
        self,
        title: str,
        detail: str | None = None,
        errors: list[dict[str, str]] | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(title)
        self.title = title
        usual, known = KNOWN[title]
        self.status = status or usual
        self.detail = detail or known
        self.errors = errors

    def document(self, instance: str) -> dict[str, object]:
        document: dict[str, object] = {
            "type": ERROR_TYPE,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
        }
        if self.errors is not None:
            document["errors"] = self.errors
        return document


def not_found() -> Problem:
    """A wrong id and a wrong path look alike."""
    return Problem("Resource Not Found")


def triggered(name: str) -> Problem | None:
    """The problem that an `X-Trigger-Error` header asks for."""
    wanted = name.replace(" ", "").lower()
    for title in KNOWN:
        if title.replace(" ", "").lower() == wanted:
            return Problem(title)
    return None
