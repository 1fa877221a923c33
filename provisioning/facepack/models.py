"""The models of a pack at work: stock insightface loads them, from the directory alone, on one thread.

Detection has two steps when the pack brings a detector for near faces: both on the whole picture, then the near one
on a crop of each face for its key points, which the recogniser is sensitive to.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from provisioning.errors import PackError
from provisioning.facepack.pack import Pack, Part, model_name, open_pack

Picture = NDArray[np.uint8]
Points = NDArray[np.float32]
Embedding = NDArray[np.float32]

DETECTED: Final = 0.5
#: Side of a kiosk camera's picture for detectors that take any (SCRFD): 640 x 480 loses nothing of a near face.
_DETECTOR_SIDE: Final = 320
#: Two boxes of which more than this share is common are one face.
_SAME_FACE: Final = 0.4
#: Side of the crop for key points, in longer sides of the face (measured: less cuts chins, more blurs eyes).
_CROP: Final = 1.8
#: The near detector learned from people who look at their phone: beyond this turn its key points are the worse ones.
_FRONTAL: Final = 0.2
#: A strip that is longer for its width than this holds no face, and insightface cannot make it small.
_LONGEST: Final = 64
#: A face that fills the picture is found on a picture with this much margin, in shares of its longer side.
_MARGIN: Final = 0.5
_SIDE: Final = 112
#: Where ArcFace wants eyes, nose and corners of the mouth in 112 x 112 (insightface `face_align.arcface_dst`).
_TEMPLATE: Final[Points] = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]], np.float32
)


@dataclass(frozen=True, slots=True)
class Face:
    """One face: left, top, right, bottom in pixels, how sure, and (5, 2) points: eyes, nose, corners of the mouth."""

    box: tuple[float, float, float, float]
    sure: float
    points: Points

    @property
    def side(self) -> float:
        """The longer side of the box in pixels."""
        return max(self.box[2] - self.box[0], self.box[3] - self.box[1])

    def scaled(self, by: float) -> "Face":
        """Return where the face is on a picture that was made smaller or larger."""
        left, top, right, bottom = self.box
        return Face((left * by, top * by, right * by, bottom * by), self.sure, self.points * np.float32(by))

    @property
    def turned(self) -> float:
        """How far the nose stands beside the middle of the eyes, in distances of the eyes; to the picture's left: < 0.

        A nose stands out of a face by about half that distance: a turn by 20 degrees moves it by 0.18. On a flat
        picture of a face, however it is turned, it stays where it is.
        """
        left, right, nose = self.points[:3]
        across = right - left
        return float((nose - (left + right) / 2) @ across / max(float(across @ across), 1.0))


class Models:
    """A loaded pack."""

    def __init__(self, pack: Pack, detector: Any, near: Any, recogniser: Any) -> None:
        self.pack = pack
        self._detectors = [detector] if near is None else [detector, near]
        self._near = near
        self._recogniser = recogniser
        self.dimension = int(recogniser.output_shape[-1])
        self.model = pack.model if not pack.legacy else model_name(pack.model, Path(recogniser.model_file))

    @classmethod
    def open(cls, path: Path) -> "Models":
        """Load the pack in a directory; PackError. What is not there is never looked for on a network."""
        pack = open_pack(path)
        from insightface.app.face_analysis import FaceAnalysis  # noqa: PLC0415 - two seconds and 50 MB

        quiet = {"providers": ["CPUExecutionProvider"], "sess_options": one_thread()}
        try:
            # A directory that exists is all it looks at (`open_pack` has seen it); a name would be downloaded.
            stock = FaceAnalysis(name=str(pack.path), allowed_modules=["detection", "recognition"], **quiet)
            stock.prepare(ctx_id=-1, det_thresh=DETECTED, det_size=(_DETECTOR_SIDE, _DETECTOR_SIDE))
            near = _near_detector(pack.part("near_detection"), quiet)
        except (AssertionError, RuntimeError, ValueError, TypeError, OSError) as error:
            raise PackError(f"insightface does not take {pack.path}: {str(error) or 'no detector in it'}") from error
        except Exception as error:  # onnxruntime's own errors have no base but Exception
            raise PackError(f"onnxruntime does not take a model of {pack.path}: {error}") from error
        recogniser = stock.models.get("recognition")
        if recogniser is None:
            raise PackError(f"{pack.path} holds no recogniser")
        return cls(pack, stock.det_model, near, recogniser)

    def faces(self, picture: Picture) -> list[Face]:
        """Return the faces of a BGR picture, the largest first."""
        found = self._found(picture) or self._found_within(picture)
        return sorted((self._refined(picture, face) for face in found), key=lambda face: -face.side)

    def embedding(self, picture: Picture, face: Face) -> Embedding:
        """Return the L2-normalised embedding of a face, summed with that of its mirror image: (dimension,)."""
        crop = aligned(picture, face.points)
        pair = [crop, np.ascontiguousarray(crop[:, ::-1])]
        if isinstance(self._recogniser.input_shape[0], int):  # a batch of one is built into it
            rows = np.concatenate([self._recogniser.get_feat(one) for one in pair])
        else:
            rows = self._recogniser.get_feat(pair)
        total = rows.astype(np.float32).sum(axis=0)
        length = float(np.linalg.norm(total))
        if not length or not np.isfinite(length):
            raise PackError("the recogniser returned no direction")
        result: Embedding = (total / length).astype(np.float32)
        return result

    def _found(self, picture: Picture) -> list[Face]:
        faces = [face for detector in self._detectors for face in _detected(detector, picture)]
        return _distinct(sorted(faces, key=lambda face: -face.sure))

    def _found_within(self, picture: Picture) -> list[Face]:
        margin = int(max(picture.shape[:2]) * _MARGIN)
        wide = np.pad(picture, ((margin, margin), (margin, margin), (0, 0)))
        return [_moved(face, -margin, -margin) for face in self._found(wide)]

    def _refined(self, picture: Picture, face: Face) -> Face:
        """Return a face with the key points of the near detector, if it sees it too."""
        if self._near is None:
            return face
        left, top, crop = _square(picture, face)
        again = [_moved(one, left, top) for one in _detected(self._near, crop)]
        same = [one for one in again if _common(one, face) > _SAME_FACE]
        best = max(same, key=lambda one: one.sure, default=None)
        if best is None or abs(best.turned) > _FRONTAL:
            return face
        return Face(face.box, face.sure, best.points)


def one_thread() -> Any:
    """Return session options for a machine that has other things to do: two threads gained nothing, spinning lost."""
    import onnxruntime  # noqa: PLC0415 - 40 MB

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def aligned(picture: Picture, points: Points) -> Picture:
    """Return the 112 x 112 crop in which five points lie nearest to ArcFace's (least squares, no shear)."""
    import cv2  # noqa: PLC0415 - 60 MB

    middle, wanted = points.mean(axis=0), _TEMPLATE.mean(axis=0)
    given, target = points - middle, _TEMPLATE - wanted
    power = float((given**2).sum()) or 1.0
    # The best (a, b) of [[a, -b], [b, a]] in closed form.
    a = float((given * target).sum()) / power
    b = float((given[:, 0] * target[:, 1] - given[:, 1] * target[:, 0]).sum()) / power
    turn = np.array([[a, -b], [b, a]])
    matrix = np.hstack([turn, (wanted - turn @ middle)[:, None]])
    crop = cv2.warpAffine(picture, matrix, (_SIDE, _SIDE))
    return np.asarray(crop, np.uint8)


def _near_detector(part: Part | None, quiet: dict[str, Any]) -> Any:
    if part is None:
        return None
    from insightface.model_zoo.model_zoo import get_model  # noqa: PLC0415 - see `Models.open`

    detector = get_model(os.fspath(part.path), **quiet)
    norm = part.preprocessing or {}
    detector.input_mean, detector.input_std = norm.get("mean", 127.5), norm.get("std", 128.0)
    detector.prepare(-1, det_thresh=DETECTED)
    return detector


def _detected(detector: Any, picture: Picture) -> list[Face]:
    if min(picture.shape[:2]) * _LONGEST < max(picture.shape[:2]):
        return []
    boxes, points = detector.detect(picture)
    if points is None:
        raise PackError("the detector has no key points")
    return [
        Face((float(row[0]), float(row[1]), float(row[2]), float(row[3])), float(row[4]), five.astype(np.float32))
        for row, five in zip(boxes, points, strict=True)
    ]


def _distinct(faces: Sequence[Face]) -> list[Face]:
    kept: list[Face] = []
    for face in faces:
        if all(_common(face, one) <= _SAME_FACE for one in kept):
            kept.append(face)
    return kept


def _common(one: Face, other: Face) -> float:
    """Return the share of two boxes' union that is common."""
    wide = min(one.box[2], other.box[2]) - max(one.box[0], other.box[0])
    high = min(one.box[3], other.box[3]) - max(one.box[1], other.box[1])
    common = max(wide, 0.0) * max(high, 0.0)
    return common / ((_area(one) + _area(other) - common) or 1.0)


def _area(face: Face) -> float:
    left, top, right, bottom = face.box
    return max(right - left, 0.0) * max(bottom - top, 0.0)


def _moved(face: Face, right: float, down: float) -> Face:
    left, top, far, bottom = face.box
    points = face.points + np.array([right, down], np.float32)
    return Face((left + right, top + down, far + right, bottom + down), face.sure, points)


def _square(picture: Picture, face: Face) -> tuple[int, int, Picture]:
    """Return (left, top, crop) of the square around a face; what lies outside the picture is black."""
    left, top, right, bottom = face.box
    side = max(int(face.side * _CROP), 1)
    x, y = int((left + right - side) / 2), int((top + bottom - side) / 2)
    crop = np.zeros((side, side, 3), np.uint8)
    high, wide = picture.shape[:2]
    from_x, from_y, to_x, to_y = max(x, 0), max(y, 0), min(x + side, wide), min(y + side, high)
    if from_x < to_x and from_y < to_y:
        crop[from_y - y : to_y - y, from_x - x : to_x - x] = picture[from_y:to_y, from_x:to_x]
    return x, y, crop
