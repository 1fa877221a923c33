"""MediaPipe's face detectors to ONNX with the outputs of SCRFD, so that stock insightface takes them for its own.

SCRFD (insightface `model_zoo/scrfd.py`): for the strides 8, 16 and 32 a score, the distances of a box's sides and five
key points, each in strides from the cell's corner, two anchors a cell. BlazeFace has other numbers of anchors,
distances in pixels of the input from the cell's centre, and six key points: eyes, nose, middle of the mouth, ears.
"""

from typing import Final

import numpy as np

from provisioning.errors import PackError
from provisioning.facepack.sketch import Sketch, Translation
from provisioning.facepack.tflite import Array, read

STRIDES: Final = (8, 16, 32)
ANCHORS: Final = 2
#: Outputs of SCRFD in their order, with the numbers of one anchor.
_OUTPUTS: Final = {"score": 1, "bbox": 4, "kps": 10}
#: Numbers of a BlazeFace anchor: centre, width and height, then six points.
_BLAZE: Final = 16
#: A score beyond it is 0 or 1 as a float, and what it is the exponential of would overflow (MediaPipe clips here too).
_CLIP: Final = 100.0
#: The corners of a mouth stand this share of the way from eye to eye beside its middle (measured on frontal faces).
MOUTH: Final = 0.414
#: The full-range model has stride 4: 2 x 2 of its cells make one of SCRFD's finest.
_FINE: Final = 4


def convert(data: bytes, strides: tuple[int, ...]) -> bytes:
    """Return the ONNX model of a detector whose heads have these strides; PackError."""
    graph = read(data)
    written = Translation(graph)
    written.run(graph.operations)
    boxes, scores = sorted(graph.outputs, key=lambda output: -written.shape(output)[-1])
    size = written.shape(graph.inputs[0])[1]
    heads = list(zip(strides, written.maps[boxes], written.maps[scores], strict=True))
    rows = {max(stride, STRIDES[0]): _head(written, size, stride, box, score) for stride, box, score in heads}
    for stride in set(STRIDES) - set(rows):
        rows[stride] = _silent(written.sketch, size, stride)
    wanted = {f"{what}_{stride}": [rows[stride], wide] for what, wide in _OUTPUTS.items() for stride in STRIDES}
    return written.sketch.model((written.name(graph.inputs[0]), [1, 3, size, size]), wanted)


def _head(written: Translation, size: int, stride: int, box: int, score: int) -> int:
    """Write one head's outputs; return their rows."""
    sketch, cells = written.sketch, size // stride
    _, high, _, anchors = written.shape(score)
    if high != cells:
        raise PackError(f"a head of {high} cells a side where stride {stride} has {cells}")
    numbers = _rows(sketch, written.name(box), (cells**2, anchors, _BLAZE))
    logits = _rows(sketch, written.name(score), (cells**2, anchors))
    limits = [sketch.constant(np.array(bound, np.float32)) for bound in (-_CLIP, _CLIP)]
    scores = sketch.node("Sigmoid", [sketch.node("Clip", [logits, *limits])])
    if stride == _FINE:
        numbers, scores = _grouped(sketch, numbers, scores, cells)
        stride, cells, anchors = STRIDES[0], cells // 2, anchors * 4
    if anchors > ANCHORS:
        numbers, scores = _best(sketch, numbers, scores, cells)
    flat = _shaped(sketch, numbers, (-1, _BLAZE))
    _shaped(sketch, scores, (-1, 1), f"score_{stride}")
    _linear(sketch, flat, *_box_of(stride), f"bbox_{stride}")
    _linear(sketch, flat, *_points_of(stride), f"kps_{stride}")
    return int(cells**2 * ANCHORS)


def _rows(sketch: Sketch, feature_map: str, shape: tuple[int, ...]) -> str:
    return _shaped(sketch, sketch.node("Transpose", [feature_map], perm=[0, 2, 3, 1]), shape)


def _shaped(sketch: Sketch, name: str, shape: tuple[int, ...], output: str = "") -> str:
    return sketch.node("Reshape", [name, sketch.constant(np.array(shape, np.int64))], output)


def _linear(sketch: Sketch, rows: str, weights: Array, bias: Array, output: str) -> None:
    product = sketch.node("MatMul", [rows, sketch.constant(weights)])
    sketch.node("Add", [product, sketch.constant(bias)], output)


def _grouped(sketch: Sketch, numbers: str, scores: str, cells: int) -> tuple[str, str]:
    """Return 2 x 2 cells as four anchors of one, their distances from the common centre."""
    half = cells // 2
    shifts = np.zeros((1, 1, 2, 2, _BLAZE), np.float32)
    for down in (0, 1):
        for right in (0, 1):
            place = np.array([right * _FINE - _FINE / 2, down * _FINE - _FINE / 2], np.float32)
            shifts[0, 0, down, right, :2] = place
            shifts[0, 0, down, right, 4:] = np.tile(place, 6)
    quads = _shaped(sketch, numbers, (half, 2, half, 2, _BLAZE))
    moved = sketch.node("Add", [sketch.node("Transpose", [quads], perm=[0, 2, 1, 3, 4]), sketch.constant(shifts)])
    quads = sketch.node("Transpose", [_shaped(sketch, scores, (half, 2, half, 2))], perm=[0, 2, 1, 3])
    return _shaped(sketch, moved, (half**2, 4, _BLAZE)), _shaped(sketch, quads, (half**2, 4))


def _best(sketch: Sketch, numbers: str, scores: str, cells: int) -> tuple[str, str]:
    """Return the two anchors of each cell that score highest."""
    values, places = sketch.best(scores, ANCHORS)
    last = sketch.constant(np.array([2], np.int64))
    shape = sketch.constant(np.array([cells**2, ANCHORS, _BLAZE], np.int64))
    index = sketch.node("Expand", [sketch.node("Unsqueeze", [places, last]), shape])
    return sketch.node("GatherElements", [numbers, index], axis=1), values


def _box_of(stride: int) -> tuple[Array, Array]:
    """Return (weights, bias): centre and size in pixels -> left, top, right, bottom in strides from the corner."""
    weights = np.zeros((_BLAZE, 4), np.float32)
    for axis in (0, 1):
        weights[axis, axis], weights[axis, axis + 2] = -1 / stride, 1 / stride
        weights[2 + axis, [axis, axis + 2]] = 0.5 / stride
    return weights, np.array([-0.5, -0.5, 0.5, 0.5], np.float32)


def _points_of(stride: int) -> tuple[Array, Array]:
    """Return (weights, bias): six points in pixels from the centre -> SCRFD's five in strides from the corner."""
    weights = np.zeros((_BLAZE, 10), np.float32)
    for point, column in enumerate((4, 6, 8)):
        for axis in (0, 1):
            weights[column + axis, 2 * point + axis] = 1 / stride
    for axis in (0, 1):
        left_eye, right_eye, mouth = 4 + axis, 6 + axis, 10 + axis
        for target, side in ((6 + axis, -MOUTH), (8 + axis, MOUTH)):
            weights[mouth, target] = 1 / stride
            weights[right_eye, target] += side / stride
            weights[left_eye, target] -= side / stride
    return weights, np.full(10, 0.5, np.float32)


def _silent(sketch: Sketch, size: int, stride: int) -> int:
    """Write the outputs of a stride that the detector does not have: nobody is there."""
    rows = int((size // stride) ** 2 * ANCHORS)
    for what, wide in _OUTPUTS.items():
        zeros = sketch.constant(np.zeros((rows, wide), np.float32))
        sketch.node("Identity", [zeros], f"{what}_{stride}")
    return rows
