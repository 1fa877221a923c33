"""A day's verdict from the stored facts, and its versions."""

import json
from datetime import date

import pytest

from cloud.kpi.document import read_facts
from cloud.kpi.models import OpeningVerdict
from cloud.kpi.service import opening, openings, today_strip
from cloud.kpi.tables import load_calendar
from protocols.rules.errors import MissingTable
from protocols.rules.opening import judge
from tests.cloud.kpi.reports import STATION, record, record_open_day
from tests.protocols.rules.days import DAY, at

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("database")]

NEXT_DAY = date(2026, 3, 3)
EVENING = at("18:00")


async def test_a_day_with_its_door_and_wall_is_compliant() -> None:
    await record_open_day()

    found = (await opening(STATION, DAY, EVENING)).to_object()

    assert (found["day"], found["required"], found["open"], found["verdict"]) == ("2026-03-02", 480, 480, "compliant")
    assert (found["rule_version"], found["computed_at"]) == ("v1", "2026-03-02T10:00:00.000Z")
    assert len(found["input_sha256"]) == 64


async def test_a_day_without_facts_is_unproven_and_other_stations_do_not_help() -> None:
    await record_open_day()

    assert (await opening("st-02", DAY, EVENING)).result["verdict"] == "unproven"
    assert (await opening(STATION, NEXT_DAY, EVENING)).result["verdict"] == "unproven"


async def test_the_probe_is_no_fact_of_the_rule() -> None:
    await record("probe", "alive", "08:00", "18:00")

    assert (await opening(STATION, DAY, EVENING)).input["signals"] == []


async def test_untrusted_intervals_do_not_vote() -> None:
    await record("door", "unlocked", "08:58", "17:02")
    await record("wall", "on", "08:58", "17:02", clock="untrusted")

    assert (await opening(STATION, DAY, EVENING)).result["unknown"] == 480


async def test_a_finished_day_is_stored_once_per_input() -> None:
    await record_open_day()
    first = await opening(STATION, DAY, EVENING)
    await record("door", "locked", "17:02", "18:30")
    again = await opening(STATION, DAY, at("18:30"))

    assert (again.computed_at, again.input_sha256) == (EVENING, first.input_sha256)
    assert await OpeningVerdict.all().count() == 1


async def test_late_facts_make_a_new_version_and_keep_the_old_one() -> None:
    await record("door", "unlocked", "08:58", "17:02")
    before = await opening(STATION, DAY, EVENING)
    await record("wall", "on", "08:58", "17:02")
    after = await opening(STATION, DAY, at("19:00"))

    assert (before.result["verdict"], after.result["verdict"]) == ("unproven", "compliant")
    kept = await OpeningVerdict.all().order_by("id")
    assert [json.loads(row.result)["verdict"] for row in kept] == ["unproven", "compliant"]


async def test_an_old_verdict_can_be_reproduced_from_its_input() -> None:
    await record("door", "unlocked", "08:58", "17:02")
    await opening(STATION, DAY, EVENING)
    await record("wall", "on", "08:58", "17:02")

    row = await OpeningVerdict.get()
    day, facts = read_facts(json.loads(row.input))
    assert day == DAY
    assert judge(day, facts, load_calendar()).to_object() == json.loads(row.result)


async def test_a_running_day_is_judged_but_not_stored() -> None:
    await record_open_day(end="12:00")

    found = await opening(STATION, DAY, at("12:00"))

    assert (found.result["open"], found.result["unknown"]) == (180, 300)
    assert not await OpeningVerdict.exists()


async def test_a_holiday_needs_no_facts() -> None:
    found = await opening(STATION, date(2026, 10, 1), at("18:00", date(2026, 10, 2)))

    assert found.result["verdict"] == "not_required"


async def test_a_year_without_a_table_is_refused() -> None:
    with pytest.raises(MissingTable, match="2028"):
        await opening(STATION, date(2028, 3, 2), EVENING)


async def test_a_month_is_judged_at_once_like_its_days() -> None:
    await record_open_day()
    await record_open_day(NEXT_DAY, start="09:20")
    await record("door", "locked", "00:00", "09:20", day=NEXT_DAY)
    now = at("18:00", NEXT_DAY)

    month = await openings(STATION, date(2026, 3, 1), date(2026, 3, 31), now)

    assert [found.day.day for found in month] == list(range(1, 32))
    assert [found.result["verdict"] for found in month[:3]] == ["unproven", "compliant", "violation"]
    assert [(await opening(STATION, found.day, now)).result for found in month] == [found.result for found in month]
    assert await openings(STATION, NEXT_DAY, DAY, now) == []


async def test_a_month_is_judged_again_when_a_fact_comes_late_and_keeps_an_interval_over_several_days() -> None:
    now = at("18:00", NEXT_DAY)
    await record_open_day()
    before = await openings(STATION, DAY, NEXT_DAY, now)
    await record("door", "locked", "08:00", "20:00", day=NEXT_DAY)
    await record("door", "locked", "10:00", "11:00")
    after = await openings(STATION, DAY, NEXT_DAY, now)

    assert [found.result["verdict"] for found in before] == ["compliant", "unproven"]
    assert [found.result["verdict"] for found in after] == [
        (await opening(STATION, day, now)).result["verdict"] for day in (DAY, NEXT_DAY)
    ]
    assert after[1].result["closed"] == 480


@pytest.mark.parametrize(
    ("opened", "now", "late"),
    [
        ("08:58", "08:00", False),
        ("08:58", "10:00", False),
        ("10:30", "09:06", False),
        ("10:30", "09:07", True),
        ("09:30", "09:40", False),
    ],
)
async def test_a_station_that_is_not_open_when_the_grace_is_over_is_late(opened: str, now: str, *, late: bool) -> None:
    await record_open_day(start=opened)

    assert (await today_strip(STATION, at(now))).late is late


async def test_nobody_is_late_on_a_holiday() -> None:
    strip = await today_strip(STATION, at("12:00", date(2026, 10, 1)))

    assert (strip.late, strip.result["verdict"]) == (False, "not_required")


async def test_the_strip_says_up_to_when_it_is_settled() -> None:
    strip = await today_strip(STATION, at("09:30"))

    assert strip.as_of == at("09:28")


async def test_a_strip_is_judged_again_with_a_new_fact_or_a_new_minute() -> None:
    await record_open_day(end="10:00")
    first = await today_strip(STATION, at("09:40"))
    same = await today_strip(STATION, at("09:40").replace(second=59))
    later = await today_strip(STATION, at("09:41"))
    await record_open_day(start="10:00", end="10:30")
    more = await today_strip(STATION, at("09:41"))

    assert same is first
    assert later is not first
    assert more is not later
    assert more.result["open"] > later.result["open"]
