"""What every page and every operation of the API works with."""

from __future__ import annotations

import dataclasses
from typing import Annotated

from fastapi import Depends, Request

from chimpline.interfaces.console.security.guard import Address
from chimpline.interfaces.console.welcome import Welcome
from chimpline.service.desk import Desk
from chimpline.service.editing.looking import Looks
from chimpline.service.people.throttle import Throttle
from chimpline.service.pipelines import timed_of
from chimpline.service.schedule.ticker import Ticker
from chimpline.service.sign_in.walking import SignIns


@dataclasses.dataclass(frozen=True, slots=True)
class Room:
    """`welcome`: the link by which the first person, or one who lost a password, gets in."""

    desk: Desk
    ticker: Ticker
    address: Address
    welcome: Welcome
    throttle: Throttle

    def rest(self, pipeline: str, *, paused: bool) -> None:
        """Pause the schedule of a pipeline, or resume it; nothing where there is none.

        Raises `UserError` where there is no such pipeline.
        """
        timed = timed_of(self.desk.choose(pipeline).pipeline)
        if timed is not None:
            change = self.desk.schedules.pause if paused else self.desk.schedules.resume
            change(pipeline, timed.words)
            self.ticker.changed()


def room_of(request: Request) -> Room:
    room: Room = request.app.state.room
    return room


def _sign_ins(request: Request) -> SignIns:
    found: SignIns = request.app.state.sign_ins
    return found


def _looks(request: Request) -> Looks:
    """Made when first asked for."""
    state = request.app.state
    if not hasattr(state, "looks"):
        state.looks = Looks(room_of(request).desk)
    found: Looks = state.looks
    return found


LooksOf = Annotated[Looks, Depends(_looks)]
SignInsOf = Annotated[SignIns, Depends(_sign_ins)]
