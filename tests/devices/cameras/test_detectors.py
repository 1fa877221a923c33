"""Detectors: what layouts mean, files that are not what they say, masks before everything, a graph out of a package."""

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from devices.cameras.detectors import Detector, NoDetector, descriptor_of
from devices.cameras.eye_process import Eye
from devices.cameras.layouts import centernet, shared, without_doubles, yolo5, yolo8
from devices.cameras.packaged import Translation, Untranslatable, main, translated
from devices.simulators.ipcm import annex_b, idr, picture_set, sequence
from tests.devices.cameras.bright import HEIGHT, WIDTH, write_bright

GOOD: dict[str, Any] = {"file": "a.onnx", "sha256": "0", "layout": "yolo8", "width": 64, "height": 64}


def hall(*feet: tuple[int, int], level: int = 90) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return a hall with people who stand there."""
    picture = np.full((HEIGHT, WIDTH, 3), level, np.uint8)
    for x, y in feet:
        picture[y - 40 : y, x - 8 : x + 8] = 255
    return picture


def test_layouts_say_the_same_of_the_same_people() -> None:
    """Two people and a dog: class 0 is people, 1 dogs."""
    rows = np.array([[30, 40, 20, 40, 0.9, 0.1], [80, 40, 20, 40, 0.6, 0.2], [50, 60, 10, 10, 0.1, 0.8]], np.float32)
    want = np.array([[20, 20, 40, 60, 0.9], [70, 20, 90, 60, 0.6]], np.float32)
    assert yolo8([rows.T[None]], 0, 0.3, (100, 100)) == pytest.approx(want)
    older = np.concatenate([rows[:, :4], np.full((3, 1), 0.5), rows[:, 4:] * [1.0, 1.0]], axis=1)
    assert yolo5([older[None]], 0, 0.25, (100, 100))[:, :4] == pytest.approx(want[:, :4])
    scores, sides = np.zeros((2, 10, 10), np.float32), np.zeros((4, 10, 10), np.float32)
    scores[0, 4, 3], scores[0, 4, 8], scores[0, 4, 4], scores[1, 6, 5] = 0.9, 0.6, 0.5, 0.8  # 0.5 is no peak
    sides[:] = np.array([10, 20, 10, 20], np.float32).reshape(4, 1, 1)
    assert centernet([scores[None], sides[None]], 0, 0.3, (100, 100)) == pytest.approx(want)


def test_of_two_boxes_over_each_other_the_surer_stays() -> None:
    boxes = np.array([[0, 0, 10, 10, 0.5], [1, 0, 11, 10, 0.9], [20, 0, 30, 10, 0.4]], np.float32)
    assert without_doubles(boxes, 0.5)[:, 4] == pytest.approx([0.9, 0.4])
    assert len(without_doubles(boxes, 0.9)) == 3
    assert without_doubles(boxes[:0], 0.5).shape == (0, 5)
    assert shared(boxes[0], boxes[1:]) == pytest.approx([90 / 110, 0])


@pytest.mark.parametrize(
    "wrong",
    [
        {"layout": "yolo99"}, {"width": 8}, {"threshold": 1.5}, {"divide_by": 0}, {"colours": "cmyk"}, {"height": "x"},
        {"file": "../../etc/passwd"}, {"colour": "rgb"}, {"class_index": -1},
    ],
)  # fmt: skip
def test_a_description_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    assert descriptor_of(GOOD).letterbox
    with pytest.raises(NoDetector, match="description"):
        descriptor_of(GOOD | wrong)


def test_files_that_are_missing_or_another_are_not_loaded(tmp_path: Path) -> None:
    write_bright(tmp_path)
    about = (tmp_path / "bright.toml").read_text("utf-8")
    with pytest.raises(NoDetector, match="cannot be read"):
        Detector("nobody", tmp_path)
    with pytest.raises(NoDetector, match="named by"):
        Detector("../bright", tmp_path)
    (tmp_path / "text.toml").write_text("file = ", "utf-8")
    with pytest.raises(NoDetector, match="cannot be read"):
        Detector("text", tmp_path)
    (tmp_path / "yolo.toml").write_text(about.replace("centernet", "yolo8"), "utf-8")
    with pytest.raises(NoDetector, match="does not give"):
        Detector("yolo", tmp_path).people(hall())
    (tmp_path / "bright.onnx").write_bytes(b"no model")
    with pytest.raises(NoDetector, match="not the file"):
        Detector("bright", tmp_path)
    (tmp_path / "bad.toml").write_text(about.replace(about.split('"')[3], _sha(b"no model")), "utf-8")
    with pytest.raises(NoDetector, match="cannot be loaded"):
        Detector("bad", tmp_path)


def _sha(data: bytes) -> str:
    import hashlib  # noqa: PLC0415 - of this one test

    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("letterbox", ["true", "false"])
def test_places_are_shares_of_the_picture_however_it_is_fitted(tmp_path: Path, letterbox: str) -> None:
    write_bright(tmp_path)
    about = tmp_path / "bright.toml"
    about.write_text(f"{about.read_text('utf-8')}letterbox = {letterbox}\n", "utf-8")
    wide = np.full((HEIGHT, 2 * WIDTH, 3), 90, np.uint8) if letterbox == "true" else hall((160, 120))
    if letterbox == "true":
        wide[40:120, 304:336] = 255  # as large again: the picture is made half as wide and half as high
    (box,) = Detector("bright", tmp_path).people(wide)
    assert (box[0] + box[2]) / 2 == pytest.approx(0.5, abs=0.03)
    assert box[3] == pytest.approx(120 / HEIGHT, abs=0.07)


def test_masks_are_laid_over_the_picture_before_anybody_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YIZHAN_DETECTORS", str(tmp_path))
    asked = {"codec": "h264", "detector": write_bright(tmp_path)}
    rows = [bytes(row) for row in hall((60, 120), (240, 120))[:, :, 0]]
    key = annex_b(sequence(WIDTH, HEIGHT), picture_set(), idr(rows, 0))
    eye = Eye()
    told, jpeg = eye.answer(asked, key)
    assert (len(told["boxes"]), jpeg) == (2, b"")
    assert told["aspect"] == pytest.approx(WIDTH / HEIGHT)
    told, _ = eye.answer(asked | {"masks": [[[0, 0], [0.5, 0], [0.5, 1], [0, 1]]]}, key)
    assert [round(box[0], 1) for box in told["boxes"]] == [0.7]
    assert "cannot be read" in eye.answer(asked | {"detector": "nobody"}, key)[0]["no_detector"]


def node(name: str, op: str, inputs: list[str], **attributes: Any) -> dict[str, Any]:
    return {"name": name, "op": op, "input": inputs, "attr": attributes}


def words(*texts: str) -> dict[str, Any]:
    return {"list": {"s": [base64.b64encode(one.encode()).decode() for one in texts]}}


SAME = {"s": base64.b64encode(b"SAME").decode()}


def package(folder: Path) -> Path:
    """Write a model of TensorFlow.js with each operator that is known, and return its path."""
    dice = np.random.default_rng(3)
    arrays = {
        "k": dice.normal(size=(3, 3, 3, 4)), "b": dice.normal(size=4), "d": dice.normal(size=(3, 3, 4, 1)),
        "p": dice.normal(size=(1, 1, 8, 80)), "q": dice.normal(size=(1, 1, 8, 4)), "s": np.array(0.5),
    }  # fmt: skip
    two = {"list": {"i": ["1", "2", "2", "1"]}}
    one = {"list": {"i": ["1", "1", "1", "1"]}}
    nodes = [
        node("in", "Placeholder", []),
        *(node(name, "Const", []) for name in arrays),
        node("axis", "Const", []),
        node("c", "_FusedConv2D", ["in", "k", "b"], strides=two, padding=SAME, fused_ops=words("BiasAdd", "Relu6")),
        node("e", "FusedDepthwiseConv2dNative", ["c", "d", "b"], strides=two, padding=SAME,
             fused_ops=words("BiasAdd", "Relu")),
        node("f", "DepthwiseConv2dNative", ["e", "d"], strides=one, padding=SAME),
        node("up", "ResizeBilinear", ["f", "s"]),
        node("all", "ConcatV2", ["up", "c", "axis"]),
        node("mean", "Mean", ["all", "axis"]),
        node("sig", "Sigmoid", ["mean"]),
        node("mul", "Mul", ["all", "sig"]),
        node("six", "Relu6", ["mul"]),
        node("sub", "Sub", ["six", "s"]),
        node("x", "Conv2D", ["sub", "p"], strides=one, padding=SAME),
        node("tower_0/keypoints", "Identity", ["x"]),
        node("tower_0/wh", "Conv2D", ["six", "q"], strides=one, padding=SAME),
    ]  # fmt: skip
    manifest, data = [], b""
    for name, array in arrays.items():
        if name == "k":  # rounded to 8 bits, as small packages are
            low, scale = float(array.min()), float(np.ptp(array)) / 255
            rounded = {"dtype": "uint8", "min": low, "scale": scale}
            manifest.append({"name": name, "dtype": "float32", "shape": list(array.shape), "quantization": rounded})
            data += np.round((array - low) / scale).astype(np.uint8).tobytes()
        else:
            manifest.append({"name": name, "dtype": "float32", "shape": list(array.shape)})
            data += array.astype("<f4").tobytes()
    (folder / "m.bin").write_bytes(data)
    told = {"modelTopology": {"node": nodes}, "weightsManifest": [{"paths": ["m.bin"], "weights": manifest}]}
    (folder / "m.json").write_text(json.dumps(told), "utf-8")
    return folder / "m.json"


def test_a_graph_out_of_a_package_gives_what_it_gave(tmp_path: Path) -> None:
    """Checked against the same sums by hand at one place of the map."""
    import onnxruntime  # noqa: PLC0415 - of this one test

    path = package(tmp_path)
    data = translated(path, size=32).SerializeToString()
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    picture = np.random.default_rng(5).uniform(0, 1, (1, 3, 32, 32)).astype(np.float32)
    keypoints, sides = session.run(None, {"picture": picture})
    assert (keypoints.shape, sides.shape) == ((1, 80, 16, 16), (1, 4, 16, 16))
    weights = {one["name"]: one for one in json.loads(path.read_text("utf-8"))["weightsManifest"][0]["weights"]}
    assert weights["k"]["quantization"]["dtype"] == "uint8"
    assert sides == pytest.approx(_by_hand(path, picture), rel=1e-3, abs=1e-3)
    main(str(path), str(tmp_path))
    assert (tmp_path / "centernet.toml").exists()
    with pytest.raises(Untranslatable, match="Softmax"):
        Translation([node("x", "Softmax", [])], {}).model(["x"], 32)


def _by_hand(path: Path, picture: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return `tower_0/wh` by loops over NHWC, TensorFlow's own way of padding."""
    from devices.cameras.packaged import weights_of  # noqa: PLC0415 - of this one test

    w = weights_of(json.loads(path.read_text("utf-8"))["weightsManifest"], path.parent)

    def convolved(x: Any, kernel: Any, stride: int, *, deep: bool) -> Any:
        size, wide = -(-x.shape[0] // stride), kernel.shape[0]
        total = max(0, (size - 1) * stride + wide - x.shape[0])
        padded = np.pad(x, ((total // 2, total - total // 2),) * 2 + ((0, 0),))
        out = np.zeros((size, size, kernel.shape[2] if deep else kernel.shape[3]), np.float64)
        for row in range(size):
            for column in range(size):
                piece = padded[row * stride : row * stride + wide, column * stride : column * stride + wide]
                out[row, column] = np.einsum("abc,abc->c" if deep else "abc,abcd->d", piece,
                                             kernel[..., 0] if deep else kernel)  # fmt: skip
        return out

    c = np.clip(convolved(picture[0].transpose(1, 2, 0), w["k"], 2, deep=False) + w["b"], 0, 6)
    f = convolved(np.maximum(convolved(c, w["d"], 2, deep=True) + w["b"], 0), w["d"], 1, deep=True)
    at = np.minimum(np.arange(16) / 2, 7)
    low = np.floor(at).astype(int)
    high, share = np.minimum(low + 1, 7), at - low
    rows = f[low] * (1 - share)[:, None, None] + f[high] * share[:, None, None]
    up = rows[:, low] * (1 - share)[None, :, None] + rows[:, high] * share[None, :, None]
    everything = np.concatenate([up, c], axis=2)
    gated = everything / (1 + np.exp(-everything.mean(axis=(0, 1))))
    found: np.ndarray[Any, Any] = convolved(np.clip(gated, 0, 6), w["q"], 1, deep=False).transpose(2, 0, 1)[None]
    return found
