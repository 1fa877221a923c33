"""Where data keys are kept: in a table, wrapped with a key that follows from the secret file (ADR 0016).

A copy of the database alone opens nothing.

A new key is announced before it seals, so that every process of the core has learnt it by then.
"""

import asyncio
import logging
import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cloud.platform.database import FAILURES, lock_names, transaction
from cloud.platform.errors import CloudError, SettingsError
from cloud.platform.keymodels import DataKey
from cloud.platform.keyring import KEY_BYTES, NONCE_BYTES, KeyRing, derive

#: How often a process looks for new keys, s of wall time.
LOOK_S: Final = 2.0
#: A retired key stays readable this long, for texts that a slow process sealed with it.
KEEP_RETIRED: Final = timedelta(days=30)
#: Keys that one database has had; beyond it something is wrong.
MAX_KEYS: Final = 10_000
WRAP: Final = "key wrap v1"
LOCK: Final = "keyring"

_LOG = logging.getLogger(__name__)
_LATER: Final[tuple[type[Exception], ...]] = (CloudError, *FAILURES)


async def open_keyring(secret: bytes, now: datetime) -> KeyRing:
    """Return the keys of the open database; the first program that opens it makes them."""
    rows = await _rows()
    if not rows:
        async with transaction():
            await lock_names([LOCK])
            rows = await _rows()
            if not rows:
                await new_key(secret, now, purpose="blind", state="current")
                await new_key(secret, now, purpose="seal", state="current")
                rows = await _rows()
    keys, current, blind_key = _unwrapped(secret, rows)
    return KeyRing(keys, current, blind_key)


async def count_keys(secret: bytes) -> int:
    """Return how many keys there are; SettingsError when the secret is not theirs."""
    return len([_unwrap(secret, row) for row in await _rows()])


async def refresh(ring: KeyRing, secret: bytes) -> None:
    """Learn what other processes did to the keys."""
    keys, current, _ = _unwrapped(secret, await _rows())
    ring.learn(keys, current)


async def keep_keys(ring: KeyRing, secret: bytes) -> None:
    """Learn new keys for ever, within LOOK_S; a database that is away changes nothing."""
    failing = False
    while True:
        await asyncio.sleep(LOOK_S)
        try:
            await refresh(ring, secret)
        except _LATER as error:
            _LOG.log(logging.DEBUG if failing else logging.WARNING, "the keys cannot be read: %r", error)
            failing = True
        else:
            failing = False


async def new_key(secret: bytes, now: datetime, *, purpose: str, state: str) -> DataKey:
    """Make a key, inside a transaction."""
    row = await DataKey.create(
        purpose=purpose,
        state=state,
        wrapped="",
        created_at=now,
        current_at=now if state == "current" else None,
    )
    row.wrapped = _wrap(secret, row, os.urandom(KEY_BYTES))
    await row.save(update_fields=["wrapped"])
    return row


async def _rows() -> list[DataKey]:
    return await DataKey.exclude(wrapped="").order_by("id").limit(MAX_KEYS)


def _unwrapped(secret: bytes, rows: Sequence[DataKey]) -> tuple[dict[int, bytes], int, bytes]:
    """Return (keys that seal, id of the current one, key of the blind index)."""
    sealing = {row.id: _unwrap(secret, row) for row in rows if row.purpose == "seal"}
    current = [row.id for row in rows if row.purpose == "seal" and row.state == "current"]
    blind = [row for row in rows if row.purpose == "blind"]
    if not current or not blind:
        raise SettingsError("the table of keys lacks the current key: restore it from a backup")
    return sealing, current[-1], _unwrap(secret, blind[0])


def _wrap(secret: bytes, row: DataKey, key: bytes) -> str:
    nonce = os.urandom(NONCE_BYTES)
    return (nonce + AESGCM(derive(secret, WRAP)).encrypt(nonce, key, _bound(row))).hex()


def _unwrap(secret: bytes, row: DataKey) -> bytes:
    try:
        wrapped = bytes.fromhex(row.wrapped)
        return AESGCM(derive(secret, WRAP)).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], _bound(row))
    except (InvalidTag, ValueError) as error:
        text = "the secret file is not the one that this database's keys were made with: put that one back"
        raise SettingsError(text) from error


def _bound(row: Any) -> bytes:
    return f"{row.purpose} {row.id}".encode()
