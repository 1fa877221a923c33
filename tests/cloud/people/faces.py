"""Faces as stations tell of them: enrolments, comparisons, receipts; and a gallery that is made and read here."""

import json
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, Final
from uuid import NAMESPACE_OID, UUID, uuid5

from cloud.identity.public import Visitor
from cloud.ingest.handlers import Arrived
from cloud.people import service as people
from cloud.people.faces import intake
from cloud.people.faces.galleries import Galleries
from cloud.people.faces.models import FaceGallery
from cloud.people.models import Consent
from cloud.platform.core import Core
from cloud.platform.models import DomainEvent, Reader
from protocols.venue.messages import MESSAGES
from tests.cloud.people.sample import TERMS, identity

MODEL: Final = "yizhan-faces-1@ad81ef08"
SLOT: Final = "face-1"
NUMBER: list[int] = [0]


def arrived(core: Core, type_: str, station: str = "st-01", stream: str = "evidence", **data: Any) -> list[Arrived]:
    """Return one event of a station for the handlers."""
    NUMBER[0] += 1
    model = MESSAGES[f"cn.yizhan.{type_}.v1"].model_validate(data)
    event: Any = SimpleNamespace(time=core.now())
    slot = "agent" if type_.startswith("agent") else SLOT
    return [Arrived(station, slot, "store-1", event, model, stream, NUMBER[0])]


async def with_face(core: Core, kiosk: Visitor, order: int = 1, name: str = "示例甲") -> UUID:
    """Return a person who came with his card and agrees to faces; he is enrolled nowhere."""
    opened = await people.log_in_by_card(core, kiosk, identity(core, order=order, name=name), TERMS)
    await people.give_consents(core, opened.visitor.id, ["face"], "kiosk")
    return opened.visitor.id


async def consent_of(person: UUID) -> str:
    """Return the number of somebody's consent in force, as a kiosk reads it from REST."""
    return str(next(one["id"] for one in await people.consents_of(person) if one["purpose"] == "face"))


async def enrol(core: Core, person: UUID, station: str = "st-01", consent: str = "") -> None:
    """Let a station tell that somebody was enrolled, under his consent in force unless another is said."""
    told = arrived(core, "face.person.enrolled", station, person=str(person), model=MODEL, frames=5, page="kiosk-1",
                   consent=consent or await consent_of(person))  # fmt: skip
    async with core.outbox.transaction():
        await intake.record_enrolled(core, told)


def look_id(number: str) -> str:
    """Return the id of a comparison that a test calls by a name."""
    return str(uuid5(NAMESPACE_OID, number))


async def look(core: Core, person: UUID | None, number: str = "look-1", **values: Any) -> None:
    """Let a station tell of a comparison."""
    outcome = "proposed" if person else "unknown"
    data = {"look": look_id(number), "mode": "sign_in", "outcome": outcome, "person": str(person) if person else None,
            "score": 0.81, "second": 0.32, "threshold": 0.6, "gallery": 4, "model": MODEL, "live": "challenge",
            "second_factor": "right", "page": "kiosk-1"}  # fmt: skip
    station = values.pop("station", "st-01")
    async with core.outbox.transaction():
        await intake.record_looks(core, arrived(core, "face.look.ended", station, "evidence", **(data | values)))


async def applied(core: Core, station: str, rev: int | None = None, stream: str = "evidence") -> None:
    """Let a station say that it follows its list."""
    rev = (await FaceGallery.get(station=station)).rev if rev is None else rev
    told = arrived(core, "agent.gallery.applied", station, stream, rev=rev, count=0, missing=0, erased=1)
    async with core.outbox.transaction():
        await intake.record_applied(core, told)


async def erased(core: Core, station: str, *gone: UUID, left: Sequence[UUID] = ()) -> None:
    """Let a station give the receipt of an erasure."""
    told = arrived(core, "face.people.erased", station, command="gallery", terminal=SLOT,
                   erased=[str(one) for one in gone], left=[str(one) for one in left])  # fmt: skip
    async with core.outbox.transaction():
        await intake.record_erased(core, told)


async def published(core: Core) -> dict[str, dict[str, Any]]:
    """Make the lists that changes ask for since the last call; return what was published, by station."""
    found: dict[str, dict[str, Any]] = {}

    async def publish(topic: str, payload: bytes) -> None:
        found[topic.split("/")[2]] = json.loads(payload)

    reader, _ = await Reader.get_or_create(name="faces-of-test")
    events = await DomainEvent.filter(topic=people.FACES_CHANGED, id__gt=reader.position).order_by("id")
    if events:
        await Reader.filter(name="faces-of-test").update(position=events[-1].id)
        async with core.outbox.transaction():
            after = await Galleries(core, publish).on_changed(events)
        await after()
    return found


async def agreed(person: UUID) -> bool:
    """Return whether somebody agrees now."""
    return await Consent.exists(person_id=person, purpose="face", withdrawn_at=None)
