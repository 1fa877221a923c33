"""Passwords as argon2id hashes; hashing takes tens of milliseconds and runs beside the event loop."""

import asyncio
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH: Final = 12
MAX_LENGTH: Final = 128
#: OWASP's second recommended set (19 MiB, 2 passes): a hall's computer has two cores and little memory.
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
#: Compared with when the account does not exist, so that both cases take the same time.
_NOBODY: Final = _HASHER.hash("nobody has this password")


async def hash_password(password: str) -> str:
    """Return the hash to store."""
    return await asyncio.to_thread(_HASHER.hash, password)


async def verify_password(stored: str | None, password: str) -> bool:
    """Return whether `password` is the one of `stored`; None takes as long and is never right."""
    right = await asyncio.to_thread(_verify, stored or _NOBODY, password[:MAX_LENGTH])
    return right and stored is not None


def _verify(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
