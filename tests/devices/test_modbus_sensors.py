"""Sensors by a map: against pymodbus' server over TCP and over RTU on a pseudo terminal, and what a map may not say."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pymodbus.client import AsyncModbusTcpClient

from devices.driver import SlotConfig
from devices.drivers.modbus_sensor import ModbusSensorDriver
from devices.errors import ConfigurationError, DeviceLost, DeviceRefused
from devices.recording import RecordingHost
from devices.simulators.modbus import ModbusSensorBox
from devices.simulators.service import listening
from devices.transport import open_transport
from firmware_profiles.registry import profile
from protocols.frames.modbus_values import registers_from
from tests.peers.modbus import FIRST_BIT, modbus_server, modbus_tcp, serial_cable, serial_settings
from tests.waiting import until

MAP: Mapping[str, Any] = {
    "poll_s": 10.0,
    "relays": {"switch": FIRST_BIT},
    "readings": {
        "humidity_percent": {"function": 3, "address": 0, "type": "u16", "scale": 0.1},
        "temperature_c": {"function": 4, "address": 1, "type": "s16", "scale": 0.1, "offset": -1.0},
        "energy_kwh": {"function": 3, "address": 4, "type": "u32", "words": "low", "scale": 0.01},
        "power_w": {"function": 3, "address": 6, "type": "f32"},
        "smoke": {"function": 3, "address": 3, "bit": 0, "fault": "smoke", "text": "烟感报警"},
        "footfall": {"function": 1, "address": FIRST_BIT, "signal": True},
    },
}


def config(where: str, options: Mapping[str, Any] = MAP) -> SlotConfig:
    return SlotConfig("st-01", "sensor-1", "sensor", where, options=options)


async def read_once(where: str, host: RecordingHost, options: Mapping[str, Any] = MAP) -> Mapping[str, object]:
    """Return the live values of one poll."""
    async with open_transport(where) as transport:
        await ModbusSensorDriver(config(where, options), transport).poll(host)
    return host.lives[-1]


@pytest.mark.peer
async def test_every_kind_of_reading_and_the_relay_over_tcp(tmp_path: Path) -> None:
    host = RecordingHost(tmp_path)
    async with modbus_tcp(tmp_path) as where:
        port = int(where.rpartition(":")[2])
        async with AsyncModbusTcpClient("127.0.0.1", port=port) as client:
            numbers = (451, *registers_from(-35, "s16"), 0, 1)
            await client.write_registers(0, list(numbers))
            await client.write_registers(4, list(registers_from(123_456, "u32", "low")))
            await client.write_registers(6, list(registers_from(62.5, "f32")))
        assert await read_once(where, host) == {
            "humidity_percent": 45.1, "temperature_c": -4.5, "energy_kwh": 1234.56, "power_w": 62.5, "smoke": True,
            "footfall": "people",
        }  # fmt: skip
        assert list(host.samples) == [("footfall", "people")]
        assert [(one.name, one.data["cause"], one.data["text"]) for one in host.events] == [
            ("fault.began", "smoke", "烟感报警")
        ]
        async with open_transport(where) as transport:
            driver = ModbusSensorDriver(config(where), transport)
            assert await driver.command("switch", {"on": False}, host) == {}
        assert (await read_once(where, host))["footfall"] == "none"


@pytest.mark.peer
async def test_a_sensor_on_a_serial_line(tmp_path: Path) -> None:
    host = RecordingHost(tmp_path)
    async with serial_cable(tmp_path) as (near, far), modbus_server(tmp_path, serial_settings(far)):
        where = f"serial:{near}?baud=9600&unit=1"

        async def answers() -> bool:
            try:
                await read_once(where, host)
            except DeviceLost:
                return False
            return True

        await until(answers, "the sensor answers over RTU", 30)
    assert host.lives[-1] == {
        "humidity_percent": 0.7, "temperature_c": -0.6, "energy_kwh": 0.0, "power_w": 0.0, "smoke": True,
        "footfall": "people",
    }  # fmt: skip


async def test_a_fault_is_told_once_and_its_end_too_and_a_float_that_is_none_is_a_loss(tmp_path: Path) -> None:
    box, host = ModbusSensorBox({"smoke": True}), RecordingHost(tmp_path)
    async with listening(box, "tcp://127.0.0.1:0") as where:
        smoke = profile("modbus-smoke").options
        for on in (True, True, False):
            await box.change({"smoke": on})
            await read_once(where, host, smoke)
        assert [one.name for one in host.events] == ["fault.began", "fault.ended"]
        # 0xFFC0 before another register: not a number of IEEE 754.
        await box.change({"temperature_dc": -64})
        with pytest.raises(DeviceLost, match="no number"):
            await read_once(where, host, {"readings": {"x": {"function": 3, "address": 1, "type": "f32"}}})


async def test_an_address_moves_the_whole_map_and_a_relay_that_is_not_there_is_refused(tmp_path: Path) -> None:
    host = RecordingHost(tmp_path)
    async with listening(ModbusSensorBox(), "tcp://127.0.0.1:0") as where:
        moved = {"readings": {"t": {"function": 3, "address": 0, "type": "s16"}}, "relays": {"switch": 3}}
        assert await read_once(where + "?at=1&unit=7", host, moved) == {"t": 224}
        async with open_transport(where + "?at=1") as transport:
            driver = ModbusSensorDriver(config(where, moved), transport)
            with pytest.raises(DeviceRefused, match="code 2"):
                await driver.command("switch", {"on": True}, host)
            with pytest.raises(DeviceRefused, match="no command"):
                await driver.command("dance", {}, host)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"readings": {}},
        {"readings": []},
        {"readings": {"t": 7}},
        {"readings": {"t": {"function": 3, "address": 0, "type": "u64"}}},
        {"readings": {"t": {"function": 3, "address": 0, "type": "u32", "words": "middle"}}},
        {"readings": {"t": {"function": 2, "address": 0, "type": "u16"}}},
        {"readings": {"t": {"function": 3, "address": 0, "type": "u16", "bit": 1}}},
        {"readings": {"t": {"function": 3, "address": 0, "type": "u16", "fault": "hot"}}},
        {"readings": {"t": {"function": 2, "address": 0, "signal": True}}},
        {"readings": {"t": {"function": 2, "address": "0"}}},
        {"readings": {f"t{n}": {"function": 2, "address": n} for n in range(33)}},
        {"readings": {"t": {"function": 2, "address": 0}}, "relays": {"switch": 65_536}},
        {"readings": {"t": {"function": 2, "address": 0}}, "colour": "red"},
        {"readings": {"t": {"function": 2, "address": 65_535}}, "at": 1},
    ],
)
async def test_a_map_that_cannot_be_is_a_configuration_error(options: Mapping[str, Any]) -> None:
    given = dict(options)
    where = f"tcp://127.0.0.1:1?at={given.pop('at', 0)}"
    with pytest.raises(ConfigurationError, match="Modbus map"):
        ModbusSensorDriver(config(where, given), open_transport(where))
