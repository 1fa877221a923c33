"""A document that a printer's driver fetches: one page of a server on this machine."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web


@asynccontextmanager
async def page_of(document: bytes) -> AsyncIterator[tuple[str, str]]:
    """Yield the (address, sha256) of a document."""

    async def show(_request: web.Request) -> web.Response:
        return web.Response(body=document, content_type="application/pdf")

    app = web.Application()
    app.add_routes([web.get("/paper", show)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/paper", hashlib.sha256(document).hexdigest()
    finally:
        await runner.cleanup()
