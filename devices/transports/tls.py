"""Certificates that devices made themselves: trusted by their fingerprint alone, and told to who must write it down.

`https://10.0.0.64?fingerprint=sha256:…` trusts the one certificate whose DER has this SHA-256, whatever its names and
dates say; without it, what the system trusts is trusted. A device that is not trusted is sent nothing.
"""

import asyncio
import hashlib
import re
import ssl
from functools import cache
from typing import Final

from devices.errors import ConfigurationError
from devices.transport import OPEN_TIMEOUT_S, Address, without_account

OPTION: Final = "fingerprint"
_FINGERPRINT: Final = re.compile(r"sha256:([0-9A-Fa-f]{2}(?::?[0-9A-Fa-f]{2}){31})")


@cache
def system_trust() -> ssl.SSLContext:
    """Return the one context that trusts whom the system trusts; its certificates are read at the first call, 2 MB.

    Every HTTPS connection names it or a fingerprint: the HTTP library's own has no certificates in an agent.
    """
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def trust_for(url: str) -> ssl.SSLContext | bool:
    """Return what an HTTP connection is to trust: over HTTPS the system's certificates; plain HTTP asks nobody."""
    return system_trust() if url.startswith("https:") else True


def pin_of(address: Address) -> bytes | None:
    """Return the SHA-256 that an address pins, None for none; a ConfigurationError says how one is written."""
    text = address.options.get(OPTION)
    if text is None:
        return None
    found = _FINGERPRINT.fullmatch(text)
    if found is None:
        shown = without_account(address.text)
        raise ConfigurationError(
            f"address {shown!r}: write fingerprint=sha256: and 64 hex digits, as `devices probe` prints them"
        )
    return bytes.fromhex(found.group(1).replace(":", ""))


def fingerprint_text(digest: bytes) -> str:
    """Return a fingerprint as addresses have it."""
    return f"sha256:{digest.hex()}"


async def certificate_at(host: str, port: int) -> bytes:
    """Return the SHA-256 of the certificate that a server shows; OSError when there is none. Nothing is sent to it."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # it is looked at, and not talked to
    async with asyncio.timeout(OPEN_TIMEOUT_S):
        _, writer = await asyncio.open_connection(host, port, ssl=context)
    try:
        shown: ssl.SSLObject = writer.get_extra_info("ssl_object")
        return hashlib.sha256(shown.getpeercert(binary_form=True) or b"").digest()
    finally:
        writer.transport.abort()
        await asyncio.sleep(0)  # the loop closes the socket: it must not end before
