"""The operator's liveness model: only the bytes he named, in both layouts, through onnxruntime itself."""

import hashlib
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from edge.faces.recogniser.passive import PassiveRefused, open_passive, surroundings
from tests.edge.faces.recogniser.test_gates import face, picture

Shape = list[str | int]
#: insightface's layout gives the mean of the picture as the probability, MiniFASNet's a row of three classes.
ALIGNED: Shape = ["N"]
CLASSES: Shape = ["N", 3]


def model(path: Path, shape: Shape, side: int = 80) -> Path:
    """Write a model that looks at how light the picture is."""
    given = helper.make_tensor_value_info("in", TensorProto.FLOAT, ["N", 3, side, side])
    told = helper.make_tensor_value_info("out", TensorProto.FLOAT, shape)
    nodes = [helper.make_node("ReduceMean", ["in"], ["mean" if len(shape) > 1 else "out"], axes=[1, 2, 3], keepdims=0)]
    constants = []
    if len(shape) > 1:  # (0, 1, 0) times the light: the lighter, the more real
        constants = [helper.make_tensor("row", TensorProto.FLOAT, [1, 3], [0.0, 0.1, 0.0]),
                     helper.make_tensor("form", TensorProto.INT64, [2], [-1, 1])]  # fmt: skip
        nodes += [helper.make_node("Reshape", ["mean", "form"], ["column"]),
                  helper.make_node("MatMul", ["column", "row"], ["out"])]  # fmt: skip
    graph = helper.make_graph(nodes, "light", [given], [told], constants)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    path.write_bytes(made.SerializeToString())
    return path


def named(path: Path) -> str:
    return f"{path}#sha256={hashlib.sha256(path.read_bytes()).hexdigest()}"


def test_insightfaces_layout_sees_rgb_of_0_to_1_and_needs_the_surroundings(tmp_path: Path) -> None:
    passive = open_passive(named(model(tmp_path / "liveness.onnx", ALIGNED)))
    assert passive.live(picture(128, 0), face()) == pytest.approx(128 / 255, abs=0.01)
    assert passive.live(picture(128, 0), face(440, left=100, top=20)) is None


def test_minifasnets_layout_sees_bgr_of_0_to_255_and_calls_the_second_class_real(tmp_path: Path) -> None:
    passive = open_passive(named(model(tmp_path / "fas.onnx", CLASSES)))
    light, dark = (passive.live(picture(one, 0), face()) for one in (200, 0))
    assert light == pytest.approx(1.0, abs=0.001)
    assert dark == pytest.approx(1 / 3)
    assert passive.live(picture(), face(480, left=80, top=0)) is None


def test_the_surroundings_of_a_face_at_the_edge_stay_in_the_picture() -> None:
    crop = surroundings(picture(77, 0), face(150, left=0, top=0))
    assert crop.shape == (1, 3, 80, 80)
    assert np.unique(crop).tolist() == [77.0]


def test_the_hash_may_lie_beside_the_model(tmp_path: Path) -> None:
    path = model(tmp_path / "fas.onnx", CLASSES)
    with pytest.raises(PassiveRefused, match="sha256sum"):
        open_passive(str(path))
    beside = tmp_path / "fas.onnx.sha256"
    beside.write_text(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path}\n")
    assert open_passive(str(path)).live(picture(), face()) is not None
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(PassiveRefused, match="was changed"):
        open_passive(str(path))


def test_what_is_no_such_model_is_refused(tmp_path: Path) -> None:
    other = model(tmp_path / "other.onnx", ALIGNED, side=112)
    text = tmp_path / "text.onnx"
    text.write_text("no model")
    for path, words in [(other, "neither"), (text, "does not take")]:
        with pytest.raises(PassiveRefused, match=words):
            open_passive(named(path))
    with pytest.raises(PassiveRefused, match="there is no"):
        open_passive(f"{tmp_path}/none.onnx#sha256={'0' * 64}")
    assert onnx.load(other).graph.name == "light"
