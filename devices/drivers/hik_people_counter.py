"""Hikvision people counters by ISAPI: who went in and out, how many are inside, whether anybody moves.

What they say comes by the stream of events; `realTime` totals and `timeRange` windows are never added
(`protocols.rules.counting`). The signal `footfall` is `people` while somebody is counted or seen in a region, never
because more went in than out: counters miss people, and a hall is not open all night for it.
"""

from datetime import timedelta
from typing import ClassVar, Final

from devices.driver import Driver, Host, Json, SlotConfig
from devices.isapi_link import ACCOUNT, IsapiLink, Listener
from devices.kept import keep, read_kept
from devices.together import together
from devices.transport import Transport
from protocols.frames.isapi_events import Alert, Counting, Inside
from protocols.rules.counting import Tally
from protocols.venue.vocabulary import Kind

#: The newest counts become a sample (table of signals: footfall 10/30/0), and an event when they changed.
SAMPLE_S: Final = 10.0
WATCH_S: Final = 30.0
#: How many are in a region is told when it changes, and now and then; older numbers are none.
REGION_FRESH: Final = timedelta(minutes=10)
TALLY_FILE: Final = "counts.json"
_NOTHING: Final[Json] = {"in_total": 0, "out_total": 0, "inside": 0, "by": "lines"}


class HikCounterDriver(Driver):
    """One counter, or one camera that counts."""

    kinds: ClassVar[frozenset[Kind]] = frozenset({"occupancy"})
    address_options: ClassVar[frozenset[str] | None] = ACCOUNT

    def __init__(self, config: SlotConfig, transport: Transport) -> None:
        super().__init__(config, transport)
        self._link = IsapiLink(transport)
        self._listener = Listener(self._link, self._opened, self._take)
        self._tally: Tally | None = None
        self._told: Json = {}
        self._region: Alert | None = None
        self._moved = False

    async def run(self, host: Host) -> None:
        """Serve until the counter no longer answers."""
        await self._link.meet(host)
        kept = read_kept(host.state_dir / TALLY_FILE)
        self._tally, self._told = Tally.from_json(kept, host.now()), kept.get("told") or {}
        await together(watch=self._watch(host), listen=self._listener.run(host), sample=self._sample(host))

    async def _watch(self, host: Host) -> None:
        async for _ in host.ticks(WATCH_S):
            await self._link.info()

    async def _opened(self, host: Host) -> None:
        """Do nothing: a counter tells its totals by itself."""

    async def _take(self, host: Host, alert: Alert) -> None:
        tally = self._counted(host)
        match alert.body:
            case Counting(method="realTime") as said:
                before = tally.total
                tally.running(f"{alert.channel}.{said.region}", said.enter, said.exit, said.ends)
                self._moved = self._moved or tally.total != before
            case Counting() as said:
                tally.window(f"{alert.channel}.{said.region}", said.enter, said.exit, said.begins, said.ends)
            case Inside():
                self._region = alert
            case _:
                return

    async def _sample(self, host: Host) -> None:
        await self._listener.tried.wait()
        async for _ in host.ticks(SAMPLE_S):
            tally, region = self._counted(host), self._in_region(host)
            if self._listener.open:  # who does not listen does not know that nobody comes
                host.sample("footfall", "people" if self._moved or region else "none")
            self._moved = False
            (entered, left), inside = tally.total, tally.inside if region is None else region
            data = {
                "in_total": entered, "out_total": left, "inside": inside, "by": "lines" if region is None else "region",
            }  # fmt: skip
            if data != (self._told or _NOTHING):
                await host.event("count.changed", data, "evidence")
                self._told = data
                keep(host.state_dir / TALLY_FILE, {**tally.to_json(), "told": data})
            host.live(streaming=self._listener.open, in_total=entered, out_total=left, inside=inside)

    def _in_region(self, host: Host) -> int | None:
        """Return how many are in the regions, None when nothing was said of them lately."""
        alert = self._region
        if alert is None or not isinstance(alert.body, Inside) or host.now() - alert.at > REGION_FRESH:
            return None
        return alert.body.people

    def _counted(self, host: Host) -> Tally:
        """Return the tally of today."""
        if self._tally is None:
            self._tally = Tally.from_json({}, host.now())
        self._tally.roll(host.now())
        return self._tally
