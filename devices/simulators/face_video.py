"""A film of people before a kiosk's camera, 640 x 480, from pictures that ship in packages: `make` writes the file.

A head turns as a relief: what stands out of the face, the nose most, moves further than what lies deep. A `flat` turn
is that of a photograph in somebody's hand: all of it moves as one plane does.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:  # cv2 and numpy only where a film is made
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]
    Plane = NDArray[np.float32]

WIDTH: Final = 640
HEIGHT: Final = 480
FPS: Final = 15.0
#: Side of the picture of a head; its face takes `_FACE` of it.
_HEAD: Final = 440
_FACE: Final = 200.0
#: How far a head turns, and how far a photograph is turned, in degrees.
_TURN: Final = 34.0
_FLAT_TURN: Final = 50.0
#: From how far away somebody walks up, as a share of the size he has before the kiosk.
_AWAY: Final = 0.3
#: Shape of the relief in sides of the face: half axes of the head, its depth, height and radius of the nose.
_ACROSS, _DOWN, _DEEP, _NOSE, _TIP = 0.75, 0.95, 0.5, 0.26, 0.15
_NOSE_BELOW: Final = 0.06
_DEGREE: Final = 3.14159265 / 180

What = Literal["nobody", "comes", "still", "left", "right", "flat_left", "flat_right", "leaves"]


@dataclass(frozen=True, slots=True)
class Person:
    """Who is on a picture of a package: middle and longer side of the face in its pixels, and how it is tilted."""

    package: str
    picture: str
    middle: tuple[float, float]
    side: float
    roll: float = 0.0


PEOPLE: Final = {
    "a": Person("skimage", "data/astronaut.png", (226.0, 122.0), 107.0),
    "stranger": Person("insightface", "data/images/t1.jpg", (515.0, 350.0), 122.0, 14.0),
}


class Scene(NamedTuple):
    """What one person does for how long; `left` is the person's own left, to the right in the picture."""

    person: str
    what: What
    seconds: float


#: Somebody comes, looks, turns to both sides and goes; then somebody else does.
_ACTS: Final[tuple[tuple[What, float], ...]] = (
    ("nobody", 1.0), ("comes", 1.0), ("still", 1.6), ("left", 1.4), ("still", 0.4), ("right", 1.4), ("still", 2.6),
    ("leaves", 0.6),
)  # fmt: skip
VISIT: Final = tuple(Scene(person, what, seconds) for person in PEOPLE for what, seconds in _ACTS)


def make(path: Path, scenes: Sequence[Scene] = VISIT, fps: float = FPS) -> Path:
    """Write a film; returns its path. RuntimeError when OpenCV cannot write it there."""
    import cv2  # noqa: PLC0415 - 60 MB

    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"mp4v"), fps, (WIDTH, HEIGHT))
    if not writer.isOpened():
        raise RuntimeError(f"no film can be written to {path}")
    try:
        for picture in pictures(scenes, fps):
            writer.write(picture)
    finally:
        writer.release()
    return path


def pictures(scenes: Sequence[Scene], fps: float = FPS) -> "Iterator[Picture]":
    """Yield the pictures of scenes, BGR."""
    for person, what, seconds in scenes:
        count = max(round(seconds * fps), 1)
        for number in range(count):
            yield picture_of(person, what, (number + 1) / count)


def picture_of(person: str, what: What, share: float) -> "Picture":
    """Return what the camera sees when `share` of a scene is over."""
    import numpy as np  # noqa: PLC0415 - see `make`

    if what == "nobody":
        return hall().copy()
    angle = _TURN * _there_and_back(share) * {"left": 1, "right": -1}.get(what, 0)
    head, mask = head_of(person)
    if angle:
        head = _turned(head, angle)
    if what.startswith("flat"):
        head, mask = _flat(head, mask, _FLAT_TURN * _there_and_back(share) * (1 if what == "flat_left" else -1))
    size = {"comes": _AWAY + (1 - _AWAY) * share, "leaves": 1 - (1 - _AWAY) * share}.get(what, 1.0)
    sway = 3.0 * float(np.sin(share * 2 * np.pi))
    return _before_hall(head, mask, size, sway)


def _there_and_back(share: float) -> float:
    """Return 0 at the start and at the end, and 1 for the middle third."""
    return min(1.0, 3 * share, 3 * (1 - share))


@cache
def hall() -> "Picture":
    """Return the room without anybody: a wall that grows darker, a door, a board."""
    import cv2  # noqa: PLC0415 - see `make`
    import numpy as np  # noqa: PLC0415 - see `make`

    light = np.linspace(170, 120, HEIGHT)[:, None, None] * np.array([0.98, 1.0, 1.0])
    room: Picture = np.ascontiguousarray(np.broadcast_to(light, (HEIGHT, WIDTH, 3)).astype(np.uint8))
    cv2.rectangle(room, (40, 120), (150, HEIGHT), (92, 110, 122), -1)
    cv2.rectangle(room, (470, 60), (610, 170), (190, 196, 186), -1)
    for line in range(80, 160, 16):
        cv2.line(room, (484, line), (596, line), (120, 120, 116), 3)
    return room


@cache
def head_of(name: str) -> "tuple[Picture, Plane]":
    """Return a head, its face in the middle, and how much of each point is seen (0..1), both of one size."""
    import cv2  # noqa: PLC0415 - see `make`
    import numpy as np  # noqa: PLC0415 - see `make`

    person = PEOPLE[name]
    spec = find_spec(person.package)
    folder = spec.submodule_search_locations[0] if spec and spec.submodule_search_locations else ""
    picture = cv2.imread(str(Path(folder) / person.picture))
    if picture is None:
        raise RuntimeError(f"the package {person.package} has no {person.picture}")
    matrix = cv2.getRotationMatrix2D(person.middle, person.roll, _FACE / person.side)
    matrix = matrix + np.array([[0, 0, _HEAD / 2 - person.middle[0]], [0, 0, _HEAD / 2 - person.middle[1]]])
    cubic, edge = cv2.INTER_CUBIC, cv2.BORDER_REPLICATE
    head = cv2.warpAffine(picture, matrix, (_HEAD, _HEAD), flags=cubic, borderMode=edge)
    mask = np.zeros((_HEAD, _HEAD), np.float32)
    cv2.ellipse(mask, (_HEAD // 2, _HEAD // 2 - 8), (_HEAD * 3 // 10, _HEAD * 2 // 5), 0, 0, 360, (1.0,), -1)
    return np.asarray(head, np.uint8), np.asarray(cv2.GaussianBlur(mask, (0, 0), 8), np.float32)


def _turned(head: "Picture", degrees: float) -> "Picture":
    """Return a head turned about its vertical axis: x' = x cos + z sin, solved for x (z changes slowly)."""
    import cv2  # noqa: PLC0415 - see `make`
    import numpy as np  # noqa: PLC0415 - see `make`

    y, x = ((np.indices((_HEAD, _HEAD)) - _HEAD / 2) / _FACE).astype(np.float32)
    sine, cosine = np.sin(degrees * _DEGREE), np.cos(degrees * _DEGREE)
    source = x
    for _ in range(4):
        source = (x - (_depth(source, y) - _DEEP / 2) * sine) / cosine
    across, down = (source * _FACE + _HEAD / 2).astype(np.float32), (y * _FACE + _HEAD / 2).astype(np.float32)
    return np.asarray(cv2.remap(head, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def _depth(x: "Plane", y: "Plane") -> "Plane":
    """Return how far the relief stands out at places, all in sides of the face."""
    import numpy as np  # noqa: PLC0415 - see `make`

    ball = _DEEP * np.clip(1 - (x / _ACROSS) ** 2 - (y / _DOWN) ** 2, 0, None)
    nose = _NOSE * np.exp(-(x**2 + (y - _NOSE_BELOW) ** 2) / (2 * _TIP**2))
    depth: Plane = (ball + nose).astype(np.float32)
    return depth


def _flat(head: "Picture", mask: "Plane", degrees: float) -> "tuple[Picture, Plane]":
    """Return a photograph of a head, turned about its vertical axis three widths before the camera."""
    import cv2  # noqa: PLC0415 - see `make`
    import numpy as np  # noqa: PLC0415 - see `make`

    half, distance = _HEAD / 2, 3.0 * _HEAD
    sine, cosine = float(np.sin(degrees * _DEGREE)), float(np.cos(degrees * _DEGREE))
    corners = np.array([(-half, -half), (half, -half), (half, half), (-half, half)], np.float32)
    near = distance / (distance + corners[:, 0] * sine)
    seen = np.stack([corners[:, 0] * cosine * near, corners[:, 1] * near], axis=1).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(corners + np.float32(half), seen + np.float32(half))
    size = (_HEAD, _HEAD)
    return (
        np.asarray(cv2.warpPerspective(head, matrix, size, borderMode=cv2.BORDER_REPLICATE), np.uint8),
        np.asarray(cv2.warpPerspective(mask, matrix, size), np.float32),
    )


def _before_hall(head: "Picture", mask: "Plane", size: float, sway: float) -> "Picture":
    """Return a head of a size before the room, in its middle."""
    import cv2  # noqa: PLC0415 - see `make`
    import numpy as np  # noqa: PLC0415 - see `make`

    shift = (1 - size) * _HEAD / 2
    matrix = np.array([[size, 0, (WIDTH - _HEAD) / 2 + shift + sway], [0, size, (HEIGHT - _HEAD) / 2 + shift]])
    across, flags = (WIDTH, HEIGHT), cv2.INTER_AREA if size < 1 else cv2.INTER_LINEAR
    moved = cv2.warpAffine(head, matrix, across, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    seen = cv2.warpAffine(mask, matrix, across)[:, :, None]
    return np.asarray(moved * seen + hall() * (1 - seen), np.uint8)


if __name__ == "__main__":
    sys.stdout.write(f"{make(Path(sys.argv[1]))}\n")
