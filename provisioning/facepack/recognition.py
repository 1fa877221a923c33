"""MobileFaceNet from TensorFlow Lite to ONNX: 112 x 112 RGB in, an embedding of unit length out."""

from collections.abc import Iterator

import numpy as np

from provisioning.facepack.sketch import Translation
from provisioning.facepack.tflite import Array, Operation, read


def convert(data: bytes) -> bytes:
    """Return the ONNX model of a plain float32 network; its batch is free. PackError."""
    graph = read(data)
    written = Translation(graph)
    producers = {operation.output: operation for operation in graph.operations}
    rectifiers = {rectifier.output: rectifier for rectifier in _rectifiers(graph.operations, written, producers)}
    inside = {id(one) for rectifier in rectifiers.values() for one in rectifier.parts}
    for operation in graph.operations:
        if (rectifier := rectifiers.get(operation.output)) is not None:
            rectifier.write(written)
        elif id(operation) not in inside:
            written.run([operation])
    given, wanted = graph.inputs[0], graph.outputs[0]
    written.sketch.node("LpNormalization", [written.name(wanted)], "embedding", axis=1, p=2)
    _, high, wide, channels = written.shape(given)
    return written.sketch.model(
        (written.name(given), ["N", channels, high, wide]), {"embedding": ["N", written.shape(wanted)[-1]]}
    )


class _Rectifier:
    """A PReLU that was written as `relu(x) + a * (x - |x|)`: below zero its slope is 2 a."""

    def __init__(self, output: int, given: int, slope: Array, parts: list[Operation]) -> None:
        self.output = output
        self.parts = parts
        self._given = given
        self._slope = (2 * slope).astype(np.float32).reshape(-1, 1, 1)

    def write(self, written: Translation) -> None:
        slope = written.sketch.constant(self._slope)
        written.sketch.node("PRelu", [written.name(self._given), slope], f"t{self.output}")


def _rectifiers(
    operations: list[Operation], written: Translation, producers: dict[int, Operation]
) -> Iterator[_Rectifier]:
    for operation in operations:
        if operation.name != "ADD":
            continue
        above, below = (producers.get(one) for one in operation.inputs)
        if above is None or below is None or (above.name, below.name) != ("RELU", "MUL"):
            continue
        slopes = [written.constants[one] for one in below.inputs if one in written.constants]
        differences = [producers[one] for one in below.inputs if one in producers]
        if len(slopes) == len(differences) == 1 and _is_fold(differences[0], above.inputs[0], producers):
            parts = [above, below, differences[0], producers[differences[0].inputs[1]]]
            yield _Rectifier(operation.output, above.inputs[0], slopes[0], parts)


def _is_fold(difference: Operation, given: int, producers: dict[int, Operation]) -> bool:
    """Return whether this is `given - |given|`."""
    if difference.name != "SUB" or difference.inputs[0] != given:
        return False
    absolute = producers.get(difference.inputs[1])
    return absolute is not None and absolute.name == "ABS" and absolute.inputs[0] == given
