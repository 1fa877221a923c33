"""What machines ask: is it alive, is it ready, what are its numbers."""

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from cloud.platform.errors import DatabaseUnreachableError
from cloud.platform.http import answer
from cloud.platform.keys import BROKER_ANSWERS, CORE


async def healthz(request: web.Request) -> web.Response:
    """GET /healthz: the process answers."""
    del request
    return answer({"status": "ok"})


async def readyz(request: web.Request) -> web.Response:
    """GET /readyz: 200 only when database and broker answer and what comes can be stored (D27)."""
    state = {"database": "ok", "broker": "ok" if request.app[BROKER_ANSWERS]() else "not connected"}
    try:
        await request.app[CORE].database.ping()
    except DatabaseUnreachableError as error:
        state["database"] = str(error)
    else:
        if not request.app[CORE].metrics.stores:
            state["database"] = "cannot be written; what comes is kept by the stations"
    ready = set(state.values()) == {"ok"}
    return answer({"status": "ready" if ready else "not ready", **state}, 200 if ready else 503)


async def metrics(request: web.Request) -> web.Response:
    """GET /metrics: Prometheus text."""
    metrics = request.app[CORE].metrics
    metrics.live_readers.set(request.app[CORE].hub.readers)
    return web.Response(body=generate_latest(metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})
