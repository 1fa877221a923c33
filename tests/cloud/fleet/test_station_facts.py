"""The list of stations says in a few statements what each station's own document says."""

import json
from datetime import timedelta

import pytest

from cloud.fleet import service as fleet
from cloud.fleet.models import Birth, Presence
from cloud.ingest.models import StoredEvent, StreamMark
from cloud.ingest.service import STRIDE
from cloud.kpi import service as kpi
from cloud.kpi.models import SignalInterval
from cloud.platform.core import Core
from protocols.venue.timestamps import format_time
from provisioning.site import parse_site

pytestmark = pytest.mark.db
NAMES = ["whole", "behind", "hole", "silent", "no-birth", "offline"]


def _site() -> str:
    head = '[site]\nid = "demo"\nname = "示范"\n'
    return head + "".join(f'[[stations]]\nid = "{name}"\nname = "{name}"\n' for name in NAMES)


async def _station(  # noqa: PLR0913 - each is a fact of its own
    core: Core, name: str, mark: int, *, upto: int, stored: int, claimed: int | None, state: str
) -> None:
    """Give a station a presence, a birth that claims `claimed`, and events up to `stored`."""
    now = core.now()
    await Presence.create(station=name, online=True, epoch=1, conn=1, reason="birth", state=state, since=now,
                          last_heard=now - timedelta(minutes=mark))  # fmt: skip
    if claimed is not None:
        document = json.dumps({"boot": "b", "outbox": {"evidence": {"last": claimed}}})
        await Birth.create(station=name, epoch=1, conn=1, store="s-1", document=document, received_at=now)
    await StreamMark.create(id=mark, station=name, store="s-1", stream="evidence", upto=upto, highest=upto, count=upto)
    for seq in range(1, stored + 1):
        text = json.dumps({"time": format_time(now - timedelta(hours=1) + timedelta(seconds=seq))})
        await StoredEvent.create(id=mark * STRIDE + seq, received_ms=0, flags=0, text=text)


async def test_the_list_agrees_with_every_document(core: Core) -> None:
    await fleet.apply_site(core, parse_site(_site()))
    await _station(core, "whole", 1, upto=3, stored=3, claimed=3, state="online")
    await _station(core, "behind", 2, upto=3, stored=3, claimed=9, state="online")
    await _station(core, "hole", 3, upto=5, stored=3, claimed=9, state="online")
    await _station(core, "no-birth", 4, upto=2, stored=2, claimed=None, state="online")
    await _station(core, "offline", 5, upto=3, stored=3, claimed=3, state="offline")
    await StreamMark.create(id=9, station="whole", store="s-0", stream="evidence", upto=1, highest=1, count=1)
    liveness = fleet.Liveness()
    facts = await fleet.station_facts(liveness, core.now())
    assert set(facts) == set(NAMES)
    for name in NAMES:
        document = await fleet.station_document(name, liveness, core.now())
        heard, complete = facts[name]
        assert (format_time(heard) if heard else None) == document["presence"]["last_heard"], name
        assert complete == document["streams"]["evidence"]["complete_to"], name
    assert facts["whole"][1] == format_time(core.now())


async def test_the_strips_of_many_stations_are_those_of_each(core: Core) -> None:
    start = int((core.now() + timedelta(minutes=10)).timestamp() * 1000)
    for name, minutes in (("one", 20), ("two", 5)):
        for signal, value in (("door", "unlocked"), ("staff", "present"), ("wall", "on")):
            await SignalInterval.create(
                station=name, slot=f"{signal}-1", signal=signal, value=value, start_ms=start,
                end_ms=start + minutes * 60_000, samples=minutes, clock="trusted", received_at=core.now(),
            )  # fmt: skip
    now = core.now() + timedelta(hours=2)
    together = await kpi.today_strips(["one", "two", "none"], now)
    assert together == {name: await kpi.today_strip(name, now) for name in ("one", "two", "none")}
    assert len({json.dumps(strip.result) for strip in together.values()}) > 1
