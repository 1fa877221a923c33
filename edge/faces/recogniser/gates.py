"""Whether a picture is good enough to recognise somebody by, and if not, what he should do: pure functions.

The gates stand in a table, in the order in which a person can do something about them: first that there is one person,
then where he stands, then the light, then how he looks. The first that does not let him through gives the reason.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from edge.faces.terms import Reason
from provisioning.facepack.models import Face, Picture, aligned

_THOUSAND: Final = 1000


@dataclass(frozen=True, slots=True)
class Limits:
    """Where the gates close. Sides are shares of the picture's height, lights of 0..255."""

    #: At 640 x 480 a face of 96 points: the recogniser sees 112 and is measured on faces that are not much smaller.
    near: float = 0.20
    far: float = 0.80
    #: Another face that is larger than this share of the first one is somebody who stands there too.
    second: float = 0.55
    #: How far the nose stands beside the middle of the eyes, in their distances, and how aslant these are, in degrees.
    turned: float = 0.16
    tilted: float = 25.0
    dark: float = 50.0
    bright: float = 215.0
    #: Variance of the Laplacian on the 112 x 112 crop (Pech-Pacheco et al., 2000): sharp faces have hundreds.
    sharp: float = 40.0


@dataclass(frozen=True, slots=True)
class Sight:
    """One picture with its faces, the largest first, and the crop of the first one that the recogniser would see."""

    height: int
    width: int
    faces: Sequence[Face]
    crop: Picture | None

    @property
    def first(self) -> Face:
        """The face it is about; IndexError when nobody is there."""
        return self.faces[0]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to tell the person (`good`: nothing), and the face it is about with its box in thousandths."""

    reason: Reason
    face: Face | None = None
    box: tuple[int, int, int, int] | None = None


Gate = Callable[[Sight, Limits], bool]


def two_faces(sight: Sight, limits: Limits) -> bool:
    """Return whether somebody else stands there too."""
    return len(sight.faces) > 1 and sight.faces[1].side > limits.second * sight.first.side


def too_far(sight: Sight, limits: Limits) -> bool:
    """Return whether the face is small."""
    return sight.first.side < limits.near * sight.height


def too_near(sight: Sight, limits: Limits) -> bool:
    """Return whether the face fills the picture, or a key point lies outside it."""
    points = sight.first.points
    outside = bool((points < 0).any() or (points >= (sight.width, sight.height)).any())
    return outside or sight.first.side > limits.far * sight.height


def dark(sight: Sight, limits: Limits) -> bool:
    """Return whether there is too little light on the face."""
    return sight.crop is not None and float(sight.crop.mean()) < limits.dark


def bright(sight: Sight, limits: Limits) -> bool:
    """Return whether there is too much light on the face."""
    return sight.crop is not None and float(sight.crop.mean()) > limits.bright


def turned(sight: Sight, limits: Limits) -> bool:
    """Return whether the person looks aside, or holds his head aslant."""
    left, right = sight.first.points[:2]
    tilt = float(np.degrees(np.arctan2(right[1] - left[1], max(float(right[0] - left[0]), 1.0))))
    return abs(sight.first.turned) > limits.turned or abs(tilt) > limits.tilted


def blurred(sight: Sight, limits: Limits) -> bool:
    """Return whether nothing on the face is sharp."""
    return sight.crop is not None and sharpness(sight.crop) < limits.sharp


GATES: Final[tuple[tuple[Reason, Gate], ...]] = (
    ("nobody", lambda sight, _: not sight.faces),
    ("two_faces", two_faces),
    ("too_far", too_far),
    ("too_near", too_near),
    ("dark", dark),
    ("bright", bright),
    ("blurred", blurred),
    ("turned", turned),
)


def judge(picture: Picture, faces: Sequence[Face], limits: Limits, *, turning: bool = False) -> Verdict:
    """Return the first reason against a picture; `turning`: the person was asked to look aside."""
    height, width = picture.shape[:2]
    sight = Sight(height, width, faces, aligned(picture, faces[0].points) if faces else None)
    closed = (name for name, gate in GATES if not (turning and name == "turned") and gate(sight, limits))
    reason: Reason = next(closed, "good")
    if not faces:
        return Verdict(reason)
    return Verdict(reason, faces[0], box_of(faces[0], width, height))


def box_of(face: Face, width: int, height: int) -> tuple[int, int, int, int]:
    """Return a face's box, as far as it is in the picture: x, y, width, height in thousandths."""
    left, right = (round(_THOUSAND * min(max(one / width, 0.0), 1.0)) for one in (face.box[0], face.box[2]))
    top, bottom = (round(_THOUSAND * min(max(one / height, 0.0), 1.0)) for one in (face.box[1], face.box[3]))
    return left, top, right - left, bottom - top


def sharpness(crop: Picture) -> float:
    """Return the variance of a crop's Laplacian: how much of it are edges."""
    import cv2  # noqa: PLC0415 - 60 MB

    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
    return float(cv2.Laplacian(grey, cv2.CV_64F).var())
