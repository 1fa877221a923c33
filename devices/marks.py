"""Finds the mark of a wall's page in a camera's picture: the QR of `devices.watermark`, slanted, small, dark, noisy.

OpenCV and numpy are imported where a picture is looked at. Nothing is kept of a picture.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from devices.watermark import Watermark

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Frame = NDArray[np.uint8]

#: Wider pictures are made this wide first: a bound on the work, and 1080p is as much as it ever needs.
MAX_WIDTH: Final = 1920
#: A mark of a few pixels is looked for in a larger picture too.
ENLARGED: Final = 2.0
#: Tiles of a local contrast (CLAHE), for a wall that outshines its surroundings.
TILES: Final = (8, 8)
CLIP: Final = 3.0


def find_marks(frame: "Frame") -> list[Watermark]:
    """Return the marks in a frame (BGR or grey); none when there is none that can be read."""
    import cv2  # noqa: PLC0415 - large

    detectors = (cv2.QRCodeDetectorAruco(), cv2.QRCodeDetector())
    for picture in _pictures(frame):
        for detector in detectors:
            found = [mark for text in _read(detector, picture) if (mark := Watermark.parse(text)) is not None]
            if found:
                return found
    return []


def _pictures(frame: "Frame") -> Iterator["Frame"]:
    """Yield the frame in grey, then with more contrast, then enlarged; each costs more than the one before."""
    import cv2  # noqa: PLC0415

    grey = frame if frame.ndim == 2 else cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)  # noqa: PLR2004 - grey has two axes
    if grey.shape[1] > MAX_WIDTH:
        grey = cv2.resize(grey, None, fx=MAX_WIDTH / grey.shape[1], fy=MAX_WIDTH / grey.shape[1],
                          interpolation=cv2.INTER_AREA)  # fmt: skip
    yield grey
    even = cv2.createCLAHE(CLIP, TILES).apply(cv2.medianBlur(grey, 3))
    yield even
    if grey.shape[1] * ENLARGED <= MAX_WIDTH * ENLARGED:
        yield cv2.resize(even, None, fx=ENLARGED, fy=ENLARGED, interpolation=cv2.INTER_CUBIC)


def _read(detector: object, picture: "Frame") -> list[str]:
    """Return the texts that a detector reads; one that fails on a picture reads nothing in it."""
    import cv2  # noqa: PLC0415

    try:
        found, texts, _, _ = detector.detectAndDecodeMulti(picture)  # type: ignore[attr-defined]
    except (cv2.error, UnicodeDecodeError):
        return []
    return [text for text in texts if text] if found else []
