"""A camera that counts, over RTSP and with a real model file: in a region, over a line, and when it cannot know."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from devices.cameras.counting import Counter
from devices.cameras.crossing import Box
from devices.driver import Json, SlotConfig
from devices.drivers.people_camera import TALLY_FILE, PeopleCameraDriver
from devices.errors import ConfigurationError, DeviceLost, DeviceRefused
from devices.losses import fault_of
from devices.recording import RecordingHost
from devices.simulators.rtsp_camera import HEIGHT, WIDTH, RtspCamera
from devices.simulators.service import listening
from devices.transport import open_transport
from protocols.rules.hall import Hall, Limit
from protocols.venue.messages.people import CountChanged
from tests.devices.benches import driving
from tests.devices.cameras.bright import write_bright
from tests.waiting import until

SPEED = 200.0
NINE = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


class Walkers(RtspCamera):
    """A hall with people whose feet are at `feet`."""

    feet: tuple[tuple[int, int], ...] = ()
    level = 90

    def rows(self, number: int) -> list[bytes]:
        """Return the picture, and a row that changes."""
        rows = [bytearray([self.level]) * WIDTH for _ in range(HEIGHT)]
        for x, y in self.feet:
            for row in rows[y - 40 : y]:
                row[max(0, x - 8) : x + 8] = b"\xff" * len(row[max(0, x - 8) : x + 8])
        rows[0] = bytearray([self.level + number % 7]) * WIDTH
        return [bytes(row) for row in rows]


@pytest.fixture(name="host")
def _host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RecordingHost:
    monkeypatch.setenv("YIZHAN_DETECTORS", str(tmp_path))
    write_bright(tmp_path)
    host = RecordingHost(tmp_path, speed=SPEED)
    host.clock = NINE
    return host


@asynccontextmanager
async def counting(host: RecordingHost, device: RtspCamera, **settings: object) -> AsyncIterator[PeopleCameraDriver]:
    """Run the driver of a camera."""
    async with listening(device, "tcp://127.0.0.1:0") as address, open_transport(address) as transport:
        wished: Json = {"detector": "bright", "detect_ms": 200, **settings}
        driver = PeopleCameraDriver(SlotConfig("st-01", "count-1", "occupancy", address, settings=wished), transport)
        async with driving(driver, host):
            yield driver


async def shows(host: RecordingHost, **live: object) -> None:
    """Wait until the slot shows these values."""
    host.lives.clear()
    await until(lambda: any(live.items() <= one.items() for one in host.lives), f"it shows {live}", 20)


async def test_people_in_a_region_are_footfall_and_a_number_and_too_many_of_them_an_alarm(host: RecordingHost) -> None:
    device = Walkers()
    async with counting(host, device, region="0,0 0.6,0 0.6,1 0,1") as driver:
        await shows(host, state="counting", inside=0)
        assert host.samples[-1] == ("footfall", "none")
        device.feet = ((40, 120), (100, 140), (300, 120))  # the last is outside
        await shows(host, inside=2)
        await until(lambda: host.samples[-1] == ("footfall", "people"), "somebody is there", 5)
        said = CountChanged.model_validate(host.events[-1].data)
        assert (said.inside, said.by, said.in_total, host.events[-1].stream) == (2, "region", 0, "evidence")
        rule = Hall(Limit(1, hold_s=0))
        rule.region("count-1", said.inside, NINE)
        assert rule.read(NINE).over
        told = len(host.events)
        await until(lambda: len(host.events) > told, "a number that stays is told again before it is old", 20)
        assert host.events[-1].data == host.events[-2].data
        await driver.configure({"masks": "0,0 1,0 1,1 0,1"})
        await shows(host, state="dark", inside=None)  # nothing is seen under a mask, nobody is said to be gone
    assert not [path for path in host.state_dir.iterdir() if path.suffix in {".jpg", ".png"}]


async def test_who_crosses_the_line_is_counted_over_a_restart(
    host: RecordingHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device, seen, looked = Walkers(), [0], Counter.see

    def see(self: Counter, boxes: Sequence[Box], at_s: float, aspect: float) -> None:
        seen[0] += 1
        looked(self, boxes, at_s, aspect)

    monkeypatch.setattr(Counter, "see", see)

    async def looks(upto: int) -> None:
        await until(lambda: seen[0] >= upto, "the place is looked at", 20)

    async def walks(places: range) -> None:
        """Step on when each place was looked at: how fast this machine is does not matter."""
        for y in places:
            device.feet = ((160, y),)
            await looks(seen[0] + 2)  # the picture before may be on its way
        device.feet = ()

    async with counting(host, device, line="0.2,0.6 0.8,0.6"):
        await shows(host, state="counting", inside=0)
        await walks(range(85, 130, 3))
        await shows(host, in_total=1, out_total=0)
        assert ("footfall", "people") in host.samples
        await until(lambda: bool(host.events) and host.events[-1].data["in_total"] == 1, "it is told", 10)
    assert host.events[-1].data == {"in_total": 1, "out_total": 0, "inside": 1, "by": "lines"}
    assert (tmp_path / TALLY_FILE).exists()
    host.clock = NINE + timedelta(minutes=1)
    async with counting(host, device, line="0.2,0.6 0.8,0.6"):
        await shows(host, state="counting")
        await walks(range(130, 85, -3))
        await until(lambda: host.events[-1].data["out_total"] == 1, "who went out is told", 10)
    assert host.events[-1].data == {"in_total": 1, "out_total": 1, "inside": 0, "by": "lines"}


@pytest.mark.parametrize(("detector", "why"), [("", "未选择"), ("nobody", "不可用")])
async def test_without_a_detector_the_number_is_unknown_and_never_0(
    host: RecordingHost, detector: str, why: str
) -> None:
    device = Walkers()
    async with counting(host, device, detector=detector) as driver:
        await shows(host, state="no detector", inside=None)
        fault = host.faults[-1]
        assert fault is not None
        assert (fault.name, why in fault.text) == ("settings", True)
        assert (list(host.samples), list(host.events)) == ([], [])
        await driver.configure({"detector": "bright"})
        await shows(host, state="counting", inside=0)
        assert host.faults[-1] is None
        device.level = 17
        await shows(host, state="dark", inside=None)
        with pytest.raises(DeviceRefused, match="two ends"):
            await driver.configure({"line": "0,0"})


async def test_pictures_that_cannot_be_read_end_the_run(host: RecordingHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devices.simulators.rtsp_camera.idr", lambda *_: b"\x65" + b"\xff" * 3000)
    async with listening(RtspCamera(), "tcp://127.0.0.1:0") as address, open_transport(address) as transport:
        driver = PeopleCameraDriver(SlotConfig("st-01", "c", "occupancy", address, settings={"detector": "bright"}),
                                    transport)  # fmt: skip
        with pytest.raises(DeviceLost, match="cannot be read") as lost:
            await asyncio.wait_for(driver.run(host), 20)
    assert fault_of(lost.value) == "protocol"
    transport = open_transport("mjpeg://127.0.0.1:9/x")
    with pytest.raises(ConfigurationError, match="gives no video"):
        PeopleCameraDriver(SlotConfig("st-01", "c", "occupancy", "mjpeg://127.0.0.1:9/x"), transport)


async def test_the_agent_has_neither_numpy_nor_a_model() -> None:
    code = (
        "import sys, devices.drivers.people_camera;"
        "print([one for one in ('numpy', 'cv2', 'onnx', 'onnxruntime') if one in sys.modules])"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    assert out.decode().strip() == "[]"
