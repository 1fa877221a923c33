"""A simulated office printer: IPP over HTTP, jobs that are kept, paper, toner, a jam, an open door.

`holds_jobs` leaves them waiting; `loses_replies` N prints the next N jobs and hangs up instead of answering.
"""

import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pyipp.enums import IppTag
from pyipp.parser import parse
from pyipp.serializer import construct_attribute

from devices.driver import Json
from devices.errors import DeviceLost
from devices.simulators.device import Field, Simulator, State
from devices.simulators.http_line import HttpLine, HttpRequest
from devices.transport import Transport

#: Jobs that are kept to be looked at and looked up; the oldest go.
MAX_JOBS: Final = 500
_FORMATS: Final = ("application/pdf", "image/pwg-raster", "image/jpeg", "text/plain")
_PRINT, _VALIDATE, _CANCEL, _JOB, _JOBS, _PRINTER = 0x0002, 0x0004, 0x0008, 0x0009, 0x000A, 0x000B
_OK, _BAD_REQUEST, _NOT_POSSIBLE, _NOT_FOUND = 0x0000, 0x0400, 0x0404, 0x0406
_FORMAT_NOT_SUPPORTED, _NO_OPERATION, _NOT_ACCEPTING = 0x040A, 0x0501, 0x0506
_IDLE, _STOPPED = 3, 5
_PENDING, _CANCELED, _COMPLETED = 3, 7, 9
_LOW: Final = 10

Attribute = tuple[str, IppTag, Any]
Groups = list[tuple[IppTag, list[Attribute]]]


@dataclass
class PrintedJob:
    """One job and what it brought."""

    number: int
    name: str
    form: str
    data: bytes
    copies: int
    state: int = _PENDING
    sheets: int = 0

    def attributes(self) -> list[Attribute]:
        """Return what the printer says of it."""
        reason = {_PENDING: "job-printing", _CANCELED: "job-canceled-by-user"}.get(
            self.state, "job-completed-successfully"
        )
        return [
            ("job-id", IppTag.INTEGER, self.number),
            ("job-uri", IppTag.URI, f"ipp://localhost/ipp/print/{self.number}"),
            ("job-name", IppTag.NAME, self.name),
            ("job-state", IppTag.ENUM, self.state),
            ("job-state-reasons", IppTag.KEYWORD, reason),
            ("job-impressions-completed", IppTag.INTEGER, self.sheets),
            ("job-media-sheets-completed", IppTag.INTEGER, self.sheets),
        ]


class OfficePrinter(Simulator):
    """Prints at once whatever it can; its jobs are in `jobs`."""

    scheme = "ipp"
    fields = {  # noqa: RUF012 - constant
        "tray_percent": Field(int, high=100),
        "toner_percent": Field(int, high=100),
        "printer_jam": Field(bool),
        "printer_door": Field(str, ("closed", "open")),
        "holds_jobs": Field(bool),
        "loses_replies": Field(int),
        "jobs_printed": Field(int),
    }

    def __init__(self, start: Json | None = None) -> None:
        well = {"tray_percent": 100, "toner_percent": 80, "printer_jam": False, "printer_door": "closed"}
        super().__init__({**well, "holds_jobs": False, "loses_replies": 0, "jobs_printed": 0, **(start or {})})
        self.jobs: list[PrintedJob] = []
        self._number = 0

    async def changed(self, before: State, given: Json) -> None:  # noqa: ARG002 - the contract
        """Print what waits, if that is possible now."""
        for job in self.jobs:
            self._work(job)

    async def talk(self, transport: Transport) -> None:
        """Answer requests until the line is lost."""
        line = HttpLine(transport)
        try:
            while True:
                request = await line.request()
                await self.answering()
                if not await self._answer(line, request):
                    return await transport.close()
        except DeviceLost:
            return None

    async def _answer(self, line: HttpLine, request: HttpRequest) -> bool:
        """Answer one request; False to hang up."""
        if request.method != "POST":
            await line.answer(b"", status="405 Method Not Allowed", content_type="text/plain")
            return True
        try:
            asked = parse(request.body, contains_data=True)
        except Exception:  # noqa: BLE001 - the parser raises whatever its structs and enums do
            await line.answer(_response((2, 0), 1, _BAD_REQUEST, []))
            return True
        operation = asked["status-code"]
        status, groups = self._carry_out(operation, asked)
        if operation == _PRINT and status == _OK and self.state["loses_replies"]:
            self.state["loses_replies"] = int(self.state["loses_replies"]) - 1
            return False
        await line.answer(_response(asked["version"], asked["request-id"], status, groups))
        return True

    def _carry_out(self, operation: int, asked: Mapping[str, Any]) -> tuple[int, Groups]:
        table: dict[int, Callable[[Mapping[str, Any]], tuple[int, Groups]]] = {
            _PRINT: self._print,
            _VALIDATE: lambda asked: (self._judge(asked), []),
            _CANCEL: self._cancel,
            _JOB: self._one_job,
            _JOBS: self._list_jobs,
            _PRINTER: lambda _asked: (_OK, [(IppTag.PRINTER, self._attributes())]),
        }
        return table[operation](asked) if operation in table else (_NO_OPERATION, [])

    def _judge(self, asked: Mapping[str, Any]) -> int:
        form = asked["operation-attributes"].get("document-format", _FORMATS[0])
        return _OK if form in _FORMATS else _FORMAT_NOT_SUPPORTED

    def _print(self, asked: Mapping[str, Any]) -> tuple[int, Groups]:
        if (status := self._judge(asked)) != _OK:
            return status, []
        about = asked["operation-attributes"]
        wishes: Mapping[str, Any] = next(iter(asked["jobs"]), {})
        self._number += 1
        job = PrintedJob(
            self._number, str(about.get("job-name", "")), str(about.get("document-format", _FORMATS[0])),
            bytes(asked["data"]), int(wishes.get("copies", 1)),
        )  # fmt: skip
        self.jobs = [*self.jobs, job][-MAX_JOBS:]
        self._work(job)
        return _OK, [(IppTag.JOB, job.attributes())]

    def _work(self, job: PrintedJob) -> None:
        if job.state == _PENDING and not self._reasons(errors=True) and not self.state["holds_jobs"]:
            job.state, job.sheets = _COMPLETED, job.copies
            self.state["jobs_printed"] = int(self.state["jobs_printed"] or 0) + 1

    def _cancel(self, asked: Mapping[str, Any]) -> tuple[int, Groups]:
        job = self._named(asked)
        if job is None:
            return _NOT_FOUND, []
        if job.state != _PENDING:
            return _NOT_POSSIBLE, []
        job.state = _CANCELED
        return _OK, []

    def _one_job(self, asked: Mapping[str, Any]) -> tuple[int, Groups]:
        job = self._named(asked)
        return (_NOT_FOUND, []) if job is None else (_OK, [(IppTag.JOB, job.attributes())])

    def _list_jobs(self, asked: Mapping[str, Any]) -> tuple[int, Groups]:
        ended = asked["operation-attributes"].get("which-jobs") == "completed"
        chosen = [job for job in reversed(self.jobs) if (job.state != _PENDING) == ended]
        return _OK, [(IppTag.JOB, job.attributes()) for job in chosen]

    def _named(self, asked: Mapping[str, Any]) -> PrintedJob | None:
        number = asked["operation-attributes"].get("job-id")
        return next((job for job in self.jobs if job.number == number), None)

    def _reasons(self, *, errors: bool = False) -> list[str]:
        """Return the reasons of the state; `errors`: only those that keep it from printing."""
        tray, toner = int(self.state["tray_percent"] or 0), int(self.state["toner_percent"] or 0)
        stops = {
            "media-empty-error": tray == 0,
            "media-jam-error": bool(self.state["printer_jam"]),
            "door-open-error": self.state["printer_door"] == "open",
            "marker-supply-empty-error": toner == 0,
        }
        warns = {"media-low-warning": 0 < tray <= _LOW, "marker-supply-low-warning": 0 < toner <= _LOW}
        return [name for name, there in (stops if errors else stops | warns).items() if there]

    def _attributes(self) -> list[Attribute]:
        tray = f"type=sheetFeedAutoRemovableTray;maxcapacity=100;level={self.state['tray_percent']};"
        toner = (
            f"class=supplyThatIsConsumed;type=toner;unit=percent;maxcapacity=100;level={self.state['toner_percent']};"
        )
        return [
            ("printer-state", IppTag.ENUM, _STOPPED if self._reasons(errors=True) else _IDLE),
            ("printer-state-reasons", IppTag.KEYWORD, self._reasons() or ["none"]),
            ("printer-is-accepting-jobs", IppTag.BOOLEAN, True),
            ("printer-input-tray", IppTag.STRING, [tray]),
            ("printer-supply", IppTag.STRING, [toner]),
            ("printer-supply-description", IppTag.TEXT, ["黑色碳粉"]),
            ("document-format-supported", IppTag.MIME_TYPE, list(_FORMATS)),
        ]


def _response(
    version: tuple[int, int], number: int, status: int, groups: Iterable[tuple[IppTag, list[Attribute]]]
) -> bytes:
    """Return an IPP response in the version that was asked in (RFC 8010 §3.1, RFC 8011 §4.1.8)."""
    head = struct.pack(">bbhib", *version, status, number, IppTag.OPERATION.value)
    head += construct_attribute("attributes-charset", "utf-8") + construct_attribute(
        "attributes-natural-language", "zh"
    )
    body = b"".join(
        struct.pack(">b", tag.value)
        + b"".join(construct_attribute(name, value, kind) for name, kind, value in attributes)
        for tag, attributes in groups
    )
    return head + body + struct.pack(">b", IppTag.END.value)
