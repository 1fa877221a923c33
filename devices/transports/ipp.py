"""A printer on the network that is spoken to in requests: an HTTP session, and a look at its port when it opens."""

import asyncio
from typing import Final

import aiohttp

from devices.errors import ConfigurationError
from devices.transport import OPEN_TIMEOUT_S, Address
from devices.transports.page import PageTransport

IPP_PORT: Final = 631
#: Connections to one printer at a time; the smallest take one or two.
MAX_CONNECTIONS: Final = 2
DEFAULT_PATH: Final = "/ipp/print"


class IppTransport(PageTransport):
    """Holds `session`; the IPP itself is the driver's. Opening fails where nothing listens."""

    def __init__(self, address: Address) -> None:
        super().__init__(address.text, address.options)
        self.host, self.port = address.host, address.port or IPP_PORT
        self.path = address.path if len(address.path) > 1 else DEFAULT_PATH
        self.secure = address.scheme == "ipps"
        self._session: aiohttp.ClientSession | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        """Return the open session."""
        if self._session is None:
            raise self.lost("not open")
        return self._session

    async def open(self) -> None:
        """Look whether anything listens there."""
        try:
            async with asyncio.timeout(OPEN_TIMEOUT_S):
                _, writer = await asyncio.open_connection(self.host, self.port)
        except OSError as error:  # a TimeoutError is one
            raise self.lost(f"cannot connect: {error or 'no answer'}") from error
        writer.close()
        # No proxy and no cookies: the printer is next door. No connection is kept for the next request: printers close
        # idle ones, and a request that meets that moment would look like a printer that is lost.
        line = aiohttp.TCPConnector(limit=MAX_CONNECTIONS, force_close=True)
        self._session = aiohttp.ClientSession(connector=line, cookie_jar=aiohttp.DummyCookieJar())

    async def close(self) -> None:
        """Close the session."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()
            await asyncio.sleep(0)  # the loop closes the sockets: it must not end before


def ipp_of(address: Address) -> IppTransport:
    """Return the transport of `ipp://host[:631][/ipp/print]`, `ipps://` with TLS."""
    if not address.host:
        raise ConfigurationError(f"address {address.text!r}: write ipp://10.0.0.9/ipp/print")
    return IppTransport(address)
