"""A model that says from one picture whether a face is one of flesh: a file of the operator's, none is shipped.

Two layouts are known by their shapes, both 80 x 80: insightface's liveness addon (one probability, five-point
alignment), and MiniFASNet of Silent-Face (three classes, the second is real; BGR 0..255, a crop of 2.7 faces).
"""

import hashlib
import re
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np

from edge.errors import EdgeError
from provisioning.facepack.models import Face, Picture, one_thread

#: From this probability on a face is taken for a real one, as insightface has it.
LIVE: Final = 0.8
_SIDE: Final = 80
_AROUND: Final = 2.7
_REAL: Final = 1
_CLASSES: Final = 3
MAX_MODEL_BYTES: Final = 64 * 1024 * 1024
_DIGITS: Final = 64
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_ADDRESS: Final = re.compile(rf"(?P<path>.+)#sha256=(?P<sha256>{_SHA256.pattern})")


class PassiveRefused(EdgeError):  # noqa: N818 - an answer to the operator
    """The liveness model is not what was said, or none of the known layouts."""


class Passive(Protocol):
    """Judges one face."""

    def live(self, picture: Picture, face: Face) -> float | None:
        """Return the probability that it is real; None: too little of the surroundings is in the picture."""


def open_passive(address: str) -> Passive:
    """Load `/path/model.onnx`; PassiveRefused. Only bytes whose SHA-256 the operator stated are ever loaded.

    It stands behind the path, `#sha256=<64 digits>`, or in `model.onnx.sha256` as `sha256sum` writes it.
    """
    match = _ADDRESS.fullmatch(address)
    path = Path(match["path"] if match else address)
    stated = match["sha256"] if match else _beside(path)
    if not path.is_file() or path.stat().st_size > MAX_MODEL_BYTES:
        raise PassiveRefused(f"there is no liveness model of at most {MAX_MODEL_BYTES} bytes at {path}")
    data = path.read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != stated:
        raise PassiveRefused(f"{path.name} was changed: its SHA-256 is {found}")
    return _of(data, path)


def _beside(path: Path) -> str:
    file = path.with_name(f"{path.name}.sha256")
    try:
        with file.open() as lines:
            said = lines.read(_DIGITS)
    except (OSError, ValueError):
        said = ""
    if not _SHA256.fullmatch(said):
        raise PassiveRefused(f"nobody says what {path.name} must be: sha256sum {path} > {file}")
    return said


def _of(data: bytes, path: Path) -> Passive:
    import onnxruntime  # noqa: PLC0415 - 40 MB

    try:
        session = onnxruntime.InferenceSession(data, one_thread(), providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own errors have no base but Exception
        raise PassiveRefused(f"onnxruntime does not take {path.name}: {str(error)[:160]}") from error
    inputs, outputs = session.get_inputs(), session.get_outputs()
    if len(inputs) == len(outputs) == 1 and list(inputs[0].shape[1:]) == [3, _SIDE, _SIDE]:
        if len(outputs[0].shape) == 1:
            return AlignedPassive(session, path)
        if outputs[0].shape[-1] == _CLASSES:
            return SurroundedPassive(session)
    raise PassiveRefused(f"{path.name} has neither the layout of insightface's liveness addon nor that of MiniFASNet")


class AlignedPassive:
    """The layout of insightface's addon, through its own adapter; the file is the operator's."""

    def __init__(self, session: Any, path: Path) -> None:
        from insightface.addons.liveness import Liveness  # noqa: PLC0415 - only when there is one

        try:
            self._model = Liveness(path, session=session)
        except RuntimeError as error:
            raise PassiveRefused(f"insightface does not take {path.name}: {error}") from error

    def live(self, picture: Picture, face: Face) -> float | None:
        """Return the probability that it is real; None: too little of the surroundings is in the picture."""
        score = self._model.predict(picture, face.points)["live_score"]
        return None if score is None else float(score)


class SurroundedPassive:
    """The layout of MiniFASNetV2 at scale 2.7 (Silent-Face-Anti-Spoofing, `2.7_80x80`)."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._input = session.get_inputs()[0].name

    def live(self, picture: Picture, face: Face) -> float | None:
        """Return the probability that it is real; None: too little of the surroundings is in the picture."""
        crop = surroundings(picture, face)
        if crop is None:
            return None
        row = np.asarray(self._session.run(None, {self._input: crop})[0], np.float64).reshape(-1)
        grown = np.exp(row - row.max())
        return float(grown[_REAL] / grown.sum())


def surroundings(picture: Picture, face: Face) -> Any:
    """Return the crop around a face, (1, 3, 80, 80) float32, or None when the face fills more than the picture has.

    A crop that does not fit is moved into the picture and, when it is larger, made smaller, as the authors do.
    """
    import cv2  # noqa: PLC0415 - 60 MB

    left, top, right, bottom = face.box
    height, width = picture.shape[:2]
    wide, high = max(right - left, 1.0), max(bottom - top, 1.0)
    scale = min(_AROUND, (width - 1) / wide, (height - 1) / high)
    if scale <= 1:
        return None
    wide, high = wide * scale, high * scale
    x = min(max((left + right - wide) / 2, 0.0), width - 1 - wide)
    y = min(max((top + bottom - high) / 2, 0.0), height - 1 - high)
    crop = cv2.resize(picture[int(y) : int(y + high) + 1, int(x) : int(x + wide) + 1], (_SIDE, _SIDE))
    return crop.transpose(2, 0, 1)[None].astype(np.float32)
