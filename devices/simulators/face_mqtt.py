"""A simulated face terminal of V1.25: keeps records until they are acknowledged, knows people, has its own clock."""

import asyncio
import hashlib
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

import uuid_utils

from devices.driver import Json
from devices.errors import ConfigurationError, DeviceLost
from devices.simulators.device import Field, Simulator, State
from devices.together import together
from devices.transport import Transport
from devices.transports.mqtt import MqttMessage, MqttTransport
from protocols.errors import ParsingError
from protocols.frames.face_mqtt import (
    HEARTBEAT_S,
    SHARED_TOPICS,
    STATUSES,
    Answer,
    HeartBeat,
    Offline,
    Online,
    Record,
    local_time,
    order_topic,
    own_topic,
)
from protocols.frames.face_orders import BUSY, ENROL, Delete, Enrol, OnlineAck, Order, Push, PushAck, order_from_bytes
from protocols.frames.jpeg import bare

#: Online is said this often until it is answered.
ONLINE_S: Final = 3.0
#: Records that the terminal can keep back; the oldest go.
MAX_KEPT: Final = 10_000
MAX_PEOPLE: Final = 20_000
_STATUS_OF: Final = {word: number for number, word in STATUSES.items()}
_NEEDS_PICTURE: Final = 463
_NO_FACE: Final = 464
#: base64 of the head of a JPEG: what no file and no topic of the station may ever hold.
PICTURE: Final = "data:image/jpeg;base64,/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8U"


class FaceTerminal(Simulator):
    """Set `person` and somebody stands before it; the rest are its faults.

    `online` false: the cable is pulled, records are kept. `deaf`: it takes no PushAck, so it sends again and again.
    `again`: it sends what was acknowledged once more. `busy`, `wants_picture`, `keeps_people`: it refuses batches,
    people without a picture, deletions (and says that it did them). `clock_s`: how wrong its clock is.
    `resumes` false: what happens while it is offline is sent only when it is fetched.
    """

    scheme = "mqtt"
    fields = {  # noqa: RUF012 - constant
        "person": Field(str, high=48),
        "verify": Field(str, tuple(_STATUS_OF)),
        "online": Field(bool),
        "deaf": Field(bool),
        "again": Field(bool),
        "busy": Field(bool),
        "wants_picture": Field(bool),
        "keeps_people": Field(bool),
        "resumes": Field(bool),
        "clock_s": Field(int, low=-100_000_000, high=100_000_000),
        "resend_ms": Field(int, low=1, high=60_000),
    }

    def __init__(self, start: Json | None = None) -> None:
        faults = dict.fromkeys(("deaf", "again", "busy", "wants_picture", "keeps_people"), False)
        first = {"person": "", "verify": "allowed", "online": True, "resumes": True, "clock_s": 0, "resend_ms": 10_000}
        #: Records that were not acknowledged, oldest first, and the acknowledged ones.
        self.kept: dict[str, Record] = {}
        self.acknowledged: list[Record] = []
        #: Custom id -> name of those whom the terminal knows.
        self.people: dict[str, str] = {}
        #: SHA-256 of the picture that somebody was enrolled with; the picture itself is not kept.
        self.faces: dict[str, str] = {}
        self.sent_total = 0
        self.id = ""
        self._records = 0
        self._greeted, self._acked, self._work = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._online = asyncio.Event()
        self._online.set()
        self._sessions_of: set[asyncio.Task[None]] = set()
        super().__init__({**first, **faults, **(start or {})})

    def will(self, device: str) -> MqttMessage:
        """Return what the broker says when this terminal vanishes."""
        return MqttMessage(SHARED_TOPICS[0], Offline(device).to_bytes())

    async def wanted(self) -> None:
        """Wait while the cable is pulled."""
        await self._online.wait()

    async def changed(self, before: State, given: Json) -> None:
        """Take a cable in or out, a person, or send again."""
        if self.state["online"]:
            self._online.set()
        else:
            self._online.clear()
            for session in tuple(self._sessions_of):
                session.cancel()
        if self.state["again"] and not before["again"]:
            self.kept = {one.number: one for one in self.acknowledged} | self.kept
            self._work.set()
        if given.get("person"):
            self.see(str(given["person"]))

    def see(self, custom_id: str, at: datetime | None = None) -> Record:
        """Have somebody stand before the terminal, now or at a time of its clock; returns the record."""
        self._records += 1
        status = _STATUS_OF[str(self.state["verify"])]
        record = Record(
            self.id, str(self._records), status, at or self.clock(), custom_id=custom_id, person_id=str(self._records),
            similarity=83.0, in_time=self._online.is_set(), name=self.people.get(custom_id, ""),
            id_card="11010519491231002X", phone="13800000000", place=(346, 0, 1572, 1080),
        )  # fmt: skip
        if not (self._online.is_set() or self.state["resumes"]):
            self.acknowledged.append(record)
            return record
        self.kept[record.number] = record
        while len(self.kept) > MAX_KEPT:
            del self.kept[next(iter(self.kept))]
        self._work.set()
        return record

    def clock(self) -> datetime:
        """Return the terminal's own time."""
        return datetime.fromtimestamp(int(time.time()) + int(self.state["clock_s"] or 0), UTC)

    async def talk(self, transport: Transport) -> None:
        """Serve one connection to the broker."""
        if not isinstance(transport, MqttTransport):
            raise ConfigurationError("a face terminal connects to a broker: mqtt://user:password@host:port/NUMBER")
        self.id = transport.device
        self._greeted, self._acked, self._work = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._work.set()
        session = asyncio.create_task(self._session(transport), name="terminal")
        self._sessions_of.add(session)
        try:
            await asyncio.wait([session])
        finally:
            session.cancel()
            self._sessions_of.discard(session)
            ended = (await asyncio.gather(session, return_exceptions=True))[0]
        if isinstance(ended, Exception):
            raise ended

    async def _session(self, link: MqttTransport) -> None:
        await link.subscribe(order_topic(self.id))
        await together(greet=self._greet(link), beat=self._beat(link), push=self._push(link), listen=self._listen(link))

    async def _greet(self, link: MqttTransport) -> None:
        while not self._greeted.is_set():
            await self.answering()
            hello = Online(self.id, self.clock(), "admin", "192.168.1.88", "face")
            await link.publish(SHARED_TOPICS[0], hello.to_bytes())
            await _within(ONLINE_S, self._greeted)

    async def _beat(self, link: MqttTransport) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            await self.answering()
            await link.publish(SHARED_TOPICS[1], HeartBeat(self.id, self.clock()).to_bytes())

    async def _push(self, link: MqttTransport) -> None:
        """Send the oldest record until it is acknowledged, then the next one."""
        while True:
            await self._work.wait()
            await self.answering()
            record = next(iter(self.kept.values()), None)
            if record is None:
                self._work.clear()
                continue
            self._acked.clear()
            self.sent_total += 1
            await link.publish(own_topic(self.id, "Rec"), record.to_bytes(pic=PICTURE, scene=PICTURE))
            await _within(int(self.state["resend_ms"] or 1) / 1000, self._acked)

    async def _listen(self, link: MqttTransport) -> None:
        async for message in link.messages():
            await self.answering()
            try:
                order = order_from_bytes(message.payload)
            except ParsingError:
                continue
            match order:
                case OnlineAck():
                    self._greeted.set()
                case PushAck():
                    await self._take_push_ack(order, link)
                case Push() | Delete() | Order() | Enrol():
                    await link.publish(own_topic(self.id, "Ack"), self._obey(order).to_bytes())
                    if isinstance(order, Order) and order.operator == "RebootDevice":
                        raise DeviceLost("the terminal starts again")

    async def _take_push_ack(self, order: PushAck, link: MqttTransport) -> None:
        if not self.state["deaf"] and (record := self.kept.pop(order.number, None)) is not None:
            self.acknowledged.append(record)
            del self.acknowledged[:-MAX_KEPT]
            self._acked.set()
        await link.publish(own_topic(self.id, "Ack"), Answer(self.id, "PushAck", order.message_id).to_bytes())

    def _obey(self, order: Push | Delete | Order | Enrol) -> Answer:
        match order:
            case Enrol():
                return self._enrol(order)
            case Push():
                return self._push_people(order)
            case Delete():
                return self._delete_people(order)
            case Order():
                return self._answer(order)

    def _push_people(self, order: Push) -> Answer:
        if self.state["busy"]:
            return self._refusal("EditPersonsNew", order.message_id)
        bad = [
            one.custom_id for one in order.people if self.state["wants_picture"] and one.custom_id not in self.people
        ]
        good = {one.custom_id: one.name for one in order.people if one.custom_id not in bad}
        self.people |= good
        info = {
            "AddErrNum": str(len(bad)), "AddSucNum": str(len(good)), "AddSucInfo": [{"customId": one} for one in good],
            "AddErrInfo": [{"customId": one, "errcode": str(_NEEDS_PICTURE)} for one in bad],
        }  # fmt: skip
        return Answer(self.id, "EditPersonsNew", order.message_id, info=info)

    def _enrol(self, order: Enrol) -> Answer:
        if self.state["busy"]:
            return self._refusal(ENROL, order.message_id)
        try:
            bare(order.picture)
        except ParsingError:
            return Answer(self.id, ENROL, order.message_id, _NO_FACE, ok=False)
        self.people[order.person.custom_id] = order.person.name
        self.faces[order.person.custom_id] = hashlib.sha256(order.picture).hexdigest()
        return Answer(self.id, ENROL, order.message_id)

    def _delete_people(self, order: Delete) -> Answer:
        if self.state["busy"]:
            return self._refusal("DeletePersons", order.message_id)
        good, bad = _split(order.ids, self.people)
        if not self.state["keeps_people"]:
            for one in good:
                del self.people[one]
                self.faces.pop(one, None)
        info = {
            "DelErrNum": str(len(bad)), "DelSucNum": str(len(good)), "DelErrInfo": [{"customId": one} for one in bad],
            "DelSucInfo": [{"customId": one} for one in good],
        }  # fmt: skip
        return Answer(self.id, "DeletePersons", order.message_id, info=info)

    def _refusal(self, operator: str, message_id: str) -> Answer:
        return Answer(self.id, operator, message_id, BUSY, ok=False, detail="")

    def _answer(self, order: Order) -> Answer:
        info: dict[str, object] = {}
        match order.operator:
            case "GetDeviceInformation":
                info = {"version": "V1.25", "deviceTime": self.clock().isoformat(), "pic": PICTURE}
            case "QueryPerson":
                count = str(len(self.people))
                info = {"TotalPersonNum": count, "QueryPersonNum": count, "customId": ",".join(self.people)}
            case "GetMQTTconfig":
                info = {"ResumefromBreakpoint": str(int(bool(self.state["resumes"])))}
            case "ManualPushRecords":
                begin, end = (local_time(str(order.info.get(name, ""))) for name in ("TimeS", "TimeE"))
                if begin is None or end is None:
                    return Answer(self.id, order.operator, order.message_id, ok=False, detail="time")
                wanted = {one.number: one for one in self.acknowledged if one.at and begin <= one.at <= end}
                self.kept = wanted | self.kept
                self._work.set()
            case "SetSysTime":
                at = local_time(str(order.info.get("time", "")))
                if at is None:
                    return Answer(self.id, order.operator, order.message_id, ok=False, detail="time")
                self.state["clock_s"] = round(at.timestamp() - time.time())
        return Answer(self.id, order.operator, order.message_id or str(uuid_utils.uuid7()), info=info)


def _split(ids: Iterable[str], known: Iterable[str]) -> tuple[list[str], list[str]]:
    there = set(known)
    wanted = list(dict.fromkeys(ids))
    return [one for one in wanted if one in there], [one for one in wanted if one not in there]


async def _within(seconds: float, event: asyncio.Event) -> None:
    """Wait for an event, at most so long."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
