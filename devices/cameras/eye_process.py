"""The process that decodes for all cameras of an agent: `python -m devices.cameras.eye_process`, asked over its pipes.

A question is `u32 length | u32 length | JSON | key frame`, an answer `u32 | u32 | JSON | JPEG` (big-endian): measures
{"measures": {…}}, a snapshot {"width", "height"} and its bytes, people {"boxes", "aspect", "brightness"}, {"error":
text} or {"no_detector": text}. A privacy mask is laid over a picture before anything else is done with it. The picture
before of each camera stays here, for its differences.
"""

import json
import os
import sys
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, BinaryIO, Final

import numpy as np

from devices.cameras.detectors import Detector, NoDetector
from devices.cameras.figures import CELLS_X, CELLS_Y
from devices.cameras.measures import HEIGHT, WIDTH, Grey, measure
from devices.jpeg import jpeg_within

#: Cameras of which the picture before is kept.
MAX_CAMERAS: Final = 64
#: Models that stay loaded.
MAX_DETECTORS: Final = 2
#: More than 8K is no camera of a venue.
MAX_PIXELS: Final = 7680 * 4320
MAX_SIDE: Final = 1920
MAX_JPEG_BYTES: Final = 1024 * 1024
_OPTIONS: Final = "OPENCV_FFMPEG_CAPTURE_OPTIONS"
#: What FFmpeg is told of a stream that is one picture.
_FFMPEG: Final = "input_format;{codec}|probesize;8000000|analyzeduration;0|protocol_whitelist;file"
_NICE: Final = 5

Polygons = Sequence[Sequence[Sequence[float]]]


class NoPicture(Exception):  # noqa: N818 - says it
    """The bytes are no picture."""


class Eye:
    """Decodes, masks, measures."""

    def __init__(self) -> None:
        self._before: OrderedDict[str, Grey] = OrderedDict()
        self._detectors: OrderedDict[str, Detector] = OrderedDict()

    def answer(self, asked: dict[str, Any], key: bytes) -> tuple[dict[str, Any], bytes]:
        """Return (what is told, the picture if a snapshot was asked for)."""
        try:
            frame = decoded(key, str(asked["codec"]))
        except NoPicture as error:
            return {"error": str(error)}, b""
        seen = masked(frame, asked.get("masks", ()))
        if asked.get("snapshot"):
            return snapshot(frame)
        if "detector" in asked:
            return self._people(frame, str(asked["detector"])), b""
        return {"measures": asdict(self._measured(str(asked["camera"]), frame, seen))}, b""

    def _people(self, frame: Any, name: str) -> dict[str, Any]:
        try:
            if name not in self._detectors:
                self._detectors[name] = Detector(name)
            self._detectors.move_to_end(name)
            boxes = self._detectors[name].people(frame)
        except NoDetector as error:
            return {"no_detector": str(error)}
        if len(self._detectors) > MAX_DETECTORS:
            self._detectors.popitem(last=False)
        height, width = frame.shape[:2]
        light = float(small(frame).mean())
        return {"boxes": boxes[:, :4].round(4).tolist(), "aspect": width / height, "brightness": round(light, 1)}

    def _measured(self, camera: str, frame: Any, seen: Any) -> Any:
        grey = small(frame)
        found = measure(grey, self._before.get(camera), seen)
        self._before[camera] = grey
        self._before.move_to_end(camera)
        if len(self._before) > MAX_CAMERAS:
            self._before.popitem(last=False)
        return found


def decoded(key: bytes, codec: str) -> Any:
    """Return the first picture of a byte stream, BGR; it is on no disk. NoPicture says why there is none."""
    import cv2  # noqa: PLC0415 - its options are read when it is loaded and when a stream is opened

    memory = os.memfd_create("key")
    before = os.environ.get(_OPTIONS)
    os.environ[_OPTIONS] = _FFMPEG.format(codec="hevc" if codec == "hevc" else "h264")
    try:
        os.write(memory, key)
        capture = cv2.VideoCapture(f"/proc/self/fd/{memory}", cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
        try:
            there, frame = capture.read() if capture.isOpened() else (False, None)
        finally:
            capture.release()
    finally:
        os.close(memory)
        del os.environ[_OPTIONS]  # they are of this stream alone
        if before is not None:
            os.environ[_OPTIONS] = before
    if not there or frame is None or frame.ndim != 3:  # noqa: PLR2004 - rows, columns, colours
        raise NoPicture("a key frame that cannot be decoded")
    if frame.shape[0] * frame.shape[1] > MAX_PIXELS:
        raise NoPicture(f"a picture of {frame.shape[1]} x {frame.shape[0]}")
    return frame


def masked(frame: Any, polygons: Polygons) -> Any:
    """Blacken polygons of a picture (corners are shares of its width and height); return the cells that stay whole."""
    import cv2  # noqa: PLC0415 - see `decoded`

    if not polygons:
        return None
    height, width = frame.shape[:2]
    hidden = np.zeros((height, width), np.uint8)
    for polygon in polygons:
        corners = np.array([(round(x * width), round(y * height)) for x, y in polygon], np.int32)
        cv2.fillPoly(hidden, [corners], 1)
    frame[hidden > 0] = 0
    share = cv2.resize(hidden.astype(np.float32), (CELLS_X, CELLS_Y), interpolation=cv2.INTER_AREA)
    return share == 0


def small(frame: Any) -> Grey:
    """Return a picture in grey levels of WIDTH x HEIGHT."""
    import cv2  # noqa: PLC0415 - see `decoded`

    found: Grey = cv2.resize(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return found


def snapshot(frame: Any) -> tuple[dict[str, Any], bytes]:
    """Return a picture as JPEG within both bounds."""
    found = jpeg_within(frame, MAX_SIDE, MAX_JPEG_BYTES)
    if found is None:
        return {"error": f"a picture of more than {MAX_JPEG_BYTES} bytes"}, b""
    jpeg, width, height = found
    return {"width": width, "height": height}, jpeg


def serve(asked: BinaryIO, answers: BinaryIO) -> None:
    """Answer until nobody asks any more."""
    eye = Eye()
    while len(head := asked.read(8)) == 8:  # noqa: PLR2004 - two lengths
        text = asked.read(int.from_bytes(head[:4], "big"))
        told, picture = eye.answer(json.loads(text), asked.read(int.from_bytes(head[4:], "big")))
        said = json.dumps(told).encode()
        answers.write(len(said).to_bytes(4, "big") + len(picture).to_bytes(4, "big") + said + picture)
        answers.flush()


def main() -> None:
    """Serve whoever started it, after the agent's own work."""
    os.nice(_NICE)
    os.environ["OPENCV_LOG_LEVEL"] = "SILENT"
    os.environ["OPENCV_FFMPEG_LOGLEVEL"] = "-8"
    import cv2  # noqa: PLC0415 - see `decoded`

    cv2.setNumThreads(1)
    serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
