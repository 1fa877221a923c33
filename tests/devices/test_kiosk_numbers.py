"""A kiosk with buttons of its own asks the agent for a number and shows it; asking again gives the same one."""

from pathlib import Path

from tests.devices.test_sim_devices import bench
from tests.devices.waiting import until


async def test_a_pressed_button_brings_a_number_and_the_kiosk_shows_it(tmp_path: Path) -> None:
    async with bench("kiosk", tmp_path) as one:
        await one.device.change({"take": "A", "priority": "elderly"})
        await until(lambda: one.device.state["ticket"] == "A001")
        assert len(one.host.tickets) == 1
        assert one.device.notices == ()
        await one.device.change({"take": "B"})
        await until(lambda: one.device.state["ticket"] == "B002")
        assert [stored for stored in one.host.events if stored.name == "ticket.wanted"] == []


async def test_a_kiosk_that_nobody_gives_a_number_says_so(tmp_path: Path) -> None:
    async with bench("kiosk", tmp_path) as one:
        one.host.refuses = "closed"
        await one.device.change({"take": "A"})
        await until(lambda: one.device.state["ticket"] == "!closed")
        assert one.device.notices == ()
