"""Services, counters, who sits where, and the PIN of the hall's counter page."""

import base64
import hashlib
import json
import secrets
from typing import Any, Final

import uuid_utils

from cloud.fleet import service as fleet
from cloud.platform.core import Core
from cloud.platform.errors import ConflictError
from cloud.service import queue_rows as rows
from cloud.service.queue_acts import announce
from cloud.service.queue_models import QueueCounter, QueueService
from cloud.service.queue_shapes import CounterDraft, ServiceDraft
from protocols.venue.queue import MAX_COUNTERS

#: scrypt as the hall checks it (protocols/venue/queue.py: Pin).
_N: Final = 2**14
_R: Final = 8
_P: Final = 1
_SALT_BYTES: Final = 16
_HASH_BYTES: Final = 32


async def put_service(core: Core, station: str, letter: str, draft: ServiceDraft) -> QueueService:
    """Make a service or change it; numbers already given out keep their letter."""
    await fleet.require_station(station)
    async with core.outbox.transaction():
        await rows.hold(station)
        values = {**draft.model_dump(exclude={"skills"}), "skills": json.dumps(draft.skills, ensure_ascii=False)}
        row, is_new = await QueueService.get_or_create(
            {"id": uuid_utils.uuid7().hex, **values}, station=station, letter=letter
        )
        if not is_new:
            row.update_from_dict(values)
            await row.save()
        await announce(core, [station], core.now())
    return row


async def put_counter(core: Core, station: str, number: int, draft: CounterDraft) -> QueueCounter:
    """Make a counter or change it; one that is closed has nobody sitting there."""
    await fleet.require_station(station)
    async with core.outbox.transaction():
        await rows.hold(station)
        if await QueueCounter.filter(station=station).count() >= MAX_COUNTERS:
            raise ConflictError(f"at most {MAX_COUNTERS} counters", "too-many-counters")
        values = {**draft.model_dump(exclude={"skills"}), "skills": json.dumps(draft.skills, ensure_ascii=False)}
        row, is_new = await QueueCounter.get_or_create(
            {"id": uuid_utils.uuid7().hex, **values}, station=station, number=number
        )
        if not is_new:
            row.update_from_dict(values)
        if not row.active:
            row.seat, row.seated_at = "", None
        await row.save()
        await announce(core, [station], core.now())
    return row


async def take_seat(core: Core, station: str, number: int, *, by: str) -> QueueCounter:
    """Sit down at a counter; who sat elsewhere at the station has left there, who sat here is replaced."""
    async with core.outbox.transaction():
        await rows.hold(station)
        row = await rows.counter_of(station, number)
        if not row.active:
            raise ConflictError(f"{number} 号窗口已停用", "queue-counter-closed")
        if row.seat != by:
            await QueueCounter.filter(station=station, seat=by).update(seat="", seated_at=None)
            row.seat, row.seated_at = by, core.now()
            await row.save(update_fields=["seat", "seated_at"])
            await announce(core, [station], core.now())
    return row


async def leave_seat(core: Core, station: str, number: int) -> QueueCounter:
    """Leave a counter: it serves nobody now, and estimates say so."""
    async with core.outbox.transaction():
        await rows.hold(station)
        row = await rows.counter_of(station, number)
        if row.seat:
            row.seat, row.seated_at = "", None
            await row.save(update_fields=["seat", "seated_at"])
            await announce(core, [station], core.now())
    return row


async def set_pin(core: Core, station: str, pin: str) -> None:
    """Give the hall's counter page a PIN; only its hash is kept and goes to the station."""
    await fleet.require_station(station)
    salt = secrets.token_bytes(_SALT_BYTES)
    found = hashlib.scrypt(pin.encode(), salt=salt, n=_N, r=_R, p=_P, dklen=_HASH_BYTES)
    async with core.outbox.transaction():
        book = await rows.hold(station)
        book.pin_salt, book.pin_hash = (base64.b64encode(part).decode() for part in (salt, found))
        await book.save(update_fields=["pin_salt", "pin_hash"])
        await announce(core, [station], core.now())


def service_shown(row: QueueService, counters: list[QueueCounter]) -> dict[str, Any]:
    """Return a service as REST shows it, with the counters that serve it."""
    serving = [one.number for one in counters if one.active and row.letter in rows.letters_for(one, [row])]
    return {
        "letter": row.letter,
        "name": row.name,
        "skills": json.loads(row.skills),
        "opens": row.opens,
        "closes": row.closes,
        "serve_s": row.serve_s,
        "measured_s": row.measured_s,
        "open": row.open,
        "counters": serving,
    }


def counter_shown(row: QueueCounter, services: list[QueueService]) -> dict[str, Any]:
    """Return a counter as REST shows it, with the letters that it serves."""
    return {
        "number": row.number,
        "name": row.name,
        "skills": json.loads(row.skills),
        "active": row.active,
        "staff": row.seat or None,
        "letters": rows.letters_for(row, services),
    }
