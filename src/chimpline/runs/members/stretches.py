"""Parts of an audience that are counted on both sides, and what asks for each of them."""

from __future__ import annotations

import dataclasses
from urllib.parse import urlencode

from chimpline.model import Scope, Window
from chimpline.runs.members.asks import window_filters
from chimpline.runs.members.bisection import Leaf, cost


@dataclasses.dataclass(frozen=True, slots=True)
class Ground:
    """Members of one audience that are counted along one column of time.

    `ask`: the query string besides that column. `scope`: the destination's rows. `window`: of the
    members' cursor. `inside`: the columns by which one second of it can still be divided.
    """

    ask: str
    scope: Scope
    window: Window
    along: str
    inside: tuple[str, ...] = ()

    def asked(self, window: Window) -> tuple[str, Window]:
        """A window of it as a question: query string, and window of the cursor."""
        if self.along == self.scope.cursor:
            return self.ask, window
        return joined(self.ask, **window_filters(self.along, window)), self.window

    def rows(self, leaf: Leaf) -> Scope:
        """The destination's rows in a leaf of it."""
        if self.along == self.scope.cursor:
            return dataclasses.replace(self.scope, since=leaf.since, until=leaf.until)
        within = (*self.scope.within, (self.along, Window(leaf.since, leaf.until)))
        return dataclasses.replace(self.scope, within=within)


def joined(ask: str, **more: str) -> str:
    """A query string with further parameters."""
    return "&".join(filter(None, (ask, urlencode(more))))


@dataclasses.dataclass(frozen=True, slots=True)
class Stretch:
    """Neighbouring leaves of a ground, and how many members Mailchimp holds in them."""

    ground: Ground
    leaves: tuple[Leaf, ...]
    theirs: int

    @property
    def ours(self) -> int:
        return sum(leaf.rows for leaf in self.leaves)

    @property
    def differing(self) -> int:
        """How many more (or fewer, below 0) Mailchimp holds."""
        return self.theirs - self.ours

    @property
    def pages(self) -> int:
        return sum(leaf.pages for leaf in self.leaves)

    @property
    def cost(self) -> float:
        return cost(self.pages, abs(self.differing)) if self.differing else 0.0
