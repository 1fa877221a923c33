"""Memory that an agent does not need: what is freed is given back, and the system's certificates wait for a use."""

import asyncio
import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

#: The first time soon after the start, whose imports leave the most behind.
FIRST_S: Final = 20.0
INTERVAL_S: Final = 1_800.0
#: By these OpenSSL is told where the system's certificates are.
_CERTIFICATES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR")


async def keep_small() -> None:
    """Give freed memory back, for ever."""
    pause_s = FIRST_S
    while True:
        await asyncio.sleep(pause_s)
        give_back()
        pause_s = INTERVAL_S


def give_back() -> bool:
    """Return whether something was given back; glibc knows how (`malloc_trim(3)`), others keep what they have."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return trim is not None and trim(0) == 1


@contextmanager
def without_certificates() -> Iterator[None]:
    """Have what is imported within read none of the system's certificates.

    aiohttp reads them at its import, 2.2 MB, and most agents speak no HTTPS. `devices.transports.tls.system_trust`
    reads them where one does; a connection that forgets to ask it trusts nobody.
    """
    kept = {name: os.environ.get(name) for name in _CERTIFICATES}
    os.environ.update(dict.fromkeys(_CERTIFICATES, os.devnull))
    try:
        yield
    finally:
        for name, value in kept.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
