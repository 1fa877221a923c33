"""A pack as a directory says what it is: tasks, hashes, measured error rates. Nothing is loaded, nothing fetched."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from provisioning.errors import PackError
from provisioning.facepack.measured import Fmr, fmr_of

MANIFEST: Final = "manifest.json"
#: Key of the manifest for what insightface has no word for.
OWN: Final = "yizhan"
_VERSION: Final = 2
MAX_MANIFEST_BYTES: Final = 256 * 1024
_MODEL_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
#: Enough of a hash to tell two recognisers of one name apart.
_HASH_CHARS: Final = 8


@dataclass(frozen=True, slots=True)
class Part:
    """One model file; `sha256` is None when the pack states none."""

    task: str
    path: Path
    sha256: str | None
    preprocessing: Mapping[str, float] | None
    dimension: int | None = None


@dataclass(frozen=True, slots=True)
class Pack:
    """What a directory holds. `model` names the recogniser and changes with its bytes: templates are of one model.

    `parts` are empty in a legacy directory without a manifest (buffalo, AuraFace): insightface finds its models by
    their shapes, and which one recognises is known when they are loaded.
    """

    path: Path
    model: str
    legacy: bool
    parts: tuple[Part, ...]
    fmr: Fmr | None
    sources: tuple[Mapping[str, Any], ...] = ()

    def part(self, task: str) -> Part | None:
        """Return the file of a task, None when the pack has none."""
        return next((one for one in self.parts if one.task == task), None)


def open_pack(path: Path) -> Pack:
    """Return the pack in a directory, hashes checked; PackError says what is wrong with it."""
    if not path.is_dir():
        raise PackError(f"there is no model pack at {path}: yizhan face build-pack {path}")
    path = path.resolve()
    document = _document(path / MANIFEST)
    if document is None or document.get("manifest_version") != _VERSION:
        return _legacy(path)
    try:
        pack = _described(path, document)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise PackError(f"{path / MANIFEST} does not say what it must: {error!r}") from error
    for part in pack.parts:
        _check(part)
    return pack


def model_name(model_id: str, recogniser: Path) -> str:
    """Return the name that templates keep: the pack's and the first digits of the recogniser's hash."""
    return f"{model_id}@{sha256_of(recogniser)[:_HASH_CHARS]}"


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _document(path: Path) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    if path.stat().st_size > MAX_MANIFEST_BYTES:
        raise PackError(f"{path} has more than {MAX_MANIFEST_BYTES} bytes")
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise PackError(f"{path} is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise PackError(f"{path} is not an object")
    return document


def _legacy(path: Path) -> Pack:
    if not any(path.glob("*.onnx")):
        raise PackError(f"{path} holds neither a {MANIFEST} of version {_VERSION} nor a model (*.onnx)")
    return Pack(path, path.name, legacy=True, parts=(), fmr=None)


def _described(path: Path, document: dict[str, Any]) -> Pack:
    own = document.get(OWN, {})
    model_id = str(document["model_id"])
    if not _MODEL_ID.fullmatch(model_id):
        raise ValueError(f"model_id {model_id!r}")
    tasks = {**document["tasks"], **({"near_detection": own["near_detection"]} if "near_detection" in own else {})}
    parts = tuple(_part(path, task, said) for task, said in tasks.items())
    known = {part.task: part for part in parts}
    missing = {"detection", "recognition"} - known.keys()
    if missing:
        raise ValueError(f"no model for {' and '.join(sorted(missing))}")
    recogniser = known["recognition"]
    model = (
        f"{model_id}@{recogniser.sha256[:_HASH_CHARS]}" if recogniser.sha256 else model_name(model_id, recogniser.path)
    )
    measured = own.get("measured")
    return Pack(path, model, legacy=False, parts=parts, fmr=fmr_of(measured) if measured else None,
                sources=tuple(own.get("sources", ())))  # fmt: skip


def _part(folder: Path, task: str, said: dict[str, Any]) -> Part:
    relative = PurePosixPath(said["file"])
    path = (folder / relative).resolve()
    if relative.is_absolute() or not path.is_relative_to(folder):
        raise ValueError(f"{said['file']!r} is outside the pack")
    sha256 = said.get("sha256")
    if sha256 is not None and not _SHA256.fullmatch(sha256):
        raise ValueError(f"sha256 of {task}: {sha256!r}")
    norm = said.get("preprocessing")
    dimension = said.get("embedding_dimension")
    return Part(task, path, sha256, norm if isinstance(norm, dict) else None, int(dimension) if dimension else None)


def _check(part: Part) -> None:
    if not part.path.is_file():
        raise PackError(f"the pack has no {part.path.name}, which is its {part.task}")
    if part.sha256 is not None and (found := sha256_of(part.path)) != part.sha256:
        raise PackError(f"{part.path.name} was changed: its SHA-256 is {found}, the manifest says {part.sha256}")
