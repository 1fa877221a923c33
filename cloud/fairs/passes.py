"""A jobseeker's pass: what the QR on his phone holds for the counter's scanner, for a few minutes. Pure.

`YZ1` and base64url of person (16 bytes), end (4 bytes, Unix time in s), HMAC-SHA-256 cut to 16 bytes (RFC 2104).
"""

import base64
import binascii
import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

#: How long a pass on a screen can be scanned.
LIFETIME: Final = timedelta(minutes=10)
PREFIX: Final = "YZ1"
#: What `derive` is asked for the key.
PURPOSE: Final = "fair pass"
_ID: Final = 16
_END: Final = 4
_MAC: Final = 16


def write_pass(key: bytes, person: UUID, now: datetime) -> str:
    """Return a pass that ends LIFETIME from now."""
    body = person.bytes + int((now + LIFETIME).timestamp()).to_bytes(_END, "big")
    return PREFIX + base64.urlsafe_b64encode(body + _mac(key, body)).decode().rstrip("=")


def read_pass(key: bytes, text: str, now: datetime) -> UUID | None:
    """Return whose pass it is; None when it is none of ours or its time is over."""
    try:
        data = base64.urlsafe_b64decode(text.removeprefix(PREFIX) + "=" * (-len(text.removeprefix(PREFIX)) % 4))
    except (binascii.Error, ValueError):
        return None
    body, mac = data[: _ID + _END], data[_ID + _END :]
    if not text.startswith(PREFIX) or len(data) != _ID + _END + _MAC or not hmac.compare_digest(mac, _mac(key, body)):
        return None
    if int.from_bytes(body[_ID:], "big") < now.timestamp():
        return None
    return UUID(bytes=body[:_ID])


def _mac(key: bytes, body: bytes) -> bytes:
    return hmac.new(key, body, hashlib.sha256).digest()[:_MAC]
