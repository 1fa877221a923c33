"""What models give, as boxes: one function a layout, numbers only.

A box is (left, top, right, bottom, score) in points of the model's input. Layouts are those of exported files:

- `yolo8` (YOLOv8, 9, 11): 1 x (4 + classes) x N; centre x, centre y, width, height, then a score for each class.
- `yolo5` (YOLOv5, 6, 7, YOLOX with its grid decoded): 1 x N x (5 + classes); as above, a score of any thing before
  those of the classes; their product counts.
- `centernet` (Zhou, Wang, Krähenbühl, Objects as Points, 2019): a map of scores 1 x classes x h x w, whose peaks are
  centres, and how far the four sides are from them, 1 x 4 x h x w.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float32]
Size = tuple[int, int]
#: (outputs of the model, class, threshold, width and height of its input) -> boxes above the threshold.
Layout = Callable[[Sequence[Any], int, float, Size], Boxes]

#: Boxes that are looked at; the surest.
MAX_BOXES: Final = 1000


def yolo8(outputs: Sequence[Any], index: int, threshold: float, _: Size) -> Boxes:
    """Return the boxes of one class."""
    return _centred(outputs[0][0].T, outputs[0][0][4 + index], threshold)


def yolo5(outputs: Sequence[Any], index: int, threshold: float, _: Size) -> Boxes:
    """Return the boxes of one class."""
    rows = outputs[0][0]
    return _centred(rows, rows[:, 4] * rows[:, 5 + index], threshold)


def centernet(outputs: Sequence[Any], index: int, threshold: float, size: Size) -> Boxes:
    """Return the boxes of one class, one for each peak of its map."""
    scores, sides = outputs[0][0][index], outputs[1][0]
    around = np.pad(scores, 1, constant_values=-np.inf)
    height, width = scores.shape
    highest = np.max([around[y : y + height, x : x + width] for y in range(3) for x in range(3)], axis=0)
    y, x = np.nonzero((scores >= highest) & (scores > threshold))
    across, down = x * size[0] / width, y * size[1] / height
    left, top, right, bottom = sides[:, y, x]
    return _surest(np.stack([across - left, down - top, across + right, down + bottom, scores[y, x]], axis=1))


def without_doubles(boxes: Boxes, overlap: float) -> Boxes:
    """Return boxes without those that overlap a surer one by more than a share (intersection over union)."""
    rest, kept = _surest(boxes), []
    while len(rest):
        best, rest = rest[0], rest[1:]
        kept.append(best)
        rest = rest[shared(best, rest) <= overlap]
    return np.array(kept, np.float32).reshape(-1, 5)


def shared(one: Boxes, others: Boxes) -> NDArray[np.float32]:
    """Return the intersection over union of a box with others."""
    corners = np.maximum(one[:2], others[:, :2]), np.minimum(one[2:4], others[:, 2:4])
    inside = np.prod(np.maximum(corners[1] - corners[0], 0.0), axis=1)
    areas = np.prod(others[:, 2:4] - others[:, :2], axis=1) + np.prod(one[2:4] - one[:2]) - inside
    found: NDArray[np.float32] = inside / np.maximum(areas, 1e-9)
    return found


def _centred(rows: NDArray[np.float32], scores: NDArray[np.float32], threshold: float) -> Boxes:
    sure = scores > threshold
    middle, half = rows[sure, :2], rows[sure, 2:4] / 2
    return _surest(np.concatenate([middle - half, middle + half, scores[sure, None]], axis=1))


def _surest(boxes: NDArray[Any]) -> Boxes:
    found: Boxes = boxes[np.argsort(-boxes[:, 4], kind="stable")][:MAX_BOXES].astype(np.float32)
    return found


LAYOUTS: Final[Mapping[str, Layout]] = {"yolo8": yolo8, "yolo5": yolo5, "centernet": centernet}
