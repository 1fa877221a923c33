"""Who finds people in a picture: a model that the operator chose, described by a file beside it; where one decodes.

`DETECTORS/<name>.toml` says what the model takes and gives, so that no model is code:

    file = "people.onnx"        # beside it
    sha256 = "…"                # of that file; another one is not loaded
    layout = "yolo8"            # devices.cameras.layouts.LAYOUTS
    width = 640
    height = 640
    colours = "rgb"             # or "bgr"
    divide_by = 255.0           # 1.0: grey levels as they are
    letterbox = true            # false: stretched
    class_index = 0             # the number of "person" among its classes
    threshold = 0.35
    overlap = 0.5               # of two boxes that overlap by more (IoU) the better one stays
"""

import hashlib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from devices.cameras.layouts import LAYOUTS, Boxes, without_doubles
from devices.cameras.settings import NAME

#: $YIZHAN_DETECTORS is another folder.
DETECTORS: Final = Path("/var/lib/yizhan/detectors")
MAX_MODEL_BYTES: Final = 256 * 1024 * 1024
MAX_DESCRIPTOR_BYTES: Final = 16 * 1024
#: Points of a side that a model takes.
MIN_INPUT: Final = 32
MAX_INPUT: Final = 1920
#: People in one picture; the surest.
MAX_PEOPLE: Final = 200
#: Grey where a letterbox has nothing.
_NOTHING: Final = 114


class NoDetector(Exception):  # noqa: N818 - says it
    """The detector cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Descriptor:
    """What a model takes and gives."""

    file: str
    sha256: str
    layout: str
    width: int
    height: int
    colours: Literal["rgb", "bgr"] = "rgb"
    divide_by: float = 255.0
    letterbox: bool = True
    class_index: int = 0
    threshold: float = 0.35
    overlap: float = 0.5

    def __post_init__(self) -> None:
        sizes = all(MIN_INPUT <= side <= MAX_INPUT for side in (self.width, self.height))
        shares = 0 < self.threshold < 1 and 0 < self.overlap <= 1 and self.divide_by > 0 and self.class_index >= 0
        words = self.layout in LAYOUTS and self.colours in {"rgb", "bgr"}
        if not (sizes and shares and words and Path(self.file).name == self.file):
            raise ValueError("a value is out of range")


def descriptor_of(told: Mapping[str, Any]) -> Descriptor:
    """Return a judged descriptor; NoDetector says what is wrong."""
    try:
        return Descriptor(**told)
    except (TypeError, ValueError) as error:
        raise NoDetector(f"its description is wrong: {error}") from error


class Detector:
    """One loaded model."""

    def __init__(self, name: str, folder: Path | None = None) -> None:
        self.about, path = _found(name, folder or Path(os.environ.get("YIZHAN_DETECTORS") or DETECTORS))
        import onnxruntime  # noqa: PLC0415 - only where somebody counts

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # what one picture needed is given back before the next
        options.log_severity_level = 4
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
            self._input = self._session.get_inputs()[0].name
        except Exception as error:  # the library raises errors of many kinds of its own
            raise NoDetector(f"the model cannot be loaded: {str(error)[:200]}") from error

    def people(self, frame: NDArray[np.uint8]) -> Boxes:
        """Return boxes (left, top, right, bottom as shares of the picture, score), the surest first; NoDetector."""
        about = self.about
        picture, places = _fitted(frame, about)
        try:
            given = self._session.run(None, {self._input: picture})
            raw = LAYOUTS[about.layout](given, about.class_index, about.threshold, (about.width, about.height))
        except Exception as error:  # as above; outputs of another shape are IndexErrors and ValueErrors
            raise NoDetector(f"the model does not give what its description says: {str(error)[:200]}") from error
        found = without_doubles(raw, about.overlap)[:MAX_PEOPLE]
        found[:, :4] = np.clip((found[:, :4] - places[0]) / places[1], 0.0, 1.0)
        return found


def _found(name: str, folder: Path) -> tuple[Descriptor, Path]:
    if NAME.fullmatch(name) is None:
        raise NoDetector("a detector is named by small letters, digits and hyphens")
    try:
        with (folder / f"{name}.toml").open("rb") as file:
            about = descriptor_of(tomllib.loads(file.read(MAX_DESCRIPTOR_BYTES).decode()))
        path = folder / about.file
        if path.stat().st_size > MAX_MODEL_BYTES:
            raise NoDetector(f"{about.file} has more than {MAX_MODEL_BYTES} bytes")
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError) as error:
        raise NoDetector(f"detector {name!r} cannot be read at {folder}: {error}") from error
    if digest != about.sha256:
        raise NoDetector(f"{about.file} is not the file that was described")
    return about, path


def _fitted(frame: NDArray[np.uint8], about: Descriptor) -> tuple[NDArray[np.float32], tuple[Any, Any]]:
    """Return (1 x 3 x height x width as the model takes it, (offset, size) of the picture in it, both x y x y)."""
    import cv2  # noqa: PLC0415 - see `eye_process`

    wide, high = about.width, about.height
    if about.letterbox:
        share = min(wide / frame.shape[1], high / frame.shape[0])
        wide, high = max(1, round(frame.shape[1] * share)), max(1, round(frame.shape[0] * share))
    left, top = (about.width - wide) // 2, (about.height - high) // 2
    whole = np.full((about.height, about.width, 3), _NOTHING, np.uint8)
    whole[top : top + high, left : left + wide] = cv2.resize(frame, (wide, high), interpolation=cv2.INTER_AREA)
    if about.colours == "rgb":
        whole = whole[:, :, ::-1]
    picture = np.ascontiguousarray(whole.transpose(2, 0, 1)[None], np.float32) / np.float32(about.divide_by)
    return picture, (np.array([left, top, left, top]), np.array([wide, high, wide, high]))
