"""Codes of the second factor: what RFC 6238 says of a half minute, and recovery codes to keep on paper. Pure."""

import secrets
from datetime import datetime
from typing import Final

import pyotp
import segno

ISSUER: Final = "Yizhan"
STEP_S: Final = 30
DIGITS: Final = 6
#: Half minutes that a phone's clock may be off, each way.
DRIFT: Final = 1
RECOVERY_CODES: Final = 10
_RECOVERY_CHARS: Final = 10
#: 32 characters without those that look alike: 50 bits a code.
_ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def new_secret() -> str:
    """Return a new secret of 160 bits in base 32."""
    return pyotp.random_base32()


def uri_of(secret: str, name: str) -> str:
    """Return the address that an authenticator app reads from the QR code."""
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP_S).provisioning_uri(name=name, issuer_name=ISSUER)


def qr_of(uri: str) -> str:
    """Return the QR code of an address as an SVG element."""
    return str(segno.make(uri, error="m").svg_inline(scale=4, border=3, dark="#000", light="#fff", omitsize=True))


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """Return the half minute since 1970 that a code belongs to, None when it is of none near `now`."""
    totp = pyotp.TOTP(secret, digits=DIGITS, interval=STEP_S)
    current = int(now.timestamp()) // STEP_S
    for step in range(current - DRIFT, current + DRIFT + 1):
        if secrets.compare_digest(totp.generate_otp(step).encode(), code.encode()):
            return step
    return None


def new_recovery_codes() -> list[str]:
    """Return recovery codes such as `7KQ2M-XW9RT`."""
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(_RECOVERY_CHARS)) for _ in range(RECOVERY_CODES)]
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def plain(code: str) -> str:
    """Return a code without what people type between its characters."""
    return "".join(code.split()).replace("-", "").upper()


def is_totp(code: str) -> bool:
    """Return whether a plain code has the form of an authenticator's."""
    return len(code) == DIGITS and code.isascii() and code.isdigit()
