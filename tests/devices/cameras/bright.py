"""A detector for tests: it takes every white upright block of about 16 x 40 points for somebody. A real model file."""

import hashlib
from pathlib import Path
from typing import Final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

WIDTH: Final = 320
HEIGHT: Final = 176
#: Half a person in points.
HALF: Final = (8.0, 20.0)
_STRIDE: Final = 8
_ABOUT: Final = """\
file = "bright.onnx"
sha256 = "{sha256}"
layout = "centernet"
width = {width}
height = {height}
threshold = 0.7
overlap = 0.1
"""


def write_bright(folder: Path) -> str:
    """Write the detector into a folder; returns its name."""
    values = {
        "white": np.float32(0.96), "steep": np.float32(25.0), "nothing": np.float32(0.0),
        "sides": np.array([*HALF, *HALF], np.float32).reshape(1, 4, 1, 1),
    }  # fmt: skip
    operators = [
        helper.make_node("ReduceMean", ["picture"], ["grey"], axes=[1], keepdims=1),
        helper.make_node("Sub", ["grey", "white"], ["above"]),
        helper.make_node("Mul", ["above", "steep"], ["much"]),
        helper.make_node("Relu", ["much"], ["bright"]),
        helper.make_node(
            "AveragePool", ["bright"], ["map"], kernel_shape=[32, 8], strides=[_STRIDE, _STRIDE],
            auto_pad="SAME_UPPER", count_include_pad=1,
        ),
        helper.make_node("Mul", ["map", "nothing"], ["zeros"]),
        helper.make_node("Add", ["zeros", "sides"], ["wh"]),
    ]  # fmt: skip
    graph = helper.make_graph(
        operators, "bright", [helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 3, HEIGHT, WIDTH])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None] * 4) for name in ("map", "wh")],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in values.items()],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    data = model.SerializeToString()
    (folder / "bright.onnx").write_bytes(data)
    about = _ABOUT.format(sha256=hashlib.sha256(data).hexdigest(), width=WIDTH, height=HEIGHT)
    (folder / "bright.toml").write_text(about, "utf-8")
    return "bright"
