"""A simulated recorder of Hikvision: its disks, its cameras, and what it kept of them."""

import calendar
from datetime import date, timedelta

from devices.driver import Json
from devices.simulators.device import Field, State
from devices.simulators.http_line import HttpRequest
from devices.simulators.isapi import DONE, IsapiDevice, Reply
from protocols.frames import isapi_recording as recording
from protocols.rules.opening import SHANGHAI

CAMERAS = 4
_DISK_MB = 3_815_447
_TRACKS = "/ISAPI/ContentMgmt/record/tracks"


class HikRecorder(IsapiDevice):
    """Records CAMERAS channels for `kept_days`; `stopped`, `offline`, `off` name a channel, 0 none."""

    model = "DS-7608NI-K2"
    fields = {  # noqa: RUF012 - constant
        **IsapiDevice.common,
        "disk": Field(str, ("ok", "error", "unformatted", "none")),
        "stopped": Field(int, high=CAMERAS),
        "offline": Field(int, high=CAMERAS),
        "off": Field(int, high=CAMERAS),
        "kept_days": Field(int, high=400),
    }

    def start(self) -> Json:
        """Return a recorder that records everything and has done so for a quarter of a year."""
        return {"disk": "ok", "stopped": 0, "offline": 0, "off": 0, "kept_days": 92}

    async def changed(self, before: State, given: Json) -> None:
        """Tell nothing more than every device does: a recorder is asked."""
        await super().changed(before, given)

    async def reply(self, request: HttpRequest, path: str) -> Reply | None:
        """Answer what a recorder is asked."""
        match path:
            case "/ISAPI/ContentMgmt/Storage":
                return "200 OK", recording.storage(self._disks())
            case "/ISAPI/ContentMgmt/InputProxy/channels/status":
                reached = {channel: channel != self.state["offline"] for channel in range(1, CAMERAS + 1)}
                return "200 OK", recording.cameras(reached)
            case "/ISAPI/ContentMgmt/search":
                asked = recording.Search.from_bytes(request.body)
                return "200 OK", recording.pieces(asked, int(self._records(asked.track // 100)))
            case _ if path == _TRACKS:
                return "200 OK", recording.tracks(self._tracks())
            case _ if path.startswith(_TRACKS) and path.endswith("/dailyDistribution"):
                return "200 OK", self._month(recording.Month.from_bytes(request.body))
        return DONE if path == "/ISAPI/ContentMgmt" else None

    def _disks(self) -> list[recording.Disk]:
        word = str(self.state["disk"])
        return [] if word == "none" else [recording.Disk(1, word, _DISK_MB, _DISK_MB // 20)]

    def _tracks(self) -> list[recording.Track]:
        return [recording.Track(100 * one + 1, one != self.state["off"]) for one in range(1, CAMERAS + 1)]

    def _records(self, channel: int) -> bool:
        here = channel not in {self.state["stopped"], self.state["offline"], self.state["off"]}
        return here and self.state["disk"] == "ok"

    def _month(self, asked: recording.Month) -> bytes:
        today = self.now().astimezone(SHANGHAI).date()
        first = today - timedelta(days=int(self.state["kept_days"] or 0))
        length = calendar.monthrange(asked.year, asked.month)[1]
        there = [day for day in range(1, length + 1) if first < date(asked.year, asked.month, day) <= today]
        return recording.days(there, length)
