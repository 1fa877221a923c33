"""A terminal that was away for two hours, an agent that stops while it catches up: once, in order, with its times."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from devices.simulators.isapi_terminal import HikTerminal
from devices.simulators.service import listening
from edge.recorder import Recorder
from protocols.frames.isapi_access import Record
from protocols.rules.minutes import joined
from protocols.venue.rfc3339 import format_time, parse_time
from tests.edge.clocks import HandClock
from tests.edge.test_supervisor import supervised
from tests.waiting import until

SLOT = """
[[stations.slots]]
id = "face-1"
kind = "face"
device = {{ id = "dev-1", serial = "S", profile = "hik-isapi-terminal", address = "{address}" }}
"""
RECORDS = 500
AWAY = timedelta(hours=2)


async def stored(records: Recorder, type_: str) -> list[dict[str, Any]]:
    """Return the data of the evidence of a type."""
    rows = [json.loads(row.text) for row in await records.outbox.drain("evidence", 0, 2_000)]
    return [row["data"] for row in rows if row["type"] == f"cn.yizhan.face.{type_}.v1"]


async def test_records_of_two_hours_are_stored_once_though_the_agent_stops_in_between(tmp_path: Path) -> None:
    clock, device = HandClock(), HikTerminal(known=("staff-1", "p-1"))
    began = clock.time
    async with listening(device, "tcp://127.0.0.1:0") as address:
        slots = SLOT.format(address=address)
        async with supervised(tmp_path, slots, clock) as (supervisor, _):
            await until(lambda: supervisor.slots["face-1"].works, "the terminal is known")
        step = AWAY / RECORDS
        for number in range(1, RECORDS + 1):
            at = (began + number * step).replace(microsecond=0)
            device.keep(Record(number, at, 5, 75, "staff-1" if number % 3 else "p-1"))
        clock.time = began + AWAY
        async with supervised(tmp_path, slots, clock) as (_, records):
            await until(lambda: records.outbox.head("evidence").last > RECORDS // 10, "it catches up")
        async with supervised(tmp_path, slots, clock) as (supervisor, records):
            await until(lambda: records.outbox.head("evidence").last >= RECORDS, "everything is there")
            await until(lambda: supervisor.slots["face-1"].works, "and goes on")
            await asyncio.sleep(0.2)  # further looks at the terminal's records change nothing
            passed = await stored(records, "person.recognised")
            assert [one["record"] for one in passed] == [str(number) for number in range(1, RECORDS + 1)]
            assert [one["at"] for one in passed] == [format_time(one.at) for one in device.records]
            present = await stored(records, "signal.interval")
            assert {(one["signal"], one["value"]) for one in present} == {("staff", "present")}
            staff = [one.at for one in device.records if one.person == "staff-1"]
            ((first, last),) = joined((parse_time(one["from"]), parse_time(one["to"])) for one in present)
            assert (first, last) == (staff[0], clock.time)
