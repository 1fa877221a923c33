"""Our simulated Hikvision devices before a client that somebody else wrote, and our client before its Digest door."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, get_args

import pytest
from pyhik.hikvision import HikCamera

from devices.errors import DeviceLost
from devices.simulators.isapi import Algorithm, DigestDoor
from devices.simulators.isapi_terminal import HikTerminal
from devices.simulators.service import listening
from devices.transport import open_transport
from devices.transports.http import HttpTransport
from protocols.frames.isapi import DeviceInfo
from protocols.frames.isapi_events import Alert, AlertStream

INFO = "/ISAPI/System/deviceInfo"
STREAM = "/ISAPI/Event/notification/alertStream"


@contextmanager
def closing(camera: Any) -> Iterator[Any]:
    """End what pyhik leaves open."""
    try:
        yield camera
    finally:
        camera.hik_request.close()
        camera.hik_request_stream.close()


def pyhik(address: str, password: str) -> Any:
    return HikCamera(address, usr="admin", pwd=password)


async def nudged(device: HikTerminal, condition: Callable[[], object]) -> None:
    """Wait while the device says that it is there: pyhik reads 512 bytes at a time, and looks then whether to stop."""
    async with asyncio.timeout(10):
        while not condition():
            device.push(Alert("videoloss", device.now(), "inactive"))
            await asyncio.sleep(0.02)


async def test_pyhik_logs_in_knows_the_device_and_hears_its_alarms() -> None:
    door = DigestDoor("admin", "venue-1234")
    device = HikTerminal(door=door)
    async with listening(device, "tcp://127.0.0.1:0") as address:
        with closing(await asyncio.to_thread(pyhik, address, "venue-1234")) as camera:
            assert camera.get_name == "Venue device"
            assert camera.get_type == "CAM"
            assert set(camera.current_event_states) == {"Motion", "Tamper Detection", "Disk Full"}
            assert door.refused_total == 1  # pyhik tries Basic first
            camera.start_stream()
            await nudged(device, lambda: camera.stream_connected)
            device.show_face("p-9")  # a record in JSON and a picture are passed over
            await device.change({"alarm": "VMD"})
            await nudged(device, lambda: camera.fetch_attributes("Motion", 1)[0])
            await device.change({"alarm": ""})
            await nudged(device, lambda: not camera.fetch_attributes("Motion", 1)[0])
            assert device.streams_total == 1
            stopped = asyncio.create_task(asyncio.to_thread(camera.disconnect))
            await nudged(device, stopped.done)


async def test_pyhik_with_a_wrong_password_is_let_in_nowhere() -> None:
    async with listening(HikTerminal(door=DigestDoor("admin", "venue-1234")), "tcp://127.0.0.1:0") as address:
        with closing(await asyncio.to_thread(pyhik, address, "guess")) as camera:
            assert camera.get_name is None


@pytest.mark.parametrize("algorithm", get_args(Algorithm))
async def test_our_client_answers_the_challenge_once_and_counts_on(algorithm: Algorithm) -> None:
    door = DigestDoor("admin", "某:pass", algorithm)
    device = HikTerminal(door=door)
    async with listening(device, "tcp://127.0.0.1:0") as address, open_transport(address) as transport:
        assert isinstance(transport, HttpTransport)
        transport.log_in("admin", "某:pass")
        for _ in range(3):
            answer = await transport.request("GET", INFO)
            assert DeviceInfo.from_bytes(answer.body) == device.info()
        async with transport.stream(STREAM) as stream:
            assert (stream.status, stream.boundary) == (200, "MIME_boundary")
            await device.change({"alarm": "VMD"})
            alerts = AlertStream(stream.boundary)
            async for piece in stream.pieces():
                if found := alerts.feed(piece):
                    break
            assert [one.type for one in found] == ["VMD"]
            async with transport.stream(STREAM) as second:
                assert second.status == 503
        assert (door.refused_total, len(door._nonces)) == (0, 1)


async def test_a_wrong_password_is_an_answer_and_no_loop() -> None:
    door = DigestDoor("admin", "venue-1234")
    async with listening(HikTerminal(door=door), "tcp://127.0.0.1:0") as address, open_transport(address) as transport:
        assert isinstance(transport, HttpTransport)
        transport.log_in("admin", "guess")
        assert (await transport.request("GET", INFO)).status == 401
        assert door.refused_total == 1


async def test_an_answer_that_was_heard_before_opens_nothing() -> None:
    door = DigestDoor("admin", "venue-1234")
    async with listening(HikTerminal(door=door), "tcp://127.0.0.1:0") as address, open_transport(address) as transport:
        assert isinstance(transport, HttpTransport)
        transport.log_in("admin", "venue-1234")
        assert (await transport.request("GET", INFO)).status == 200
        nonce = next(iter(door._nonces))
        door._nonces[nonce] = 1_000
        assert (await transport.request("GET", INFO)).status == 200  # with a new challenge
        assert (door.refused_total, len(door._nonces)) == (1, 2)


async def test_a_stream_that_breaks_is_a_loss() -> None:
    device = HikTerminal()
    async with listening(device, "tcp://127.0.0.1:0") as address, open_transport(address) as transport:
        assert isinstance(transport, HttpTransport)
        device.pause(on=True)
        with pytest.raises(DeviceLost, match="within"):
            async with transport.stream(STREAM, timeout_s=0.2):
                pass
    with pytest.raises(DeviceLost, match="connect"):
        async with transport.stream(STREAM):
            pass
    await transport.close()
