"""The address that a request comes from, seen through the proxies that we trust."""

from ipaddress import ip_address, ip_network
from typing import Final

from aiohttp import web

from cloud.platform.keys import CORE

HEADER: Final = "X-Forwarded-For"


def client_address(request: web.Request) -> str:
    """Return the address of the caller: of the connection, or what the nearest trusted proxy says; empty if unknown.

    Whoever calls us directly may write what he likes into the header: it counts only from a trusted proxy, and of its
    entries only the last, which that proxy added itself.
    """
    peer = request.remote or ""
    trusted = request.app[CORE].settings.proxies
    if not trusted or not _within(peer, trusted):
        return peer
    said = request.headers.get(HEADER, "").rpartition(",")[2].strip()
    return said if _is_address(said) else peer


def _within(address: str, networks: tuple[str, ...]) -> bool:
    return _is_address(address) and any(ip_address(address) in ip_network(network) for network in networks)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
