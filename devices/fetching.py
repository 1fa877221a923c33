"""Getting a document that a command names: by HTTP, bounded, and only the one that the command means."""

import asyncio
import hashlib
from typing import Final

import aiohttp
from yarl import URL

from devices.errors import DeviceRefused
from devices.transports.tls import trust_for

#: A contract of a few pages is 200 KB; a scan of one 2 MB.
MAX_DOCUMENT_BYTES: Final = 20 * 1024 * 1024
FETCH_TIMEOUT_S: Final = 20.0
_CHUNK_BYTES: Final = 64 * 1024


async def fetch(session: aiohttp.ClientSession, url: str, sha256: str, what: str = "要打印的文件") -> bytes:
    """Return the document at `url`, if it has this hash; DeviceRefused says why `what` it is cannot be had."""
    place = URL(url)
    if place.scheme not in {"http", "https"} or not place.host:
        raise DeviceRefused("the document is not at an http address")
    try:
        async with (
            asyncio.timeout(FETCH_TIMEOUT_S),
            session.get(place, allow_redirects=False, raise_for_status=True, ssl=trust_for(str(place))) as response,
        ):
            data = await _read(response, what)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        # Without the address: it lets its holder read the document.
        text = f"HTTP {error.status}" if isinstance(error, aiohttp.ClientResponseError) else type(error).__name__
        raise DeviceRefused(f"取不到{what}：{text}") from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise DeviceRefused(f"取到的{what}与命令里的不是同一份")
    return data


async def _read(response: aiohttp.ClientResponse, what: str) -> bytes:
    data = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        data += chunk
        if len(data) > MAX_DOCUMENT_BYTES:
            raise DeviceRefused(f"{what}超过 {MAX_DOCUMENT_BYTES // 1024 // 1024} MB")
    return bytes(data)
