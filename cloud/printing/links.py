"""Addresses by which a station fetches a paper: they hold for some minutes and for that paper alone (ADR 0031)."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from cloud.platform.errors import NotFoundError

#: A command waits at most two minutes for its printer; a printer that sleeps takes one more.
VALID_FOR: Final = timedelta(minutes=10)


def signed_path(secret: bytes, kind: str, key: str, made_at: datetime) -> str:
    """Return the path of a paper that was made at a moment, with its signature."""
    made = str(int(made_at.timestamp()))
    query = urlencode({"at": made, "sig": _signature(secret, kind, key, made)})
    return f"/papers/{kind}/{key}.pdf?{query}"


def check_path(secret: bytes, kind: str, key: str, made: str, signature: str, now: datetime) -> datetime:  # noqa: PLR0913, PLR0917
    """Return when a paper was made; NotFoundError when the address is not ours or too old."""
    right = hmac.compare_digest(_signature(secret, kind, key, made).encode(), signature.encode())
    if not right:
        raise NotFoundError("there is no such paper")
    made_at = datetime.fromtimestamp(int(made), UTC)
    if not made_at <= now + timedelta(seconds=1) <= made_at + VALID_FOR:
        raise NotFoundError("this address of a paper is too old")
    return made_at


def _signature(secret: bytes, kind: str, key: str, made: str) -> str:
    return hmac.new(secret, f"print-paper\n{kind}\n{key}\n{made}".encode(), hashlib.sha256).hexdigest()
