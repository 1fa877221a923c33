"""That is not me: a comparison that named the wrong person is taken back, and his template goes from that station."""

from uuid import UUID

from cloud.fleet import service as fleet
from cloud.identity import audit, public
from cloud.people.faces.models import FaceLook
from cloud.people.faces.tombstones import leave_station
from cloud.people.models import Person
from cloud.platform.core import Core
from cloud.platform.errors import ConflictError, InvalidInputError, NotFoundError
from cloud.platform.notify import service as notify

_UNKNOWN = "没有这条比对记录"


async def find_look(look_id: str) -> FaceLook:
    """Return a comparison; NotFoundError when there is none."""
    number = int(look_id) if look_id.isascii() and look_id.isdigit() and len(look_id) <= 18 else 0  # noqa: PLR2004
    row = await FaceLook.get_or_none(id=number)
    if row is None:
        raise NotFoundError(_UNKNOWN)
    return row


async def correct(core: Core, look_id: str, by: str, why: str, whose: UUID | None = None) -> FaceLook:
    """Book a comparison to who it really was, or to nobody; the template that was mistaken goes, its owner is told.

    ConflictError when it named nobody or was corrected before. What the wrong session opened ends now.
    """
    if not why.strip():
        raise InvalidInputError("请写明理由", {"why": "请写明理由"})
    async with core.outbox.transaction():
        row = await find_look(look_id)
        wrong = row.booked
        if wrong is None or row.person is None:
            raise ConflictError("这条比对没有认定任何人", "face-nobody")
        if row.corrected_at is not None:
            raise ConflictError("这条比对已经更正过", "face-corrected")
        if whose is not None and (whose == wrong or not await Person.exists(id=whose)):
            raise InvalidInputError("请选择另一位已登记的求职者", {"person": "请选择另一位已登记的求职者"})
        row.booked, row.corrected_at, row.corrected_by = whose, core.now(), by[:80]
        row.correction, row.staff = why.strip()[:200], ""
        await row.save(update_fields=["booked", "corrected_at", "corrected_by", "correction", "staff"])
        await leave_station(core, wrong, row.station, "wrong_person")
        await public.end_sessions_of(wrong, row.station)
        place = (await fleet.station_names([row.station])).get(row.station, row.station)
        await notify.send(core, wrong, "face-again", {"place": place}, f"face-again:{row.id}")
        details = {"look": row.look, "station": row.station, "moved_to": str(whose) if whose else None}
        await audit.record(core, by, "face.correct", f"person:{wrong}", details=details, reason=why.strip()[:200])
    return row


async def deny(core: Core, look_id: str, person: UUID, by: str) -> FaceLook:
    """Let somebody say of a comparison that it was not he; NotFoundError of another person's."""
    row = await find_look(look_id)
    if row.booked != person:
        raise NotFoundError(_UNKNOWN)
    return await correct(core, look_id, by, "本人说不是他")
