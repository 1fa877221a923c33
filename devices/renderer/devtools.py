"""A page of a Chromium, spoken to over its DevTools protocol on the loopback address."""

import asyncio
import base64
import binascii
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import aiohttp

from devices.renderer.errors import Silent

LOOPBACK: Final = "127.0.0.1"
#: A page that works answers in milliseconds; one that lays out 200 cards in tenths of a second.
ANSWER_TIMEOUT_S: Final = 5.0
#: A picture of 320 pixels is some 20 KB, a list of pages a few KB.
MAX_MESSAGE_BYTES: Final = 4 * 1024 * 1024
#: Longer side of a picture, in pixels.
PICTURE_SIDE: Final = 320


class DevTools:
    """One page; every call ends within ANSWER_TIMEOUT_S or raises Silent. One call at a time."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._calls = 0

    async def evaluate(self, expression: str) -> Any:
        """Return the value of an expression in the page, as JSON can say it."""
        found = await self._call("Runtime.evaluate", {"expression": expression, "returnByValue": True})
        result: Any = found.get("result", {})
        if "exceptionDetails" in found:
            raise Silent(f"the page cannot say {expression!r}: {result.get('description', '')[:120]}")
        return result.get("value")

    async def picture(self) -> bytes:
        """Return what is on the screen now as a small PNG.

        A screencast of one frame: it copies what was composed, where a screenshot would lay the page out anew and could
        be seen on the wall.
        """
        await self._send("Page.startScreencast", {"format": "png", "maxWidth": PICTURE_SIDE, "maxHeight": PICTURE_SIDE})
        try:
            frame = await self._next(lambda message: message.get("method") == "Page.screencastFrame")
        finally:
            await self._send("Page.stopScreencast", {})
        try:
            return base64.b64decode(frame["params"]["data"], validate=True)
        except (KeyError, TypeError, binascii.Error) as error:
            raise Silent("the browser sent no picture") from error

    async def navigate(self, url: str) -> None:
        """Have the page load an address."""
        await self._call("Page.navigate", {"url": url})

    async def _call(self, method: str, params: Mapping[str, object]) -> dict[str, Any]:
        number = await self._send(method, params)
        answer = await self._next(lambda message: message.get("id") == number)
        if "result" not in answer:
            raise Silent(f"{method}: {answer.get('error')}")
        result: dict[str, Any] = answer["result"]
        return result

    async def _send(self, method: str, params: Mapping[str, object]) -> int:
        self._calls += 1
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                await self._socket.send_str(json.dumps({"id": self._calls, "method": method, "params": params}))
        except (TimeoutError, ConnectionError, aiohttp.ClientError) as error:
            raise Silent(f"the browser takes nothing: {error!r}") from error
        return self._calls

    async def _next(self, wanted: Any) -> dict[str, Any]:
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                while True:
                    message = await self._socket.receive()
                    if message.type != aiohttp.WSMsgType.TEXT:
                        raise Silent("the browser has closed the line")
                    found: Any = json.loads(message.data)
                    if isinstance(found, dict) and wanted(found):
                        return found
        except TimeoutError as error:
            raise Silent(f"the page does not answer within {ANSWER_TIMEOUT_S:g} s") from error
        except ValueError as error:
            raise Silent("what came is not the language of a browser") from error


@asynccontextmanager
async def attached(port: int) -> AsyncIterator[DevTools]:
    """Yield the first page of the browser whose DevTools listen at a port of this machine; Silent if there is none."""
    timeout = aiohttp.ClientTimeout(total=ANSWER_TIMEOUT_S)
    async with aiohttp.ClientSession() as http:
        try:
            async with http.get(f"http://{LOOPBACK}:{port}/json/list", timeout=timeout) as answer:
                pages = json.loads(await answer.read())
            address = next(one["webSocketDebuggerUrl"] for one in pages if one["type"] == "page")
            socket = await asyncio.wait_for(http.ws_connect(address, max_msg_size=MAX_MESSAGE_BYTES), ANSWER_TIMEOUT_S)
        except (TimeoutError, OSError, aiohttp.ClientError, ValueError, KeyError, StopIteration) as error:
            raise Silent(f"no page answers at port {port}: {error!r}") from error
        try:
            yield DevTools(socket)
        finally:
            await socket.close()
