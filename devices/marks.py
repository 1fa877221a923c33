"""Finds the mark of a wall's page in a camera's picture: the QR of `devices.watermark`, slanted, small, dark, noisy.

OpenCV is imported where a picture is looked at. Nothing is kept of a picture but the place where the mark was.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from devices.watermark import Watermark

if TYPE_CHECKING:
    from cv2.typing import MatLike as Frame

#: Wider pictures are made this wide first: a bound on the work, and 1080p is as much as a mark ever needs.
MAX_WIDTH: Final = 1920
#: A mark of few pixels is read in an enlarged picture; where it was before, that is cheap.
ENLARGED: Final = 2.0
PLACE_ENLARGED: Final = 3.0
#: Around the place where it was: so many times its own size.
MARGIN: Final = 1.0
#: Unsharp mask: strength and radius.
SHARPEN: Final = 1.5

Box = tuple[int, int, int, int]


class Finder:
    """Looks for marks in the frames of one camera, first where it found the last one."""

    def __init__(self) -> None:
        self._place: Box | None = None

    def find(self, frame: "Frame") -> list[Watermark]:
        """Return the marks in a frame (BGR or grey); none when there is none that can be read."""
        grey = _grey(frame)
        if self._place is not None:
            left, top, right, bottom = self._place
            part = grey[top:bottom, left:right]
            found, _ = _search(_places(part))
            if found:
                return found
        found, box = _search(_pictures(grey))
        self._place = _around(box, grey.shape[1], grey.shape[0]) if box else None
        return found


def find_marks(frame: "Frame") -> list[Watermark]:
    """Return the marks in one frame."""
    return Finder().find(frame)


def _grey(frame: "Frame") -> "Frame":
    import cv2  # noqa: PLC0415 - large

    grey = frame if frame.ndim == 2 else cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)  # noqa: PLR2004 - grey has two axes
    scale = MAX_WIDTH / grey.shape[1]
    return grey if scale >= 1 else cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def _pictures(grey: "Frame") -> Iterator[tuple["Frame", float, Any]]:
    """Yield (picture, its scale, detector), those that find most for their time first."""
    import cv2  # noqa: PLC0415

    yield _sharp(grey), 1.0, cv2.QRCodeDetectorAruco()
    large = cv2.resize(grey, None, fx=ENLARGED, fy=ENLARGED, interpolation=cv2.INTER_CUBIC)
    yield large, ENLARGED, cv2.QRCodeDetector()
    yield large, ENLARGED, cv2.QRCodeDetectorAruco()


def _places(part: "Frame") -> Iterator[tuple["Frame", float, Any]]:
    """Yield the same of the small place where the mark was."""
    import cv2  # noqa: PLC0415

    large = cv2.resize(part, None, fx=PLACE_ENLARGED, fy=PLACE_ENLARGED, interpolation=cv2.INTER_CUBIC)
    for picture in (large, _sharp(large), cv2.GaussianBlur(large, (0, 0), PLACE_ENLARGED)):
        yield picture, PLACE_ENLARGED, cv2.QRCodeDetectorAruco()
        yield picture, PLACE_ENLARGED, cv2.QRCodeDetector()


def _sharp(picture: "Frame") -> "Frame":
    import cv2  # noqa: PLC0415

    return cv2.addWeighted(picture, 1 + SHARPEN, cv2.GaussianBlur(picture, (0, 0), SHARPEN), -SHARPEN, 0)


def _search(pictures: Iterator[tuple["Frame", float, Any]]) -> tuple[list[Watermark], Box | None]:
    """Return the marks of the first picture that holds any, and where the first of them is."""
    for picture, scale, detector in pictures:
        found = [(mark, corners) for text, corners in _read(detector, picture) if (mark := Watermark.parse(text))]
        if found:
            corners = found[0][1]
            low, high = corners.min(axis=0) / scale, corners.max(axis=0) / scale
            return [mark for mark, _ in found], (int(low[0]), int(low[1]), int(high[0]), int(high[1]))
    return [], None


def _read(detector: Any, picture: "Frame") -> list[tuple[str, Any]]:
    """Return (text, corners) that a detector reads; one that fails on a picture reads nothing in it."""
    import cv2  # noqa: PLC0415

    try:
        found, texts, corners, _ = detector.detectAndDecodeMulti(picture)
    except (cv2.error, UnicodeDecodeError):
        return []
    return [(text, corners[at]) for at, text in enumerate(texts) if text] if found else []


def _around(box: Box, width: int, height: int) -> Box:
    """Return a box with its margin, inside the picture."""
    left, top, right, bottom = box
    more_x, more_y = int((right - left) * MARGIN), int((bottom - top) * MARGIN)
    return max(0, left - more_x), max(0, top - more_y), min(width, right + more_x), min(height, bottom + more_y)
