"""The days before today as 今天 shows them: read once by their facts, whatever is still kept of the days before."""

import json
from datetime import date, timedelta

import pytest

from cloud.kpi import pages
from cloud.kpi.models import OpeningVerdict
from cloud.platform.core import Core
from cloud.platform.kept import Kept
from protocols.rules.opening import RULE_VERSION

pytestmark = pytest.mark.db

TODAY = date(2026, 3, 19)
STATIONS = [("market", "市场"), ("st-01", "一号驿站")]


async def judged(core: Core, station: str, day: date, verdict: str) -> None:
    """Store a verdict of a day."""
    facts = f"{station} {day} {verdict}".encode().hex()[:64].ljust(64, "0")
    await OpeningVerdict.create(
        station=station, day=day, rule_version=RULE_VERSION, input_sha256=facts, input="{}",
        result=json.dumps({"verdict": verdict}), computed_at=core.now(),
    )  # fmt: skip


async def shown() -> dict[str, list[str]]:
    """Return the verdicts of the last two days of each station."""
    found = await pages.recent_days(STATIONS, TODAY)
    return {one.id: [day.verdict for day in one.days[-2:]] for one in found.stations}


@pytest.mark.parametrize("room", [1, 2, 4_096])
async def test_days_are_shown_though_memory_has_no_room_for_them(
    core: Core, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    monkeypatch.setattr(pages, "_verdicts", Kept(room))
    yesterday = TODAY - timedelta(days=1)
    await judged(core, "market", yesterday - timedelta(days=1), "compliant")
    await judged(core, "market", yesterday, "violation")
    await judged(core, "st-01", yesterday, "unproven")
    for _ in range(2):
        assert await shown() == {"market": ["compliant", "violation"], "st-01": ["missing", "unproven"]}
    await judged(core, "market", yesterday, "compliant")  # judged again from other facts
    assert await shown() == {"market": ["compliant", "compliant"], "st-01": ["missing", "unproven"]}


def test_what_was_kept_first_makes_room() -> None:
    kept: Kept[str, int] = Kept(2)
    assert [kept.keep(name, number) for number, name in enumerate("abca")] == [0, 1, 2, 3]
    assert dict(kept) == {"c": 2, "a": 3}
    assert kept.keep("c", 4) == 4
    assert dict(kept) == {"c": 4, "a": 3}
