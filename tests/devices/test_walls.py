"""The capability model of walls: when one is on, what a schedule says, and how a driver of it acts."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.driver import Host, SlotConfig
from devices.errors import DeviceRefused
from devices.recording import RecordingHost
from devices.transport import open_transport
from devices.walls import COMMANDS, MAX_ENTRIES, SETTINGS, WallDriver, WallState, parse_schedule, scheduled
from firmware_profiles.registry import profiles
from tests.devices.waiting import until

ON = WallState(power=True, brightness=60, blackout=False, input_valid=True)


class Controller(WallDriver):
    """A controller that keeps what it was told."""

    def __init__(self, config: SlotConfig) -> None:
        super().__init__(config, open_transport("sim:"))
        self.state = ON
        self.set: list[int] = []

    async def read_state(self, host: Host) -> WallState:
        """Say what a test wants said."""
        assert host.minute_of_day() >= 0
        return self.state

    async def set_brightness(self, percent: int) -> None:
        """Keep the percent."""
        self.set.append(percent)


@pytest.fixture
def controller() -> Controller:
    """Return a controller of the slot `wall-controller`."""
    return Controller(SlotConfig("st-01", "wall-controller", "wall", "sim:"))


@pytest.mark.parametrize(
    ("state", "is_on"),
    [
        (ON, True),
        (WallState(power=False), False),
        (WallState(power=True, brightness=60, blackout=True, input_valid=True), False),
        (WallState(power=True, brightness=0, blackout=False, input_valid=True), False),
        (WallState(power=True, brightness=60, blackout=False, input_valid=False), False),
        (WallState(power=True, brightness=60, blackout=False), None),
        (WallState(), None),
    ],
)
def test_a_wall_is_on_when_all_four_say_so(state: WallState, is_on: object) -> None:
    assert state.is_on is is_on


def test_the_live_keys_are_those_of_the_model() -> None:
    keys = "power brightness blackout frozen input input_valid temperature_c smoke door_open"
    assert list(WallState().live()) == keys.split()


@pytest.mark.parametrize("minute", range(0, 1440, 60))
def test_an_entry_holds_from_its_minute_and_the_last_one_over_midnight(minute: int) -> None:
    schedule = parse_schedule("19:00=30, 07:30=70")
    assert scheduled(schedule, minute) == ((450, 70) if 450 <= minute < 1140 else (1140, 30))


@pytest.mark.parametrize(
    "text", ["24:00=1", "7:30=1", "07:30=101", "07:30", "07:30=1,,", "07:30=1,07:30=2", "07:30=-1"]
)
def test_a_schedule_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not HH:MM=percent|stands twice"):
        parse_schedule(text)


def test_a_schedule_has_a_bound() -> None:
    with pytest.raises(ValueError, match=str(MAX_ENTRIES)):
        parse_schedule(",".join(f"00:{minute:02}=1" for minute in range(MAX_ENTRIES + 1)))


@given(st.dictionaries(st.integers(0, 1439), st.integers(0, 100), max_size=MAX_ENTRIES), st.integers(0, 1439))
def test_what_holds_is_the_newest_entry(entries: dict[int, int], minute: int) -> None:
    text = ",".join(f"{at // 60:02}:{at % 60:02}={percent}" for at, percent in entries.items())
    found = scheduled(parse_schedule(text), minute)
    if not entries:
        assert found is None
        return
    newest = min(entries, key=lambda at: (minute - at) % 1440)
    assert found == (newest, entries[newest])


async def test_the_schedule_is_applied_once_and_a_hand_holds_until_the_next_entry(
    controller: Controller, tmp_path: Path
) -> None:
    host = RecordingHost(tmp_path, speed=1000)
    await controller.configure({"brightness": 50, "brightness_schedule": "07:30=70,19:00=30"})
    assert controller.set == []
    running = asyncio.create_task(controller.run(host))
    try:
        await until(lambda: controller.set == [70])
        await controller.command("brightness", {"percent": 5}, host)
        seen = len(host.samples)
        await until(lambda: len(host.samples) > seen + 3)
        assert controller.set == [70, 5]
        host.minute = 1140
        await until(lambda: controller.set == [70, 5, 30])
        assert host.samples[-1] == ("wall", "on")
        assert host.lives[-1] == ON.live()
        controller.state = WallState()
        told = len(host.lives)
        await until(lambda: len(host.lives) > told + 1)
        count = len(host.samples)
        await until(lambda: len(host.lives) > told + 3)
        assert len(host.samples) == count  # what is not known is not said
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_without_a_schedule_the_brightness_holds_at_once(controller: Controller) -> None:
    await controller.configure({"brightness": 50})
    assert controller.set == [50]
    with pytest.raises(DeviceRefused, match="colour"):
        await controller.configure({"colour": "red"})
    with pytest.raises(DeviceRefused, match="brightness_schedule"):
        await controller.configure({"brightness_schedule": "dusk"})


@pytest.mark.parametrize(
    ("name", "args"),
    [("power", {"on": True}), ("blackout", {"on": True}), ("input", {"source": "HDMI1"}), ("text", {"text": "满"}),
     ("screenshot", {}), ("dance", {})],
)  # fmt: skip
async def test_what_a_controller_cannot_do_it_refuses(
    name: str, args: dict[str, object], controller: Controller, tmp_path: Path
) -> None:
    with pytest.raises(DeviceRefused):
        await controller.command(name, args, RecordingHost(tmp_path))


@pytest.mark.parametrize("name", [one.id for one in profiles().values() if one.kind == "wall" and one.driver != "sim"])
def test_a_wall_profile_names_commands_and_settings_as_the_model_does(name: str) -> None:
    one = profiles()[name]
    for command, spec in one.commands.items():
        assert {arg: value.type for arg, value in spec.args.items()} == COMMANDS[command]
        assert spec.idempotent
    assert all(SETTINGS[setting] == value.type for setting, value in one.settings.items())
