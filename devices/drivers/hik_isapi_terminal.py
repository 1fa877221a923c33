"""Hikvision access terminals (DS-K1T MinMoe) by ISAPI: who passed, the people it knows, its door.

Events come by the stream; what happened while nobody listened is read from the terminal's records when the stream opens
again, and every half a minute while it cannot be had. A record is stored once under (terminal, number, time): a
terminal whose records were cleared counts from 1 again. People enrol on the terminal; a firmware that insists gets a
live picture once (`push_face`).
"""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Final

import uuid_utils

from devices.driver import Driver, Host, Json, LivePicture, SlotConfig
from devices.errors import ConfigurationError, OutcomeUnknown
from devices.isapi_link import ACCOUNT, IsapiLink, IsapiRefused, Listener
from devices.kept import keep, read_kept
from devices.people import (
    STAFF_PREFIX,
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
from protocols.errors import DocumentError
from protocols.frames.isapi import DeviceInfo
from protocols.frames.isapi_access import (
    FACE_FAILED,
    FACE_PASSED,
    DoorOrder,
    PeoplePage,
    Person,
    PersonDelete,
    PersonSearch,
    Record,
    RecordPage,
    RecordSearch,
    door_order,
)
from protocols.frames.isapi_events import Alert
from protocols.frames.isapi_faces import PICTURE_PARTS, FaceForm, FaceRecord, content_type
from protocols.venue.rfc3339 import format_time, parse_time
from protocols.venue.vocabulary import Kind

#: The terminal is asked what it is this often: that is how it is known to be there.
WATCH_S: Final = 30.0
#: Records are read again from before the last one: clocks are set, and records of one second come in any order.
MARGIN: Final = timedelta(minutes=10)
#: And up to a day ahead, in the terminal's time.
AHEAD: Final = timedelta(days=1)
#: Pages of 30 records, or of 30 people, that one search reads; the next one goes on from there.
MAX_PAGES: Final = 400
#: A deletion is looked at so often, this far apart, before it is called left undone.
LOOKS: Final = 3
LOOK_AGAIN_S: Final = 0.5
BOOK_FILE: Final = "records.json"
_PEOPLE: Final = "/ISAPI/AccessControl/UserInfo"
_RECORDS: Final = "/ISAPI/AccessControl/AcsEvent?format=json"
_EXISTS: Final = "employeeNoAlreadyExist"
#: The faces: a new one, and one instead of the one that is there.
_NEW_FACE: Final = "/ISAPI/Intelligent/FDLib/FaceDataRecord?format=json"
_SET_FACE: Final = "/ISAPI/Intelligent/FDLib/FDSetUp?format=json"
_HAS_FACE: Final = "deviceUserAlreadyExistFace"
#: What firmware says that knows the picture's part under another name.
_OTHER_PART: Final = frozenset({"badParameters", "badJsonContent", "badJsonFormat", "MessageParametersLack"})
#: A terminal looks for the face in a picture for a second or two.
FACE_TIMEOUT_S: Final = 12.0
#: Somebody who leaves is not present from then on.
_LEAVING: Final = frozenset({"checkOut", "breakOut", "overtimeOut"})
_ORDERS: Final[dict[str, DoorOrder]] = {
    "open": "open", "close": "close", "always_open": "alwaysOpen", "always_close": "alwaysClose",
}  # fmt: skip


class HikTerminalDriver(Driver):
    """One terminal."""

    kinds: ClassVar[frozenset[Kind]] = frozenset({"face"})
    address_options: ClassVar[frozenset[str] | None] = ACCOUNT

    def __init__(self, config: SlotConfig, transport: Transport) -> None:
        super().__init__(config, transport)
        self._link = IsapiLink(transport)
        self._passes, self._door = _places(config)
        self._staff_prefix = str(config.settings.get("staff_prefix", STAFF_PREFIX))
        self._listener = Listener(self._link, self._fill, self._heard)
        self._turn = asyncio.Lock()
        self._terminal = ""
        self._since = self._at = self._sampled = datetime.min.replace(tzinfo=UTC)
        self._counts = {"records": 0, "repeats": 0}

    async def run(self, host: Host) -> None:
        """Serve until the terminal no longer answers."""
        await self._known(await self._link.meet(host), host)
        await together(watch=self._watch(host), listen=self._listener.run(host))

    async def configure(self, settings: Json) -> None:
        """Take how ids of staff begin."""
        self._staff_prefix = str(settings.get("staff_prefix", self._staff_prefix))

    async def command(self, name: str, args: Json, host: Host) -> Json:
        """Run `door`, `push_people`, `push_face`, `delete_people` or `list_people`."""
        match name:
            case "door":
                host.begins()
                order = door_order(_ORDERS[str(args["action"])])
                await self._link.order("PUT", f"/ISAPI/AccessControl/RemoteControl/door/{self._door}", order)
                return {}
            case "push_people":
                return await self._push(str(args["document"]), str(args["sha256"]), host)
            case "push_face":
                return await self._enrol(str(args["person"]), host)
            case "delete_people":
                return await self._delete(ids_of(str(args["ids"])), host)
            case "list_people":
                people = await self._people()
                return {"people": len(people), "with_face": sum(1 for one in people if one.faces)}
            case _:
                return await super().command(name, args, host)

    async def settle(self, name: str, args: Json, host: Host) -> Json:
        """Look whether an interrupted deletion was done; the rest cannot be told."""
        if name != "delete_people":
            return await super().settle(name, args, host)
        return await self._confirm(ids_of(str(args["ids"])), host)

    async def _watch(self, host: Host) -> None:
        """Ask whether the terminal is there, and read its records while they do not come by themselves."""
        async for _ in host.ticks(WATCH_S):
            await self._known(await self._link.info(), host)
            if not self._listener.open:
                await self._fill(host)

    async def _known(self, info: DeviceInfo, host: Host) -> None:
        """Note which terminal this is: another one begins now, whatever its records say of before."""
        async with self._turn:
            if info.serial != self._terminal:
                self._begin(info.serial, host)
        self._tell(host, info.model, info.firmware)

    def _begin(self, terminal: str, host: Host) -> None:
        kept = read_kept(host.state_dir / BOOK_FILE)
        self._since = self._at = host.now().replace(microsecond=0)
        if kept.get("terminal") == terminal:
            self._since, self._at = _time(kept.get("since"), self._since), _time(kept.get("at"), self._at)
        self._terminal, self._sampled = terminal, self._at
        self._keep(host)

    def _tell(self, host: Host, model: str, firmware: str) -> None:
        totals = {f"{name}_total": count for name, count in self._counts.items()}
        host.live(model=model, firmware=firmware, streaming=self._listener.open, **totals)

    async def _heard(self, host: Host, alert: Alert) -> None:
        if isinstance(alert.body, Record):
            async with self._turn:
                await self._take(alert.body, host)
                self._keep(host)

    async def _fill(self, host: Host) -> None:
        """Take the records since the last one, oldest first; those that are known change nothing."""
        async with self._turn:
            begins = max(self._since, self._at - MARGIN)
            found = await self._records(begins, host.now() + AHEAD)
            for record in sorted(found, key=lambda one: (one.at, one.serial)):
                await self._take(record, host)
            self._keep(host)

    async def _records(self, begins: datetime, ends: datetime) -> list[Record]:
        found: list[Record] = []
        search = str(uuid_utils.uuid4())
        for _ in range(MAX_PAGES):
            wanted = RecordSearch(search, begins, ends, len(found))
            page = self._link.read(RecordPage.from_bytes, await self._link.ask("POST", _RECORDS, wanted.to_bytes()))
            found += page.records
            if not page.more or not page.records:
                break
        return found

    async def _take(self, record: Record, host: Host) -> None:
        """Store a passage, or a face that nobody is known by; what else happens at the door is not people."""
        if record.at < self._since:
            return
        now = host.now()
        self._at = max(self._at, min(record.at, now))
        at = timed(record.at, now)
        data = kept_record(record.person, str(record.serial), at, now)
        if record.minor == FACE_FAILED:
            await self._once(host, record, "person.refused", {**data, "reason": "unregistered"})
        elif record.minor in self._passes and record.person:
            staff = record.person.startswith(self._staff_prefix)
            new = await self._once(host, record, "person.recognised", {**data, "staff": staff})
            # What was stored before the agent died, and was not sampled to the end, is sampled again.
            sighted = staff and at is not None and record.attendance not in _LEAVING
            if at is not None and sighted and (new or at > self._sampled):
                self._sampled = max(self._sampled, at)
                host.sample("staff", "present", at)

    async def _once(self, host: Host, record: Record, name: str, data: Json) -> bool:
        key = f"{self._terminal}:{record.serial}:{format_time(record.at)}"
        new = await host.event_once(key, name, data, "evidence")
        self._counts["records" if new else "repeats"] += 1
        return new

    def _keep(self, host: Host) -> None:
        """Remember up to where records were taken."""
        book = {"terminal": self._terminal, "since": format_time(self._since), "at": format_time(self._at)}
        path = host.state_dir / BOOK_FILE
        if read_kept(path) != book:
            keep(path, book)

    async def _push(self, url: str, sha256: str, host: Host) -> Json:
        """Give the terminal people, without pictures; those it knows are changed."""
        people = await people_of(url, sha256)
        refused: dict[str, object] = {}
        for index, one in enumerate(people):
            try:
                await self._write(Person(one.id, one.name or one.id))
            except IsapiRefused as error:
                refused[one.id] = error.sub or str(error)
            host.progress("push", index + 1, len(people))
        return counted(people, refused)

    async def _write(self, person: Person) -> None:
        try:
            await self._link.order("POST", f"{_PEOPLE}/Record?format=json", person.to_bytes())
        except IsapiRefused as error:
            if error.sub != _EXISTS:
                raise
            await self._link.order("PUT", f"{_PEOPLE}/Modify?format=json", person.to_bytes())

    async def _enrol(self, person: str, host: Host) -> Json:
        """Give the terminal one person with a live picture, for a firmware that takes nobody without one."""
        async with host.live_picture(person) as picture:
            host.begins()
            await self._write(Person(person, picture.name or person))
            await self._set_face(person, picture)
        await told_enrolled(host, self._terminal, person)
        return {"person": person, "faces": sum(one.faces for one in await self._people(person))}

    async def _set_face(self, person: str, picture: LivePicture) -> None:
        """Send the picture under the names that firmware gives its part, in the place of one that is there."""
        for part in PICTURE_PARTS:
            form, boundary = FaceForm(FaceRecord(person), picture.data, part), uuid_utils.uuid4().hex
            try:
                await self._send_face("POST", _NEW_FACE, form, boundary)
            except IsapiRefused as error:
                if error.sub == _HAS_FACE:
                    await self._send_face("PUT", _SET_FACE, form, boundary)
                elif error.sub in _OTHER_PART and part != PICTURE_PARTS[-1]:
                    continue
                else:
                    raise
            return

    async def _send_face(self, method: str, path: str, form: FaceForm, boundary: str) -> None:
        await self._link.order(
            method, path, form.to_bytes(boundary), kind=content_type(boundary), timeout_s=FACE_TIMEOUT_S
        )

    async def _delete(self, ids: tuple[str, ...], host: Host) -> Json:
        """Delete people with their faces and cards, look whether they are gone, and store the receipt."""
        host.begins()
        await self._link.order("PUT", f"{_PEOPLE}/Delete?format=json", PersonDelete(ids).to_bytes())
        return await self._confirm(ids, host)

    async def _confirm(self, ids: tuple[str, ...], host: Host) -> Json:
        left: list[str] = list(ids)
        for _ in range(LOOKS):
            left = [one for one in left if await self._people(one)]
            if not left:
                break
            await asyncio.sleep(LOOK_AGAIN_S)
        await told_erased(host, self._terminal, ids, left)
        if left:
            raise OutcomeUnknown(f"终端里还有 {len(left)} 人没有删除，请稍后再试")
        return {"erased": len(ids), "confirmed_by": "UserInfo/Search"}

    async def _people(self, number: str = "") -> list[Person]:
        """Return the people that the terminal knows, or the one of a number."""
        found: list[Person] = []
        search = str(uuid_utils.uuid4())
        for _ in range(MAX_PAGES):
            wanted = PersonSearch(search, number, len(found)).to_bytes()
            body = await self._link.ask("POST", f"{_PEOPLE}/Search?format=json", wanted)
            page = self._link.read(PeoplePage.from_bytes, body)
            found += [one for one in page.people if number in ("", one.number)]
            if number or not page.more or not page.people:
                break
        return found


def _places(config: SlotConfig) -> tuple[frozenset[int], int]:
    """Return the minor types that are a passage, and the number of the door."""
    passes, door = config.options.get("passes", [FACE_PASSED]), config.options.get("door", 1)
    if not isinstance(passes, list) or not all(isinstance(one, int) for one in passes) or not isinstance(door, int):
        raise ConfigurationError(f"options of a terminal: passes {passes!r}, door {door!r}")
    return frozenset(passes), door


def _time(text: object, otherwise: datetime) -> datetime:
    try:
        return parse_time(str(text))
    except DocumentError:
        return otherwise
