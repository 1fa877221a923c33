"""A simulated people counter of Hikvision: totals since its reset, windows, how many are in its region."""

from datetime import datetime, timedelta

from devices.driver import Json
from devices.simulators.device import Field, State
from devices.simulators.http_line import HttpRequest
from devices.simulators.isapi import IsapiDevice, Reply
from protocols.frames.isapi_events import Counting, Inside, counting_alert, inside_alert


class HikCounter(IsapiDevice):
    """Tells its totals when they change, its window when it is told to, and its region when that changes.

    `in_total` and `out_total` lower than before are a counter that was reset. `window_s` ends a window that began so
    long ago and held what was counted since the one before; `again` marks it as sent once more.
    """

    model = "DS-2CD6825G0"
    fields = {  # noqa: RUF012 - constant
        **IsapiDevice.common,
        "in_total": Field(int),
        "out_total": Field(int),
        "region_people": Field(int, high=1_000),
        "window_s": Field(int, high=86_400),
        "again": Field(bool),
    }

    def start(self) -> Json:
        """Return a counter that has counted nobody."""
        return {"in_total": 0, "out_total": 0, "region_people": 0, "window_s": 0, "again": False}

    async def reply(self, request: HttpRequest, path: str) -> Reply | None:  # noqa: ARG002 - the contract
        """Answer nothing of its own: a counter only tells."""
        return None

    async def changed(self, before: State, given: Json) -> None:
        """Tell what changed."""
        await super().changed(before, given)
        now, again = self.now(), bool(self.state["again"])
        counts = (int(self.state["in_total"] or 0), int(self.state["out_total"] or 0))
        if given.get("window_s"):
            self._tell("timeRange", counts, now - timedelta(seconds=int(self.state["window_s"] or 0)), now, again=again)
        elif {"in_total", "out_total"} & given.keys():
            self._tell("realTime", counts, now, now, again=again)
        if "region_people" in given:
            self.push(inside_alert(now, Inside((("1", int(self.state["region_people"] or 0)),))))

    def _tell(self, method: str, counts: tuple[int, int], begins: datetime, ends: datetime, *, again: bool) -> None:
        counting = Counting("timeRange" if method == "timeRange" else "realTime", *counts, begins, ends, again=again)
        self.push(counting_alert(counting))
