"""Network recorders of Hikvision by ISAPI: whether each camera is recorded, for how many days, and how disks are.

Asked every minute: disks, tracks, cameras, and whether anything was kept lately; every hour, and at the start, of which
days there is anything. What is wrong with one channel or disk is an event `fault.began` until its `fault.ended`, and so
an alarm of its own; the worst of all is the slot's fault. What could not be asked is not judged.
"""

import uuid
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import ClassVar, Final, TypeVar

from devices.driver import Driver, Fault, Host, Json, SlotConfig
from devices.isapi_link import ACCOUNT, IsapiLink, IsapiRefused
from devices.kept import keep, read_kept
from devices.recorder import Recorder, Wrong, dates_of, months_between, wrongs
from devices.transport import Transport
from protocols.frames import isapi_recording as recording
from protocols.rules.opening import SHANGHAI
from protocols.venue.vocabulary import Kind

LOOK_S: Final = 60.0
#: Days are counted at the start and after so many looks.
LOOKS_A_COUNT: Final = 60
KEPT_FILE: Final = "recording.json"
MAX_TEXT: Final = 200
_STORAGE: Final = "/ISAPI/ContentMgmt/Storage"
_TRACKS: Final = "/ISAPI/ContentMgmt/record/tracks"
_CAMERAS: Final = "/ISAPI/ContentMgmt/InputProxy/channels/status"
_SEARCH: Final = "/ISAPI/ContentMgmt/search"
_REJECTED: Final = "录像机不答录像查询：型号不支持，或账号没有权限"

T = TypeVar("T")


class HikRecorderDriver(Driver):
    """One recorder."""

    kinds: ClassVar[frozenset[Kind]] = frozenset({"camera"})
    address_options: ClassVar[frozenset[str] | None] = ACCOUNT

    def __init__(self, config: SlotConfig, transport: Transport) -> None:
        super().__init__(config, transport)
        self._link = IsapiLink(transport)
        self._wished: dict[str, object] = dict(config.settings)
        self._days: dict[int, frozenset[date] | None] = {}
        self._told: dict[str, str] = {}

    async def run(self, host: Host) -> None:
        """Look until the recorder no longer answers."""
        await self._link.meet(host)
        kept = read_kept(host.state_dir / KEPT_FILE).get("told")
        self._told = {str(cause): str(text) for cause, text in kept.items()} if isinstance(kept, dict) else {}
        looks = 0
        async for _ in host.ticks(LOOK_S):
            await self._look(host, count=looks % LOOKS_A_COUNT == 0)
            looks += 1

    async def configure(self, settings: Json) -> None:
        """Take settings; days are counted anew at the next look."""
        self._wished.update(settings)
        self._days.clear()

    async def _look(self, host: Host, *, count: bool) -> None:
        disks = await self._asked(recording.read_storage, "GET", _STORAGE)
        tracks = [one for one in await self._asked(recording.read_tracks, "GET", _TRACKS) or () if one.id % 100 == 1]
        reached = await self._asked(recording.read_cameras, "GET", _CAMERAS) or {}
        enabled = [one for one in tracks if one.enabled]
        if count or not self._days:
            self._days = {one.channel: await self._days_of(host, one) for one in enabled}
        lately = {one.channel: await self._lately(host, one) for one in enabled}
        today = host.now().astimezone(SHANGHAI).date()
        seen = Recorder(today, disks, {one.channel: one.enabled for one in tracks}, reached, lately, self._days)
        if disks is None and not tracks:
            host.fault(Fault("rejected", "driver", _REJECTED))
            return
        found = wrongs(seen, wanted_days=self._number("days", 30))
        await self._tell(host, found)
        self._show(host, seen, found)

    async def _asked(self, read: Callable[[bytes], T], method: str, path: str, body: bytes = b"") -> T | None:
        """Return what the recorder says, None when it does not know the question or may not answer this account."""
        try:
            return self._link.read(read, await self._link.ask(method, path, body))
        except IsapiRefused:
            return None

    async def _lately(self, host: Host, track: recording.Track) -> bool | None:
        """Return whether there is anything of a track of the last minutes."""
        now = host.now()
        begin = now - timedelta(minutes=self._number("quiet_min", 30))
        clock: recording.ClockOf = "utc" if self._wished.get("clock") == "utc" else "local"
        asked = recording.Search(str(uuid.uuid4()).upper(), track.id, begin, now, clock)
        pieces = await self._asked(recording.read_pieces, "POST", _SEARCH, asked.to_bytes())
        return None if pieces is None else pieces > 0

    async def _days_of(self, host: Host, track: recording.Track) -> frozenset[date] | None:
        """Return the days of which there is anything, as far back as is wanted."""
        today = host.now().astimezone(SHANGHAI).date()
        found: set[date] = set()
        for year, month in months_between(today - timedelta(days=self._number("days", 30)), today):
            path, asked = f"{_TRACKS}/{track.id}/dailyDistribution", recording.Month(year, month).to_bytes()
            days = await self._asked(recording.read_days, "POST", path, asked)
            if days is None:
                return None
            found |= dates_of(year, month, days)
        return frozenset(found)

    async def _tell(self, host: Host, found: Sequence[Wrong]) -> None:
        """Store what began and what ended since the last look."""
        now = {one.cause: one.text for one in found}
        for cause, text in now.items():
            if cause not in self._told:
                await host.event("fault.began", {"cause": cause, "severity": "error", "text": text})
        for cause, text in self._told.items():
            if cause not in now:
                await host.event("fault.ended", {"cause": cause, "severity": "error", "text": text})
        if now != self._told:
            self._told = now
            keep(host.state_dir / KEPT_FILE, {"told": now})
        host.fault(Fault(found[0].name, "driver", "；".join(now.values())[:MAX_TEXT]) if found else None)

    def _show(self, host: Host, seen: Recorder, found: Sequence[Wrong]) -> None:
        disks = seen.disks or ()
        total = sum(one.capacity_mb for one in disks)
        kept = {channel: days for channel, days in seen.days.items() if days is not None}
        oldest = [min(days) for days in kept.values() if days]
        host.live(
            channels=len(seen.enabled), recording=sum(one is True for one in seen.lately.values()),
            offline=sum(one is False for one in seen.reached.values()), wrong=len(found),
            disks=None if seen.disks is None else len(disks), disks_ok=sum(one.works for one in disks),
            free_percent=sum(one.free_mb for one in disks) * 100 // total if total else None,
            days=min((seen.days_kept(channel) for channel in kept), default=None),
            oldest=max(oldest).isoformat() if oldest else None,
        )  # fmt: skip

    def _number(self, name: str, usual: int) -> int:
        value = self._wished.get(name, usual)
        return value if isinstance(value, int) else usual
