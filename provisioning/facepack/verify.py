"""Judging a pack before it is used: what it holds, its licence, and a test on pictures that ship in packages."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np

from provisioning.errors import PackError
from provisioning.facepack.models import Embedding, Models, Picture
from provisioning.facepack.pack import Pack

#: (package, file of it, faces on it). No picture shows anybody of another.
PICTURES: Final = (
    ("insightface", "data/images/t1.jpg", 6),
    ("insightface", "data/images/Tom_Hanks_54745.png", 1),
    ("skimage", "data/astronaut.png", 1),
)
#: How a picture is made worse for the second look at its people.
_SMALLER: Final = 0.6
_DARKER: Final = 0.7


@dataclass(frozen=True, slots=True)
class SelfTest:
    """What came of it: faces found of how many, the most unlike pair of one person, the most alike of two."""

    found: int
    expected: int
    same: float
    different: float

    @property
    def passed(self) -> bool:
        """Whether all faces were found and nobody is more like somebody else than like himself."""
        return self.found == self.expected and self.same > self.different


def licence_of(path: Path) -> str:
    """Return what insightface says of a pack's licence: without a signed one it is for non-commercial use."""
    from insightface.model_zoo.model_license import inspect_model_package_license  # noqa: PLC0415 - see `Models.open`

    return str(inspect_model_package_license(path).message)


def self_test(models: Models) -> SelfTest:
    """Look at the pictures, and at darker and smaller ones of the same people."""
    found, first, second = 0, [], []
    for picture in pictures():
        faces = models.faces(picture)
        found += len(faces)
        worse = worsened(picture)
        first += [models.embedding(picture, face) for face in faces]
        second += [models.embedding(worse, face.scaled(_SMALLER)) for face in faces]
    expected = sum(faces for _, _, faces in PICTURES)
    if not found:
        return SelfTest(0, expected, -1.0, 1.0)
    return SelfTest(found, expected, *_likeness(first, second))


def pictures() -> Iterator[Picture]:
    """Yield the pictures, BGR; PackError when a package is not installed as its wheel has it."""
    import cv2  # noqa: PLC0415 - 60 MB

    for package, name, _ in PICTURES:
        spec = find_spec(package)
        path = Path(spec.submodule_search_locations[0]) / name if spec and spec.submodule_search_locations else None
        picture = cv2.imread(str(path)) if path is not None else None
        if picture is None:
            raise PackError(f"the package {package} or its picture {name} is not installed")
        yield np.asarray(picture, np.uint8)


def worsened(picture: Picture) -> Picture:
    """Return a smaller and darker picture."""
    import cv2  # noqa: PLC0415 - see `pictures`

    small = cv2.resize(picture, None, fx=_SMALLER, fy=_SMALLER, interpolation=cv2.INTER_AREA)
    return np.asarray(small * _DARKER, np.uint8)


def _likeness(first: list[Embedding], second: list[Embedding]) -> tuple[float, float]:
    """Return (least of the same person, most of different people)."""
    scores = np.stack(first) @ np.stack(second).T
    others = scores[~np.eye(len(first), dtype=bool)]
    return float(scores.diagonal().min()), float(others.max()) if others.size else -1.0


def about(pack: Pack) -> Iterator[str]:
    """Yield lines for people about a pack: tasks with their hashes, sources, error rates."""
    for part in pack.parts:
        yield f"{part.task}: {part.path.name}, " + (
            f"sha256 {part.sha256}" if part.sha256 else "no sha256 in the manifest"
        )
    if pack.legacy:
        yield "a directory without a manifest: its models are found by their shapes, nothing says what they must be"
    for source in pack.sources:
        yield f"from {source['package']}: {source['licence']} ({source['said']})"
    if pack.fmr is None:
        yield "false matches: not measured, counted as 1 % at any threshold"
    else:
        rates = ", ".join(f"{threshold:.2f}: {100 * rate:.2f} %" for threshold, rate in pack.fmr.upper)
        yield f"false matches, upper limit by threshold, of {pack.fmr.impostor_pairs} pairs ({pack.fmr.set}): {rates}"
