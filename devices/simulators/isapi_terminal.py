"""A simulated access terminal of Hikvision: its people, who shows a face, the records that it keeps, its door."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from devices.driver import Json
from devices.simulators.device import Field, State
from devices.simulators.http_line import HttpRequest
from devices.simulators.isapi import BAD_PARAMETERS, DONE, DigestDoor, IsapiDevice, Reply
from protocols.errors import ParsingError
from protocols.frames.isapi import Status
from protocols.frames.isapi_access import (
    FACE_FAILED,
    FACE_PASSED,
    MAJOR_EVENT,
    PAGE_ROWS,
    PeoplePage,
    Person,
    PersonDelete,
    PersonSearch,
    Record,
    RecordPage,
    RecordSearch,
    door_order_of,
)
from protocols.frames.isapi_events import record_alert
from protocols.frames.isapi_faces import PICTURE_PARTS, FaceForm, boundary_of
from protocols.frames.jpeg import bare

#: Records a terminal keeps; the oldest go.
MAX_RECORDS: Final = 10_000
MAX_PEOPLE: Final = 1_000
_EXISTS: Final = Status(6, "Invalid Content", "employeeNoAlreadyExist")
_UNKNOWN: Final = Status(6, "Invalid Content", "employeeNoNotExist")
_HAS_FACE: Final = Status(6, "Invalid Content", "deviceUserAlreadyExistFace")
_NO_FACE: Final = Status(6, "Invalid Content", "faceLibrarySubpicAnalysisModelingError")


class HikTerminal(IsapiDevice):
    """Knows the people it was given; a face of anybody else is a record without a number."""

    model = "DS-K1T341"
    fields = {  # noqa: RUF012 - constant
        **IsapiDevice.common,
        "face": Field(str, high=32),
        "door_order": Field(str, ("", "open", "close", "alwaysOpen", "alwaysClose")),
        "keeps_deleted": Field(bool),
        "face_part": Field(str, PICTURE_PARTS),
    }

    def __init__(self, start: Json | None = None, *, door: DigestDoor | None = None, known: Iterable[str] = ()) -> None:
        super().__init__(start, door=door)
        self.people = {number: Person(number, number, faces=1) for number in known}
        self.records: list[Record] = []
        #: SHA-256 of the picture that somebody was enrolled with; the picture itself is not kept.
        self.faces: dict[str, str] = {}
        self._serial = 0

    def start(self) -> Json:
        """Return a door that nobody ordered anything and no face."""
        return {"face": "", "door_order": "", "keeps_deleted": False, "face_part": PICTURE_PARTS[0]}

    async def changed(self, before: State, given: Json) -> None:
        """Record the face that is shown."""
        await super().changed(before, given)
        if given.get("face"):
            self.show_face(str(given["face"]))

    def show_face(self, number: str) -> None:
        """Record that somebody shows a face, and push the event with a picture; a stranger has no number."""
        known = number in self.people
        minor = FACE_PASSED if known else FACE_FAILED
        self.keep(Record(self._serial + 1, self.now(), MAJOR_EVENT, minor, number if known else ""))
        self.push(record_alert(self.records[-1]), picture=True)

    def keep(self, record: Record) -> None:
        """Keep a record; the next one counts on from it."""
        self._serial = record.serial
        self.records = [*self.records, record][-MAX_RECORDS:]

    async def reply(self, request: HttpRequest, path: str) -> Reply | None:
        """Answer what a terminal is asked."""
        name = path.removeprefix("/ISAPI/AccessControl/").removeprefix("/ISAPI/Intelligent/FDLib/")
        match name:
            case "UserInfo/Record" | "UserInfo/Modify":
                return self._write(Person.from_bytes(request.body), new=name == "UserInfo/Record")
            case "FaceDataRecord" | "FDSetUp":
                form = FaceForm.from_bytes(request.body, boundary_of(request.headers.get("content-type", "")))
                return self._set_face(form, new=name == "FaceDataRecord")
            case "UserInfo/Delete":
                return self._delete(PersonDelete.from_bytes(request.body))
        body = self._told(name, request.body)
        return None if body is None else ("200 OK", body)

    def _told(self, name: str, body: bytes) -> bytes | None:
        match name:
            case "UserInfo/Search":
                return self._found(PersonSearch.from_bytes(body)).to_bytes()
            case "AcsEvent":
                return self._page(RecordSearch.from_bytes(body)).to_bytes()
            case "RemoteControl/door/1":
                self.state["door_order"] = door_order_of(body)
                return Status(1).to_xml()
        return None

    def _set_face(self, form: FaceForm, *, new: bool) -> Reply:
        """Take a face for somebody who is known, under the part's name of this firmware."""
        person = self.people.get(form.record.person)
        if form.part != self.state["face_part"]:
            return "400 Bad Request", BAD_PARAMETERS.to_bytes()
        if person is None:
            return "400 Bad Request", _UNKNOWN.to_bytes()
        if new and person.faces:
            return "400 Bad Request", _HAS_FACE.to_bytes()
        try:
            bare(form.picture)
        except ParsingError:
            return "400 Bad Request", _NO_FACE.to_bytes()
        self.people[person.number] = replace(person, faces=1)
        self.faces[person.number] = hashlib.sha256(form.picture).hexdigest()
        return DONE

    def _write(self, person: Person, *, new: bool) -> Reply:
        if (person.number in self.people) == new:
            return "400 Bad Request", (_EXISTS if new else _UNKNOWN).to_bytes()
        self.people[person.number] = person
        return DONE

    def _delete(self, order: PersonDelete) -> Reply:
        for number in order.numbers:
            if not self.state["keeps_deleted"]:
                self.people.pop(number, None)
                self.faces.pop(number, None)
        return DONE

    def _found(self, wanted: PersonSearch) -> PeoplePage:
        found = [one for one in self.people.values() if wanted.number in ("", one.number)]
        page = tuple(found[wanted.position : wanted.position + PAGE_ROWS])
        more = wanted.position + len(page) < len(found)
        return PeoplePage(wanted.search, len(found), page, more)

    def _page(self, wanted: RecordSearch) -> RecordPage:
        found = [
            one
            for one in self.records
            if wanted.begins <= one.at <= wanted.ends and one.major == wanted.major and wanted.minor in (0, one.minor)
        ]
        page = tuple(found[wanted.position : wanted.position + PAGE_ROWS])
        return RecordPage(wanted.search, len(found), page, wanted.position + len(page) < len(found))
