"""The test probe (D25)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from devices.driver import Driver, Json, SlotConfig
from devices.drivers import load_driver
from devices.errors import ConfigurationError, DeviceRefused
from devices.recording import RecordingHost
from devices.transport import open_transport
from tests.devices.waiting import until


def probe(simulate: Json) -> Driver:
    config = SlotConfig(station="st-01", slot="probe-1", kind="probe", address="sim:", simulate=simulate)
    return load_driver("probe")(config, open_transport("sim:"))


@asynccontextmanager
async def running(driver: Driver, host: RecordingHost) -> AsyncIterator[None]:
    task = asyncio.create_task(driver.run(host))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_events_count_from_one_and_carry_the_wished_pad(tmp_path: Path) -> None:
    host = RecordingHost(tmp_path)
    async with running(probe({"rate": 500.0, "stream": "telemetry", "bytes": 121, "burst": 5, "seed": 7}), host):
        await until(lambda: len(host.events) >= 15)
    assert [event.data["n"] for event in host.events] == list(range(1, len(host.events) + 1))
    assert {(event.name, event.stream, len(str(event.data["pad"]))) for event in host.events} == {
        ("sample.taken", "telemetry", 121)
    }


async def test_the_rate_is_kept(tmp_path: Path) -> None:
    host = RecordingHost(tmp_path)
    loop = asyncio.get_running_loop()
    start = loop.time()
    async with running(probe({"rate": 200.0}), host):
        await until(lambda: len(host.events) >= 60)
        took_s = loop.time() - start
    assert took_s >= 59 / 200  # never faster than asked


async def test_the_same_seed_gives_the_same_pads(tmp_path: Path) -> None:
    hosts = [RecordingHost(tmp_path), RecordingHost(tmp_path)]
    for host in hosts:
        async with running(probe({"rate": 1000.0, "bytes": 8, "seed": 3}), host):
            await until(lambda host=host: len(host.events) >= 3)  # type: ignore[misc]
    first, second = ([event.data["pad"] for event in list(host.events)[:3]] for host in hosts)
    assert first == second
    assert len(set(first)) == 3


async def test_without_a_rate_it_is_silent_but_alive(tmp_path: Path) -> None:
    host = RecordingHost(tmp_path, speed=1000)
    async with running(probe({}), host):
        await until(lambda: len(host.samples) >= 3)
    assert set(host.samples) == {("probe", "alive")}
    assert not host.events


async def test_strike_counts_across_driver_instances(tmp_path: Path) -> None:
    host = RecordingHost(tmp_path)
    assert await probe({}).command("strike", {}, host) == {"count": 1}
    assert await probe({}).command("strike", {"hold_s": 0.01}, host) == {"count": 2}


async def test_a_strike_has_counted_before_it_holds(tmp_path: Path) -> None:
    host = RecordingHost(tmp_path)
    holding = asyncio.create_task(probe({}).command("strike", {"hold_s": 30}, host))
    await until((tmp_path / "strikes").exists)
    holding.cancel()
    await asyncio.gather(holding, return_exceptions=True)
    assert await probe({}).command("strike", {}, host) == {"count": 2}


async def test_echo_gives_back_what_it_was_given(tmp_path: Path) -> None:
    host = RecordingHost(tmp_path)
    assert await probe({}).command("echo", {"text": "你好"}, host) == {"text": "你好"}
    assert await probe({}).command("echo", {}, host) == {}
    with pytest.raises(DeviceRefused):
        await probe({}).command("dance", {}, host)


async def test_settings_are_shown_live(tmp_path: Path) -> None:
    host = RecordingHost(tmp_path, speed=1000)
    driver = probe({})
    await driver.configure({"gain": 3, "label": "一号"})
    async with running(driver, host):
        await until(lambda: host.lives)
    assert host.lives[0] == {"n": 0, "gain": 3, "label": "一号"}


@pytest.mark.parametrize(
    "simulate", [{"rate": -1}, {"rate": True}, {"burst": 0}, {"bytes": 10**6}, {"seed": "x"}, {"stream": "news"}]
)
async def test_what_cannot_be_simulated_is_a_configuration_error(simulate: Json) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(simulate))):
        probe(simulate)
