"""The camera's thread: the newest frame wins, whatever is lost is said and tried again."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from devices.simulators.face_video import Scene, make
from edge.faces.recogniser.source import MAX_PIXELS, Loss, Source, missing, not_opened

PICTURE = np.zeros((4, 6, 3), np.uint8)


class Camera:
    """What OpenCV would be: gives `pictures`, then nothing."""

    def __init__(self, pictures: list[Any], wait: Callable[[], object] = lambda: None, *, opens: bool = True) -> None:
        self.pictures, self.wait, self.opens = pictures, wait, opens
        self.released = False

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        """Return what it was told."""
        return self.opens

    def read(self) -> tuple[bool, Any]:
        """Return the next picture."""
        self.wait()
        return (True, self.pictures.pop(0)) if self.pictures else (False, None)

    def get(self, _prop: int, /) -> float:
        """Return nothing of use, as many cameras do."""
        return 0.0

    def release(self) -> None:
        """Remember it."""
        self.released = True


@pytest.fixture
def started() -> Iterator[Callable[[Source], Source]]:
    sources: list[Source] = []

    def start(source: Source) -> Source:
        sources.append(source)
        source.start()
        return source

    yield start
    assert all(source.stop() for source in sources)


def test_the_newest_frame_wins_and_none_comes_twice(started: Callable[[Source], Source]) -> None:
    camera = Camera([PICTURE + number for number in range(5)], lambda: time.sleep(0.01))
    more = Camera([], lambda: time.sleep(0.01), opens=False)
    cameras = [camera]
    source = started(Source("rtsp://a/b", lambda _: cameras.pop() if cameras else more, 10.0))
    time.sleep(0.02)
    numbers: list[int] = []
    while (frame := source.newest(numbers[-1] if numbers else 0, 0.2)) is not None:
        numbers.append(frame.number)
        assert int(frame.picture[0, 0, 0]) == frame.number - 1
        time.sleep(0.025)
    assert numbers == sorted(set(numbers))
    assert len(numbers) < source.frames == 5
    assert source.loss == Loss("closed", "rtsp://a/b gave 5 pictures and then no more")
    assert camera.released


def test_a_lost_camera_is_tried_again_and_forgotten_as_a_loss(started: Callable[[Source], Source]) -> None:
    back = Camera([PICTURE] * 10_000, lambda: time.sleep(0.005))
    cameras = [back, Camera([], opens=False), Camera([])]
    source = started(Source("rtsp://user:secret@10.0.0.9/live", lambda _: cameras.pop(), 0.05))
    assert until_said(source) == Loss("no_answer", "rtsp://10.0.0.9/live opens and gives no picture")
    frame = source.newest(0, 5.0)
    assert frame is not None
    assert source.loss is None


def until_said(source: Source) -> Loss:
    """Return the loss of a source as soon as there is one."""
    ends = time.monotonic() + 5
    while (loss := source.loss) is None:
        assert time.monotonic() < ends
        time.sleep(0.005)
    return loss


def test_a_film_goes_at_its_own_pace_and_begins_again(tmp_path: Path, started: Callable[[Source], Source]) -> None:
    film = make(tmp_path / "film.mp4", [Scene("a", "nobody", 0.4)], 20)
    start = time.monotonic()
    source = started(Source(f"file:{film}"))
    seen = 0
    while seen < 12:
        frame = source.newest(seen, 5.0)
        assert frame is not None
        assert frame.picture.shape == (480, 640, 3)
        seen = frame.number
    assert time.monotonic() - start >= 12 / 20 - 0.1
    once = started(Source(f"file:{film}?once"))
    assert once.newest(0, 5.0) is not None
    assert until_said(once) == Loss("closed", "the film is over")


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("file:/nowhere/film.mp4", "settings"),
        ("/dev/video97", "unplugged"),
        ("http://10.0.0.1/", "settings"),
        ("", "settings"),
    ],
)
def test_what_is_not_there_is_said_before_anything_is_opened(
    address: str, fault: str, started: Callable[[Source], Source]
) -> None:
    source = started(Source(address, lambda _: pytest.fail("it was opened"), 10.0))
    assert until_said(source).fault == fault
    assert source.newest(0, 0.01) is None


def test_what_cannot_be_opened_has_a_fault_of_its_own(tmp_path: Path, started: Callable[[Source], Source]) -> None:
    text = tmp_path / "film.mp4"
    text.write_text("no film")
    source = started(Source(f"file:{text}", first_pause_s=10.0))
    assert until_said(source) == Loss("settings", f"{text} is no film that OpenCV can read")
    assert not_opened("/dev/video0").fault == "busy"
    assert not_opened("rtsp://user:secret@10.0.0.9/live").fault == "no_answer"
    assert "secret" not in not_opened("rtsp://user:secret@10.0.0.9/live").text
    assert missing("rtsp://10.0.0.9/live") is None


def test_a_picture_that_is_too_large_is_refused(started: Callable[[Source], Source]) -> None:
    large = np.broadcast_to(np.uint8(0), (MAX_PIXELS, 2, 3))
    source = started(Source("rtsp://a/b", lambda _: Camera([large]), 10.0))
    assert until_said(source).fault == "settings"
