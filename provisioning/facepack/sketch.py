"""An ONNX graph in the making, and how TensorFlow Lite's operators are written in it (NHWC becomes NCHW)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from provisioning.errors import PackError
from provisioning.facepack.tflite import Array, Fields, Graph, Operation

_OPSET: Final = 17
_IR: Final = 9
#: `ActivationFunctionType` of the schema.
_NONE: Final = 0
_RELU: Final = 1
#: `Padding` of the schema.
_SAME: Final = 0
_RANK_OF_VECTORS: Final = 2
#: Field of the activation in the options of each kind of convolution.
_ACTIVATION: Final = {"CONV_2D": 3, "DEPTHWISE_CONV_2D": 4}
_PLAIN: Final = {
    "RELU": "Relu", "ABS": "Abs", "NEG": "Neg", "LOGISTIC": "Sigmoid", "SUB": "Sub", "MUL": "Mul",
}  # fmt: skip


class Sketch:
    """Nodes and constants; names are given by it unless the caller needs one."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def constant(self, values: Array) -> str:
        """Add a constant and return its name."""
        name = f"w{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, operator: str, inputs: Sequence[str], output: str = "", **attributes: Any) -> str:
        """Add a node with one output and return the output's name."""
        name = output or f"n{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def best(self, values: str, count: int) -> tuple[str, str]:
        """Return the (values, indices) of the `count` largest along axis 1."""
        names = f"n{len(self._nodes)}", f"i{len(self._nodes)}"
        wanted = self.constant(np.array([count], np.int64))
        self._nodes.append(helper.make_node("TopK", [values, wanted], list(names), axis=1))
        return names

    def model(self, given: tuple[str, Sequence[int | str]], wanted: Mapping[str, Sequence[int | str]]) -> bytes:
        """Return the checked model; `given` and `wanted` are names with shapes, all of float32."""
        float32 = TensorProto.FLOAT
        graph = helper.make_graph(
            self._nodes,
            "pack",
            [helper.make_tensor_value_info(given[0], float32, given[1])],
            [helper.make_tensor_value_info(name, float32, shape) for name, shape in wanted.items()],
            self._constants,
        )
        made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR)
        onnx.checker.check_model(made)
        return bytes(onnx.shape_inference.infer_shapes(made).SerializeToString(deterministic=True))


class Translation:
    """The operators of one graph, written into a sketch one after the other.

    `constants` are the graph's constants by tensor, `maps` the feature maps that a reshape or concatenation of a
    detector's end puts together: the heads are written by who knows what they mean.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.sketch = Sketch()
        self.constants = {i: one.values for i, one in enumerate(graph.tensors) if one.values is not None}
        self.maps: dict[int, list[int]] = {}
        self._writers: dict[str, Callable[[Operation], None]] = {
            "DEQUANTIZE": self._widened, "CONV_2D": self._convolution, "DEPTHWISE_CONV_2D": self._convolution,
            "ADD": self._sum, "MAX_POOL_2D": self._pool, "PAD": self._pad, "RESIZE_BILINEAR": self._resize,
            "RESHAPE": self._flattened, "CONCATENATION": self._joined, **dict.fromkeys(_PLAIN, self._plain),
        }  # fmt: skip

    def run(self, operations: Sequence[Operation]) -> None:
        """Write these operators; PackError for one that no model of a pack had until now."""
        for operation in operations:
            writer = self._writers.get(operation.name)
            if writer is None:
                raise PackError(f"the converter knows no {operation.name}")
            writer(operation)

    def name(self, tensor: int) -> str:
        """Return the name of a tensor; a constant is added, one value a channel stands beside NCHW maps."""
        values = self.constants.get(tensor)
        if values is None:
            return f"t{tensor}"
        per_channel = values.ndim == 1 and values.size > 1
        return self.sketch.constant((values.reshape(-1, 1, 1) if per_channel else values).astype(np.float32))

    def shape(self, tensor: int) -> tuple[int, ...]:
        """Return the shape of a tensor as TensorFlow Lite has it."""
        return self.graph.tensors[tensor].shape

    def _widened(self, operation: Operation) -> None:
        self.constants[operation.output] = self.constants[operation.inputs[0]].astype(np.float32)

    def _convolution(self, operation: Operation) -> None:
        given, weights, bias = operation.inputs
        options = _options(operation)
        kernel = self.constants[weights].astype(np.float32)
        depthwise = operation.name == "DEPTHWISE_CONV_2D"
        kernel = kernel.transpose((3, 0, 1, 2) if depthwise else (0, 3, 1, 2))
        sides, steps = kernel.shape[2:], (options.number(2), options.number(1))
        inputs = [self.name(given), self.sketch.constant(kernel), self.sketch.constant(self._bias(bias))]
        pads = _same(self.shape(given)[1:3], sides, steps) if options.byte(0) == _SAME else [0] * 4
        groups = kernel.shape[0] if depthwise else 1
        self._activated(
            operation, options.byte(_ACTIVATION[operation.name]), "Conv", inputs,
            kernel_shape=list(sides), strides=list(steps), pads=pads, group=groups,
        )  # fmt: skip

    def _bias(self, tensor: int) -> Array:
        return self.constants[tensor].astype(np.float32)

    def _sum(self, operation: Operation) -> None:
        activation = operation.options.byte(0) if operation.options else _NONE
        self._activated(operation, activation, "Add", [self.name(one) for one in operation.inputs])

    def _activated(
        self, operation: Operation, activation: int, operator: str, inputs: list[str], **attributes: Any
    ) -> None:
        output = f"t{operation.output}"
        if activation == _NONE:
            self.sketch.node(operator, inputs, output, **attributes)
        elif activation == _RELU:
            self.sketch.node("Relu", [self.sketch.node(operator, inputs, **attributes)], output)
        else:
            raise PackError(f"the converter knows no activation {activation}")

    def _pool(self, operation: Operation) -> None:
        options = _options(operation)
        self.sketch.node(
            "MaxPool", [self.name(operation.inputs[0])], f"t{operation.output}",
            strides=[options.number(2), options.number(1)], kernel_shape=[options.number(4), options.number(3)],
        )  # fmt: skip

    def _pad(self, operation: Operation) -> None:
        pads = self.constants[operation.inputs[1]].reshape(-1, 2)[[0, 3, 1, 2]]
        amounts = self.sketch.constant(pads.T.reshape(-1).astype(np.int64))
        zero = self.sketch.constant(np.array(0, np.float32))
        self.sketch.node("Pad", [self.name(operation.inputs[0]), amounts, zero], f"t{operation.output}")

    def _resize(self, operation: Operation) -> None:
        options, given = _options(operation), operation.inputs[0]
        (high, wide), (out_high, out_wide) = self.shape(given)[1:3], self.shape(operation.output)[1:3]
        mode = "half_pixel" if options.byte(3) else "align_corners" if options.byte(2) else "asymmetric"
        scales = self.sketch.constant(np.array([1, 1, out_high / high, out_wide / wide], np.float32))
        self.sketch.node(
            "Resize", [self.name(given), "", scales], f"t{operation.output}", mode="linear",
            coordinate_transformation_mode=mode,
        )  # fmt: skip

    def _flattened(self, operation: Operation) -> None:
        given = operation.inputs[0]
        if len(self.shape(operation.output)) == _RANK_OF_VECTORS:
            self.sketch.node("Flatten", [self.name(given)], f"t{operation.output}", axis=1)
        else:
            self.maps[operation.output] = [given]

    def _joined(self, operation: Operation) -> None:
        self.maps[operation.output] = [each for one in operation.inputs for each in self.maps[one]]

    def _plain(self, operation: Operation) -> None:
        self.sketch.node(_PLAIN[operation.name], [self.name(i) for i in operation.inputs], f"t{operation.output}")


def _options(operation: Operation) -> Fields:
    if operation.options is None:
        raise PackError(f"a {operation.name} without its options")
    return operation.options


def _same(given: Sequence[int], kernel: Sequence[int], steps: Sequence[int]) -> list[int]:
    """Return ONNX pads [top, left, bottom, right] of TensorFlow's padding SAME: the odd one stands behind."""
    totals = [
        max((-(-size // step) - 1) * step + side - size, 0)
        for size, side, step in zip(given, kernel, steps, strict=True)
    ]
    before = [total // 2 for total in totals]
    return before + [total - half for total, half in zip(totals, before, strict=True)]
