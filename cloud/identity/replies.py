"""Answers that ways in have in common."""

from aiohttp import web

from cloud.identity.onetime import CODE_LIFETIME, Asker
from cloud.identity.public_shapes import Sent
from cloud.platform.address import client_address
from cloud.platform.http import answer
from cloud.platform.keys import VISITOR


def asker_of(request: web.Request) -> Asker:
    """Return whose limit a code counts against: the kiosk's, or the caller's address."""
    visitor = request.get(VISITOR)
    if visitor is not None and visitor.station:
        return Asker("kiosk", f"{visitor.station}/{visitor.slot}")
    return Asker("ip", client_address(request))


def sent() -> web.Response:
    """Return the answer to a request for a code; it is the same for every number."""
    return answer(Sent(sent=True, valid_s=int(CODE_LIFETIME.total_seconds())), 202)
