"""The converted models compute what they computed before, see who is there, and need no network."""

import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioning.errors import PackError
from provisioning.facepack import cli, recognition, tflite, verify
from provisioning.facepack.models import Models, one_thread
from provisioning.facepack.sketch import Translation
from provisioning.facepack.sources import RECOGNISER

ROOT = Path(__file__).parents[3]
#: Stock insightface with a network that is cut; `estimate` is what scikit-image has announced to remove.
STOCK = """
import socket, sys, warnings
def cut(*_, **__): raise AssertionError("somebody uses the network")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = cut
warnings.simplefilter("ignore")
import cv2, insightface
from insightface.app import FaceAnalysis
stock = FaceAnalysis(name=sys.argv[1], root="/nonexistent", providers=["CPUExecutionProvider"])
stock.prepare(ctx_id=-1)
faces = stock.get(cv2.imread(insightface.__path__[0] + "/data/images/t1.jpg"))
print(len(faces), {face.embedding.shape for face in faces})
from pathlib import Path
from provisioning.facepack.verify import Models, self_test
print(self_test(Models.open(Path(sys.argv[1]))).passed)
"""


@pytest.fixture(scope="module")
def models(face_pack: Path) -> Models:
    return Models.open(face_pack)


def test_stock_insightface_loads_the_pack_without_a_network_and_finds_six_of_six(face_pack: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-c", STOCK, str(face_pack)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert told.stdout == "6 {(192,)}\nTrue\n", told.stderr


def test_the_self_test_finds_everybody_and_tells_them_apart(models: Models) -> None:
    result = verify.self_test(models)
    assert (result.found, result.passed) == (result.expected, True)
    assert result.same >= 0.6
    assert result.different <= 0.4


def test_the_self_test_fails_for_a_recogniser_that_takes_everybody_for_one(
    models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "embedding", lambda *_: np.eye(192, dtype=np.float32)[0])
    assert not verify.self_test(models).passed


def test_embeddings_have_length_one_and_a_mirror_image_the_same(models: Models) -> None:
    picture = next(iter(verify.pictures()))
    face = models.faces(picture)[0]
    embedding = models.embedding(picture, face)
    assert (embedding.shape, str(embedding.dtype)) == ((192,), "float32")
    assert float(embedding @ embedding) == pytest.approx(1.0, abs=1e-5)


def test_a_face_that_fills_the_picture_and_an_empty_picture(models: Models) -> None:
    close = list(verify.pictures())[1]
    assert len(models.faces(close)) == 1
    assert models.faces(np.zeros((480, 640, 3), np.uint8)) == []
    assert models.faces(np.full((3, 900, 3), 200, np.uint8)) == []


def test_fused_rectifiers_compute_what_their_parts_did(face_pack: Path) -> None:
    with tarfile.open(face_pack.parent / "archives" / RECOGNISER.archive) as tar:
        file = tar.extractfile(f"package/{next(iter(RECOGNISER.files))}")
        assert file is not None
        data = file.read()
    graph = tflite.read(data)
    plain = Translation(graph)
    plain.run(graph.operations)
    output = plain.name(graph.outputs[0])
    parts = plain.sketch.model((plain.name(graph.inputs[0]), ["N", 3, 112, 112]), {output: ["N", 192]})
    fused = recognition.convert(data)
    assert sum(node.op_type == "PRelu" for node in onnx.load_from_string(fused).graph.node) == 33
    given_ = np.random.default_rng(1).uniform(-1, 1, (2, 3, 112, 112)).astype(np.float32)
    raw, unit = (_run(model, given_) for model in (parts, fused))
    assert np.allclose(raw / np.linalg.norm(raw, axis=1, keepdims=True), unit, atol=1e-5)


def _run(
    model: bytes, picture: np.ndarray[tuple[int, ...], np.dtype[np.float32]]
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    session = onnxruntime.InferenceSession(model, sess_options=one_thread(), providers=["CPUExecutionProvider"])
    found = session.run(None, {session.get_inputs()[0].name: picture})[0]
    return np.asarray(found, np.float32)


@settings(max_examples=100)
@given(st.binary(max_size=200))
def test_garbage_is_no_model(data: bytes) -> None:
    with pytest.raises(PackError):
        tflite.read(data[:4] + b"TFL3" + data[4:])
    with pytest.raises(PackError, match="not a TensorFlow Lite model"):
        tflite.read(data)


def test_a_legacy_directory_is_loaded_by_shape_and_named_by_its_recogniser(face_pack: Path, tmp_path: Path) -> None:
    folder = tmp_path / "operator"
    folder.mkdir()
    for name in ("detection_far.onnx", "recognition.onnx"):
        (folder / name).symlink_to(face_pack / name)
    models = Models.open(folder)
    assert models.pack.legacy
    assert (
        models.model
        == "operator@"
        + next(part.sha256 or "" for part in Models.open(face_pack).pack.parts if part.task == "recognition")[:8]
    )
    assert models.pack.fmr is None


@pytest.mark.parametrize("missing", ["detection_far.onnx", "recognition.onnx"])
def test_a_legacy_directory_without_half_of_it_is_refused(face_pack: Path, tmp_path: Path, missing: str) -> None:
    for name in {"detection_far.onnx", "recognition.onnx"} - {missing}:
        (tmp_path / name).symlink_to(face_pack / name)
    with pytest.raises(PackError, match=r"no (detector|recogniser)"):
        Models.open(tmp_path)


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"not a model")
    with pytest.raises(PackError, match="does not take"):
        Models.open(tmp_path)


def test_the_commands_say_what_they_found(face_pack: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.verify([str(face_pack)]) == 0
    told = capsys.readouterr().out
    assert "MODEL.LICENSE is absent; defaulting to non-commercial use" in told
    assert "8 of 8 faces found" in told
    assert "passed" in told
    assert cli.verify([str(tmp_path / "nothing")]) == 1
    assert "build-pack" in capsys.readouterr().err
    assert cli.build([str(tmp_path / "pack"), "--cache", str(face_pack.parent / "archives")]) == 0
    assert "sha256" in capsys.readouterr().out
