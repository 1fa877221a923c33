"""Power cuts of a station's day: proven by its UPS, with the events as evidence, however late they come."""

import json

import pytest

from cloud.ingest.handlers import Arrived
from cloud.kpi.document import read_facts
from cloud.kpi.models import OpeningDue, OpeningVerdict, PowerChange
from cloud.kpi.service import judge_due, opening, openings, record_corrections, record_power, today_strip
from cloud.kpi.verdicts import holiday_calendar
from cloud.platform.core import Core
from cloud.platform.database import transaction
from protocols.rules.opening import judge
from protocols.venue.events import Event
from protocols.venue.messages.agent import ClockCorrected
from protocols.venue.messages.equipment import PowerChanged
from protocols.venue.timestamps import format_time
from tests.cloud.kpi.reports import STATION, record, record_open_day
from tests.protocols.rules.days import DAY, at

pytestmark = pytest.mark.db

GONE = "0195f3c2-1111-7000-8000-000000000001"
BACK = "0195f3c2-1111-7000-8000-000000000002"


def said(status: str, clock: str, event: str, trust: str = "trusted", epoch: int = 1) -> Arrived:
    """Return what a UPS said at a time of the day."""
    envelope = Event.model_validate(
        {
            "specversion": "1.0", "id": event, "source": f"/stations/{STATION}/slots/ups-1",
            "type": "cn.yizhan.ups.power.changed.v1", "time": format_time(at(clock)),
            "datacontenttype": "application/json", "epoch": epoch, "stream": "evidence", "seq": 1, "replay": False,
            "clock": trust, "data": {"status": status, "charge_percent": 90},
        }
    )  # fmt: skip
    data = PowerChanged.model_validate(envelope.data)
    return Arrived(STATION, "ups-1", "store", envelope, data)


async def record_cut() -> None:
    """Record a day that was open, and forty minutes on battery."""
    await record_open_day()
    await record("mains", "online", "08:58", "10:00")
    await record("mains", "battery", "10:00", "10:40")


async def test_forty_minutes_on_battery_are_excused_and_the_input_computes_the_same_again(core: Core) -> None:
    await record_cut()
    async with transaction():
        await record_power(core, [said("battery", "10:00", GONE), said("online", "10:40", BACK)])

    found = await opening(STATION, DAY, at("18:00"))
    cut = {"from": "2026-03-02T10:00:00+08:00", "to": "2026-03-02T10:40:00+08:00", "slot": "mains-1", "events": []}
    assert (found.result["excused"], found.result["open"]) == (40, 440)
    assert "evidence" not in found.result, "what another UPS said proves nothing of this one"

    await PowerChange.all().update(slot="mains-1")
    found = await opening(STATION, DAY, at("18:00"))
    assert found.result["evidence"] == [cut | {"events": [GONE, BACK]}]
    _, facts = read_facts(json.loads(json.dumps(found.input)))
    assert judge(DAY, facts, holiday_calendar()).to_object() == found.result
    (day,) = await openings(STATION, DAY, DAY, at("18:00"))
    assert day.result == found.result
    assert (await today_strip(STATION, at("18:00"))).result == found.result


async def test_evidence_that_comes_late_has_the_day_judged_again(core: Core) -> None:
    await record_cut()
    await judge_due(core)
    async with transaction():
        await record_power(core, [said("battery", "10:00", GONE)])
    await PowerChange.all().update(slot="mains-1")
    assert await OpeningDue.all().count() == 1
    await judge_due(core)
    async with transaction():  # the same event again is no news and does no harm
        await record_power(core, [said("battery", "10:00", GONE)])

    results = [json.loads(row.result) async for row in OpeningVerdict.all().order_by("id")]
    assert [one["excused"] for one in results] == [40, 40]
    assert [one.get("evidence", [{}])[0].get("events") for one in results] == [None, [GONE]]


@pytest.mark.parametrize("order", ["event first", "correction first"])
async def test_what_an_untrusted_clock_said_is_evidence_once_it_is_corrected(core: Core, order: str) -> None:
    corrected = said("battery", "11:00", GONE, "untrusted", epoch=7)
    correction = Arrived(
        STATION, "agent", "store", corrected.event,
        ClockCorrected.model_validate({"boot": "0195f3c2-0000-7000-8000-000000000001", "offset_ms": 3_600_000}),
    )  # fmt: skip
    async with transaction():
        if order == "event first":
            await record_power(core, [corrected])
            assert not await OpeningDue.exists()
            await record_corrections(core, [correction])
        else:
            await record_corrections(core, [correction])
            await record_power(core, [corrected])

    row = await PowerChange.get()
    assert (row.clock, row.at_ms) == ("corrected", int(at("10:00").timestamp() * 1000))
    assert await OpeningDue.all().count() == 1
