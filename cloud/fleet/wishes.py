"""The desired half of the twin (W17, W18, D20): kept in the database, copied to the broker, rewritten on mismatch."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field

from cloud.fleet.models import Station, Twin
from cloud.platform.core import Core
from cloud.platform.database import FAILURES, after_commit
from cloud.platform.errors import CloudError, LinkDownError
from cloud.platform.models import DomainEvent
from cloud.platform.outbox import AfterCommit
from cloud.platform.problems import ProblemError
from protocols.errors import DocumentError
from protocols.venue import topics
from protocols.venue.document import Count
from protocols.venue.ids import Id
from protocols.venue.twin import Desired

#: Domain event: a station's wish is another one now.
WISHED: Final = "twin.wished"
#: A foreign copy is rewritten after this long at the latest (D20: 5 s); two writers in dispute cannot go faster.
REWRITE_S: Final = 1.0
#: Wishes of one slot; a profile has fewer settings.
MAX_FIELDS: Final = 64
MAX_SLOTS: Final = 256

#: (topic, payload): published with retain.
Publish = Callable[[str, bytes], Awaitable[None]]

_LOG = logging.getLogger(__name__)
_LATER: Final[tuple[type[Exception], ...]] = (CloudError, *FAILURES)


class Wish(BaseModel):
    """The body of `PUT …/twin`: the whole document; what is absent means the profile's default."""

    model_config = ConfigDict(extra="forbid", strict=True)

    expected_rev: Count
    slots: Annotated[dict[Id, Annotated[dict[str, Any], Field(max_length=MAX_FIELDS)]], Field(max_length=MAX_SLOTS)]


async def hold(station: str) -> Twin:
    """Return a station's twin, which nobody else changes until the transaction in force ends."""
    await Twin.get_or_create(station=station)
    return await Twin.select_for_update().get(station=station)


async def wish(core: Core, station: str, wanted: Wish) -> int:
    """Store the wish and return its revision; a twin-conflict problem names the revision in force."""
    now = core.now()
    async with core.outbox.transaction():
        row = await hold(station)
        if row.rev != wanted.expected_rev:
            detail = f"the twin is at revision {row.rev}, not {wanted.expected_rev}: read it again"
            raise ProblemError(409, "twin-conflict", detail, members={"rev": row.rev})
        rev = wanted.expected_rev + 1
        row.rev, row.wished_at = rev, now
        row.desired = json.dumps(wanted.slots, ensure_ascii=False)
        await row.save(update_fields=["rev", "wished_at", "desired"])
        await core.outbox.emit(WISHED, station, {"rev": rev}, now)
        after_commit(partial(core.hub.publish, "twin", {"station": station, "rev": rev}))
    return rev


async def set_field(core: Core, station: str, slot: str, change: Mapping[str, Any], expected_rev: int) -> int:
    """Wish for one field of one slot and leave the others; a value of None takes the wish back."""
    row = await Twin.get_or_none(station=station)
    slots = json.loads(row.desired) if row else {}
    fields = {name: value for name, value in {**slots.get(slot, {}), **change}.items() if value is not None}
    changed = {**slots, slot: fields}
    return await wish(core, station, Wish(expected_rev=expected_rev, slots={k: v for k, v in changed.items() if v}))


class Wishes:
    """The copies at the broker, as long as the process that reads it runs."""

    def __init__(self, core: Core, publish: Publish) -> None:
        self._core = core
        self._publish = publish
        self._foreign: set[str] = set()

    async def run(self) -> None:
        """Rewrite foreign copies, for ever."""
        while True:
            await asyncio.sleep(REWRITE_S)
            for station in list(self._foreign):
                try:
                    await self._copy(station)
                except _LATER as error:
                    _LOG.debug("the wish of %s is copied later: %r", station, error)
                    break
                self._foreign.discard(station)

    async def on_wished(self, events: Sequence[DomainEvent]) -> AfterCommit:
        """Copy new wishes to the broker (consumer of `twin.wished`)."""
        stations = {event.key for event in events}

        async def copy() -> None:
            for station in stations:
                await self._try(station)

        return copy

    async def publish_all(self) -> None:
        """Copy every wish to a broker that may have forgotten them."""
        for station in await Twin.filter(rev__gt=0).values_list("station", flat=True):
            await self._try(str(station))

    async def take_copy(self, station: str, payload: bytes) -> None:
        """Look at what the broker holds as a station's wish; what is not ours is rewritten within 5 s."""
        if not await Station.exists(id=station):
            return
        row = await Twin.get_or_none(station=station)
        rev, slots = (row.rev, json.loads(row.desired)) if row else (0, {})
        if not payload and rev == 0:
            return
        try:
            found = Desired.from_bytes(payload)
        except DocumentError:
            found = None
        if found is None or (found.rev, found.slots) != (rev, slots):
            self._foreign.add(station)

    async def _try(self, station: str) -> None:
        try:
            await self._copy(station)
        except LinkDownError as error:
            _LOG.debug("the wish of %s is copied after the next connect: %s", station, error)

    async def _copy(self, station: str) -> None:
        row = await Twin.get_or_none(station=station)
        if row is None:
            desired = Desired(rev=0, at=self._core.now(), slots={})
        else:
            desired = Desired(rev=row.rev, at=row.wished_at or self._core.now(), slots=json.loads(row.desired))
        await self._publish(topics.twin(station, "desired"), desired.to_bytes())
