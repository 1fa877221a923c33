"""Addresses without a byte stream: a page on a screen, or a device whose driver brings its own HTTP client."""

from devices.errors import ConfigurationError
from devices.transport import MAX_READ_BYTES, OPEN_TIMEOUT_S, Address, Transport


class PageTransport(Transport):
    """Opens and closes without effect; a driver that wants bytes from it is configured wrongly."""

    async def open(self) -> None:
        """Do nothing: there is no link to open."""

    async def close(self) -> None:
        """Do nothing: there is no link to close."""

    async def read(self, limit: int = MAX_READ_BYTES, *, timeout_s: float | None = None) -> bytes:  # noqa: ARG002
        """Refuse."""
        raise self._refusal()

    async def write(self, data: bytes, *, timeout_s: float = OPEN_TIMEOUT_S) -> None:  # noqa: ARG002
        """Refuse."""
        raise self._refusal()

    def _refusal(self) -> ConfigurationError:
        return ConfigurationError(
            f"address {self.address!r} carries no bytes; this profile needs tcp://host:port or serial:/dev/…?baud=…"
        )


def page_of(address: Address) -> PageTransport:
    """Return the transport of `page:` or `http://…`."""
    return PageTransport(address.text, address.options)
