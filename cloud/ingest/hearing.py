"""What a stored message means beside its rows, in each of the two roles of a process that stores events (W27).

The process with the lease knows of every station what it last said and believes states by it. The others only know what
the database says at the moment, and hand what they heard to the first one, in the transaction that stores it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

from tortoise.backends.base.client import BaseDBAsyncClient

from cloud.fleet import service as fleet
from cloud.fleet.liveness import Place
from cloud.fleet.states import SlotState
from cloud.ingest.acks import Acks, Said
from cloud.ingest.marks import Mark
from cloud.ingest.service import from_ms, to_ms
from cloud.ingest.store import Key, places_of
from cloud.ingest.told import Told
from cloud.platform.lease import Lease
from protocols.venue.events import Properties
from protocols.venue.lineage import Fork
from protocols.venue.presence import Birth
from protocols.venue.timestamps import format_time, parse_time

#: What the others tell overtakes what the holder hears itself by less than this; a greater difference of a station's
#: times is a step of its clock, and no order.
OVERTAKES_S: Final = 60.0

#: (station, store)
Pair = tuple[str, str]
#: Station -> its birth and whether its store went on elsewhere.
Births = Mapping[str, tuple[Birth, Fork | None]]


class Hearing(Protocol):
    """What one group of messages is judged by, and who is told of it."""

    #: Whether a batch that seems to come from the future may only have overtaken its presence.
    may_overtake: bool

    async def knows(self, station: str) -> bool:
        """Return whether the station is in the tree."""

    def refuse(self, station: str, properties: Properties) -> str | None:
        """Return why a batch does not belong to what the station said of itself (D14)."""

    def heard(self, station: str, at: datetime) -> list[fleet.Change]:
        """Note that a station spoke."""

    def slot_heard(self, place: Place) -> list[fleet.Change]:
        """Note a message of a slot."""

    def slot_health(self, place: Place, health: SlotState, cause: str | None, at: datetime) -> list[fleet.Change]:
        """Note what a station says of a slot, `at` by the station's clock."""

    def slot_values(self, place: Place, values: Mapping[str, Any], at: datetime) -> None:
        """Note live values."""

    async def save(self, acked: Iterable[Pair], changes: list[fleet.Change], now: datetime) -> None:
        """Write what was heard, at the end of the transaction; `changes` that are not ours to make are taken away."""

    def committed(self, marks: Mapping[Key, Mark], acked: Iterable[Pair], born: Births) -> None:
        """Have acks published, after the commit."""


class Leading:
    """The role of the holder of the lease: states are its memory's, acks are its own to publish."""

    may_overtake = False

    def __init__(self, liveness: fleet.Liveness, acks: Acks, lease: Lease) -> None:
        self._liveness = liveness
        self.acks = acks
        self._lease = lease
        # When, by the station's clock, a slot's health was told last.
        self._told: dict[Place, datetime] = {}

    async def knows(self, station: str) -> bool:
        """As memory says, or else the database."""
        return self._liveness.knows(station) or await fleet.has_joined(self._liveness, station)

    def refuse(self, station: str, properties: Properties) -> str | None:
        """Judge by memory: nobody else writes presences and births."""
        return self.acks.refuse(station, properties)

    def heard(self, station: str, at: datetime) -> list[fleet.Change]:
        """Believe that it is alive."""
        return self._liveness.heard(station, at)

    def slot_heard(self, place: Place) -> list[fleet.Change]:
        """Believe that it is alive."""
        return self._liveness.slot_heard(place)

    def slot_health(self, place: Place, health: SlotState, cause: str | None, at: datetime) -> list[fleet.Change]:
        """Believe it."""
        if self._liveness.knows_slot(place):  # a station can invent slots, and this is remembered
            self._told[place] = at
        return self._liveness.slot_health(place, health, cause)

    def slot_values(self, place: Place, values: Mapping[str, Any], at: datetime) -> None:
        """Keep them for the pages."""
        self._liveness.slot_values(place, values, at)

    async def save(self, acked: Iterable[Pair], changes: list[fleet.Change], now: datetime) -> None:
        """Write changes of state, unless the lease went to another process meanwhile."""
        del acked
        if changes and not await self.confirmed():
            changes.clear()
        await fleet.store_changes(changes, now)

    def committed(self, marks: Mapping[Key, Mark], acked: Iterable[Pair], born: Births) -> None:
        """Have them published soon."""
        self.acks.born(born)
        self.acks.committed(marks, acked)

    async def confirmed(self) -> bool:
        """Return whether this process still holds the lease, until the transaction ends."""
        return await self._lease.confirmed()

    def take(self, told: Told, now: datetime) -> list[fleet.Change]:
        """Believe what another process heard."""
        changes: list[fleet.Change] = []
        for station in filter(self._liveness.knows, told.heard):
            changes += self._liveness.heard(station, now)
        for station, slot in told.slots:
            changes += self._liveness.slot_heard((station, slot))
        for station, slot, health, cause, at_ms in told.health:
            changes += self._overtaken((station, slot), health, cause, from_ms(at_ms))
        for station, slot, at, values in told.lives:
            if self._liveness.knows(station):
                self._liveness.slot_values((station, slot), values, parse_time(at))
        return changes

    def _overtaken(self, place: Place, health: SlotState, cause: str | None, at: datetime) -> list[fleet.Change]:
        newest = self._told.get(place)
        if newest is not None and 0 < (newest - at).total_seconds() < OVERTAKES_S:
            return []
        return self.slot_health(place, health, cause, at)


class Following:
    """The role of all other processes, for one group: nothing is remembered from one group to the next."""

    may_overtake = True

    def __init__(self, known: Mapping[str, Said]) -> None:
        self._known = known
        self._heard: dict[str, None] = {}
        self._slots: dict[Place, None] = {}
        self._health: dict[Place, tuple[SlotState, str | None, int]] = {}
        self._lives: dict[Place, tuple[str, Mapping[str, Any]]] = {}

    async def knows(self, station: str) -> bool:
        """As the database said at the beginning of the transaction."""
        return station in self._known

    def refuse(self, station: str, properties: Properties) -> str | None:
        """Judge by what the database said at the beginning of the transaction."""
        return self._known[station].refuse(properties)

    def heard(self, station: str, at: datetime) -> list[fleet.Change]:
        """Tell it."""
        del at
        self._heard[station] = None
        return []

    def slot_heard(self, place: Place) -> list[fleet.Change]:
        """Tell it."""
        self._slots[place] = None
        return []

    def slot_health(self, place: Place, health: SlotState, cause: str | None, at: datetime) -> list[fleet.Change]:
        """Tell the newest."""
        at_ms, known = to_ms(at), self._health.get(place)
        if known is None or at_ms >= known[2]:
            self._health[place] = (health, cause, at_ms)
        return []

    def slot_values(self, place: Place, values: Mapping[str, Any], at: datetime) -> None:
        """Tell the newest."""
        self._lives[place] = (format_time(at), values)

    async def save(self, acked: Iterable[Pair], changes: list[fleet.Change], now: datetime) -> None:
        """Leave what was heard for the holder of the lease."""
        del now
        changes.clear()
        told = Told(
            heard=list(self._heard),
            slots=[list(place) for place in self._slots],
            health=[[*place, *health] for place, health in self._health.items()],
            lives=[[*place, *live] for place, live in self._lives.items()],
            acks=[list(pair) for pair in sorted(acked)],
        )
        if told:
            await told.send()

    def committed(self, marks: Mapping[Key, Mark], acked: Iterable[Pair], born: Births) -> None:
        """Publish nothing: the row that was saved has it done."""


_KNOWN: Final = """\
SELECT s."id" AS station, p."epoch" AS presence, b."epoch" AS birth, b."store" AS store FROM "station" s
LEFT JOIN "presence" p ON p."station" = s."id" LEFT JOIN "birth" b ON b."station" = s."id" WHERE s."id" IN {places}"""


async def follow(connection: BaseDBAsyncClient, stations: Sequence[str]) -> Following:
    """Return the role of a process without the lease, for a group of messages of these stations."""
    if not stations:
        return Following({})
    places = places_of(1, len(stations), connection.capabilities.dialect)
    _, rows = await connection.execute_query(_KNOWN.format(places=places), list(stations))
    return Following({row["station"]: Said(row["presence"], row["birth"], row["store"]) for row in rows})


class Roles:
    """Which role the process has now (`leads`); the writer asks at the beginning of every group."""

    def __init__(self, leading: Leading) -> None:
        self.leading = leading
        self.leads = False

    async def take(self, connection: BaseDBAsyncClient, stations: Sequence[str]) -> Hearing:
        """Return the role for one group."""
        return self.leading if self.leads else await follow(connection, stations)
