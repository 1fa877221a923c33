"""Who is online, stale or offline, and which slots are good: by silence on the loop's clock."""

import asyncio
from datetime import UTC, datetime

import pytest

from cloud.fleet.liveness import Change, Liveness
from cloud.fleet.states import slot_state, station_state
from protocols.venue.presence import STALE_AFTER_CORE_START_S, STALE_AFTER_S

AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
DOOR = ("st-01", "door-1")


class _Loop:
    """Moves the loop's clock on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        loop = asyncio.get_running_loop()
        self._time, self.offset_s = loop.time, 0.0
        monkeypatch.setattr("cloud.fleet.liveness._now_s", lambda: self._time() + self.offset_s)


def known() -> Liveness:
    liveness = Liveness()
    liveness.add_station("st-01", online=False, state="offline", last_heard=None)
    liveness.add_slot(DOOR, heartbeat_s=60, state="unknown", cause=None)
    return liveness


@pytest.mark.parametrize(
    ("online", "silent_s", "state"),
    [(False, 0.0, "offline"), (True, STALE_AFTER_S, "online"), (True, STALE_AFTER_S + 1, "stale")],
)
def test_a_station_is_judged_by_its_word_and_its_silence(*, online: bool, silent_s: float, state: str) -> None:
    assert station_state(online=online, silent_s=silent_s) == state


@pytest.mark.parametrize(
    ("station", "silent_s", "state"),
    [("online", 150.0, "good"), ("online", 150.1, "stale"), ("stale", 0.0, "stale"), ("offline", 0.0, "stale")],
)
def test_a_good_slot_goes_stale_with_its_station_or_its_heartbeat(station: str, silent_s: float, state: str) -> None:
    assert slot_state("good", station=station, silent_s=silent_s, heartbeat_s=60) == state  # type: ignore[arg-type]
    assert slot_state("unknown", station=station, silent_s=silent_s, heartbeat_s=60) == "unknown"  # type: ignore[arg-type]


async def test_a_station_that_says_nothing_goes_stale_and_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, liveness = _Loop(monkeypatch), known()
    assert liveness.presence("st-01", online=True) == [Change("st-01", None, "online")]
    liveness.heard("st-01", AT)
    assert liveness.slot_heard(DOOR) == [Change(*DOOR, "good")]
    loop.offset_s = STALE_AFTER_S + 1
    assert liveness.judge_all() == [Change("st-01", None, "stale"), Change(*DOOR, "stale")]
    assert liveness.judge_all() == []
    assert liveness.heard("st-01", AT) == [Change("st-01", None, "online")]
    assert liveness.slot_heard(DOOR) == [Change(*DOOR, "good")]
    assert liveness.count_states() == {"online": 1, "stale": 0, "offline": 0}


async def test_after_a_connect_everybody_has_a_short_time_to_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    loop, liveness = _Loop(monkeypatch), known()
    liveness.presence("st-01", online=True)
    liveness.core_connected()
    loop.offset_s = STALE_AFTER_CORE_START_S + 1
    assert liveness.judge_all() == [Change("st-01", None, "stale")]
    liveness.heard("st-01", AT)
    loop.offset_s += STALE_AFTER_CORE_START_S + 1
    assert liveness.judge_all() == [], "who has answered has the usual time"


async def test_a_death_takes_the_slots_along_at_once() -> None:
    liveness = known()
    liveness.presence("st-01", online=True)
    liveness.slot_health(DOOR, "good")
    assert liveness.presence("st-01", online=False) == [Change("st-01", None, "offline"), Change(*DOOR, "stale")]


async def test_a_slot_that_lost_its_device_is_not_good_because_it_speaks() -> None:
    liveness = known()
    liveness.presence("st-01", online=True)
    assert liveness.slot_health(DOOR, "stale", "network") == [Change(*DOOR, "stale", "network")]
    assert liveness.slot_heard(DOOR) == []
    assert liveness.slot_health(DOOR, "good") == [Change(*DOOR, "good")]


async def test_live_values_that_say_stale_do_not_take_the_cause_away() -> None:
    liveness = known()
    liveness.presence("st-01", online=True)
    assert liveness.slot_health(DOOR, "stale") == [Change(*DOOR, "stale")]  # live values come before the event
    assert liveness.slot_health(DOOR, "stale", "frozen") == [Change(*DOOR, "stale", "frozen")]
    assert liveness.slot_health(DOOR, "stale") == []
    assert liveness.slot_heard(DOOR) == []
    assert liveness.slot_health(DOOR, "stale", "cable") == [Change(*DOOR, "stale", "cable")]
    assert liveness.slot_health(DOOR, "good") == [Change(*DOOR, "good")]


async def test_what_no_site_file_names_is_not_remembered() -> None:
    liveness = known()
    assert liveness.slot_heard(("st-01", "ghost")) == []
    assert liveness.slot_health(("st-01", "ghost"), "good") == []
    liveness.keep_only(set(), set())
    assert not liveness.knows("st-01")
