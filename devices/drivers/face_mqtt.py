"""Face terminals that speak JSON over MQTT (V1.25: HFSecurity, 汇帆 and others), through the station's own broker.

A record is acknowledged only when it is durable here; one that comes again is known by (terminal, RecordID, its time)
and acknowledged again. The time is part of the key because a terminal that was reset counts from 1 again. Address:
`broker:1026700?password_file=/etc/yizhan/face-1.password`, or `mqtt://user:password@10.0.0.2:1883/1026700`.
"""

import asyncio
import logging
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar, Final

import uuid_utils

from devices.driver import Driver, Host, Json, SlotConfig
from devices.errors import ConfigurationError, DeviceRefused
from devices.people import (
    MAX_SHOWN,
    STAFF_PREFIX,
    TOO_LATE,
    counted,
    ids_of,
    kept_record,
    people_of,
    timed,
    told_enrolled,
    told_erased,
)
from devices.together import together
from devices.transport import Transport
from devices.transports.mqtt import MqttMessage, MqttTransport
from protocols.errors import ParsingError
from protocols.frames.face_mqtt import (
    HEARTBEAT_S,
    OWN_TOPICS,
    RESERVED,
    SHARED_TOPICS,
    STATUSES,
    TERMINAL_ID,
    Answer,
    FireSmoke,
    HeartBeat,
    Message,
    Offline,
    Online,
    Record,
    Snapshot,
    from_bytes,
    local_text,
    local_time,
    order_topic,
    own_topic,
)
from protocols.frames.face_orders import (
    ENROL,
    MAX_PUSHED,
    SNAPSHOT,
    Delete,
    Enrol,
    OnlineAck,
    Order,
    Person,
    Push,
    PushAck,
    error_text,
    known_ids,
    refused_people,
)
from protocols.venue.vocabulary import Kind

#: Heartbeats that may be missing before the terminal is asked, and how long it then has for its answer.
MISSED_BEATS: Final = 2
ANSWER_TIMEOUT_S: Final = 3.0
#: A batch of 1,000 people takes minutes, one of 200 deletions about 7 s.
BATCH_TIMEOUT_S: Final = 240.0
#: A terminal looks for the face in a picture for a second or two.
ENROL_TIMEOUT_S: Final = 20.0
#: Ten thousand ids are half a megabyte.
LIST_TIMEOUT_S: Final = 20.0
#: A terminal's clock may be wrong by this much before it is set; not more often than every `_SET_AGAIN`.
MAX_CLOCK_ERROR: Final = timedelta(seconds=5)
_SET_AGAIN: Final = timedelta(minutes=10)
_ALLOWED: Final = 1
#: Members of an answer that a command's result, which the cloud keeps, may not carry.
_SECRET: Final = re.compile(r"pass|pwd|psw|secret|token|key", re.IGNORECASE)

_log = logging.getLogger(__name__)


class FaceMqttDriver(Driver):
    """Stores who stood before the terminal, keeps its clock and its list of people."""

    kinds: ClassVar[frozenset[Kind]] = frozenset({"face"})
    broker_topics = (
        ("write", own_topic("{device}", "+")),
        *(("write", topic) for topic in SHARED_TOPICS),
        ("read", order_topic("{device}")),
    )

    def __init__(self, config: SlotConfig, transport: Transport) -> None:
        super().__init__(config, transport)
        if not isinstance(transport, MqttTransport):
            raise ConfigurationError(
                f"address {transport.address!r}: write broker:NUMBER, the terminal's serial number"
            )
        self._id = transport.device
        if not TERMINAL_ID.fullmatch(self._id) or self._id in RESERVED:
            raise ConfigurationError(f"{self._id!r} is no serial number of a terminal")
        self._link = transport
        self._staff_prefix = str(config.settings.get("staff_prefix", STAFF_PREFIX))
        self._waiting: dict[str, asyncio.Future[Answer]] = {}
        self._batch = asyncio.Lock()
        self._heard = asyncio.Event()
        #: Set once the terminal was heard: what is said to one that is not there yet is lost.
        self._here = asyncio.Event()
        self._clock_set_at: datetime | None = None
        self._bad_total = 0
        #: Whether the terminal keeps what it cannot send; None: it has not said.
        self._keeps: bool | None = None
        #: Fire and smoke as they were told last; nothing at first.
        self._smoke = (0, 0)
        self._counts = {"records": 0, "repeats": 0, "snapshots": 0}

    async def run(self, host: Host) -> None:
        """Serve until the terminal falls silent or the broker is gone."""
        await self._link.subscribe(*SHARED_TOPICS, *(own_topic(self._id, last) for last in OWN_TOPICS))
        await together(listen=self._listen(host), watch=self._watch(host))

    async def configure(self, settings: Json) -> None:
        """Take how ids of staff begin."""
        self._staff_prefix = str(settings.get("staff_prefix", self._staff_prefix))

    async def command(self, name: str, args: Json, host: Host) -> Json:
        """Run one of the profile's commands."""
        if name == "push_people":
            return await self._push(await _listed(str(args["document"]), str(args["sha256"])), host)
        if name == "push_face":
            return await self._enrol(str(args["person"]), host)
        if name == "delete_people":
            return await self._delete(ids_of(str(args["ids"])), host)
        if name == "fetch_records":
            return await self._fetch(str(args["begin"]), str(args["end"]))
        plain = {"info": self._info, "reboot": self._reboot, "set_time": self._set_time, "list_people": self._count}
        return await plain[name](host) if name in plain else await super().command(name, args, host)

    async def _info(self, _host: Host) -> Json:
        return _flat((await self._ask("GetDeviceInformation")).info)

    async def _reboot(self, host: Host) -> Json:
        host.begins()
        await self._ask("RebootDevice")
        self._here.clear()  # until it says Online again
        return {}

    async def _set_time(self, host: Host) -> Json:
        text = local_text(host.now())
        await self._ask("SetSysTime", {"time": text})
        return {"time": text}

    async def _fetch(self, begin: str, end: str) -> Json:
        """Have the terminal send its records of a time once more; those that are known are known by their keys."""
        if local_time(begin) is None or local_time(end) is None:
            raise DeviceRefused("begin and end are times such as 2026-03-02 09:00:00, of the hall's clock")
        before = self._counts["records"]
        await self._ask("ManualPushRecords", {"TimeS": begin.replace(" ", "T"), "TimeE": end.replace(" ", "T")})
        return {"records_before": before}

    async def _count(self, _host: Host) -> Json:
        return {"people": len(await self._known())}

    async def _watch(self, host: Host) -> None:
        """Ask a terminal that has not been heard; at the start too, since its Online may be long past."""
        silent = MISSED_BEATS
        async for _ in host.ticks(HEARTBEAT_S):
            silent = 0 if self._heard.is_set() else silent + 1
            self._heard.clear()
            if silent >= MISSED_BEATS:
                await self._still_there()

    async def _still_there(self) -> None:
        """Lose a terminal that says nothing at all; one that refuses the question is there."""
        order = Order(_message_id(), "GetDeviceInformation")
        await self._send(order.to_bytes())
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                await self._heard.wait()
        except TimeoutError as error:
            text = f"terminal {self._id} did not answer within {ANSWER_TIMEOUT_S} s; has it the user and the password"
            raise self._link.lost(f"{text} that `yizhan edge broker` prints?") from error

    async def _listen(self, host: Host) -> None:
        async for message in self._link.messages():
            await self._take(message, host)

    async def _take(self, message: MqttMessage, host: Host) -> None:
        try:
            said = from_bytes(message.payload)
        except ParsingError as error:
            self._bad_total += 1
            _log.debug("%s: %s", self.config.slot, error)
            return
        if said.terminal != self._id:
            return  # the shared topics carry everybody
        if message.topic in SHARED_TOPICS and not isinstance(said, Online | Offline | HeartBeat):
            self._bad_total += 1  # everybody may write there: only by its own topics a terminal is known
            return
        await self._heed(said, host)
        self._heard.set()
        if not self._here.is_set():
            self._here.set()
            await self._send(Order(_message_id(), "GetMQTTconfig").to_bytes())
        counts = {f"{name}_total": count for name, count in self._counts.items()}
        host.live(**counts, bad_total=self._bad_total, keeps_records=self._keeps)

    async def _heed(self, said: Message, host: Host) -> None:
        match said:
            case Offline():
                raise self._link.lost(f"terminal {self._id} has left the broker", "closed")
            case Record():
                await self._take_record(said, host)
            case Snapshot():
                self._counts["snapshots"] += 1
                await self._send(PushAck(_message_id(), said.number, SNAPSHOT).to_bytes())
            case Online():
                await self._send(OnlineAck(_message_id(), self._id).to_bytes())
                self._clock_set_at = None  # it may have started anew, with the clock of its factory
                await self._keep_clock(said.at, host)
            case HeartBeat():
                await self._keep_clock(said.at, host)
            case FireSmoke():
                await self._see_smoke(said, host)
            case Answer(operator="GetMQTTconfig", ok=True):
                self._note_keeping(str(said.info.get("ResumefromBreakpoint", "")))
            case Answer():
                self._answered(said)

    async def _see_smoke(self, said: FireSmoke, host: Host) -> None:
        """Store what a camera sees when it is something else than before; it says the same each second."""
        seen = said.fire, said.smoke
        if seen != self._smoke:
            self._smoke = seen
            await host.event("smoke.seen", {"fire": said.fire, "smoke": said.smoke})

    async def _take_record(self, record: Record, host: Host) -> None:
        """Store a record, then acknowledge it: what the outbox refuses is sent again."""
        now = host.now()
        at = None if record.at is None else timed(record.at, now)
        key = f"{self._id}:{record.number}:{local_text(record.at)}"
        data, passed = self._data(record, at, now), record.status == _ALLOWED
        new = await host.event_once(key, "person.recognised" if passed else "person.refused", data, "evidence")
        self._counts["records" if new else "repeats"] += 1
        if new and passed and data["staff"] and at is not None and now - at <= TOO_LATE:
            host.sample("staff", "present", at if data["late"] else None)
        await self._send(PushAck(_message_id(), record.number).to_bytes())

    def _data(self, record: Record, at: datetime | None, now: datetime) -> Json:
        """Return what is stored: the id, the time, the outcome. No name, number, phone or picture."""
        who = record.custom_id or (f"{self._id}:{record.person_id}" if record.person_id else "")
        data = kept_record(who, record.number, at, now)
        if record.status != _ALLOWED:
            return {**data, "reason": STATUSES[record.status]}
        return {**data, "staff": bool(record.custom_id) and record.custom_id.startswith(self._staff_prefix)}

    async def _keep_clock(self, at: datetime | None, host: Host) -> None:
        """Set the terminal's clock when it is wrong; its answer is not waited for by who reads answers."""
        now = host.now()
        wrong = at is not None and abs(at - now) > MAX_CLOCK_ERROR
        if wrong and (self._clock_set_at is None or now - self._clock_set_at >= _SET_AGAIN):
            self._clock_set_at = now
            await self._send(Order(_message_id(), "SetSysTime", {"time": local_text(now)}).to_bytes())

    async def _push(self, people: Sequence[Person], host: Host) -> Json:
        """Push people in batches, one under way; returns who was not taken and why."""
        refused: dict[str, int] = {}
        async with self._batch:
            for start in range(0, len(people), MAX_PUSHED):
                batch = tuple(people[start : start + MAX_PUSHED])
                order = Push(_message_id(), batch)
                answer = await self._exchange(order.message_id, "EditPersonsNew", order.to_bytes(), BATCH_TIMEOUT_S)
                refused |= refused_people(answer)
                host.progress("push", start + len(batch), len(people))
        return counted(people, {one: error_text(code) for one, code in refused.items()})

    async def _enrol(self, person: str, host: Host) -> Json:
        """Give the terminal one person with a live picture, for a firmware that takes nobody without one."""
        async with self._batch, host.live_picture(person) as picture:
            order = Enrol(_message_id(), _taken_as(person, picture.name or person), picture.data)
            host.begins()
            await self._exchange(order.message_id, ENROL, order.to_bytes(), ENROL_TIMEOUT_S)
        await told_enrolled(host, self._id, person)
        return {"person": person}

    async def _delete(self, ids: tuple[str, ...], host: Host) -> Json:
        """Delete people, look whether they are gone, and store the receipt in the stream whose digest is signed."""
        async with self._batch:
            order = Delete(_message_id(), ids)
            await self._exchange(order.message_id, "DeletePersons", order.to_bytes(), BATCH_TIMEOUT_S)
            return await self._confirm(ids, host)

    async def _confirm(self, ids: tuple[str, ...], host: Host) -> Json:
        known = await self._known()
        left = [one for one in ids if one in known]
        await told_erased(host, self._id, ids, left)
        if left:
            raise DeviceRefused(f"终端里还有 {len(left)} 人没有删除，请稍后再试")
        return {"erased": len(ids), "confirmed_by": "QueryPerson"}

    async def _known(self) -> frozenset[str]:
        try:
            return known_ids(await self._ask("QueryPerson", timeout_s=LIST_TIMEOUT_S))
        except ParsingError as error:
            raise DeviceRefused(f"终端的名单读不出来：{error}") from error

    async def _ask(self, operator: str, info: Json | None = None, timeout_s: float = ANSWER_TIMEOUT_S) -> Answer:
        order = Order(_message_id(), operator, info or {})
        return await self._exchange(order.message_id, operator, order.to_bytes(), timeout_s)

    async def _exchange(self, message_id: str, operator: str, payload: bytes, timeout_s: float) -> Answer:
        """Send and return the answer; DeviceRefused says what its code means."""
        waiting: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[message_id] = waiting
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                await self._here.wait()
            await self._send(payload)
            async with asyncio.timeout(timeout_s):
                answer = await waiting
        except TimeoutError as error:
            raise self._link.lost(f"no answer to {operator} within {timeout_s} s") from error
        finally:
            del self._waiting[message_id]
        if not answer.ok and not refused_people(answer):
            raise DeviceRefused(answer.detail or error_text(answer.code))
        return answer

    def _note_keeping(self, told: str) -> None:
        """Note whether records are kept while the station is away; say so when they are not, for they will be lost."""
        if told == "0" and self._keeps is not False:
            _log.warning("%s: terminal %s does not keep records (ResumefromBreakpoint 0)", self.config.slot, self._id)
        self._keeps = {"0": False, "1": True}.get(told)

    def _answered(self, answer: Answer) -> None:
        waiting = self._waiting.get(answer.message_id)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)

    async def _send(self, payload: bytes) -> None:
        await self._link.publish(order_topic(self._id), payload)


async def _listed(url: str, sha256: str) -> list[Person]:
    """Return the people on a list as this terminal takes them."""
    return [_taken_as(one.id, one.name) for one in await people_of(url, sha256)]


def _taken_as(person: str, name: str) -> Person:
    """Return somebody as a terminal takes him; DeviceRefused for an id that none takes."""
    try:
        return Person(person, name)
    except ParsingError as error:
        raise DeviceRefused(f"名单读不出来：{error}") from error


def _flat(info: Json) -> Json:
    """Return the plain members of an answer; what firmware tells of its own passwords stays here."""
    shown = [(name, value) for name, value in info.items() if not _SECRET.search(name)]
    return {name: value for name, value in shown[:MAX_SHOWN] if isinstance(value, str | int | float | bool)}


def _message_id() -> str:
    return str(uuid_utils.uuid7())
