"""What a recorder of Hikvision says of its recording by ISAPI: disks, tracks, cameras, days, and what was kept lately.

| call                                                          | says                                            |
|---------------------------------------------------------------|-------------------------------------------------|
| GET /ISAPI/ContentMgmt/Storage                                | disks: status, capacity and free space in MB    |
| GET /ISAPI/ContentMgmt/record/tracks                          | tracks: channel x 100 + stream, and whether on  |
| GET /ISAPI/ContentMgmt/InputProxy/channels/status             | cameras: whether the recorder reaches them      |
| POST /ISAPI/ContentMgmt/record/tracks/101/dailyDistribution   | the days of a month of which there is anything  |
| POST /ISAPI/ContentMgmt/search                                | pieces of a track in a span of time             |

Forms are those that several public clients send and read; namespace and version differ by firmware and are not looked
at. Older firmware writes HDD for hdd, and `trackList` was once read for `trackIDList`; both are taken.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from protocols.errors import ParsingError
from protocols.frames.isapi import Fields, document_of, to_xml
from protocols.rules.opening import SHANGHAI

#: Disks, tracks and cameras of one recorder.
MAX_PARTS: Final = 256
#: Pieces that one answer may list; one is enough to know that there is something.
MAX_PIECES: Final = 100
_METADATA: Final = "//recordType.meta.std-cgi.com"
_MONTHS: Final = 12
_DAYS: Final = 31

#: Whether the times of a search, which end with Z, are the recorder's own or really UTC: firmware differs.
ClockOf = Literal["local", "utc"]


@dataclass(frozen=True, slots=True)
class Disk:
    """One disk; `status` is the recorder's own word: ok, unformatted, error, idle, sleeping, offline, mismatch."""

    id: int
    status: str
    capacity_mb: int
    free_mb: int

    @property
    def works(self) -> bool:
        """Whether it can be recorded to, or sleeps until it is."""
        return self.status.lower() in {"ok", "normal", "idle", "sleeping"}


@dataclass(frozen=True, slots=True)
class Track:
    """One stream that is recorded, or not."""

    id: int
    enabled: bool

    @property
    def channel(self) -> int:
        """The number of the camera."""
        return self.id // 100


def read_storage(data: bytes) -> tuple[Disk, ...]:
    """Return the disks; ParsingError. A recorder without any has an empty list."""
    said = document_of(data)
    disks = _below(said, "hddList", "hdd", "HDD")
    return tuple(
        Disk(one.number("id"), one.text("status"), one.number("capacity", 0), one.number("freeSpace", 0))
        for one in disks
    )


def storage(disks: Iterable[Disk]) -> bytes:
    """Return the document of disks."""
    listed: list[tuple[str, object]] = [
        ("hdd", [("id", one.id), ("hddName", f"hdd{one.id}"), ("hddType", "SATA"), ("status", one.status),
                 ("capacity", one.capacity_mb), ("freeSpace", one.free_mb), ("property", "RW")])
        for one in disks
    ]  # fmt: skip
    return to_xml("storage", [("hddList", listed), ("nasList", []), ("workMode", "quota")])


def read_tracks(data: bytes) -> tuple[Track, ...]:
    """Return the tracks; ParsingError."""
    return tuple(Track(one.number("id"), one.flag("Enable")) for one in _parts(document_of(data), "Track"))


def tracks(listed: Iterable[Track]) -> bytes:
    """Return the document of tracks."""
    return to_xml(
        "TrackList",
        [("Track", [("id", one.id), ("Channel", one.channel), ("Enable", one.enabled)]) for one in listed],
    )


def read_cameras(data: bytes) -> dict[int, bool | None]:
    """Return for each channel whether its camera is reached, None where the recorder does not say; ParsingError."""
    return {
        one.number("id"): one.flag("online") if "online" in one.values else None
        for one in _parts(document_of(data), "InputProxyChannelStatus")
    }


def cameras(reached: dict[int, bool]) -> bytes:
    """Return the document of cameras."""
    return to_xml(
        "InputProxyChannelStatusList",
        [("InputProxyChannelStatus", [("id", channel), ("online", there)]) for channel, there in reached.items()],
    )


@dataclass(frozen=True, slots=True)
class Month:
    """The question which days of a month there are."""

    year: int
    month: int

    def to_bytes(self) -> bytes:
        """Return the document."""
        return to_xml("trackDailyParam", [("year", self.year), ("monthOfYear", self.month)])

    @classmethod
    def from_bytes(cls, data: bytes) -> "Month":
        """Return what is asked."""
        said = document_of(data)
        found = cls(said.number("year"), said.number("monthOfYear"))
        if not 1 <= found.month <= _MONTHS:
            raise ParsingError(f"month {found.month}")
        return found


def read_days(data: bytes) -> frozenset[int]:
    """Return the days of the month that there is anything of; ParsingError."""
    days = _below(document_of(data), "dayList", "day")
    found = frozenset(one.number("dayOfMonth") for one in days if one.flag("record"))
    if not all(1 <= day <= _DAYS for day in found):
        raise ParsingError("a month with a day above 31")
    return found


def days(recorded: Iterable[int], length: int) -> bytes:
    """Return the document of a month of `length` days."""
    there = set(recorded)
    listed: list[tuple[str, object]] = [
        ("day", [("id", day), ("dayOfMonth", day), ("record", day in there),
                 *([("recordType", "time")] if day in there else [])])
        for day in range(1, length + 1)
    ]  # fmt: skip
    return to_xml("trackDailyDistribution", [("dayList", listed)])


@dataclass(frozen=True, slots=True)
class Search:
    """The question what there is of a track between two times (aware)."""

    id: str
    track: int
    begin: datetime
    end: datetime
    clock: ClockOf = "local"

    def to_bytes(self) -> bytes:
        """Return the document; the element is spelt `Postion` by the maker."""
        span = [("startTime", _stamp(self.begin, self.clock)), ("endTime", _stamp(self.end, self.clock))]
        return to_xml(
            "CMSearchDescription",
            [
                ("searchID", self.id),
                ("trackIDList", [("trackID", self.track)]),
                ("timeSpanList", [("timeSpan", span)]),
                ("maxResults", 1),
                ("searchResultPostion", 0),
                ("metadataList", [("metadataDescriptor", _METADATA)]),
            ],
        )

    @classmethod
    def from_bytes(cls, data: bytes, clock: ClockOf = "local") -> "Search":
        """Return what is asked."""
        said = document_of(data)
        listed = said.part("trackIDList" if "trackIDList" in said.values else "trackList")
        span = said.part("timeSpanList").part("timeSpan")
        begin, end = (_moment(span.text(name), clock) for name in ("startTime", "endTime"))
        return cls(said.text("searchID"), listed.number("trackID"), begin, end, clock)


def read_pieces(data: bytes) -> int:
    """Return how many pieces an answer lists; ParsingError."""
    said = document_of(data)
    if not said.flag("responseStatus"):
        raise ParsingError(f"a search that failed: {said.text('responseStatusStrg', '?')}")
    return said.number("numOfMatches")


def pieces(asked: Search, count: int) -> bytes:
    """Return the document of an answer with so many pieces, each as long as what was asked for."""
    span = [("startTime", _stamp(asked.begin, asked.clock)), ("endTime", _stamp(asked.end, asked.clock))]
    match: tuple[str, object] = ("searchMatchItem", [("trackID", asked.track), ("timeSpan", span)])
    return to_xml(
        "CMSearchResult",
        [
            ("searchID", asked.id),
            ("responseStatus", True),
            ("responseStatusStrg", "OK" if count else "NO MATCHES"),
            ("numOfMatches", count),
            ("matchList", [match] * min(count, MAX_PIECES)),
        ],
    )


def _stamp(at: datetime, clock: ClockOf) -> str:
    """Return a time as recorders take it: with Z, whatever their clock is."""
    if clock == "local":
        return at.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M:%SZ")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(text: str, clock: ClockOf) -> datetime:
    try:
        bare = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")  # noqa: DTZ007 - its zone follows
    except ValueError as error:
        raise ParsingError(f"{text!r} is no time of a search") from error
    return bare.replace(tzinfo=SHANGHAI if clock == "local" else UTC)


def _below(said: Fields, group: str, *names: str) -> list[Fields]:
    """Return the objects of a group, under the first of the names that it has; an empty group is a text in XML."""
    if group not in said.values:
        raise ParsingError(f"{said.where} has no {group}")
    if not str(said.values[group] or "").strip():
        return []
    inside = said.part(group)
    name = next((one for one in names if one in inside.values), names[0])
    return _parts(inside, name)


def _parts(said: Fields, name: str) -> list[Fields]:
    found = said.parts(name)
    if len(found) > MAX_PARTS:
        raise ParsingError(f"{said.where} with {len(found)} of {name}")
    return found
