"""The process that decodes: real H.264, masks before everything else, nonsense, and a process that dies."""

import asyncio
import os
import signal
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.cameras.eye import EyeError, shared_eye
from devices.cameras.eye_process import NoPicture, decoded
from devices.cameras.figures import CELLS_X, CELLS_Y, MASKED
from devices.simulators.ipcm import annex_b, idr, picture_set, sequence
from devices.simulators.rtsp_camera import HEIGHT, WIDTH, rows_of

LEFT_HALF = (((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)),)


def key_of(what: str = "hall", noise: int = 0) -> bytes:
    """Return a key frame as a byte stream."""
    return annex_b(sequence(WIDTH, HEIGHT), picture_set(), idr(rows_of(what, noise), noise))


def test_a_picture_without_an_encoder_is_what_was_drawn() -> None:
    """Raw samples, of which a decoder only stretches the range (16-235)."""
    drawn = np.array([list(row) for row in rows_of("hall", 0)])
    read = cv2.cvtColor(decoded(key_of(), "h264"), cv2.COLOR_BGR2GRAY)
    assert np.abs(read - np.clip((drawn - 16.0) * 255 / 219, 0, 255)).max() <= 2


async def test_numbers_come_back_and_a_mask_hides_its_cells() -> None:
    async with shared_eye() as eye:
        first = await eye.look("st-01/a", "h264", key_of(noise=0))
        other = await eye.look("st-01/b", "h264", key_of(noise=1))  # another camera: no picture before
        second = await eye.look("st-01/a", "h264", key_of(noise=1))
        assert (first.change, other.change) == (None, None)
        assert second.change is not None
        assert second.change > 0.9
        masked = await eye.look("st-01/a", "h264", key_of(noise=2), LEFT_HALF)
        assert masked.layout.count(MASKED) >= 2 * CELLS_Y * (CELLS_X // 2)


async def test_a_snapshot_is_black_under_its_mask() -> None:
    async with shared_eye() as eye:
        found = await eye.snapshot("h264", key_of(), LEFT_HALF)
    picture = cv2.imdecode(np.frombuffer(found.jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    assert (found.width, found.height) == picture.shape[::-1] == (WIDTH, HEIGHT)
    assert picture[:, : WIDTH // 2 - 8].max() < 16
    assert picture[:, WIDTH // 2 + 8 :].mean() > 60


async def test_all_cameras_share_one_process_that_ends_with_the_last() -> None:
    async with shared_eye() as one, shared_eye() as two:
        assert one is two
        await one.look("st-01/a", "h264", key_of())
        pid = one.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(EyeError, match="did not answer"):
            await one.look("st-01/a", "h264", key_of())
        await one.look("st-01/a", "h264", key_of())  # the next one has a new process
        assert one.pid not in {None, pid}
        pid = one.pid
        with pytest.raises(EyeError, match="cannot be decoded"):
            await one.look("st-01/a", "h264", b"no picture at all")
        assert one.pid == pid
        asking = asyncio.create_task(one.look("st-01/a", "h264", key_of()))
        await asyncio.sleep(0)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        assert (await one.look("st-01/new", "h264", key_of())).change is None  # no late answer was taken for it
    assert not Path(f"/proc/{pid}").exists()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    nonsense=st.binary(max_size=200), at=st.integers(0, 3000), codec=st.sampled_from(["h264", "hevc"]),
)  # fmt: skip
def test_what_a_decoder_makes_of_nonsense_is_a_picture_or_said_to_be_none(
    nonsense: bytes, at: int, codec: str, capfd: pytest.CaptureFixture[str]
) -> None:
    spoiled = bytearray(key_of())
    spoiled[at : at + len(nonsense)] = nonsense
    for data in (nonsense, bytes(spoiled)):
        try:
            assert decoded(data, codec).ndim == 3
        except NoPicture as said:
            assert "decoded" in str(said) or "picture of" in str(said)
    capfd.readouterr()  # FFmpeg complains
