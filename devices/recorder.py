"""What is wrong with a recorder, from what it says of its disks, cameras, tracks and days. Pure."""

import calendar
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from protocols.frames.isapi_recording import Disk

#: The worst first: without a disk nothing is kept; a camera that is gone is not recorded either.
ORDER: Final = ("disk_failed", "camera_offline", "recording_off", "recording_stopped", "recording_short")


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing: `name` is a word of ORDER, `cause` that of an event, which holds the disk or the channel."""

    name: str
    cause: str
    text: str


@dataclass(frozen=True, slots=True)
class Recorder:
    """What a recorder says on one day; by channel, what it did not say is not there or None."""

    today: date
    disks: Sequence[Disk] | None
    enabled: Mapping[int, bool]
    reached: Mapping[int, bool | None]
    lately: Mapping[int, bool | None]
    days: Mapping[int, frozenset[date] | None]

    def days_kept(self, channel: int) -> int:
        """Return for how many days back, without a gap, there is something: today counts, and may have nothing yet."""
        kept = self.days.get(channel) or frozenset()
        day = self.today if self.today in kept else self.today - timedelta(days=1)
        count = 0
        while day in kept:
            count += 1
            day -= timedelta(days=1)
        return count


def wrongs(seen: Recorder, *, wanted_days: int) -> list[Wrong]:
    """Return everything that is wrong, the worst first; one thing of each channel."""
    found = [] if seen.disks is None else list(_of_disks(seen.disks))
    for channel, enabled in sorted(seen.enabled.items()):
        one = _of_channel(seen, channel, enabled=enabled, wanted_days=wanted_days)
        if one is not None:
            found.append(one)
    return sorted(found, key=lambda one: ORDER.index(one.name))


def months_between(first: date, last: date) -> list[tuple[int, int]]:
    """Return (year, month) of each month that has days of `first` to `last`."""
    begin, end = first.year * 12 + first.month - 1, last.year * 12 + last.month - 1
    return [(number // 12, number % 12 + 1) for number in range(begin, end + 1)]


def dates_of(year: int, month: int, days: Iterable[int]) -> frozenset[date]:
    """Return days of a month as dates; those that it does not have are left out."""
    length = calendar.monthrange(year, month)[1]
    return frozenset(date(year, month, day) for day in days if day <= length)


def _of_disks(disks: Sequence[Disk]) -> Iterable[Wrong]:
    if not disks:
        yield Wrong("disk_failed", "disk_none", "录像机没有硬盘")
    for one in disks:
        if not one.works:
            yield Wrong("disk_failed", f"disk_{one.id}", f"{one.id} 号硬盘异常（{one.status[:20]}）")


def _of_channel(seen: Recorder, channel: int, *, enabled: bool, wanted_days: int) -> Wrong | None:
    if seen.reached.get(channel) is False:
        return Wrong("camera_offline", f"channel_{channel}_offline", f"通道 {channel}：摄像头离线")
    if not enabled:
        return Wrong("recording_off", f"channel_{channel}_off", f"通道 {channel}：未开启录像")
    if seen.lately.get(channel) is False:
        return Wrong("recording_stopped", f"channel_{channel}_stopped", f"通道 {channel}：录像中断")
    kept = seen.days_kept(channel)
    if seen.days.get(channel) is not None and kept < wanted_days:
        return Wrong(
            "recording_short",
            f"channel_{channel}_short",
            f"通道 {channel}：录像只有 {kept} 天，应保存 {wanted_days} 天",
        )
    return None
