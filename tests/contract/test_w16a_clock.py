"""W16a on the edge: when the clock may be believed, what untrusted events carry, and the correction afterwards."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.author import Author
from edge.recorder import Recorder
from edge.stepwatch import watch_steps
from edge.timekeeping import MAX_OFFSET_MS, ROUND_TRIP_LASTS_S, Timekeeper
from protocols.venue.vocabulary import Stream
from provisioning.clock import SystemClock
from tests.edge.stations import START, STATION, data_of, outbox, types_in
from tests.waiting import until


class WrongClock(SystemClock):
    """The machine's clock, off by `off`."""

    def __init__(self) -> None:
        self.off = timedelta()

    def now(self) -> datetime:
        """Return the wrong time."""
        return super().now() + self.off


def core_says(timekeeper: Timekeeper, ahead_ms: int) -> None:
    """Have a round trip show that the clock is ahead of the core by so much."""
    timekeeper.compared(timekeeper.now() - timedelta(milliseconds=ahead_ms), round_trip_s=0.0)


@asynccontextmanager
async def watched(folder: Path, timekeeper: Timekeeper) -> AsyncIterator[Recorder]:
    async with outbox(folder) as box:
        recorder = Recorder(Author(STATION, START, timekeeper), box)
        task = asyncio.create_task(watch_steps(recorder, 0.05), name="clock-watch")
        try:
            yield recorder
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def envelope(timekeeper: Timekeeper) -> dict[str, object]:
    found: dict[str, object] = json.loads(Author(STATION, START, timekeeper).agent_text("x.y", {}, "ops"))
    return found


async def last_of(recorder: Recorder, stream: Stream, name: str) -> dict[str, object]:
    """Return the data of the newest event of a type, waiting for it."""

    async def there() -> bool:
        return name in await types_in(recorder.outbox, stream)

    await until(there, f"{name} is stored")
    rows = await recorder.outbox.drain(stream, 0, 1_000)
    return [data_of(row.text) for row in rows if f"cn.yizhan.{name}.v1" in row.text][-1]


def test_w16a_a_synchronised_kernel_is_trusted() -> None:
    assert Timekeeper(SystemClock(), lambda: True).state().to_object() == {
        "trust": "trusted",
        "offset_ms": None,
        "source": "ntp",
    }


@pytest.mark.parametrize(
    ("ahead_ms", "trust"),
    [(0, "trusted"), (MAX_OFFSET_MS - 50, "trusted"), (-MAX_OFFSET_MS + 50, "trusted"), (2_100, "untrusted")],
)
def test_w16a_a_round_trip_to_the_core_is_trusted_within_2_s(ahead_ms: int, trust: str) -> None:
    timekeeper = Timekeeper(SystemClock(), lambda: False)
    assert timekeeper.trust == "untrusted"
    core_says(timekeeper, ahead_ms)
    assert timekeeper.trust == trust
    offset = timekeeper.state().offset_ms
    assert offset is not None
    assert abs(offset - ahead_ms) < 40


def test_w16a_a_round_trip_is_worth_15_minutes() -> None:
    timekeeper = Timekeeper(SystemClock(), lambda: False)
    core_says(timekeeper, 5)
    assert timekeeper._compared is not None
    timekeeper._compared = (timekeeper._compared[0] - ROUND_TRIP_LASTS_S, timekeeper._compared[1])
    assert timekeeper.state().to_object() == {"trust": "untrusted", "offset_ms": None, "source": "none"}


def test_w16a_events_of_an_untrusted_clock_carry_boot_ms_and_others_do_not() -> None:
    timekeeper = Timekeeper(SystemClock(), lambda: False)
    before = envelope(timekeeper)
    assert before["clock"] == "untrusted"
    assert isinstance(before["boot_ms"], int)
    core_says(timekeeper, 0)
    after = envelope(timekeeper)
    assert after["clock"] == "trusted"
    assert "boot_ms" not in after


async def test_w16a_when_trust_returns_the_edge_says_how_far_it_was_off(tmp_path: Path) -> None:
    clock = WrongClock()
    clock.off = timedelta(hours=-1)
    timekeeper = Timekeeper(clock, lambda: False)
    async with watched(tmp_path, timekeeper) as recorder:
        await recorder.say("x.y", {}, "evidence")
        clock.off = timedelta()
        stepped = await last_of(recorder, "ops", "agent.clock.stepped")
        assert abs(int(str(stepped["offset_ms"])) - 3_600_000) < 1_000
        assert "agent.clock.corrected" not in await types_in(recorder.outbox, "evidence")
        core_says(timekeeper, 0)
        corrected = await last_of(recorder, "evidence", "agent.clock.corrected")
        assert corrected["boot"] == START.boot
        assert abs(int(str(corrected["offset_ms"])) + 3_600_000) < 1_000
        await asyncio.sleep(0.3)
        assert (await types_in(recorder.outbox, "evidence")).count("agent.clock.corrected") == 1


async def test_w16a_a_clock_that_was_right_all_the_time_is_corrected_by_nearly_nothing(tmp_path: Path) -> None:
    timekeeper = Timekeeper(SystemClock(), lambda: False)
    async with watched(tmp_path, timekeeper) as recorder:
        await recorder.say("x.y", {}, "evidence")
        core_says(timekeeper, 300)
        corrected = await last_of(recorder, "evidence", "agent.clock.corrected")
        assert abs(int(str(corrected["offset_ms"])) - 300) < 100


async def test_w16a_without_untrusted_events_there_is_nothing_to_correct(tmp_path: Path) -> None:
    timekeeper = Timekeeper(SystemClock(), lambda: False)
    async with watched(tmp_path, timekeeper) as recorder:
        core_says(timekeeper, 0)
        await asyncio.sleep(0.3)
        assert await types_in(recorder.outbox, "evidence") == []
        assert timekeeper.now() <= datetime.now(UTC)
