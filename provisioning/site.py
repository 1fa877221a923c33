"""The site file: one TOML that `site apply` and `edge run` both read (payloads, "Site file")."""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from protocols.rules.alarms import AlarmRule, Op, Scalar, Severity
from protocols.venue.document import first_error
from protocols.venue.ids import Id
from protocols.venue.vocabulary import KINDS, Kind, Stream
from provisioning.errors import SiteError

#: A city of 60 stations with 15 slots is about 400 KB.
MAX_SITE_BYTES = 4 * 1024 * 1024


#: Rules of one station, and times of maintenance; all are looked at every few seconds.
MAX_RULES = 200
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00", re.ASCII)


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", defer_build=True)


class Site(_Part):
    """Who the file is about."""

    id: Id
    name: str


class CloudAddress(_Part):
    """Where the core is, when the command line does not say."""

    mqtt: str = ""
    http: str = ""


class Trust(_Part):
    """Keys that may sign screen content: id -> base64url of 32 bytes (Ed25519)."""

    content_keys: dict[str, str] = Field(default_factory=dict)


class OutboxLimits(_Part):
    """How much the station may keep while the cloud is away."""

    max_mb: Annotated[int, Field(ge=1, le=65_536)] = 512
    keep_evidence_days: Annotated[int, Field(ge=0, le=365)] = 7
    credit: Annotated[int, Field(ge=1, le=64)] = 4
    #: Bytes a UTC day on the line, both ways; 0: no budget. Telemetry waits from 80 %, ops from 95 %, evidence never.
    daily_mb: Annotated[int, Field(ge=0, le=1_048_576)] = 0


class Device(_Part):
    """The device that fills a slot today."""

    id: Id
    serial: str
    profile: str
    address: str


class Simulate(_Part):
    """How much the built-in simulated device produces; only with address `sim:`."""

    rate: Annotated[float, Field(ge=0, le=10_000)] = 0.0
    stream: Stream = "evidence"
    bytes: Annotated[int, Field(ge=0, le=60_000)] = 120
    burst: Annotated[int, Field(ge=1, le=10_000)] = 1
    seed: int = 1


class Slot(_Part):
    """A role in a place; history stays with it when its device is swapped."""

    id: Id
    kind: Kind
    heartbeat_s: Annotated[int, Field(ge=5, le=3600)] = 60
    device: Device | None = None
    simulate: Simulate | None = None

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.kind == "agent":
            raise ValueError(f"kind 'agent' is the station itself; use one of {', '.join(KINDS[:-1])}")
        if self.simulate and (self.device is None or not self.device.address.startswith("sim:")):
            raise ValueError("`simulate` works only with a device whose address is 'sim:'")
        return self


class Capacity(_Part):
    """How many people may be inside; the alarm begins after `hold_s` above it and ends at `clear_percent` of it."""

    people: Annotated[int, Field(ge=1, le=100_000)]
    clear_percent: Annotated[int, Field(ge=10, le=100)] = 90
    hold_s: Annotated[int, Field(ge=0, le=3_600)] = 30


class LocalRule(_Part):
    """When a value of a slot is an alarm (`protocols.rules.alarms`); weekdays are 1 (Monday) to 7."""

    id: Id
    slot: Id
    value: str
    op: Op
    limit: Scalar
    clear: float | None = None
    for_s: float = 0
    times: int = 1
    within_s: float = 0
    hours: list[Annotated[list[str], Field(min_length=2, max_length=2)]] = Field(default_factory=list)
    weekdays: list[int] = Field(default_factory=list)
    severity: Severity = "warning"
    text: str = ""
    work_order: bool = False

    @property
    def rule(self) -> AlarmRule:
        """Return the rule."""
        return AlarmRule(
            **self.model_dump(exclude={"hours", "weekdays"}),
            hours=tuple((_minute(first), _minute(last)) for first, last in self.hours),
            weekdays=frozenset(day - 1 for day in self.weekdays),
        )

    @model_validator(mode="after")
    def _possible(self) -> Self:
        _ = self.rule
        return self


class Maintenance(_Part):
    """A time in which a slot (empty: every one) is worked on and raises no alarm."""

    model_config = ConfigDict(populate_by_name=True)

    slot: str = ""
    start: AwareDatetime = Field(alias="from")
    end: AwareDatetime = Field(alias="to")
    note: str = ""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.end <= self.start:
            raise ValueError("`to` is not after `from`")
        return self


class LanBroker(_Part):
    """The station's own MQTT broker, for devices of its LAN that speak MQTT themselves (W26)."""

    #: `address:port` that the devices are told, e.g. 192.168.10.2:1883; the agent itself uses the loopback address.
    listen: Annotated[str, Field(pattern=r"^\d{1,3}(\.\d{1,3}){3}:\d{1,5}$")]

    @property
    def host(self) -> str:
        """Return the address."""
        return self.listen.partition(":")[0]

    @property
    def port(self) -> int:
        """Return the port."""
        return int(self.listen.partition(":")[2])


class Station(_Part):
    """One station: the market itself or a neighbourhood station below another one."""

    id: Id
    name: str
    kind: Literal["market", "station"] = "station"
    parent: str = ""
    scored: bool = True
    outbox: OutboxLimits = OutboxLimits()
    #: None: nobody counts how many are too many.
    capacity: Capacity | None = None
    #: None: the station has no devices that need one.
    broker: LanBroker | None = None
    slots: list[Slot] = Field(default_factory=list)
    alarms: Annotated[list[LocalRule], Field(max_length=MAX_RULES)] = Field(default_factory=list)
    maintenance: Annotated[list[Maintenance], Field(max_length=MAX_RULES)] = Field(default_factory=list)

    @model_validator(mode="after")
    def _unique_slots(self) -> Self:
        _no_doubles([slot.id for slot in self.slots], f"slot of station {self.id!r}")
        _no_doubles([rule.id for rule in self.alarms], f"alarm of station {self.id!r}")
        known = {slot.id for slot in self.slots}
        for name in (*(rule.slot for rule in self.alarms), *(one.slot for one in self.maintenance if one.slot)):
            if name not in known:
                raise ValueError(f"station {self.id!r} has no slot {name!r}; it has {', '.join(sorted(known))}")
        return self


class SiteFile(_Part):
    """The whole file."""

    site: Site
    cloud: CloudAddress = CloudAddress()
    trust: Trust = Trust()
    stations: Annotated[list[Station], Field(min_length=1)]

    @model_validator(mode="after")
    def _one_tree(self) -> Self:
        ids = [station.id for station in self.stations]
        _no_doubles(ids, "station")
        parents = {station.id: station.parent for station in self.stations}
        for station in self.stations:
            seen, at = {station.id}, station.parent
            while at:
                if at not in parents:
                    raise ValueError(f"station {station.id!r}: parent {at!r} is not in this file")
                if at in seen:
                    raise ValueError(f"station {station.id!r} is its own ancestor through {at!r}")
                seen.add(at)
                at = parents[at]
        return self

    def station(self, station_id: str) -> Station:
        """Return one station; SiteError names those there are."""
        for station in self.stations:
            if station.id == station_id:
                return station
        raise SiteError(f"no station {station_id!r} in the site file; it has {', '.join(s.id for s in self.stations)}")


def read_site(path: Path) -> SiteFile:
    """Return the site that a file describes; SiteError says the line and what to write instead."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise SiteError(f"cannot read {path}: {error.strerror}") from error
    if len(raw) > MAX_SITE_BYTES:
        raise SiteError(f"{path} has {len(raw)} bytes; at most {MAX_SITE_BYTES} are read")
    try:
        return parse_site(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise SiteError(f"{path} is not UTF-8 at byte {error.start}") from error


def parse_site(text: str) -> SiteFile:
    """Return the site that a TOML text describes."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"line (\d+)", str(error))
        raise SiteError(f"not TOML: {error}", int(where[1]) if where else 0) from error
    try:
        return SiteFile.model_validate(document)
    except ValidationError as error:
        unknown = [one for one in error.errors(include_url=False) if one["type"] == "extra_forbidden"]
        if unknown:  # a misspelt key also misses the right one; the misspelling is what to mend
            place = unknown[0]["loc"]
            raise SiteError(f"unknown key {'.'.join(map(str, place))}", line_of(text, place)) from error
        raise SiteError(first_error(error), line_of(text, error.errors(include_url=False)[0]["loc"])) from error


def _minute(text: str) -> int:
    """Return the minute of the day of a text such as `09:00`; `24:00` is its end."""
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not a time of day such as 09:00")
    return int(found[1]) * 60 + int(found[2]) if found[1] else 24 * 60


def line_of(text: str, place: tuple[int | str, ...]) -> int:
    """Return the 1-based line that a place in a TOML text comes from: the deepest part of it that can be found."""
    lines = text.splitlines()
    at = 0
    for part in place:
        at = _nth_table(lines, at, part) if isinstance(part, int) else _named(lines, at, part)
    return at + 1


def _named(lines: list[str], start: int, name: str) -> int:
    word = re.escape(name)
    header = re.compile(rf"^\s*\[+\s*(?:[\w.-]+\.)?{word}\s*\]")
    key = re.compile(rf"^\s*{word}\s*=|[{{,]\s*{word}\s*=")
    for index in range(start, len(lines)):
        if header.search(lines[index]) or key.search(lines[index]):
            return index
        if index > start and lines[index].lstrip().startswith("[") and not _has_header(lines, index, header):
            return start
    return start


def _has_header(lines: list[str], start: int, header: re.Pattern[str]) -> bool:
    return any(header.search(line) for line in lines[start:])


def _nth_table(lines: list[str], start: int, index: int) -> int:
    header = lines[start].strip()
    found = [i for i in range(start, len(lines)) if lines[i].strip() == header]
    return found[index] if index < len(found) else start


def _no_doubles(ids: list[str], what: str) -> None:
    for one in ids:
        if ids.count(one) > 1:
            raise ValueError(f"{what}: id {one!r} is used twice")
