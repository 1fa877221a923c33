"""Office printers by IPP Everywhere (RFC 8011, PWG 5100.14).

A job is named after its command, so that one whose answer was lost is looked up at the printer before anybody is asked.
One that cannot be printed now is taken back: paper must not come out an hour later, when somebody has filled the tray.
"""

import asyncio
import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import aiohttp
from pyipp import IPP
from pyipp.enums import IppOperation
from pyipp.exceptions import IPPConnectionError, IPPError, IPPParseError, IPPResponseError

from devices.driver import Host, Json, PollingDriver, SlotConfig
from devices.errors import ConfigurationError, DeviceLost, DeviceRefused, OutcomeUnknown
from devices.faults import Faults
from devices.fetching import fetch
from devices.ipp_state import PrinterState
from devices.transport import Transport
from devices.transports.ipp import IppTransport
from protocols.venue.vocabulary import Kind

#: How often the printer is asked how it is; a fault is told within two of them.
POLL_S: Final = 2.0
#: A printer that sleeps wakes within this; in the shared suite a dead one is lost within five seconds.
REQUEST_TIMEOUT_S: Final = 4.0
#: Handing over a document of some megabytes takes longer.
SEND_TIMEOUT_S: Final = 30.0
#: A job that has not come to its end by then is taken back.
JOB_TIMEOUT_S: Final = 60.0
JOB_POLL_S: Final = 0.5
#: The printer is looked for again after a lost answer, this often.
LOOK_UPS: Final = 4
LOOK_UP_S: Final = 2.0
#: Characters of the title in a job's name, which has 255 bytes.
TITLE_CHARS: Final = 50
_COMPLETED: Final = 9
#: Cancelled, aborted, completed.
ENDED: Final = frozenset({7, 8, _COMPLETED})
STATES: Final = {3: "ready", 4: "printing", 5: "stopped"}

_ASKED: Final = (
    "printer-state", "printer-state-reasons", "printer-is-accepting-jobs", "printer-input-tray", "printer-supply",
    "printer-supply-description", "marker-names", "marker-levels", "document-format-supported",
)  # fmt: skip
_JOB_ASKED: Final = (
    "job-id", "job-name", "job-state", "job-state-reasons", "job-impressions-completed", "job-media-sheets-completed",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Job:
    """What the printer says of one job."""

    number: int
    name: str
    state: int
    reasons: str
    #: Sheets or impressions; None: the printer does not count.
    printed: int | None

    @classmethod
    def of(cls, attributes: Mapping[str, Any]) -> "Job":
        """Return the job in parsed attributes."""
        counts = [attributes.get(name) for name in ("job-impressions-completed", "job-media-sheets-completed")]
        reasons = attributes.get("job-state-reasons", "")
        return cls(
            number=int(attributes.get("job-id", 0)),
            name=str(attributes.get("job-name", "")),
            state=int(attributes.get("job-state", 0)),
            reasons=", ".join(map(str, reasons)) if isinstance(reasons, list) else str(reasons),
            printed=max((count for count in counts if isinstance(count, int)), default=None),
        )


class IppDriver(PollingDriver):
    """Asks for the state every POLL_S, and prints: `print` {title, document: URL, sha256, format, copies, sides}."""

    kinds: ClassVar[frozenset[Kind]] = frozenset({"printer"})
    interval_s = POLL_S

    def __init__(self, config: SlotConfig, transport: Transport) -> None:
        super().__init__(config, transport)
        if not isinstance(transport, IppTransport):
            raise ConfigurationError(f"address {transport.address!r}: write ipp://host/ipp/print")
        self._link = transport
        self._faults = Faults()
        self._media: tuple[int, list[str]] | None = None

    async def poll(self, host: Host) -> None:
        """Ask once and tell."""
        await self._tell(host, await self._state())

    async def command(self, name: str, args: Json, host: Host) -> Json:
        """Run `print`; OutcomeUnknown when the paper may have come out and may not."""
        if name != "print":
            return await super().command(name, args, host)
        form = str(args.get("format", "application/pdf"))
        await self._refuse_when_it_cannot(host, form)
        data = await fetch(self._link.session, str(args["document"]), str(args["sha256"]))
        host.begins()
        job = await self._send(job_name(str(args["title"]), host.command_id), form, args, data)
        return await self._follow(job, host)

    async def settle(self, name: str, args: Json, host: Host) -> Json:
        """Look the job of an interrupted command up by its name."""
        if name != "print":
            return await super().settle(name, args, host)
        job = await self._find(host.command_id)
        if job is None:
            raise OutcomeUnknown("打印机里查不到这个任务")
        return await self._follow(job, host)

    async def _refuse_when_it_cannot(self, host: Host, form: str) -> None:
        """Refuse before anything is sent: then it is certain that nothing is printed."""
        state = await self._state()
        await self._tell(host, state)
        why = [fault.text for fault in state.faults().values() if fault.severity == "error"]
        if why:
            raise DeviceRefused("、".join(why))
        if state.formats and form not in state.formats:
            raise DeviceRefused(f"打印机不支持 {form}")

    async def _send(self, name: str, form: str, args: Json, data: bytes) -> Job:
        """Hand the document over; after a lost answer the printer is asked whether it has it."""
        message: dict[str, Any] = {
            "operation-attributes-tag": {"job-name": name, "document-format": form},
            "job-attributes-tag": {"copies": int(str(args.get("copies", 1)))},
            "data": data,
        }
        if args.get("sides"):
            message["job-attributes-tag"]["sides"] = str(args["sides"])
        try:
            answer = await self._ask(IppOperation.PRINT_JOB, message, SEND_TIMEOUT_S)
        except DeviceLost as error:
            job = await self._look_up(name)
            if job is None:
                raise OutcomeUnknown(f"交给打印机时断线，打印机里查不到这个任务（{error}）") from error
            return job
        return Job.of(_first(answer, "jobs"))

    async def _look_up(self, name: str) -> Job | None:
        """Look for a job for a while: the line is just broken."""
        for _ in range(LOOK_UPS):
            with suppress(DeviceLost, DeviceRefused):
                if (job := await self._find(name)) is not None:
                    return job
            await asyncio.sleep(LOOK_UP_S)
        return None

    async def _follow(self, job: Job, host: Host) -> Json:
        """Return once the job is printed; one that does not come to an end is taken back."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + JOB_TIMEOUT_S
        while job.state not in ENDED:
            if loop.time() > ends:
                return await self._take_back(job)
            host.progress("job", job.printed or 0, max(job.printed or 0, 1))
            await asyncio.sleep(JOB_POLL_S)
            job = await self._job(job.number)
        return _ended(job)

    async def _take_back(self, job: Job) -> Json:
        """Cancel a job that does not come out and return how it ended after all."""
        with suppress(DeviceRefused):  # it has just ended by itself
            await self._ask(IppOperation.CANCEL_JOB, _about_job(job.number), REQUEST_TIMEOUT_S)
        for _ in range(LOOK_UPS):
            now = await self._job(job.number)
            if now.state in ENDED:
                return _ended(now)
            await asyncio.sleep(LOOK_UP_S)
        raise OutcomeUnknown(f"任务 {job.number} 还在打印机里，取消不了")

    async def _find(self, command_id: str) -> Job | None:
        """Return the job that has this in its name; None when the printer lists none."""
        for which in ("not-completed", "completed"):
            about = {"which-jobs": which, "requested-attributes": list(_JOB_ASKED)}
            found = await self._ask(IppOperation.GET_JOBS, {"operation-attributes-tag": about}, REQUEST_TIMEOUT_S)
            for job in map(Job.of, found["jobs"]):
                if command_id in job.name:
                    return job
        return None

    async def _job(self, number: int) -> Job:
        found = await self._ask(IppOperation.GET_JOB_ATTRIBUTES, _about_job(number), REQUEST_TIMEOUT_S)
        return Job.of(_first(found, "jobs"))

    async def _state(self) -> PrinterState:
        about = {"operation-attributes-tag": {"requested-attributes": list(_ASKED)}}
        found = await self._ask(IppOperation.GET_PRINTER_ATTRIBUTES, about, REQUEST_TIMEOUT_S)
        return PrinterState.of(_first(found, "printers"))

    async def _ask(self, operation: IppOperation, message: dict[str, Any], timeout_s: float) -> Mapping[str, Any]:
        """Send one request; DeviceRefused when the printer says no, DeviceLost when it says nothing sensible."""
        link = self._link
        # A printer has no certificate that anybody signed: TLS keeps the paper from being read, not from being faked.
        client = IPP(
            link.host, link.path, port=link.port, tls=link.secure, session=link.session, user_agent="yizhan",
            request_timeout=math.ceil(timeout_s) + 1,
        )  # fmt: skip
        try:
            async with asyncio.timeout(timeout_s):
                return await client.execute(operation, message)
        except TimeoutError as error:
            raise link.lost(f"no answer to {operation.name} within {timeout_s:g} s") from error
        except (IPPConnectionError, IPPParseError, IPPResponseError, aiohttp.ClientError, OSError) as error:
            raise link.lost(f"{operation.name}: {_words(error)}") from error
        except IPPError as error:
            raise DeviceRefused(f"{operation.name}: {_words(error)}") from error

    async def _tell(self, host: Host, state: PrinterState) -> None:
        faults = state.faults()
        stopped = any(fault.severity == "error" for fault in faults.values())
        host.live(
            printer="stopped" if stopped else STATES.get(state.state, "unknown"),
            faults=",".join(sorted(faults)),
            tray_percent=state.paper_percent,
            supplies="；".join(f"{one.name} {'?' if one.percent is None else one.percent}%" for one in state.supplies),
        )
        await self._faults.see(host, faults)
        media = sorted(name for name in faults if name.startswith("media-"))
        if state.paper_percent is not None and self._media != (state.paper_percent, media):
            self._media = state.paper_percent, media
            await host.event("media.changed", {"level_percent": state.paper_percent, "reasons": media})


def job_name(title: str, command_id: str) -> str:
    """Return the name by which a command's job is found again."""
    return f"{title[:TITLE_CHARS]} {command_id}"


def _ended(job: Job) -> Json:
    """Return the result of a job that has ended, if it is printed."""
    if job.state == _COMPLETED:
        return {"job": job.number, "sheets": job.printed}
    if job.printed == 0:
        raise DeviceRefused(f"没有打出来，任务已取消：{job.reasons}")
    raise OutcomeUnknown(f"任务中止，已打出 {'?' if job.printed is None else job.printed} 张：{job.reasons}")


def _about_job(number: int) -> dict[str, Any]:
    return {"operation-attributes-tag": {"job-id": number, "requested-attributes": list(_JOB_ASKED)}}


def _first(answer: Mapping[str, Any], group: str) -> Mapping[str, Any]:
    return next(iter(answer[group]), {})


def _words(error: Exception) -> str:
    """Return a client's error with what it carries, and what it came of."""
    status = error.args[1].get("status-code") if len(error.args) > 1 and isinstance(error.args[1], dict) else None
    text = f"{error.args[0] if error.args else type(error).__name__}"
    more = f" (status {status:#06x})" if isinstance(status, int) else ""
    return f"{text}{more}{f': {error.__cause__}' if error.__cause__ else ''}"
