"""The OpenAPI 3.1 document of the REST interface: made of the route table, so that it says what the guard enforces."""

import json
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final

from aiohttp import web
from pydantic import BaseModel, ConfigDict

from cloud.platform.http import API_PREFIX
from cloud.web.route import Route


class Document:
    """The document of a table of routes, made when somebody first asks."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = [route for route in routes if route.path.startswith(API_PREFIX)]

    @cached_property
    def value(self) -> dict[str, Any]:
        """Return the document as JSON knows it."""
        from cloud.web.openapi_parts import document_of  # noqa: PLC0415 - 0.2 s that a start of the core can do without

        return document_of(self._routes)

    @cached_property
    def text(self) -> str:
        """Return the document as it is sent."""
        return json.dumps(self.value, ensure_ascii=False, separators=(",", ":"))


DOCUMENT: Final = web.AppKey("openapi", Document)


class AnyObject(BaseModel):
    """A JSON object whose members are described elsewhere."""

    model_config = ConfigDict(extra="allow")


async def get_document(request: web.Request) -> web.Response:
    """GET /api/v1/openapi.json: this document."""
    return web.Response(text=request.app[DOCUMENT].text, content_type="application/json")
