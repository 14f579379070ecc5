"""Passwords are tried a few times at once, and then more and more slowly."""

from __future__ import annotations

import ipaddress
import math

from fastapi import Request

from chimpline.errors import UserError
from chimpline.interfaces.console.room import Room
from chimpline.service.people.people import Person


class TooOften(UserError):
    """Somebody guesses passwords; `seconds`: how long to wait."""


def guessed(request: Request, room: Room, name: str, password: str) -> Person | None:
    """Whose name and password these are. Raises `TooOften`: for guesses of a name, of an address.

    Each counts as a failure until it is known to be none.
    """
    whos = (f"name {name}", f"address {_network(request)}")
    wait_s = room.throttle.begin(*whos)
    if wait_s > 0:
        raise TooOften("console-sign-in-too-often", seconds=math.ceil(wait_s))
    person = room.desk.people.known(name, password)
    if person is not None:
        room.throttle.worked(*whos)
    return person


def known(request: Request, room: Room, name: str, password: str) -> Person:
    """`guessed`, where there has to be somebody. Raises `UserError` for another password."""
    person = guessed(request, room, name, password)
    if person is None:
        raise UserError("password-is-not-this")
    return person


def _network(request: Request) -> str:
    """Who asks; of IPv6 the network, since one machine has as many addresses there as it likes."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if address.version == 4:
        return host
    return str(ipaddress.ip_network((address, 64), strict=False))
