"""What the pages of 场馆 show. Plain values, no tables and no requests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from cloud.web.views.control import CommandRow, Offer, Setting
from cloud.web.views.quiet import RulesView
from cloud.web.views.strip import Strip

#: Slot kind -> icon of the sprite; the word is `kind.{kind}`.
KIND_ICONS = {
    "door": "door", "staff": "user-check", "wall": "device-tv", "kiosk": "device-desktop", "occupancy": "users",
    "light": "bulb", "ups": "battery-charging", "face": "face-id", "printer": "printer", "camera": "camera",
    "probe": "activity", "sensor": "adjustments", "socket": "battery-charging", "network": "world",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class StationRow:
    """A station in the tree and in the overview."""

    id: str
    name: str
    kind: str
    depth: int
    presence: str
    last_heard: datetime | None
    slots_good: int
    slots_total: int
    complete_to: datetime | None
    strip: Strip | None = None
    scored: bool = True


@dataclass(frozen=True, slots=True)
class SlotRow:
    """A slot with the device that fills it today; `values` are the last live values as (name, text)."""

    id: str
    kind: str
    state: str
    since: datetime | None
    device: str = ""
    profile: str = ""
    cause: str = ""
    fault: str = ""
    values: Sequence[tuple[str, str]] = ()
    heard_at: datetime | None = None

    @property
    def icon(self) -> str:
        """Return the icon of its kind."""
        return KIND_ICONS.get(self.kind, "circle-dashed")


@dataclass(frozen=True, slots=True)
class StreamRow:
    """How complete one stream of the current store is; gaps and losses are [from, to] pairs."""

    stream: str
    upto: int
    highest: int
    count: int
    gaps: Sequence[Sequence[int]]
    lost: Sequence[Sequence[int]]
    complete_to: datetime | None


@dataclass(frozen=True, slots=True)
class TwinRow:
    """One field that is wished for; state: same | pending | rejected."""

    slot: str
    field: str
    desired: str
    reported: str
    state: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class WallItem:
    """One item of a wall's play list."""

    title: str
    pay: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class WallItems:
    """A wall's play list, compared by identity, so that pages can keep what they wrote of it."""

    lines: Sequence[WallItem] = ()


@dataclass(frozen=True, slots=True)
class WallView:
    """What a wall should show (manifest) and what it proved to show; `level` is none before the first proof.

    `by` is who vouches for the level; `fault` why the wall does not do its work now, empty if it does.
    """

    slot: str
    rev: int
    issued_at: datetime | None
    items: WallItems
    level: str = "none"
    proved_rev: int | None = None
    content: str = ""
    proved_at: datetime | None = None

    matches: bool = False
    by: str = ""
    fault: str = ""

    @property
    def current(self) -> bool:
        """Return whether the proof is about the newest manifest: same revision, same hash."""
        return self.matches and self.proved_rev == self.rev


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day of the month; `verdict` as in a strip, None for days that are not there yet."""

    day: date
    verdict: str | None


@dataclass(frozen=True, slots=True)
class CalendarMonth:
    """A month of verdicts, with the strip of the chosen day."""

    first: date
    days: Sequence[CalendarDay]
    chosen: Strip | None
    previous: str
    following: str | None
    missing_year: int | None = None
    rule_version: str = ""
    computed_at: datetime | None = None

    @property
    def blanks(self) -> range:
        """Return one number for each weekday before the first."""
        return range(self.first.weekday())


@dataclass(frozen=True, slots=True)
class DeadLetterCount:
    """How many messages could not be taken, by reason."""

    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class PastStream:
    """One stream of a store that is closed; `never` are the [from, to] pairs that never arrived."""

    stream: str
    stored: int
    complete_to: datetime | None
    never: Sequence[Sequence[int]]


@dataclass(frozen=True, slots=True)
class PastStoreView:
    """A store that the station no longer uses."""

    store: str
    closed_at: datetime | None
    streams: Sequence[PastStream]


@dataclass(frozen=True, slots=True)
class StationPage:
    """One station with everything that is known of it."""

    row: StationRow
    tree: Sequence[StationRow]
    presence_since: datetime | None
    store: str
    software: str
    clock_trust: str
    slots: Sequence[SlotRow]
    streams: Sequence[StreamRow]
    twin: Sequence[TwinRow]
    twin_rev: int
    twin_applied: int | None
    walls: Sequence[WallView]
    calendar: CalendarMonth
    dead_letters: Sequence[DeadLetterCount] = field(default_factory=tuple)
    commands: Sequence[CommandRow] = field(default_factory=tuple)
    offers: Sequence[Offer] = field(default_factory=tuple)
    past_stores: Sequence[PastStoreView] = field(default_factory=tuple)
    digests: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    settings: Sequence[Setting] = field(default_factory=tuple)
    #: How many people are inside, and how many may be; None: nobody counts, or nobody says.
    people: int | None = None
    capacity: int | None = None
    rules: RulesView = field(default_factory=RulesView)
