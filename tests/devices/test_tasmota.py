"""Tasmota sockets over a real mosquitto: our driver and our simulated plug, with the broker between them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from devices.driver import SlotConfig
from devices.drivers.tasmota import TasmotaDriver
from devices.errors import ConfigurationError, DeviceLost, DeviceRefused
from devices.recording import RecordingHost
from devices.simulators.service import listening
from devices.simulators.tasmota import TasmotaPlug
from devices.transport import open_transport
from devices.transports.mqtt import MqttMessage, MqttTransport
from protocols.frames.tasmota import Device
from protocols.venue.vocabulary import Kind
from tests.peers.mosquitto import mosquitto
from tests.waiting import until


def config(where: str, kind: Kind = "socket") -> SlotConfig:
    return SlotConfig("st-01", f"{kind}-1", kind, where, options={"poll_s": 10.0})


@asynccontextmanager
async def plugged(
    folder: Path, kind: Kind = "socket", more: str = ""
) -> AsyncIterator[tuple[TasmotaPlug, TasmotaDriver, RecordingHost, "asyncio.Task[None]", str]]:
    """Yield a plug and its driver at work, with a broker between them."""
    plug, host = TasmotaPlug(), RecordingHost(folder, speed=50.0)
    async with (
        mosquitto(folder) as broker,
        listening(plug, f"{broker.url}/plug-3"),
        open_transport(f"{broker.url}/plug-3{more}") as transport,
    ):
        driver = TasmotaDriver(config(transport.address, kind), transport)
        task = asyncio.create_task(driver.run(host))
        try:
            yield plug, driver, host, task, broker.url
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.mark.peer
async def test_a_light_circuit_is_a_signal_and_is_switched(tmp_path: Path) -> None:
    async with plugged(tmp_path, "light") as (plug, driver, host, _, _url):
        await until(lambda: ("light", "on") in host.samples, "the light is on")
        await until(lambda: host.lives[-1].get("power_w") == 62, "its power is known")
        assert await driver.command("switch", {"on": False}, host) == {"on": False}
        assert plug.state["on"] is False
        await until(lambda: host.samples[-1] == ("light", "off"), "the light is off")
        await until(lambda: host.lives[-1].get("power_w") == 0, "it takes no power")
        await plug.change({"on": True})
        await until(lambda: host.samples[-1] == ("light", "on"), "somebody pressed the button")
        shown = host.lives[-1]
        assert (shown["on"], shown["voltage_v"], shown["rssi_percent"], shown["uptime_s"]) == (True, 228.0, 76, 3600)


@pytest.mark.peer
async def test_a_relay_that_does_not_switch_and_an_unknown_command(tmp_path: Path) -> None:
    async with plugged(tmp_path) as (plug, driver, host, _, _url):
        await until(lambda: host.lives, "the socket answers")
        await plug.change({"stuck": True})
        with pytest.raises(DeviceLost, match="did not switch"):
            await driver.command("switch", {"on": False}, host)
        with pytest.raises(DeviceRefused):
            await driver.command("dance", {}, host)
        assert not host.samples, "a socket is no signal"


@pytest.mark.peer
async def test_a_last_will_is_a_loss_and_garbage_is_not(tmp_path: Path) -> None:
    async with plugged(tmp_path) as (_, _driver, host, task, url):
        await until(lambda: host.lives, "the socket answers")
        async with open_transport(f"{url}/other") as other:
            assert isinstance(other, MqttTransport)
            for payload in (b"{", b"\xff" * 40, b"[]"):
                await other.publish("tele/plug-3/STATE", payload)
            seen = len(host.lives)
            await until(lambda: len(host.lives) > seen, "it goes on")
            assert not task.done()
            await other.publish("tele/plug-3/LWT", b"Offline")
            with pytest.raises(DeviceLost, match="last will") as lost:
                await asyncio.wait_for(asyncio.shield(task), 5)
    assert (lost.value.cause, lost.value.fault) == ("network", "no_answer")


@pytest.mark.peer
async def test_a_plug_tells_who_it_is_and_another_relay_does_not_answer(tmp_path: Path) -> None:
    async with mosquitto(tmp_path) as broker, open_transport(f"{broker.url}/watch") as watch:
        assert isinstance(watch, MqttTransport)
        await watch.subscribe("tasmota/discovery/#")
        async with listening(TasmotaPlug(), f"{broker.url}/plug-3"):
            message: MqttMessage = await asyncio.wait_for(anext(aiter(watch.messages())), 5)
    found = Device.from_bytes(message.payload)
    assert (found.topic, found.where) == ("plug-3", message.topic)


@pytest.mark.peer
async def test_another_relay_than_it_has_is_no_answer(tmp_path: Path) -> None:
    async with plugged(tmp_path, more="?relay=2") as (_, _driver, _host, task, _url):
        with pytest.raises(DeviceLost, match="within"):
            await asyncio.wait_for(asyncio.shield(task), 6)


@pytest.mark.parametrize("where", ["mqtt://h:1/a%20b", "mqtt://h:1/a?relay=0", "mqtt://h:1/a?relay=x", "tcp://h:1"])
async def test_an_address_that_cannot_be_is_refused(where: str) -> None:
    with pytest.raises(ConfigurationError):
        TasmotaDriver(config(where), open_transport(where))
