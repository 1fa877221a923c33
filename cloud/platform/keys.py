"""Typed keys of what an application and a request carry."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from aiohttp import web

from cloud.platform.core import Core

if TYPE_CHECKING:
    from cloud.fleet.liveness import Liveness
    from cloud.identity.service import Principal
    from cloud.identity.visitors import Visitor

CORE: Final = web.AppKey("core", Core)
LIVENESS: "Final[web.AppKey[Liveness]]" = web.AppKey("liveness")
#: Tells whether the core is connected to its broker now.
BROKER_ANSWERS: "Final[web.AppKey[Callable[[], bool]]]" = web.AppKey("broker_answers")
BROKER_URL: Final = web.AppKey("broker_url", str)
PRINCIPAL: "Final[web.RequestKey[Principal]]" = web.RequestKey("principal")
#: Who of the public calls; the staff never stands here, nor the public under PRINCIPAL.
VISITOR: "Final[web.RequestKey[Visitor]]" = web.RequestKey("visitor")
REQUEST_ID: Final = web.RequestKey("request_id", str)
