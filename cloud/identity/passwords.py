"""Passwords as argon2id hashes; hashing takes tens of milliseconds and runs beside the event loop."""

import asyncio
import secrets
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from cloud.platform.errors import InvalidInputError

MIN_LENGTH: Final = 12
MAX_LENGTH: Final = 128
#: 96 bits, 16 characters.
_ONE_TIME_BYTES: Final = 12
#: OWASP's second recommended set (19 MiB, 2 passes): a hall's computer has two cores and little memory.
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
#: Compared with when the account does not exist, so that both cases take the same time.
_NOBODY: Final = _HASHER.hash("nobody has this password")


def check_password(password: str, name: str = "") -> None:
    """Refuse a password that is too short, too long or the account's own name."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        text = f"密码须为 {MIN_LENGTH}–{MAX_LENGTH} 个字符"
        raise InvalidInputError(text, {"password": text})
    if name and password.casefold().strip() == name.casefold():
        raise InvalidInputError("密码不能与账号名相同", {"password": "密码不能与账号名相同"})


def check_new(old: str, new: str, name: str) -> None:
    """Refuse a new password that will not do."""
    check_password(new, name)
    if new == old:
        raise InvalidInputError("新密码不能与旧密码相同", {"password": "新密码不能与旧密码相同"})


def one_time_password() -> str:
    """Return a password to be told once and changed at the next login."""
    return secrets.token_urlsafe(_ONE_TIME_BYTES)


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
